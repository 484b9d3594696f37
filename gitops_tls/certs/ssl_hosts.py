"""Which hosts a certificate is for, as curl and gRPC's verifier decide from its raw fields, in their own words.

[measured: curl 7.88.1, grpcio 1.85.1]
"""

from __future__ import annotations

from . import ssl_names
from .names import curl_accepts, grpc_accepts
from .read import clean
from .ssl_certificate import SslCertificate

_DNS, _IP = 0x82, 0x87
_NO_MATCH = "SSL: no alternative certificate subject name matches target host name"

GeneralNames = tuple[tuple[int, bytes], ...]


def curl_error(leaf: SslCertificate, names: GeneralNames, host: str) -> str:
    """curl's complaint about a leaf that is not for the host it asks for; empty where it is."""
    dns = [content.decode("latin-1") for kind, content in names if kind == _DNS]
    there = any(kind == _IP for kind, _ in names)
    common = _common_names(leaf)
    if not curl_accepts(dns, _addresses(names), None if there else common[-1] if common else None, host):
        if dns or there:
            return f"{_NO_MATCH} '{host}'"
        if not common:
            return "SSL: unable to obtain common name from peer certificate"
        if "\0" in common[-1]:
            return "SSL: illegal cert name field"
        return f"SSL: certificate subject name '{clean(common[-1])}' does not match target host name '{host}'"
    return "" if leaf.issuer else "SSL: couldn't get X509-issuer name"


def grpc_accepts_host(leaf: SslCertificate, names: GeneralNames, host: str) -> bool:
    """Whether gRPC takes a leaf for the host it asks for. It looks at the first common name, and texts end at a NUL."""
    dns = [content.partition(b"\0")[0].decode("latin-1") for kind, content in names if kind == _DNS]
    common = [each.partition("\0")[0] for each in _common_names(leaf)]
    return grpc_accepts(dns, _addresses(names), common[0] if common else None, host)


def _addresses(names: GeneralNames) -> list[str]:
    from ipaddress import IPv6Address, ip_address

    found = []
    for kind, content in names:
        if kind == _IP and len(content) in (4, 16):
            address = ip_address(content)
            mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
            found.append(f"::ffff:{mapped}" if mapped else str(address))
    return found


def _common_names(leaf: SslCertificate) -> list[str]:
    return [
        (ssl_names.text(tag, content) or b"").decode()
        for kind, tag, content in ssl_names.attributes(leaf.subject)
        if kind == ssl_names.COMMON_NAME
    ]
