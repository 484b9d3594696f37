"""GT210: a private key that anyone who has the repository can use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..findings import NEVER, WARNING, Example, Finding, Label, Rule, file_label, label, span_label
from ..records import NamedTuple
from ..repo.prefilter import is_certificate_file, is_yaml

if TYPE_CHECKING:
    from ..facts import Facts
    from ..repo.workspace import Workspace
    from ..text.source import Source
    from ..yamldoc.node import Node


RULE = Rule(
    "GT210", "private-key-in-git", WARNING, "an unencrypted private key is committed",
    why="Base64 in a Secret is no encryption. A key stays in the history of every clone after the file is gone: make a new one, "
    "and bring it by SOPS, a SealedSecret, an ExternalSecret or cert-manager. Keys of tests can be silenced by path in the "
    "configuration.",
    server="Nothing happens in the server: whoever has the key can be the server, or the client that it trusts.",
    sources=("Kubernetes Secrets: good practices", "milvus-helm values proxy.tls.key"),
    fixable=NEVER,
)  # fmt: skip

_OBJECT = """apiVersion: v1
kind: Secret
metadata:
  name: milvus-certs
"""
_ENCRYPTED = "data:\n  tls.key: ENC[AES256_GCM,data:bm90IGEga2V5,iv:bm9uZQ==,tag:bm9uZQ==,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:eA==]\n"

EXAMPLES = (
    Example("a key file", bad={"tls/server.key": "{key:server}\n"}, good={"tls/server.key": "{key:encrypted}\n"}),
    Example("a Secret", bad={"s.yaml": _OBJECT + "data:\n  tls.key: {keyb64:server}\n"}, good={"s.yaml": _OBJECT + _ENCRYPTED}),
    Example("a Secret in plain text", bad={"s.yaml": _OBJECT + "stringData:\n  tls.key: |\n    {key:server}\n"}),
)  # fmt: skip

_LONGEST = 20_000
_PEM = r"-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY)-----"
_BASE64 = r"LS0tLS1CRUdJTi[A-Za-z0-9+/]+(?:\r?\n[ \t]+[A-Za-z0-9+/]+(?==*[ \t]*(?:\r?\n|\Z)))*={0,2}"
_KEY_BEFORE = r"[ \t]*(?:- )?([\"']?[\w./-]+[\"']?)[ \t]*:"
_OPEN_SSH = b"openssh-key-v1\0\0\0\0\x04none"
_SSH_NAMES = ("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")


class _Place(NamedTuple):
    """Where a key begins, as an offset into a file's text; ``end`` is that of its BEGIN line, None in base64."""

    start: int
    end: int | None


def check(facts: Facts) -> Iterator[Finding]:
    """Look at certificate and key files, and at the YAML files in whose bytes something like a key was seen."""
    workspace = facts.workspace
    for path in workspace.files.paths():
        if is_certificate_file(path) or path.rpartition("/")[2] in _SSH_NAMES:
            yield from _file(workspace, path)
        elif path in workspace.key_paths and is_yaml(path):
            yield from _text(workspace, path)


def _file(workspace: Workspace, path: str) -> Iterator[Finding]:
    data = workspace.read(path)
    if data is None:
        return
    if b"PRIVATE KEY-----" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        yield from _text(workspace, path)
    elif data[:1] == b"\x30":
        from ..certs import der, pkcs12

        kind = der.kind_of(data)
        if kind == der.PRIVATE_KEY or (kind == der.PKCS12 and pkcs12.gives_key(data)):
            yield _finding(file_label(path), "the file")


def _text(workspace: Workspace, path: str) -> Iterator[Finding]:
    source = workspace.source(path)
    if source is None:
        return
    for place in _keys(source.text):
        node = _node_at(workspace, path, place.start) if is_yaml(path) else None
        yield _finding(*_where(source, place, node))


def _keys(text: str) -> Iterator[_Place]:
    """Every unencrypted private key of a text, in order: PEM first, then PEM in base64."""
    for match in re.finditer(_PEM, text):
        if _is_key(match[1], text, match.end()):
            yield _Place(match.start(), match.end())
    if "LS0tLS1CRUdJTi" in text:
        for match in re.finditer(_BASE64, text):
            inner = _decoded(match[0])
            if any(_is_key(begin[1], inner, begin.end()) for begin in re.finditer(_PEM, inner)):
                yield _Place(match.start(), None)


def _decoded(text: str) -> str:
    from base64 import b64decode
    from binascii import Error

    packed = "".join(text.split()).rstrip("=")
    packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
    try:
        return b64decode(packed + "=" * (-len(packed) % 4)).decode("latin-1")
    except Error:
        return ""


def _is_key(name: str, text: str, at: int) -> bool:
    """Whether a key that needs no passphrase begins with the BEGIN line that ends at an offset; placeholders are none."""
    end = text.find(f"-----END {name}-----", at, at + _LONGEST)
    if end < 0 or name == "ENCRYPTED PRIVATE KEY":
        return False
    body = text[at:end].replace("\\r", "").replace("\\n", "\n")
    if "Proc-Type" in body:
        return False
    from ..certs import der
    from ..certs.pem import decode_base64

    # a key that is commented out is in Git all the same
    packed = "".join(line.strip(" \t\r#\"',") for line in body.split("\n"))
    content = decode_base64(packed.encode("ascii", "replace"))
    return content is not None and (der.kind_of(content) == der.PRIVATE_KEY or content.startswith(_OPEN_SSH))


def _node_at(workspace: Workspace, path: str, offset: int) -> Node | None:
    """The scalar of a YAML file that holds an offset; None where the file cannot be read so far (templates)."""
    try:
        parsed = workspace.parsed(path)
        for document in parsed.documents if parsed is not None else ():
            for node in document.root.walk() if document.root is not None else ():
                if node.kind == "scalar" and node.start <= offset < node.end and node.key is not node:
                    return node
    except RecursionError:
        return None
    return None


def _where(source: Source, place: _Place, node: Node | None) -> tuple[Label, str]:
    """The caret, which stands under nothing secret, and the place in words."""
    key = node.key if node is not None else None
    words = "the file"
    if node is not None and key is not None and not isinstance(key, int):
        words = f"`{key.value}`"
    root = node.document.root if node is not None else None
    if place.end is not None and (root is None or root.text("kind") != "Secret"):
        pointer = node.pointer if node is not None else ""
        return span_label(source, place.start, place.end, pointer=pointer), words
    if key is not None and not isinstance(key, int):
        return label(key)._replace(pointer=node.pointer if node is not None else ""), words
    start = source.offset(source.position(place.start)[0])
    written = re.match(_KEY_BEFORE, source.text[start : place.start])
    if written is None:
        return span_label(source, start, start), words
    return span_label(source, start + written.start(1), start + written.end(1)), f"`{written[1]}`"


def _finding(where: Label, words: str) -> Finding:
    message = f"{words} holds an unencrypted private key: whoever has the repository, or had it once, can use it"
    return RULE.at(where, message, caret="make a new key and keep it out of Git, or encrypt it")
