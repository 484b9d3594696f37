"""Which names a certificate answers to: as Go checks them (subjectAltName only), gRPC's verifier, and curl's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from .facts import Certificate

_MOST_NAMED = 100
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-])*\Z")


@lru_cache(maxsize=1024)
def as_ip(name: str) -> str | None:
    """An IP address in its shortest spelling (brackets around IPv6 allowed); None where the name is none."""
    from ipaddress import ip_address

    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if "%" in bare:
        return None
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def covers(certificate: Certificate, name: str) -> bool:
    """Whether the certificate is valid for a DNS name or an IP address, as Go's ``VerifyHostname`` decides."""
    return any_covers(certificate.dns_names, certificate.ip_addresses, name)


def any_covers(dns_names: Iterable[str], ip_addresses: Iterable[str], name: str) -> bool:
    """Whether one of these subjectAltNames is valid for a DNS name or an IP address: see :func:`covers`."""
    address = as_ip(name)
    if address is not None:
        return any(as_ip(each) == address for each in ip_addresses)
    return any(_go_match(pattern, name) for pattern in dns_names)


def covers_by_common_name(certificate: Certificate, name: str) -> bool:
    """Whether only the common name covers the name: Go ignores it, pymilvus and curl still look at it."""
    if certificate.common_name is None or covers(certificate, name):
        return False
    return grpc_covers(certificate, name) or curl_covers(certificate, name)


def go_name_error(certificate: Certificate, name: str) -> str:
    """The error of Go for a name that the certificate does not cover; empty where it does."""
    if covers(certificate, name):
        return ""
    address = as_ip(name)
    valid = certificate.ip_addresses if address is not None else certificate.dns_names
    name = name[1:-1] if address is not None and name.startswith("[") else name
    if not certificate.has_names and certificate.common_name and _go_match(certificate.common_name, name):
        return "x509: certificate relies on legacy Common Name field, use SANs instead"
    if address is not None and not valid:
        return f"x509: cannot validate certificate for {name} because it doesn't contain any IP SANs"
    if len(valid) >= _MOST_NAMED:
        what = "names" if address is None else "IP SANs"
        return f"x509: certificate is valid for {len(valid)} {what}, but none matched {name}"
    listed = ", ".join(valid)
    if not listed:
        return f"x509: certificate is not valid for any names, but wanted to match {name}"
    return f"x509: certificate is valid for {listed}, not {name}"


def _go_match(pattern: str, name: str) -> bool:
    if _valid(name.removesuffix("."), False) and _valid(pattern, True):
        host, wanted = name.removesuffix(".").lower().split("."), pattern.lower().split(".")
        if len(host) != len(wanted):
            return False
        return all(want in ("*", got) if i == 0 else want == got for i, (want, got) in enumerate(zip(wanted, host, strict=True)))
    return name.lower() == pattern.lower() and name not in ("", ".")


def _valid(host: str, is_pattern: bool) -> bool:
    if not host or host == "*":
        return False
    labels = host.split(".")
    return all(_LABEL.match(label) or (is_pattern and i == 0 and label == "*") for i, label in enumerate(labels))


def grpc_covers(certificate: Certificate, name: str) -> bool:
    """gRPC's host name verifier: see :func:`grpc_accepts`."""
    return grpc_accepts(certificate.dns_names, certificate.ip_addresses, certificate.common_name, name)


def grpc_accepts(dns_names: Iterable[str], ip_addresses: Iterable[str], common_name: str | None, name: str) -> bool:
    """gRPC's verifier: DNS names, then IP addresses as text, then (without DNS names) the common name.

    [measured with grpcio 1.85.1: a wildcard counts right under a top-level domain too; a literal ``*.x`` matches itself]
    """
    dns_names, name = list(dns_names), _grpc_host(name)
    if any(_grpc_match(each, name) for each in dns_names) or name in ip_addresses:
        return True
    return not dns_names and bool(common_name) and _grpc_match(common_name or "", name)


def _grpc_host(name: str) -> str:
    """The host in a target: without a port, the brackets of IPv6 and a zone."""
    if name.startswith("["):
        inside, closed, _ = name[1:].partition("]")
        name = inside if closed and ":" in inside else ""
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    return name.partition("%")[0]


def _grpc_match(pattern: str, name: str) -> bool:
    if not pattern or not name or pattern[0] == "." or name[0] == ".":
        return False
    wanted, host = pattern.lower().rstrip(".") + ".", name.lower().rstrip(".") + "."
    if "*" not in wanted:
        return wanted == host
    suffix = wanted[1:]
    if not wanted.startswith("*.") or suffix == "." or "*" in suffix or not host.endswith(suffix):
        return False
    return "." not in host[: len(host) - len(suffix)]


def curl_covers(certificate: Certificate, name: str) -> bool:
    """curl (OpenSSL build): see :func:`curl_accepts`."""
    return curl_accepts(certificate.dns_names, certificate.ip_addresses, certificate.common_name, name)


def curl_accepts(dns_names: Iterable[str], ip_addresses: Iterable[str], common_name: str | None, name: str) -> bool:
    """curl: subjectAltName; the common name only where there is no DNS name and no IP address in it.

    An IPv4 address written as IPv6 (``::ffff:10.0.0.1``) is not the same to it.
    """
    from ipaddress import ip_address

    dns_names, ip_addresses = list(dns_names), list(ip_addresses)
    host = curl_host(name)
    is_address = as_ip(host) is not None
    if is_address and any(ip_address(each) == ip_address(host) for each in ip_addresses):
        return True
    if dns_names or ip_addresses:
        return not is_address and any(_curl_match(each, host) for each in dns_names)
    return bool(common_name) and _curl_match(common_name or "", host)


def curl_host(name: str) -> str:
    """The host as curl asks for it: IPv4 in any of its numeric spellings with dots, IPv6 in the shortest one without a zone."""
    from ipaddress import AddressValueError, IPv4Address, IPv6Address

    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if ":" in bare:
        try:
            address = IPv6Address(bare.partition("%")[0])
            return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)
        except AddressValueError:
            return name
    parts = bare.lower().split(".")
    numbers = [_number(part) for part in parts]
    values = [number for number in numbers if number is not None]
    if len(values) != len(parts) or len(parts) > 4 or any(each > 255 for each in values[:-1]):
        return name
    if values[-1] >= 256 ** (5 - len(values)):
        return name
    whole = sum(each << 8 * (3 - i) for i, each in enumerate(values[:-1])) + values[-1]
    return str(IPv4Address(whole))


def _number(text: str) -> int | None:
    """A number as C writes them: decimal, ``0x`` and hexadecimal, ``0`` and octal."""
    for pattern, base in ((r"0x[0-9a-f]{1,9}", 16), (r"0[0-7]{0,12}", 8), (r"[1-9][0-9]{0,9}", 10)):
        if re.fullmatch(pattern, text):
            return int(text, base)
    return None


def _curl_match(pattern: str, name: str) -> bool:
    wanted, host = pattern.lower().removesuffix("."), name.lower().removesuffix(".")
    if not wanted.startswith("*."):
        return wanted == host
    if as_ip(host) is not None or wanted.count(".") < 2:
        return wanted == host
    _, dot, rest = host.partition(".")
    return bool(dot) and rest == wanted[2:]
