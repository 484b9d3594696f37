"""Loading certificate, key and CA files as Go does, with Go's own error texts (crypto/tls ``X509KeyPair``)."""

from __future__ import annotations

from ..records import NamedTuple
from . import content as contents
from . import go_extensions
from .facts import Certificate
from .go_der import Refused
from .keys import is_encrypted, is_key_block, parse_key
from .pem import Block, blocks
from .read import clean, parse
from .strict import GO_CURVES, go_problem, with_extensions

OK, NOT_PEM, SWAPPED, MISMATCH, CHAIN_ORDER = "ok", "not-pem", "swapped", "mismatch", "chain-order"
ENCRYPTED, NO_CERTIFICATE, NO_KEY, MALFORMED = "encrypted", "no-certificate", "no-key", "malformed"
CA_PANIC = "fail to append ca to cert"


class PairResult(NamedTuple):
    """What loading a pair gives. ``panic`` is the error of Go, empty if ``ok``; ``kind`` names the cause for rules.

    ``about`` says which of the two files is at fault (``certificate``, ``key`` or ``both``; empty if ``ok``), ``found``
    what that file holds instead, in plain words.
    """

    ok: bool
    panic: str
    leaf: Certificate | None
    kind: str
    about: str = ""
    found: str = ""
    chain: tuple[bytes, ...] = ()


class CaResult(NamedTuple):
    """What loading a CA bundle gives; broken blocks and blocks with headers are skipped, as Go does."""

    ok: bool
    panic: str
    certificates: tuple[Certificate, ...]
    found: str = ""


def load_pair(cert: bytes, key: bytes) -> PairResult:
    """Load a certificate file and a key file as ``tls.LoadX509KeyPair`` does [measured: Milvus 2.3.5, Go 1.20 and 1.26]."""
    chain, problem = _certificate_chain(cert)
    if problem is not None:
        return problem
    block, problem = _key_block(key)
    if block is None:
        return problem or _fail("", MALFORMED, "key", key)
    leaf = go_certificate(chain[0])
    if leaf is None:
        return _fail(go_refuses(chain[0]), MALFORMED, "certificate", cert)
    failure = _match(leaf, chain, block)
    if failure is not None:
        panic, kind, about = failure
        return PairResult(False, panic, leaf, kind, about, "", chain)
    return PairResult(True, "", leaf, OK, "", "", chain)


def _fail(panic: str, kind: str, about: str, data: bytes) -> PairResult:
    return PairResult(False, panic, None, kind, about, contents.describe(data))


def _skipped(types: list[str]) -> str:
    return f"[{clean(' '.join(types))}]"


def _certificate_chain(cert: bytes) -> tuple[tuple[bytes, ...], PairResult | None]:
    found = blocks(cert)
    chain = tuple(block.der for block in found if block.type == "CERTIFICATE")
    if chain:
        return chain, None
    types = [block.type for block in found]
    if not types:
        return (), _fail("tls: failed to find any PEM data in certificate input", NOT_PEM, "certificate", cert)
    if len(types) == 1 and types[0].endswith("PRIVATE KEY"):
        panic = (
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; "
            "PEM inputs may have been switched"
        )
        return (), _fail(panic, SWAPPED, "certificate", cert)
    panic = (
        'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: '
        + _skipped(types)
    )
    return (), _fail(panic, NO_CERTIFICATE, "certificate", cert)


def _key_block(key: bytes) -> tuple[Block | None, PairResult | None]:
    found = blocks(key)
    for block in found:
        if is_key_block(block):
            return block, None
    types = [block.type for block in found]
    if not types:
        return None, _fail("tls: failed to find any PEM data in key input", NOT_PEM, "key", key)
    if types == ["CERTIFICATE"]:
        return None, _fail("tls: found a certificate rather than a key in the PEM for the private key", SWAPPED, "key", key)
    panic = (
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the '
        "following types: " + _skipped(types)
    )
    return None, _fail(panic, NO_KEY, "key", key)


def _match(leaf: Certificate, chain: tuple[bytes, ...], block: Block) -> tuple[str, str, str] | None:
    """Go's last checks: the key can be read, and it is the leaf's. ``(panic, kind, file at fault)`` where they fail."""
    key = None if is_encrypted(block) else parse_key(block.der)
    if key is None:
        return "tls: failed to parse private key", ENCRYPTED if is_encrypted(block) else MALFORMED, "key"
    if key.kind == "X25519":
        return "tls: found unknown private key type in PKCS#8 wrapping", MALFORMED, "key"
    if key.kind not in ("RSA", "EC", "Ed25519") or (key.kind == "EC" and key.curve not in GO_CURVES):
        return "tls: failed to parse private key", MALFORMED, "key"
    public = leaf.key.partition(" ")[0]
    if public not in ("RSA", "EC", "Ed25519"):
        return "tls: unknown public key algorithm", MALFORMED, "certificate"
    if key.spki_sha256 == leaf.spki_sha256:
        return None
    kind = CHAIN_ORDER if any(_is_key_of(each, key.spki_sha256) for each in chain[1:]) else MISMATCH
    if public != key.kind:
        return "tls: private key type does not match public key type", kind, "both"
    return "tls: private key does not match public key", kind, "both"


def _is_key_of(content: bytes, spki_sha256: str) -> bool:
    certificate = parse(content)
    return isinstance(certificate, Certificate) and certificate.spki_sha256 == spki_sha256


def go_certificate(content: bytes, line: int = 1) -> Certificate | None:
    """A certificate if Go can parse it: see :func:`go_refuses`."""
    result = _read(content, line)
    return None if result is None or _refused(content, result) else result


def go_refuses(content: bytes) -> str:
    """Go's error where it cannot parse a certificate; empty where it can."""
    result = _read(content, 1)
    if result is not None:
        return _refused(content, result)
    from .go_normal import normal

    try:
        normal(content)
    except Refused as error:
        return str(error)
    problem = go_extensions.read(content)
    return problem if isinstance(problem, str) else "x509: malformed certificate"


def _refused(content: bytes, result: Certificate) -> str:
    return "x509: trailing data" if len(result.der) != len(content) else go_problem(content, result)


def _read(content: bytes, line: int) -> Certificate | None:
    """A certificate, also where only ``cryptography`` refuses its extensions."""
    result = parse(content, line)
    if isinstance(result, Certificate):
        return result
    from .lenient import lenient

    return with_extensions(lenient(content, line, as_go=True))


def load_ca(data: bytes) -> CaResult:
    """Load a CA file as ``AppendCertsFromPEM`` does; ``ok`` if at least one certificate was found."""
    wanted = (block for block in blocks(data) if block.type == "CERTIFICATE" and not block.headers)
    found = tuple(each for each in (go_certificate(block.der, block.line) for block in wanted) if each is not None)
    return CaResult(True, "", found) if found else CaResult(False, CA_PANIC, (), contents.describe(data))
