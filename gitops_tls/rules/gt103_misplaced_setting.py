"""GT103: a TLS setting under the wrong parent."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.milvus.model import Component
from ..systems.milvus.settings import ConfigFile, format_key
from ..systems.milvus.values import atoi, parse_bool, setting_text
from ..yamldoc.node import MAPPING, Node
from .shared import config_files, fix_or_none, mounted_here, tls_mode, walk_settings

RULE = Rule(
    "GT103", "misplaced-setting", ERROR, "a TLS setting stands under the wrong parent, where Milvus does not look",
    why="Milvus ignores keys that it does not know, and a known key in the wrong place is one of them. The operator's own "
    "samples put `tls:` under `common:`.",
    server="The setting is not there: without `common.security.tlsMode` Milvus is plaintext; without `tls.serverPemPath` it "
    "serves the key pair of its image, which anyone can download, or, where milvus.yaml is replaced, ends with "
    "`open : no such file or directory`.",
    sources=("milvus pkg/config", "runs of Milvus 2.3.5: misplaced/*", "milvus-operator config/samples/external_tls.yaml"),
    fixable=SOMETIMES,
)  # fmt: skip

_CR = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata:\n  name: demo\nspec:\n  config:\n"

EXAMPLES = (
    Example(
        "`internaltls:` under `common:`, as in the operator's sample",
        bad={
            "milvus.yaml": _CR
            + "    common:\n      gracefulTime: 1\n      internaltls:\n        sni: localhost # the server's name\n"
        },
        fixed={
            "milvus.yaml": _CR
            + "    common:\n      gracefulTime: 1\n    internaltls:\n      sni: localhost # the server's name\n"
        },
        good={"milvus.yaml": _CR + "    common:\n      gracefulTime: 1\n    internaltls:\n      sni: localhost\n"},
    ),
    Example(
        "`tlsMode` directly under `common:`",
        bad={"milvus.yaml": _CR + "    common:\n      gracefulTime: 1\n      tlsMode: 0\n"},
        fixed={"milvus.yaml": _CR + "    common:\n      gracefulTime: 1\n      security:\n        tlsMode: 0\n"},
    ),
)

_BLOCKS: dict[str, tuple[str, ...]] = {"tls": ("tls",), "internaltls": ("internaltls",)}
_LEAVES: dict[str, tuple[str, ...]] = {
    "tlsmode": ("common", "security", "tlsMode"),
    "internaltlsenabled": ("common", "security", "internaltlsEnabled"),
    "serverpempath": ("tls", "serverPemPath"),
    "serverkeypath": ("tls", "serverKeyPath"),
    "capempath": ("tls", "caPemPath"),
    "sni": ("internaltls", "sni"),
}
_BLOCK_KEYS = frozenset(("serverpempath", "serverkeypath", "capempath", "sni", "tlsmode"))
_OTHER_OWNERS = ("etcd", "minio", "kafka", "pulsar", "tikv", "trace", "woodpecker", "mq", "natsmq", "tlsclusters", "grpc")
_RIGHT = frozenset("".join(path).lower() for path in _LEAVES.values()) | {
    "internaltlsserverpempath", "internaltlsserverkeypath", "internaltlscapempath",
}  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Walk every settings file for known TLS keys in other places."""
    for _, component, file in config_files(facts):
        if file.root is not None and file.root.kind == MAPPING and file.root.pair("apiVersion") is None:
            yield from _file(component, file, file.root)


def _file(component: Component, file: ConfigFile, root: Node) -> Iterator[Finding]:
    moved: list[tuple[str, ...]] = []
    for path, mapping, key, value in walk_settings(root):
        if any(path[: len(done)] == done for done in moved) or len(path) > 6:
            continue
        whole, leaf = format_key(".".join(path)), format_key(path[-1])
        if whole in _RIGHT or whole.startswith(_OTHER_OWNERS):
            continue
        if leaf in _BLOCKS and len(path) > 1 and _is_tls_block(value):
            target = _BLOCKS[leaf]
        elif leaf in _LEAVES and value.resolved().kind != MAPPING:
            target = _LEAVES[leaf]
        elif leaf == "mode" and len(path) > 1 and format_key(path[-2]) == "tls" and setting_text(value) in ("1", "2"):
            target = _LEAVES["tlsmode"]  # `proxy.tls.mode`, as a page invented it
        else:
            continue
        moved.append(path)
        yield _finding(file, root, path, mapping, (key, value), target, consequence(component, target[-1], value))


def _is_tls_block(value: Node) -> bool:
    node = value.resolved()
    return node.kind == MAPPING and any(format_key(key.value) in _BLOCK_KEYS for key, _ in node.effective())


def consequence(component: Component, name: str, value: Node) -> str:
    """What it means that a setting is ignored, to end a message with; empty where that is not known for sure."""
    if value.resolved().kind == MAPPING:
        return ", so nothing in it counts"
    text = setting_text(value.resolved()) or ""
    if name == "tlsMode":
        return ", so Milvus starts in plaintext" if tls_mode(component) == 0 and atoi(text) else ""
    if name == "internaltlsEnabled":
        off = not component.settings.get("common.security.internaltlsEnabled").as_bool
        return ", so the components talk in plaintext" if off and parse_bool(text) else ""
    return ", so this file is not used" if name.endswith("Path") else ""


def _finding(
    file: ConfigFile,
    root: Node,
    path: tuple[str, ...],
    mapping: Node,
    pair: tuple[Node, Node],
    target: tuple[str, ...],
    effect: str,
) -> Finding:
    key = pair[0]
    right, wrong = ".".join(target), ".".join(path)
    where = f"under `{'.'.join(path[:-1])}`" if len(path) > 1 else "at the top level"
    place = "to the top level" if len(target) == 1 else f"below `{'.'.join(target[:-1])}`"
    if format_key(key.value) != format_key(target[-1]):
        message = f"Milvus knows no `{wrong}`, and looks for `{right}`{effect}"
        return RULE.at(key, message, caret=f"write `{right}`", related=mounted_here(file))
    fix = fix_or_none(f"move `{key.value}` {place}", True, lambda: _move(mapping, key, root, target))
    message = f"`{wrong}` is ignored: Milvus looks for `{right}`, not {where}{effect}"
    return RULE.at(key, message, caret=f"move it {place}", related=mounted_here(file), fix=fix)


def _move(mapping: Node, key: Node, root: Node, target: tuple[str, ...]) -> object:
    from ..yamldoc.edit import move_pair
    from .shared import same_key

    return move_pair(mapping, key, root, target[:-1], same=same_key)
