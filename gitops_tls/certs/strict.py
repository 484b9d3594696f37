"""What Go refuses of certificates that ``cryptography`` reads [compared with Go 1.25 over 1,900 odd certificates]."""

from __future__ import annotations

from . import der as asn1
from .der import NULL, OCTET_STRING, OID, SEQUENCE, Element
from .facts import Certificate

_RSA = bytes.fromhex("2a864886f70d010101")
_RSA_PSS = bytes.fromhex("2a864886f70d01010a")
_EC = bytes.fromhex("2a8648ce3d0201")
_EXTENDED_KEY_USAGE = bytes.fromhex("0603551d25")
_USAGES = {
    bytes.fromhex("2b06010505070301"): "serverAuth",
    bytes.fromhex("2b06010505070302"): "clientAuth",
    bytes.fromhex("551d2500"): "any",
}
_BOOLEAN = 0x01
_KEY_FIELD = 5
"""Version left aside: serial number, signature, issuer, validity, subject, key."""


def go_parses(content: bytes, certificate: Certificate) -> bool:
    """Whether Go's ``ParseCertificate`` takes a certificate of which ``certificate`` holds the facts."""
    if not all(name.isascii() for name in certificate.dns_names):
        return False
    whole = asn1.element(content)
    outside = asn1.parts(content, whole) if whole is not None else []
    fields = _fields(content, outside)
    if len(outside) < 2 or len(fields) <= _KEY_FIELD:
        return False
    if _bytes(content, fields[1]) != _bytes(content, outside[1]):
        return False  # inner and outer signature algorithm identifiers don't match
    kind, parameters = _algorithm(content, fields)
    if kind == _RSA:
        return parameters is not None and parameters.tag == NULL
    return kind != _EC or (parameters is not None and parameters.tag == OID)


def is_pss_key(content: bytes) -> bool:
    """Whether the key is for RSA-PSS alone: Go knows no such public key."""
    whole = asn1.element(content)
    return _algorithm(content, _fields(content, asn1.parts(content, whole) if whole is not None else []))[0] == _RSA_PSS


def _fields(content: bytes, outside: list[Element]) -> list[Element]:
    """The fields of the certificate's body, from the serial number on."""
    fields = asn1.parts(content, outside[0]) if outside else []
    return fields[1:] if fields and fields[0].tag == 0xA0 else fields


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

    Of its extensions only the names, the CA flag and extendedKeyUsage are known.
    """
    from cryptography import x509

    from .lenient import lenient
    from .read import reraise

    try:
        x509.load_der_x509_certificate(asn1.first_element(content)).extensions  # noqa: B018 - it is what raises
        return None
    except BaseException as error:
        reraise(error)
        if not isinstance(error, ValueError) or not any(words in str(error) for words in _HARMLESS):
            return None
    found = lenient(content, line)
    if found is None:
        return None
    return found._replace(basic_constraints=(True, None) if found.is_ca else None, extended_key_usage=_usages(found.der))


def _usages(content: bytes) -> tuple[str, ...] | None:
    """extendedKeyUsage, where the extension can be found: its words, ``other`` for those that have none here."""
    at = content.find(_EXTENDED_KEY_USAGE)
    value = asn1.element(content, at + len(_EXTENDED_KEY_USAGE)) if at >= 0 else None
    if value is not None and value.tag == _BOOLEAN:
        value = asn1.element(content, value.end)
    inside = asn1.element(content, value.start, value.end) if value is not None and value.tag == OCTET_STRING else None
    if inside is None or inside.tag != SEQUENCE:
        return None
    return tuple(_USAGES.get(_bytes(content, each), "other") for each in asn1.parts(content, inside))
