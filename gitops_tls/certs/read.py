"""Bytes to certificates and keys. Nothing here raises on bad input; what cannot be read becomes a problem or an unknown."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from ..records import NamedTuple
from . import der as asn1
from .facts import Certificate, CertificateProblem, KeyFact
from .oids import CURVES, EXTENDED_KEY_USAGES, KEY_USAGES, SIGNATURES
from .pem import BOM, CERTIFICATE_TYPES, blocks

if TYPE_CHECKING:
    from cryptography import x509

_P = ParamSpec("_P")
_R = TypeVar("_R")
_MOST_CERTIFICATES = 5000
_LARGEST_CERTIFICATE = 1 << 20


class Reading(NamedTuple):
    """The certificates of a file in order, and those that are there but broken."""

    certificates: tuple[Certificate, ...]
    problems: tuple[CertificateProblem, ...]


def quiet(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """A function without the warnings of ``cryptography`` about odd names and serial numbers."""

    @wraps(function)
    def silenced(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args, **kwargs)

    return silenced


def certificates(data: bytes) -> list[Certificate]:
    """The certificates in PEM, DER or password-less PKCS#12 bytes, in order. Broken ones are left out: see ``read``."""
    return list(read(data).certificates)


def private_keys(data: bytes) -> list[KeyFact]:
    """The private keys in some bytes: see ``keys.private_keys``."""
    from . import keys

    return keys.private_keys(data)


@lru_cache(maxsize=512)
@quiet
def read(data: bytes) -> Reading:
    """The certificates in some bytes and the problems of those that cannot be read. Never raises."""
    good: list[Certificate] = []
    bad: list[CertificateProblem] = []
    for content, line in _candidates(data)[:_MOST_CERTIFICATES]:
        result = parse(content, line)
        (good if isinstance(result, Certificate) else bad).append(result)  # type: ignore[arg-type]
    return Reading(tuple(good), tuple(bad))


def _candidates(data: bytes) -> list[tuple[bytes, int]]:
    found = blocks(data[len(BOM) :] if data.startswith(BOM) else data)
    if found:
        return [(block.der, block.line) for block in found if block.type in CERTIFICATE_TYPES]
    kind = asn1.kind_of(data)
    if kind == asn1.CERTIFICATE:
        return [(data, 1)]
    return [(each, 1) for each in _pkcs12(data)] if kind == asn1.PKCS12 else []


def _pkcs12(data: bytes) -> list[bytes]:
    """The certificates of a PKCS#12 container without a password (or with the empty one)."""
    from .pkcs12 import opened

    return list(opened(data).certificates)


def reraise(error: BaseException) -> None:
    """The parser is Rust: its panics derive from BaseException. Only what stops the program may pass."""
    if isinstance(error, (KeyboardInterrupt, SystemExit, MemoryError)):
        raise error


@quiet
def parse(content: bytes, line: int = 1) -> Certificate | CertificateProblem:
    """One DER certificate. ``line`` is carried into the result."""
    parsed = load(content)
    if parsed is None:
        return CertificateProblem("the certificate is malformed", line)
    try:
        return _facts(parsed, asn1.first_element(content), line)
    except BaseException as error:
        reraise(error)
        return CertificateProblem("the certificate has a malformed field", line)


@lru_cache(maxsize=4096)
@quiet
def load(content: bytes) -> x509.Certificate | None:
    """The parsed form of a DER certificate; None where it is malformed."""
    if len(content) > _LARGEST_CERTIFICATE:
        return None
    try:
        parsed = load_der(asn1.first_element(content))
        parsed.extensions  # noqa: B018 - read here because it raises on a malformed one
        return parsed
    except BaseException as error:
        reraise(error)
        return None


def load_der(content: bytes) -> x509.Certificate:
    """The parsed form of exactly these bytes, its extensions not looked at. Raises what ``cryptography`` raises.

    Where only the strings of its names are in the way, they are read as ``name_strings`` writes them.
    """
    from cryptography import x509

    try:
        parsed = x509.load_der_x509_certificate(content)
        parsed.subject, parsed.issuer  # noqa: B018 - read here because they raise on odd strings
        return parsed
    except ValueError:
        from .name_strings import readable

        return x509.load_der_x509_certificate(readable(content) or content)


def _facts(parsed: x509.Certificate, content: bytes, line: int) -> Certificate:
    from hashlib import sha256  # loads OpenSSL: only where there is a certificate

    extensions = _extensions(parsed)
    basic = extensions.get("2.5.29.19")
    usage = extensions.get("2.5.29.15")
    extended = extensions.get("2.5.29.37")
    names = extensions.get("2.5.29.17")
    subject_id, authority_id = extensions.get("2.5.29.14"), extensions.get("2.5.29.35")
    authority = authority_id.key_identifier if authority_id is not None else None
    subject, common_name = _name(parsed.subject)
    dns, ips = _alternative_names(names)
    serial = f"{abs(parsed.serial_number):X}"
    return Certificate(
        subject=subject,
        issuer=_name(parsed.issuer)[0],
        common_name=common_name,
        dns_names=dns,
        ip_addresses=ips,
        is_ca=bool(basic is not None and basic.ca),
        key=_key_name(parsed),
        serial=serial if len(serial) % 2 == 0 else "0" + serial,
        sha256=sha256(content).hexdigest(),
        spki_sha256=sha256(public_info(content)).hexdigest(),
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        extended_key_usage=_extended(extended),
        signature_algorithm=signature_name(parsed),
        der=content,
        line=line,
        has_names=names is not None,
        version=parsed.version.value + 1,
        basic_constraints=None if basic is None else (basic.ca, basic.path_length),
        key_usage=None if usage is None else tuple(word for flag, word in KEY_USAGES.items() if getattr(usage, flag)),
        subject_key_id=subject_id.digest.hex() if subject_id is not None else None,
        authority_key_id=authority.hex() if authority else None,
    )


def _extensions(parsed: x509.Certificate) -> dict[str, Any]:
    return {each.oid.dotted_string: each.value for each in parsed.extensions}


def public_info(content: bytes) -> bytes:
    """The SubjectPublicKeyInfo of a DER certificate as it stands there; empty where the shape is wrong."""
    fields = asn1.body_fields(content)
    return content[fields[4].end : fields[5].end] if len(fields) > 5 else b""


def _extended(extended: Any) -> tuple[str, ...] | None:
    if extended is None:
        return None
    return tuple(EXTENDED_KEY_USAGES.get(each.dotted_string, each.dotted_string) for each in extended)


def _alternative_names(names: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if names is None:
        return (), ()
    from cryptography import x509

    dns = tuple(clean(each.value) for each in names if isinstance(each, x509.DNSName))
    ips = tuple(str(each.value) for each in names if isinstance(each, x509.IPAddress))
    return dns, ips


@lru_cache(maxsize=1024)
def _name(name: x509.Name) -> tuple[str, str | None]:
    """A name in RFC 4514 style, the most specific part first, and its last common name."""
    common = [each.value for each in name if each.oid.dotted_string == "2.5.4.3"]
    value = common[-1] if common else None
    return clean(name.rfc4514_string()), clean(value) if isinstance(value, str) else None


def clean(text: str) -> str:
    """Text from a certificate without control characters, which could rewrite a terminal."""
    return text if text.isprintable() else "".join(each if each.isprintable() else f"\\{ord(each):02X}" for each in text)


def _key_name(parsed: x509.Certificate) -> str:
    try:
        kind, bits, curve = key_kind(parsed.public_key())
    except BaseException as error:
        reraise(error)
        return "unknown"
    return f"{kind} {curve or bits}" if curve or bits else kind


def key_kind(key: Any) -> tuple[str, int, str]:
    """Kind, size in bits (0 where it says nothing) and curve of a public or private key of cryptography."""
    word = type(key).__name__
    for prefix, kind in (("RSA", "RSA"), ("DSA", "DSA"), ("EllipticCurve", "EC"), ("EC", "EC")):
        if word.startswith(prefix):
            curve = getattr(getattr(key, "curve", None), "name", "")
            return kind, key.key_size, CURVES.get(curve, curve)
    for kind in ("Ed25519", "Ed448", "X25519", "X448"):
        if word.startswith(kind):
            return kind, 0, ""
    return "unknown", 0, ""


def signature_name(parsed: x509.Certificate) -> str:
    """The signature algorithm in Go's words (``SHA256-RSA``), or its dotted number."""
    oid = parsed.signature_algorithm_oid.dotted_string
    return SIGNATURES.get(oid, oid)
