"""Certificate sets as people make them and get them wrong: a good set with up to four things changed, a hypothesis strategy."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from hypothesis import strategies as st

if "certs_pki" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("certs_pki", Path(__file__).parents[1] / "certs" / "pki.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules["certs_pki"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["certs_pki"])

from certs_pki import CA_USAGE, LEAF_USAGE, Issued, ec_key, ed25519_key, issue, key_pem, rsa_key, with_sha1

Change = tuple[str, str]
"""What differs from the good set: a field of ``CHOICES`` and one of its words."""

_KEYS: Mapping[str, Callable[[int], Any]] = {
    "P-256": ec_key,
    "P-224": lambda seed: ec_key(seed, "P-224"),
    "P-384": lambda seed: ec_key(seed, "P-384"),
    "P-521": lambda seed: ec_key(seed, "P-521"),
    "Ed25519": ed25519_key,
    "RSA 1024": lambda seed: rsa_key(1024, seed),
    "RSA 2048": lambda seed: rsa_key(2048, seed),
    "RSA 3072": lambda seed: rsa_key(3072, seed),
}
_NOW = datetime.now(timezone.utc).replace(microsecond=0)
_DAY = timedelta(days=1)
_DATES: Mapping[str, tuple[datetime, datetime]] = {
    "ended": (_NOW - 30 * _DAY, _NOW - _DAY / 24),
    "begins tomorrow": (_NOW + _DAY, _NOW + 30 * _DAY),
    "without an end": (_NOW - _DAY, datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)),
    "since 1950": (datetime(1950, 1, 1, tzinfo=timezone.utc), _NOW + 30 * _DAY),
    "good": (_NOW - _DAY, _NOW + 3650 * _DAY),
}
_NAMES: Mapping[str, tuple[str | None, list[str], list[str]]] = {
    "localhost": ("localhost", ["localhost"], []),
    "other host": ("milvus.example.com", ["milvus.example.com"], []),
    "several": ("x", ["milvus.example.com", "localhost", "db"], []),
    "wildcard": ("*.example.com", ["*.example.com"], []),
    "wildcard of two labels": ("x", ["*.milvus.example.com", "other.example.com"], []),
    "wildcard of a top name": ("x", ["*.localhost"], []),
    "capitals": ("LOCALHOST", ["LocalHost"], []),
    "capital host": ("x", ["Milvus.Example.COM"], []),
    "underscore": ("x", ["milvus_1.example.com"], []),
    "punycode": ("x", ["xn--mnchen-3ya.example.com"], []),
    "common name only": ("localhost", [], []),
    "common name of another": ("milvus.example.com", [], []),
    "wildcard common name": ("*.example.com", [], []),
    "address": ("x", [], ["127.0.0.1"]),
    "other address": ("x", [], ["127.0.0.9"]),
    "address as a name": ("x", ["127.0.0.1"], []),
    "address as common name": ("127.0.0.1", [], []),
    "address beside a name": ("x", ["localhost"], ["10.0.0.1"]),
    "no common name": (None, ["localhost"], []),
    "no name at all": (None, [], []),
    "other common name": ("milvus", ["localhost"], []),
}
_EXTENDED: Mapping[str, list[str] | None] = {
    "none": None,
    "server": ["server"],
    "client": ["client"],
    "both": ["server", "client"],
    "any": ["any"],
    "code": ["code"],
}
_USAGES: Mapping[str, tuple[str, ...] | None] = {
    "none": None,
    "signature": ("digital_signature",),
    "encipherment": ("key_encipherment",),
    "agreement": ("key_agreement",),
    "commitment": ("content_commitment",),
    "signing": ("key_cert_sign",),
    "lists": ("crl_sign",),
    "leaf": LEAF_USAGE,
    "CA": CA_USAGE,
}
_FLAGS: Mapping[str, bool | None] = {"yes": True, "no": False, "none": None}
_CONSTRAINTS: Mapping[str, dict[str, Any]] = {
    "permits localhost": {"permitted": [x509.DNSName("localhost")]},
    "permits example.com": {"permitted": [x509.DNSName("example.com")]},
    "excludes localhost": {"excluded": [x509.DNSName("localhost")]},
    "excludes .example.com": {"excluded": [x509.DNSName(".example.com")]},
    "none": {},
}

_AUTHORITY = {
    "key": "P-256 P-384 P-521 Ed25519 RSA·1024 RSA·2048 RSA·3072",
    "dates": "ended begins·tomorrow without·an·end since·1950",
    "flag": "no none",
    "usage": "none signature signing lists leaf",
    "extended": "server client both any",
    "ids": "none subject",
    "length": "0 1",
}
_LEAF = {
    "key": "P-224 P-384 P-521 Ed25519 RSA·1024 RSA·2048 RSA·3072",
    "dates": "ended begins·tomorrow without·an·end since·1950",
    "flag": "yes none",
    "usage": "none signature encipherment agreement commitment signing CA",
    "ids": "none authority",
    "issuer": "self stranger namesake root",
    "hash": "SHA1 SHA384 SHA512",
    "critical": "unknown",
}
_FORMS = "CRLF BOM DER text·around text·on·its·line first·of·two·lines no·last·line·end spaces·behind indented CR empty truncated twice"
_KEY_FORMS = "CRLF BOM DER traditional traditional·DER encrypted encrypted·traditional parameters·first text·around another empty"
CHOICES: dict[str, list[str]] = {
    name: [word.replace("·", " ") for word in words.split()]
    for name, words in {
        **{f"root {field}": words for field, words in _AUTHORITY.items()},
        **{f"between {field}": words for field, words in _AUTHORITY.items()},
        **{f"server {field}": words for field, words in _LEAF.items()},
        **{f"client {field}": words for field, words in _LEAF.items()},
        "server extended": "none client both any code",
        "client extended": "none server both any code",
        "between": "0 2",
        "constraints": " ".join(word.replace(" ", "·") for word in _CONSTRAINTS if word != "none"),
        "names": " ".join(word.replace(" ", "·") for word in _NAMES if word != "localhost"),
        "sent": "alone with·root disordered doubled with·a·stranger",
        "shown": "alone with·root disordered doubled",
        "trusted": "between with·between leaf stranger namesake stranger·first twice broken·first broken·last key·beside",
        "ca form": _FORMS + " trusted·label X509·label headers",
        "server form": _FORMS + " key·beside key·first trusted·label X509·label headers",
        "client form": _FORMS + " key·beside key·first trusted·label X509·label headers",
        "server key form": _KEY_FORMS + " certificate·beside certificate·first",
        "client key form": _KEY_FORMS + " certificate·beside certificate·first",
    }.items()
}


def certificate_sets() -> st.SearchStrategy[tuple[Change, ...]]:
    """Up to four changes of the good set. (Hypothesis likes short lists: one change often stands alone, as it should.)"""
    change = st.sampled_from(sorted(CHOICES)).flatmap(lambda field: st.tuples(st.just(field), st.sampled_from(CHOICES[field])))
    return st.lists(change, min_size=1, max_size=4, unique_by=lambda each: each[0]).map(lambda changes: tuple(sorted(changes)))


# ---- making them -----------------------------------------------------------------------------------------------------------


class _Made:
    """The certificates of one set."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        self.said = dict(changes)
        self.root = self._authority("root", "Milvus Test CA", None, 1)
        self.stranger = issue("Other CA", ec_key(9), ca=True, usage=CA_USAGE, **_span("good"))
        self.namesake = issue("Milvus Test CA", ec_key(8), ca=True, usage=CA_USAGE, **_span("good"))
        self.between: list[Issued] = []
        count = int(self.said.get("between", "1" if any(field.startswith("between ") for field in self.said) else "0"))
        for number in range(count):
            self.between.insert(
                0, self._authority("between", f"Intermediate {number}", (self.between or [self.root])[0], 20 + number)
            )
        self.server = self._leaf("server", 3)
        self.client = self._leaf("client", 4)

    def _get(self, field: str, default: str) -> str:
        return self.said.get(field, default)

    def _authority(self, who: str, common_name: str, issuer: Issued | None, seed: int) -> Issued:
        ids = self._get(f"{who} ids", "both")
        length = self.said.get(f"{who} length")
        flag = _FLAGS[self._get(f"{who} flag", "yes")]
        return issue(
            common_name,
            _KEYS[self._get(f"{who} key", self._usual_key(who))](seed),
            issuer,
            ca=flag,
            usage=_USAGES[self._get(f"{who} usage", "CA")],
            eku=_EXTENDED[self._get(f"{who} extended", "none")],
            path_length=int(length) if length is not None and flag else None,
            ski=ids != "none",
            aki=ids == "both",
            **_span(self._get(f"{who} dates", "good")),
            **(_CONSTRAINTS[self._get("constraints", "none")] if who == "root" else {}),
        )

    def _usual_key(self, who: str) -> str:
        """SHA-1 can only be made with an RSA key, so whoever signs has one."""
        return "RSA 2048" if who in ("root", "between") and "SHA1" in self.said.values() else "P-256"

    def _leaf(self, who: str, seed: int) -> Issued:
        issuer = {"self": None, "stranger": self.stranger, "namesake": self.namesake, "root": self.root}.get(
            self._get(f"{who} issuer", ""), (self.between or [self.root])[0]
        )
        common_name, dns, ips = _NAMES[self._get("names", "localhost")] if who == "server" else ("client", [], [])
        ids = self._get(f"{who} ids", "both")
        hash_name = self._get(f"{who} hash", "SHA256")
        made = issue(
            common_name,
            _KEYS[self._get(f"{who} key", "P-256")](seed),
            issuer,
            dns=dns,
            ips=ips,
            ca=_FLAGS[self._get(f"{who} flag", "no")],
            usage=_USAGES[self._get(f"{who} usage", "leaf")],
            eku=_EXTENDED[self._get(f"{who} extended", who)],
            ski=ids != "none",
            aki=ids == "both",
            hash_name="SHA256" if hash_name == "SHA1" else hash_name,
            serial=seed + 100,
            unknown_critical=f"{who} critical" in self.said,
            **_span(self._get(f"{who} dates", "good")),
        )
        rsa = issuer is not None and issuer.private.__class__.__name__.startswith("RSA")
        return with_sha1(made, issuer) if hash_name == "SHA1" and rsa else made

    def sent(self, who: str) -> list[Issued]:
        """The certificates of the server's or the client's file, in their order."""
        leaf = self.server if who == "server" else self.client
        chain = [leaf, *self.between]
        how = self.said.get("sent" if who == "server" else "shown", "")
        return {
            "alone": [leaf],
            "with root": [*chain, self.root],
            "disordered": [*self.between, leaf, self.root],
            "doubled": [leaf, *chain],
            "with a stranger": [leaf, self.stranger, *self.between],
        }.get(how, chain)

    def trusted(self) -> bytes:
        """The CA file before its encoding."""
        root = self.root.pem
        between = b"".join(each.pem for each in self.between)
        broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        return {
            "between": between or root,
            "with between": root + between,
            "leaf": self.server.pem,
            "stranger": self.stranger.pem,
            "namesake": self.namesake.pem,
            "stranger first": self.stranger.pem + root,
            "twice": root + root,
            "broken first": broken + root,
            "broken last": root + broken,
            "key beside": self.root.key + root,
        }.get(self.said.get("trusted", ""), root)


@cache
def _span(dates: str) -> dict[str, Any]:
    return dict(zip(("not_before", "not_after"), _DATES[dates], strict=True))


_ENCODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "CRLF": lambda pem: pem.replace(b"\n", b"\r\n"),
    "CR": lambda pem: pem.replace(b"\n", b"\r"),
    "BOM": lambda pem: b"\xef\xbb\xbf" + pem,
    "text around": lambda pem: b"subject=CN = x\nissuer=CN = y\n" + pem + b"\nthe end\n",
    "text on its line": lambda pem: b"cert: " + pem,
    "first of two lines": lambda pem: pem.replace(b"-----\n", b"-----\n\n", 1),
    "no last line end": lambda pem: pem.rstrip(b"\n"),
    "spaces behind": lambda pem: pem.replace(b"\n", b"  \n"),
    "indented": lambda pem: b"    " + pem.replace(b"\n", b"\n    ").rstrip(b" "),
    "empty": lambda pem: b"",
    "truncated": lambda pem: pem[: len(pem) - 60],
    "twice": lambda pem: pem + pem,
    "trusted label": lambda pem: pem.replace(b" CERTIFICATE-----", b" TRUSTED CERTIFICATE-----"),
    "X509 label": lambda pem: pem.replace(b" CERTIFICATE-----", b" X509 CERTIFICATE-----"),
    "headers": lambda pem: pem.replace(b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----\nName: x\n\n"),
}


def _encoded(pem: bytes, form: str, der: bytes, key: bytes) -> bytes:
    if form == "DER":
        return der
    if form in ("key beside", "key first"):
        return pem + key if form == "key beside" else key + pem
    return _ENCODINGS[form](pem) if form else pem


def _key_pem(private: Any, form: str = "pkcs8", password: bytes | None = None, encoding: str = "PEM") -> bytes:
    return bytes(key_pem(private, form, password, encoding))


def _key_file(one: Issued, form: str) -> bytes:
    old_form = isinstance(one.private, type(ed25519_key(1)))
    kind = "pkcs8" if old_form else "traditional"
    if form == "traditional":
        return _key_pem(one.private, kind)
    if form in ("DER", "traditional DER"):
        return _key_pem(one.private, "pkcs8" if form == "DER" else kind, encoding="DER")
    if form.startswith("encrypted"):
        return _key_pem(one.private, "pkcs8" if form == "encrypted" else kind, b"throw away")
    if form == "parameters first":
        return b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + key_pem(one.private, kind)
    if form == "another":
        return _key_pem(ec_key(77))
    if form in ("certificate beside", "certificate first"):
        return one.key + one.pem if form == "certificate beside" else one.pem + one.key
    return _ENCODINGS[form](one.key) if form else one.key


def make(changes: tuple[Change, ...]) -> dict[str, bytes]:
    """The five files of a set by their names: ``ca.pem``, ``server.pem``, ``server.key``, ``client.pem``, ``client.key``."""
    made = _Made(changes)
    said = made.said
    files = {"ca.pem": _encoded(made.trusted(), said.get("ca form", ""), made.root.der, made.root.key)}
    for who, leaf in (("server", made.server), ("client", made.client)):
        pem = b"".join(each.pem for each in made.sent(who))
        files[f"{who}.pem"] = _encoded(pem, said.get(f"{who} form", ""), leaf.der, leaf.key)
        files[f"{who}.key"] = _key_file(leaf, said.get(f"{who} key form", ""))
    return files
