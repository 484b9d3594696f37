"""Certificates with an extension or a name that ``cryptography`` refuses, for lists that want their names and dates all the same.

An example is the public certificate of Sealed Secrets, whose key usage is encipherOnly without keyAgreement; OpenSSL reads it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from . import der as asn1
from .facts import Certificate

_SUBJECT_ALT_NAME, _BASIC_CONSTRAINTS = bytes.fromhex("551d11"), bytes.fromhex("551d13")
_EXTENSIONS, _DNS, _IP, _BOOLEAN = 0xA3, 0x82, 0x87, 0x01
_MOST = 10_000


def lenient(content: bytes, line: int = 1, *, as_go: bool = False) -> Certificate | None:
    """A certificate without looking at its extensions, except for names and the CA flag where those can be read.

    None where the certificate itself is malformed; ``as_go``: unless Go takes it all the same, see ``go_normal``. Never raises.
    """
    from .go_normal import load_go
    from .read import load_der, quiet, reraise

    content = asn1.first_element(content)
    try:
        return quiet(_facts)(quiet(load_go if as_go else load_der)(content), content, line)
    except BaseException as error:  # a panic in the parser is no Exception
        reraise(error)
        return None


def _facts(parsed: object, content: bytes, line: int) -> Certificate:
    from hashlib import sha256

    from cryptography import x509

    from .read import _key_name, public_info, signature_name

    assert isinstance(parsed, x509.Certificate)
    subject, common_name = _distinguished(parsed, "subject")
    serial = f"{abs(parsed.serial_number):X}"
    extensions = dict(_extensions(content))
    dns, addresses = _names(extensions.get(_SUBJECT_ALT_NAME, b""))
    return Certificate(
        subject=subject,
        issuer=_distinguished(parsed, "issuer")[0],
        common_name=common_name,
        dns_names=dns,
        ip_addresses=addresses,
        is_ca=_is_ca(extensions.get(_BASIC_CONSTRAINTS, b"")),
        key=_key_name(parsed),
        serial=serial if len(serial) % 2 == 0 else "0" + serial,
        sha256=sha256(content).hexdigest(),
        spki_sha256=sha256(public_info(content)).hexdigest(),
        not_before=parsed.not_valid_before_utc,
        not_after=parsed.not_valid_after_utc,
        extended_key_usage=None,
        signature_algorithm=signature_name(parsed),
        der=content,
        line=line,
        has_names=_SUBJECT_ALT_NAME in extensions,
        version=parsed.version.value + 1,
    )


def _distinguished(parsed: object, which: str) -> tuple[str, str | None]:
    """The subject or issuer; empty where the name cannot be read (one of its parts is an empty set, say)."""
    from .read import _name, reraise

    try:
        return _name(getattr(parsed, which))
    except BaseException as error:
        reraise(error)
        return "", None


def _inside(content: bytes, around: asn1.Element | None) -> Iterator[asn1.Element]:
    """The elements inside a constructed one, up to the first that is broken."""
    at = around.start if around is not None else 0
    end = around.end if around is not None else 0
    for _ in range(_MOST):
        part = asn1.element(content, at, end) if at < end else None
        if part is None:
            return
        yield part
        at = part.end


def _extensions(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each extension's object identifier and value, as DER."""
    body = next(_inside(content, asn1.element(content)), None)
    for field in _inside(content, body):
        if field.tag == _EXTENSIONS:
            for extension in _inside(content, next(_inside(content, field), None)):
                parts = list(_inside(content, extension))
                if len(parts) >= 2 and parts[-1].tag == asn1.OCTET_STRING:
                    yield content[parts[0].start : parts[0].end], content[parts[-1].start : parts[-1].end]


def _names(value: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from .read import clean

    dns: list[str] = []
    addresses: list[str] = []
    for name in _inside(value, asn1.element(value)):
        written = value[name.start : name.end]
        if name.tag == _DNS:
            dns.append(clean(written.decode("ascii", "replace")))
        elif name.tag == _IP and len(written) in (4, 16):
            addresses.append(str(ipaddress.ip_address(written)))
    return tuple(dns), tuple(addresses)


def _is_ca(value: bytes) -> bool:
    flag = next(_inside(value, asn1.element(value)), None)
    return flag is not None and flag.tag == _BOOLEAN and value[flag.start : flag.end] not in (b"", b"\0")
