"""The 51 certificate sets that a real Milvus 2.3.5 was given, made anew with other keys, and what was measured.

MEASURED (2026-11-22, pymilvus 3.0.2 with grpcio 1.85.1, curl 7.88.1 with OpenSSL 3.0.19): for tlsMode 1 and 2 either the
panic, or a ``+`` or ``-`` each for: pymilvus one-way with server.pem, one-way with ca.pem, two-way; curl one-way, two-way.
All clients asked for ``localhost``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from certs_pki import (
    NOW,
    Issued,
    client,
    csr_pem,
    ec_key,
    ed25519_key,
    intermediate,
    key_pem,
    root,
    rsa_key,
    server,
)  # fmt: skip

NO_PEM = "tls: failed to find any PEM data in certificate input"
NO_KEY = "tls: failed to find any PEM data in key input"
MISMATCH = "tls: private key does not match public key"
UNPARSED = "tls: failed to parse private key"
SWAPPED = (
    "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
)
NO_CA = "fail to append ca to cert"

MEASURED: dict[str, tuple[str, str]] = {
    "bom_ca": ("+--++", NO_CA),
    "bom_pem": (NO_PEM, NO_PEM),
    "ca_false": ("+++--", "-----"),
    "ca_is_leaf": ("+++++", "-----"),
    "ca_nobc": ("+++--", "-----"),
    "chain_client_missing_im_ca_has_im": ("+++++", "--+-+"),
    "chain_missing_im": ("+----", "-----"),
    "chain_ok": ("+++++", "--+-+"),
    "chain_with_root": ("+++++", "--+-+"),
    "chain_wrongorder": (MISMATCH, MISMATCH),
    "client_both": ("+++++", "--+-+"),
    "client_noeku": ("+++++", "--+-+"),
    "client_servereku": ("+++++", "-----"),
    "combined": ("+++++", "--+-+"),
    "crlf_pem": ("+++++", "--+-+"),
    "der": (NO_PEM, NO_PEM),
    "der_ca": ("+----", NO_CA),
    "der_key": (NO_KEY, NO_KEY),
    "doc_sameSubj": ("+++++", "-----"),
    "doc_sameSubj_caSKI_leafnoAKI": ("+++--", "--+--"),
    "doc_sameSubj_clientAuth": ("+++++", "--+-+"),
    "doc_sameSubj_noAKI": ("+++--", "--+--"),
    "ecdsa": ("+++++", "--+-+"),
    "ecdsa_sec1": ("+++++", "--+-+"),
    "ed25519": ("---++", "----+"),
    "empty_ca": ("+----", NO_CA),
    "empty_pem": (NO_PEM, NO_PEM),
    "enc_pkcs1": (UNPARSED, UNPARSED),
    "enc_pkcs8": (UNPARSED, UNPARSED),
    "expired_ca": ("+----", "-----"),
    "expired_client": ("+++++", "-----"),
    "expired_server": ("-----", "-----"),
    "garbage_between": ("+++++", "--+-+"),
    "good": ("+++++", "--+-+"),
    "key_first": ("+++++", "--+-+"),
    "key_mismatch": (MISMATCH, MISMATCH),
    "nosan": ("+++++", "--+-+"),
    "notyet_server": ("-----", "-----"),
    "rsa1024": ("+++--", "--+--"),
    "rsa4096": ("+++++", "--+-+"),
    "rsa_pkcs1": ("+++++", "--+-+"),
    "san_ip": ("+++++", "--+-+"),
    "selfsigned": ("+++++", "-----"),
    "server_clienteku": ("+----", "-----"),
    "server_noeku": ("+++++", "--+-+"),
    "swapped": (SWAPPED, SWAPPED),
    "truncated": (NO_PEM, NO_PEM),
    "wildcard": ("-----", "-----"),
    "wrong_ca": ("+----", "-----"),
    "wrong_ca_same_subject": ("+----", "-----"),
    "wrongsan": ("-----", "-----"),
}

PANICS = frozenset((NO_PEM, NO_KEY, MISMATCH, UNPARSED, SWAPPED, NO_CA))
_PAST = {"not_before": NOW - timedelta(days=30), "not_after": NOW - timedelta(hours=1)}


class Set(NamedTuple):
    """The five files."""

    ca: bytes
    server: bytes
    server_key: bytes
    client: bytes
    client_key: bytes


def make(name: str) -> Set:
    """The set called ``name``."""
    return _ENCODED[name]() if name in _ENCODED else _issued(name)


def _files(ca: Issued | bytes, host: Issued, user: Issued) -> Set:
    return Set(ca if isinstance(ca, bytes) else ca.pem, host.pem, host.key, user.pem, user.key)


def _good() -> Set:
    ca = root()
    return _files(ca, server(ca), client(ca))


def _issued(name: str) -> Set:
    """A set with plain files: only what the certificates say differs."""
    ca = root(**_CA.get(name, {}))
    trusted = {"wrong_ca": root("Other CA", seed=9), "wrong_ca_same_subject": root(seed=9)}.get(name, ca)
    if name.startswith("doc_sameSubj"):
        return _same_subject(name)
    if name.startswith("chain"):
        return _chains(name)
    options = {key: value() if callable(value) else value for key, value in _SERVER.get(name, {}).items()}
    host = server(None if name == "selfsigned" else ca, **options)
    user = client(ca, **_CLIENT.get(name, {}))
    return _files(host if name in ("selfsigned", "ca_is_leaf") else trusted, host, user)


_CA: dict[str, dict[str, Any]] = {
    "ca_false": {"ca": False, "usage": None},
    "ca_nobc": {"ca": None, "usage": None},
    "expired_ca": _PAST,
}
_SERVER: dict[str, dict[str, Any]] = {
    "expired_server": _PAST,
    "notyet_server": {"not_before": NOW + timedelta(days=1)},
    "nosan": {"dns": []},
    "san_ip": {"ips": ["127.0.0.1"]},
    "wildcard": {"common_name": "*.example.com", "dns": ["*.example.com"]},
    "wrongsan": {"common_name": "milvus.example.com", "dns": ["milvus.example.com"]},
    "server_clienteku": {"eku": ["client"]},
    "server_noeku": {"eku": None},
    "ed25519": {"private": ed25519_key(3)},
    "rsa1024": {"private": lambda: rsa_key(1024)},
    "rsa4096": {"private": lambda: rsa_key(4096)},
}
_CLIENT: dict[str, dict[str, Any]] = {
    "client_both": {"eku": ["server", "client"]},
    "client_noeku": {"eku": None},
    "client_servereku": {"eku": ["server"]},
    "expired_client": _PAST,
}


def _same_subject(name: str) -> Set:
    """As the documented gen.sh makes them: CA, server and client with one subject."""
    no_ids = name.endswith("noAKI")
    ca = root("localhost", usage=None, ski=name != "doc_sameSubj_noAKI")
    ids = {"aki": not no_ids, "ski": not no_ids}
    usage = ["server"] if name == "doc_sameSubj" else ["client"]
    return _files(ca, server(ca, **ids), client(ca, "localhost", dns=["localhost"], eku=usage, **ids))


def _chains(name: str) -> Set:
    ca = root()
    between = intermediate(ca)
    host = server(between)
    user = client(between if "client_missing" in name or name in ("chain_ok", "chain_missing_im") else ca)
    sent = {
        "chain_missing_im": [host],
        "chain_with_root": [host, between, ca],
        "chain_wrongorder": [between, host],
    }.get(name, [host, between])
    shown = [user, between] if name == "chain_ok" else [user]
    trusted = ca.pem + between.pem if name.endswith("ca_has_im") else ca.pem
    return Set(trusted, _join(sent), host.key, _join(shown), user.key)


def _join(sent: list[Issued]) -> bytes:
    return b"".join(each.pem for each in sent)


def _key_of(private: Any, form: str = "pkcs8", password: bytes | None = None) -> Set:
    ca = root()
    return _files(ca, server(ca, private=private), client(ca))._replace(server_key=key_pem(private, form, password))


def _with(**parts: bytes) -> Set:
    return _good()._replace(**parts)


def _combined() -> Set:
    good = _good()
    return good._replace(server=good.server + good.server_key, server_key=good.server + good.server_key)


_BOM = b"\xef\xbb\xbf"
_ENCODED: dict[str, Any] = {
    "bom_ca": lambda: _with(ca=_BOM + _good().ca),
    "bom_pem": lambda: _with(server=_BOM + _good().server),
    "combined": _combined,
    "crlf_pem": lambda: _with(
        **{part: getattr(_good(), part).replace(b"\n", b"\r\n") for part in ("ca", "server", "server_key")}
    ),
    "der": lambda: _with(server=server(root()).der),
    "der_ca": lambda: _with(ca=root().der),
    "der_key": lambda: _with(server_key=key_pem(ec_key(3), encoding="DER")),
    "ecdsa": lambda: _key_of(ec_key(3, "P-384")),
    "ecdsa_sec1": lambda: _key_of(ec_key(3), "traditional"),
    "empty_ca": lambda: _with(ca=b""),
    "empty_pem": lambda: _with(server=b""),
    "enc_pkcs1": lambda: _key_of(rsa_key(), "traditional", b"throw away"),
    "enc_pkcs8": lambda: _key_of(ec_key(3), "pkcs8", b"throw away"),
    "garbage_between": lambda: _with(server=b"Certificate:\n    Data:\n" + _good().server + b"trailing text\n"),
    "key_first": lambda: _with(server=_good().server_key + _good().server),
    "key_mismatch": lambda: _with(server_key=key_pem(ec_key(77))),
    "rsa_pkcs1": lambda: _key_of(rsa_key(), "traditional"),
    "swapped": lambda: _with(server=_good().server_key, server_key=_good().server),
    "truncated": lambda: _with(server=_good().server[:300]),
}

REQUEST = csr_pem(ec_key(3))
