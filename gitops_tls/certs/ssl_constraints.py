"""Name constraints as OpenSSL 3.0 and BoringSSL check them: on every certificate of the path that is not self-issued.

[measured: curl 7.88.1 with OpenSSL 3.0.19, grpcio 1.85.1]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from . import ssl_names
from .go_der import SEQUENCE, Cursor
from .ssl_certificate import SslCertificate
from .ssl_extensions import DIRECTORY, IP, OTHER, SslExtensions, Subtree, extensions

_MAIL, _DNS, _URI = 0x81, 0x82, 0x86
_IA5 = 0x16
_MOST_COMPARISONS = 1 << 20
_OK = ""
PERMITTED, EXCLUDED = "permitted subtree violation", "excluded subtree violation"
_LIMITS = "name constraints minimum and maximum not supported"
_KIND, _SYNTAX = "unsupported name constraint type", "unsupported or invalid name constraint syntax"
_NAME = "unsupported or invalid name syntax"
_WITHOUT_NAMES = "Issuer has name constraints but leaf has no SANs"


def violation(path: Sequence[SslCertificate], boringssl: bool) -> str:
    """The first complaint about a path (leaf first), in the words of the libraries; empty where there is none."""
    read = [extensions(each, boringssl) for each in path]
    if not any(each.constrained for each in read):
        return _OK
    for i in range(len(path) - 1, -1, -1):
        if i and path[i].self_issued:
            continue
        for j in range(len(path) - 1, i, -1):
            if read[j].constrained:
                problem = _check(path[i], read[i], read[j], boringssl)
                if not problem and not i and not boringssl and not any(kind == _DNS for kind, _ in read[0].names or ()):
                    problem = _common_names(path[0], read[j])
                if problem:
                    return problem
    if boringssl and read[0].names is None and any(each.constrained for each in read[1:]):
        return _WITHOUT_NAMES if any(_may_be_host(each) for each in _written_common_names(path[0])) else _OK
    return _OK


def _check(one: SslCertificate, own: SslExtensions, limits: SslExtensions, boringssl: bool) -> str:
    attributes = ssl_names.attributes(one.subject)
    count = (len(attributes) + len(own.names or ())) * (len(limits.permitted) + len(limits.excluded))
    if count > _MOST_COMPARISONS:
        return "unspecified certificate verification error"
    for kind, name, ignores_case in _subjects(one, own, attributes):
        problem = _NAME if name is None else _match(kind, name, limits, boringssl, ignores_case)
        if problem:
            return problem
    return _OK


def _subjects(
    one: SslCertificate, own: SslExtensions, attributes: Sequence[tuple[bytes, int, bytes]]
) -> Iterator[tuple[int, bytes | None, bool]]:
    """Every name of a certificate; None for a mail address in its subject that is no IA5String."""
    if attributes:
        yield DIRECTORY, one.canonical_subject, False
        for kind, tag, content in attributes:
            if kind == ssl_names.MAIL:
                yield _MAIL, content if tag == _IA5 else None, True
    for tag, content in own.names or ():
        yield tag, _canonical(content) if tag == DIRECTORY else content, False


def _canonical(content: bytes) -> bytes:
    return ssl_names.canonical(Cursor(content, "no name").one(SEQUENCE))


def _match(kind: int, name: bytes, limits: SslExtensions, boringssl: bool, ignores_case: bool) -> str:
    matched: bool | None = None
    for tree in limits.permitted:
        if not _alike(kind, name, tree, boringssl):
            continue
        if tree.limited if boringssl else tree.minimum:
            return _LIMITS
        if not matched:
            problem = _single(kind, name, tree, boringssl, excluding=False, ignores_case=False)
            if problem not in (_OK, PERMITTED):
                return problem
            matched = problem == _OK
    if matched is False:
        return PERMITTED
    for tree in limits.excluded:
        if not _alike(kind, name, tree, boringssl):
            continue
        if tree.limited if boringssl else tree.minimum:
            return _LIMITS
        problem = _single(kind, name, tree, boringssl, excluding=True, ignores_case=ignores_case and boringssl)
        if problem != PERMITTED:
            return problem or EXCLUDED
    return _OK


def _alike(kind: int, name: bytes, tree: Subtree, boringssl: bool) -> bool:
    """Whether a subtree is for names of this kind; OpenSSL holds other names to subtrees of the same type only."""
    if tree.kind != kind or kind != OTHER or boringssl:
        return tree.kind == kind
    return Cursor(name, "no name").oid() == Cursor(tree.base, "no name").oid()


def _single(kind: int, name: bytes, tree: Subtree, boringssl: bool, *, excluding: bool, ignores_case: bool) -> str:
    """Empty where the name lies in the subtree, PERMITTED where it does not, else what is wrong."""
    if kind == DIRECTORY:
        return _OK if name.startswith(_canonical(tree.base)) else PERMITTED
    if kind == _DNS:
        inside = _host_inside(name.lower(), tree.base.lower(), boringssl, excluding)
        return _OK if inside else PERMITTED
    if kind == _MAIL:
        return _mail(name, tree.base, boringssl, ignores_case)
    if kind == _URI:
        return _address(name, tree.base)
    if kind == IP and not boringssl:
        return _network(name, tree.base)
    return _KIND


def _host_inside(name: bytes, base: bytes, boringssl: bool, excluding: bool) -> bool:
    if not base:
        return True
    if boringssl:
        name, base = (each[:-1] if each.endswith(b".") else each for each in (name, base))
        if excluding and name.startswith(b"*.") and b"." in base and name[2:] == base.partition(b".")[2]:
            return True
    if len(name) > len(base) and not base.startswith(b".") and name[-len(base) - 1 : len(name) - len(base)] != b".":
        return False
    return name.endswith(base)


def _mail(name: bytes, base: bytes, boringssl: bool, ignores_case: bool) -> str:
    local, at, host = name.rpartition(b"@")
    if not at or (boringssl and (b"@" in local or not local or not host)):
        return _NAME
    box, base_at, domain = base.rpartition(b"@")
    if not base_at and base.startswith(b"."):
        return _OK if len(name) > len(base) and name.lower().endswith(base.lower()) else PERMITTED
    if boringssl and not domain:
        return _NAME
    if box and (box.lower() != local.lower() if ignores_case else box != local):
        return PERMITTED
    return _OK if domain.lower() == host.lower() else PERMITTED


def _address(uri: bytes, base: bytes) -> str:
    _, colon, rest = uri.partition(b":")
    if not colon or not rest.startswith(b"//"):
        return _NAME
    host = rest[2:].partition(b":")[0] if b":" in rest[2:] else rest[2:].partition(b"/")[0]
    if not host:
        return _NAME
    if base.startswith(b"."):
        return _OK if len(host) > len(base) and host.lower().endswith(base.lower()) else PERMITTED
    return _OK if host.lower() == base.lower() else PERMITTED


def _network(address: bytes, tree: bytes) -> str:
    if len(address) not in (4, 16):
        return _NAME
    if len(tree) not in (8, 32):
        return _SYNTAX
    size = len(address)
    if len(tree) != 2 * size:
        return PERMITTED
    masked = zip(address, tree[:size], tree[size:], strict=True)
    return _OK if all(byte & mask == wanted & mask for byte, wanted, mask in masked) else PERMITTED


def _written_common_names(one: SslCertificate) -> list[bytes | None]:
    return [
        ssl_names.text(tag, content) for kind, tag, content in ssl_names.attributes(one.subject) if kind == ssl_names.COMMON_NAME
    ]


def _common_names(leaf: SslCertificate, limits: SslExtensions) -> str:
    """OpenSSL holds common names that look like host names to the constraints, where there is no DNS name."""
    for name in _written_common_names(leaf):
        bare = (name or b"").rstrip(b"\0")
        if b"\0" in bare:
            return _NAME
        if _is_host(bare):
            problem = _match(_DNS, bare, limits, False, False)
            if problem:
                return problem
    return _OK


def _is_host(name: bytes) -> bool:
    """OpenSSL's idea of a host name: two labels at least."""
    text = name.decode("latin-1")
    if not all(char.isascii() and (char.isalnum() or char in "_-.") for char in text) or "." not in text:
        return False
    if text[0] in "-." or text[-1] in "-.":
        return False
    return not any(pair in text for pair in ("..", "-.", ".-"))


def _may_be_host(name: bytes | None) -> bool:
    """BoringSSL's: one label will do, and colons are let through."""
    text = (name or b"").decode("latin-1").removesuffix(".").removeprefix("*.")
    labels = text.split(".")
    fine = all(char.isascii() and (char.isalnum() or char in "_-:.") for char in text)
    return fine and all(label and not label.startswith("-") for label in labels)
