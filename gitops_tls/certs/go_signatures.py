"""Keys and signatures as Go judges them (crypto/x509 ``CheckSignatureFrom``, crypto/rsa)."""

from __future__ import annotations

from . import go_extensions
from .chain import Link, algorithm_fits, signed_by
from .go_der import quoted
from .go_extensions import Extensions
from .strict import is_pss_key

_CANNOT_SIGN = "x509: invalid signature: parent certificate cannot sign this kind of certificate"
_UNSUPPORTED = "x509: cannot verify signature: algorithm unimplemented"
_INSECURE = {"MD5-RSA": "MD5-RSA", "SHA1-RSA": "SHA1-RSA", "SHA1-ECDSA": "ECDSA-SHA1"}
"""Our words for these signatures, and Go's."""
_SUPPORTED = (
    *("SHA256-RSA", "SHA384-RSA", "SHA512-RSA", "RSA-PSS"),
    *("SHA256-ECDSA", "SHA384-ECDSA", "SHA512-ECDSA", "Ed25519"),
)
_COMMON_NAME, _ORGANISATION = "2.5.4.3", "2.5.4.10"
_SMALLEST_RSA = 1024


def known_key(one: Link) -> bool:
    """Whether Go knows this kind of key."""
    return one.algorithm in ("RSA", "DSA", "EC", "Ed25519") and not is_pss_key(one.der)


def is_small(one: Link) -> bool:
    """Whether Go verifies nothing with this key, as it is too small."""
    return one.algorithm == "RSA" and one.bits < _SMALLEST_RSA


def small_key(one: Link) -> str:
    """Go's error for such a key."""
    return f"crypto/rsa: {one.bits}-bit keys are insecure (see https://go.dev/pkg/crypto/rsa#hdr-Minimum_key_size)"


def extensions_of(one: Link) -> Extensions:
    """What Go reads of a link's extensions."""
    found = go_extensions.read(one.der)
    return found if isinstance(found, Extensions) else Extensions()


def signature_problem(child: Link, parent: Link) -> str:
    """Why Go does not take the parent for the one that signed the child; empty where it does."""
    extensions = extensions_of(parent)
    authority = extensions.basic[0] if extensions.basic else parent.facts.version != 3
    if not authority or (extensions.key_usage and not extensions.key_usage & go_extensions.KEY_CERT_SIGN):
        return _CANNOT_SIGN
    signature = child.facts.signature_algorithm
    if signature in _INSECURE:
        return f"x509: cannot verify signature: insecure algorithm {_INSECURE[signature]}"
    if signature not in _SUPPORTED or parent.algorithm == "DSA":
        return _UNSUPPORTED
    if not algorithm_fits(child, parent):
        return _other_kind(child, parent)
    if is_small(parent):
        return small_key(parent)
    if signed_by(child, parent):
        return ""
    return {"RSA": "crypto/rsa: verification error", "EC": "x509: ECDSA verification failure"}.get(
        parent.algorithm, "x509: Ed25519 verification failure"
    )


def _other_kind(child: Link, parent: Link) -> str:
    signature = child.facts.signature_algorithm
    expected = "RSA" if "RSA" in signature else "ECDSA" if signature.endswith("-ECDSA") else signature
    actual = {"RSA": "*rsa.PublicKey", "EC": "*ecdsa.PublicKey", "Ed25519": "ed25519.PublicKey"}.get(parent.algorithm, "<nil>")
    return f"x509: signature algorithm specifies an {expected} public key, but have public key of type {actual}"


def hint(problem: str, parent: Link) -> str:
    """What Go adds to an unknown authority where a certificate with the right name was there but did not do."""
    parts = [(part.oid.dotted_string, str(part.value)) for part in parent.parsed.subject]
    common = [value for kind, value in parts if kind == _COMMON_NAME and value][-1:]
    organisations = [value for kind, value in parts if kind == _ORGANISATION]
    called = quoted((common or organisations or [f"serial:{parent.parsed.serial_number}"])[0])
    return f" (possibly because of {quoted(problem)} while trying to verify candidate authority certificate {called})"
