"""GT104: a near miss of a known setting."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.milvus.model import Component
from ..systems.milvus.settings import ConfigFile, format_key
from ..yamldoc.node import MAPPING, Node
from .gt103_misplaced_setting import consequence
from .samples import COMPOSE
from .shared import config_files, fix_or_none, mounted_here, walk_settings

RULE = Rule(
    "GT104", "misspelt-setting", ERROR, "a key that Milvus does not know, close to one that it does",
    why="Unknown keys are ignored without a word. Case, `_`, `.` and `/` make no difference to Milvus, so `tls_mode` is right; "
    "a hyphen does, so `tls-mode` is an unknown key.",
    server="As if the line were not there: plaintext, the image's public key pair, or `open : no such file or directory`.",
    sources=("milvus pkg/config/config.go formatKey", "runs of Milvus 2.3.5: spelled/*"),
    fixable=SOMETIMES,
)  # fmt: skip


EXAMPLES = (
    Example(
        "hyphens",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    tls-mode: 0\n"},
        fixed={"user.yaml": "common:\n  security:\n    tlsMode: 0\n"},
        good={"docker-compose.yml": COMPOSE, "user.yaml": "common:\n  security:\n    TLS_MODE: 0\n"},
    ),
    Example(
        "another name for the same thing",
        bad={"docker-compose.yml": COMPOSE, "user.yaml": "tls:\n  serverCertPath: /certs/server.pem\n"},
        fixed={"user.yaml": "tls:\n  serverPemPath: /certs/server.pem\n"},
        unsafe=True,
    ),
)

_PATHS = ("serverPemPath", "serverKeyPath", "caPemPath")
_KNOWN: dict[str, tuple[str, ...]] = {
    "commonsecurity": ("tlsMode", "internaltlsEnabled"),
    "tls": _PATHS,
    "internaltls": (*_PATHS, "sni"),
}
_SECTIONS = ("internaltls", "tls")
_SYNONYMS = {
    "serverPemPath": ("serverpem", "servercert", "servercertpath", "servercrt", "servercrtpath", "cert", "certpath", "certfile",
                      "servercertificate", "servercertificatepath", "serverpemfile", "servercertfile", "pempath", "crt", "tlscert"),
    "serverKeyPath": ("serverkey", "key", "keypath", "keyfile", "serverkeyfile", "privatekey", "privatekeypath", "tlskey"),
    "caPemPath": ("capem", "capath", "ca", "cacert", "cacertpath", "cafile", "cacrt", "cacrtpath", "capemfile", "cacertfile", "rootca"),
    "tlsMode": ("mode", "tlsmod"),
    "internaltlsEnabled": ("internaltls", "internaltlsenable", "enableinternaltls"),
    "sni": ("servername", "snihost"),
}  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Walk the TLS sections of every settings file."""
    for _, component, file in config_files(facts):
        if file.root is not None and file.root.kind == MAPPING and file.root.pair("apiVersion") is None:
            yield from _file(component, file, file.root)


def _file(component: Component, file: ConfigFile, root: Node) -> Iterator[Finding]:
    for path, mapping, key, value in walk_settings(root):
        parent, leaf = format_key(".".join(path[:-1])), format_key(path[-1])
        plain = leaf.replace("-", "")
        if len(path) == 1 and "-" in leaf and plain in _SECTIONS and value.resolved().kind == MAPPING:
            yield _finding(component, file, mapping, (key, value), plain, safe=True)
            continue
        known = _KNOWN.get(parent.replace("-", ""))
        if known is None or any(leaf == format_key(name) for name in known):
            continue
        name = next((n for n in known if plain == format_key(n)), None)
        if name is not None:
            yield _finding(component, file, mapping, (key, value), name, safe=True)
            continue
        name = next((n for n in known if plain in _SYNONYMS.get(n, ()) or _one_slip(plain, format_key(n))), None)
        if name is not None:
            yield _finding(component, file, mapping, (key, value), name, safe=False)


def _finding(component: Component, file: ConfigFile, mapping: Node, pair: tuple[Node, Node], name: str, *, safe: bool) -> Finding:
    key, value = pair
    taken = any(format_key(other.value) == format_key(name) for other, _ in mapping.effective())
    fix = None if taken else fix_or_none(f"rename `{key.value}` to `{name}`", safe, lambda: _rename(key, name))
    effect = f", beside the right `{name}`" if taken else consequence(component, name, value)
    message = f"`{key.value}` is unknown to Milvus and ignored{effect}"
    return RULE.at(key, message, caret=f"write `{name}`", related=mounted_here(file), fix=fix)


def _rename(key: Node, name: str) -> object:
    from ..yamldoc.edit import rename_key

    return rename_key(key, name)


def _one_slip(written: str, known: str) -> bool:
    """Whether one letter is missing, added, changed or swapped with its neighbour (words of six letters or more)."""
    if len(known) < 6 or abs(len(written) - len(known)) > 1 or written == known:
        return False
    if len(written) == len(known):
        different = [i for i, (a, b) in enumerate(zip(written, known, strict=True)) if a != b]
        if len(different) == 1:
            return True
        return (
            len(different) == 2
            and different[1] == different[0] + 1
            and written[different[0]] == known[different[1]]
            and written[different[1]] == known[different[0]]
        )
    longer, shorter = (written, known) if len(written) > len(known) else (known, written)
    return any(longer[:i] + longer[i + 1 :] == shorter for i in range(len(longer)))
