"""What Go refuses of certificates that ``cryptography`` reads [compared with Go 1.25 over 1,900 odd certificates]."""

from __future__ import annotations

from . import der as asn1
from . import go_extensions
from .der import NULL, OID, SEQUENCE, Element
from .facts import Certificate
from .go_der import Refused
from .go_names import check_name
from .oids import KEY_USAGES

_RSA = bytes.fromhex("2a864886f70d010101")
_RSA_PSS = bytes.fromhex("2a864886f70d01010a")
_EC = bytes.fromhex("2a8648ce3d0201")
GO_CURVES = ("P-224", "P-256", "P-384", "P-521")
_KEY_USAGES = (*KEY_USAGES.values(), "encipherOnly", "decipherOnly")
_ISSUER, _SUBJECT, _KEY_FIELD = 2, 4, 5
"""Places among ``der.body_fields``."""


def go_problem(content: bytes, certificate: Certificate) -> str:
    """Why Go's ``ParseCertificate`` refuses a certificate, in its own words; empty where it takes it."""
    found = go_extensions.read(content)
    if isinstance(found, str):
        return found
    whole = asn1.element(content)
    outside = asn1.parts(content, whole) if whole is not None else []
    fields = asn1.body_fields(content)
    if len(outside) < 2 or len(fields) <= _KEY_FIELD:
        return "x509: malformed certificate"
    if _bytes(content, fields[0])[:1] >= b"\x80":
        return "x509: negative serial number"
    if _bytes(content, fields[1]) != _bytes(content, outside[1]):
        return "x509: inner and outer signature algorithm identifiers don't match"
    for name in (fields[_ISSUER], fields[_SUBJECT]):
        try:
            check_name(content[name.start : name.end])
        except Refused as error:
            return str(error)
    return _key_problem(content, fields, certificate)


def _key_problem(content: bytes, fields: list[Element], certificate: Certificate) -> str:
    kind, parameters = _algorithm(content, fields)
    if kind == _RSA and (parameters is None or parameters.tag != NULL):
        return "x509: RSA key missing NULL parameters"
    if kind != _EC:
        return ""
    if parameters is None or parameters.tag != OID:
        return "x509: invalid ECDSA parameters"
    if certificate.key.partition(" ")[2] not in GO_CURVES:
        return "x509: unsupported elliptic curve"
    point = asn1.parts(content, fields[_KEY_FIELD])[1]
    return "" if _bytes(content, point)[1:2] == b"\x04" else "x509: failed to unmarshal elliptic curve point"


def is_pss_key(content: bytes) -> bool:
    """Whether the key is for RSA-PSS alone: Go knows no such public key."""
    return _algorithm(content, asn1.body_fields(content))[0] == _RSA_PSS


def _algorithm(content: bytes, fields: list[Element]) -> tuple[bytes, Element | None]:
    """The object identifier of the key's algorithm, and its parameters."""
    key = asn1.parts(content, fields[_KEY_FIELD]) if len(fields) > _KEY_FIELD else []
    inside = asn1.parts(content, key[0]) if key and key[0].tag == SEQUENCE else []
    if not inside or inside[0].tag != OID:
        return b"", None
    return _bytes(content, inside[0]), inside[1] if len(inside) > 1 else None


def _bytes(content: bytes, one: Element) -> bytes:
    return content[one.start : one.end]


_HARMLESS = (
    "encipher_only and decipher_only",
    "authority_cert_issuer and authority_cert_serial_number",
    "Either full_name, relative_name or crl_issuer",
    "a relative distinguished name cannot be empty",
    "path_length must be None when ca is False",
    "SCT",
)
"""Complaints of ``cryptography`` about extensions that Go, OpenSSL and BoringSSL take as they are."""


def tolerated(content: bytes, line: int = 1) -> Certificate | None:
    """A certificate that only ``cryptography`` refuses, for the odd content of an extension; None for any other.

    Its extensions are read as Go reads them.
    """
    from .lenient import lenient
    from .read import load_der, quiet, reraise

    try:
        quiet(load_der)(asn1.first_element(content)).extensions  # noqa: B018 - it is what raises
        return None
    except BaseException as error:
        reraise(error)
        if not isinstance(error, ValueError) or not any(words in str(error) for words in _HARMLESS):
            return None
    return with_extensions(lenient(content, line))


def with_extensions(found: Certificate | None) -> Certificate | None:
    """A certificate that was read without its extensions, completed by them as Go reads them; None where Go refuses them."""
    extensions = go_extensions.read(found.der) if found is not None else ""
    if found is None or isinstance(extensions, str):
        return None
    bits = extensions.key_usage
    return found._replace(
        basic_constraints=extensions.basic,
        key_usage=tuple(word for i, word in enumerate(_KEY_USAGES) if bits >> i & 1) if bits else None,
        extended_key_usage=extensions.usages or None,
        subject_key_id=extensions.subject_key.hex() or None,
        authority_key_id=extensions.authority_key.hex() or None,
    )
