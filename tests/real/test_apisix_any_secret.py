"""Secrets with any content: what ``status --host`` predicts, and how a real handshake ends.

The suite tries some, always the same. ``GITOPS_TLS_SECRETS=2000`` tries more, and other ones each time.
"""

from __future__ import annotations

import os
import random
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from apisix_handshake_keys import Keys, started
from apisix_objects import Tls, repository_of, translate
from apisix_peer import Caller, Ssl, call

SECRETS = int(os.environ.get("GITOPS_TLS_SECRETS", "150"))
HOST = "api.example.com"


class Menu:
    """What certificates and keys are put together from."""

    def __init__(self, keys: Keys, pki: Any) -> None:
        root, middle, low = keys.root, keys.middle, keys.low
        rsa = keys.server(root, HOST, private=pki.rsa_key(2048, 0))
        self.leaves = [
            (keys.server(root, HOST), ()),
            (keys.server(root, HOST), ()),
            (rsa, ()),
            (keys.server(middle, HOST, seed=11), (middle,)),
            (keys.server(low, HOST, seed=12), (low, middle)),
            (keys.server(low, "*.example.com", seed=13), (low, middle)),
            (keys.server(root, "other.example.com", seed=14), ()),
            (keys.server(root, HOST, seed=15, last=-1), ()),
            (keys.server(root, HOST, private=pki.ed25519_key(7)), ()),
            (keys.server(root, HOST, private=pki.ec_key(16, "P-384")), ()),
        ]
        self.root, self.pki = root, pki

    def secret(self, chosen: random.Random) -> dict[str, bytes]:
        leaf, between = chosen.choice(self.leaves)
        chain = [leaf, *between]
        for _ in range(chosen.choice([0, 0, 1])):
            change = chosen.randrange(5)
            if change == 0:
                chosen.shuffle(chain)
            elif change == 1:
                chain.append(self.root)
            elif change == 2 and len(chain) > 1:
                chain.remove(chosen.choice(chain[1:]))
            elif change == 3:
                chain.append(leaf)
            else:
                chain.insert(0, chosen.choice(self.leaves)[0])
        certificate = self._spelled(chosen, b"".join(one.pem for one in chain))
        key = self._spelled(chosen, self._key(chosen, leaf))
        names = chosen.choice([("tls.crt", "tls.key"), ("tls.crt", "tls.key"), ("cert", "key")])
        made = dict(zip(names, (certificate, key), strict=True))
        if chosen.random() < 0.3:
            made["ca.crt"] = (chain[-1] if chosen.random() < 0.3 else between[-1] if between else self.root).pem
        return made

    def _key(self, chosen: random.Random, leaf: Any) -> bytes:
        form = chosen.choice(["pkcs8"] * 5 + ["traditional", "locked", "other", "public", "two", "damaged first"])
        pki, private = self.pki, leaf.private
        if form == "locked":
            return bytes(pki.key_pem(private, password=b"secret"))
        if form == "other":
            return bytes(chosen.choice(self.leaves)[0].key)
        if form == "public":
            return bytes(pki.public_pem(private))
        if form == "two":
            return bytes(chosen.choice(self.leaves)[0].key + leaf.key)
        if form == "damaged first":
            return self._spelled(chosen, chosen.choice(self.leaves)[0].key.replace(b"\n", b"\n\n")) + bytes(leaf.key)
        traditional = form == "traditional" and "ed25519" not in type(private).__module__
        return bytes(pki.key_pem(private, "traditional" if traditional else "pkcs8"))

    def _spelled(self, chosen: random.Random, pem: bytes) -> bytes:
        """The text as an editor or a pipeline left it."""
        ways: dict[int, Callable[[], bytes]] = {
            0: lambda: pem.replace(b"\n", b"\r\n"),
            1: lambda: pem.rstrip(b"\n"),
            2: lambda: b"# for the gateway\n" + pem,
            3: lambda: pem + b"# the end\n",
            4: lambda: b"\n" + pem,
            5: lambda: pem[: pem.index(b"-----END") * 2 // 3],
            6: lambda: pem.replace(b"\n", b" \n"),
            7: lambda: pem.replace(b"\n", b""),
            8: lambda: pem.replace(b"-----BEGIN ", b"----- BEGIN "),
            9: lambda: pem.replace(b"\n", b"\n  ", 3),
            10: lambda: b"\xef\xbb\xbf" + pem,
            11: lambda: pem.replace(b"M", b"N"),
            12: lambda: b"",
        }  # fmt: skip
        return ways.get(chosen.randrange(70), lambda: pem)()


def refused(served: Ssl) -> bool:
    """Whether the Admin API of APISIX 3.17 refuses the object: then APISIX has nothing for the host."""
    return not served.key.startswith(b"---") or len(served.key) < 64 or len(served.cert) < 128


FAILURE = "sslv3 alert handshake failure"


def agree(told: Mapping[str, Any], seen: str) -> bool:
    """Whether the prediction holds. The repository does not tell whom a client trusts: an issuer that nothing shows may be a
    root. With a key of another kind than the certificate's the alert is another one, for which the contract has no word: then
    the reasons tell."""
    failure = any(FAILURE in why["message"] for why in told["why"])
    if failure or seen == "handshake failure":
        return failure and (told["client_sees"], seen) == ("internal error", "handshake failure")
    return told["client_sees"] == seen or (told["client_sees"], seen) == ("ok", "untrusted issuer")


def test_any_secret(pki: Any, repository: Any, tool: Any) -> None:
    chosen = random.Random(None if "GITOPS_TLS_SECRETS" in os.environ else 4711)
    keys = Keys(pki)
    menu = Menu(keys, pki)
    wrong, met = [], set()
    for at in range(0, SECRETS, 200):
        objects = [Tls("api", (HOST,), menu.secret(chosen)) for _ in range(min(200, SECRETS - at))]
        served = [translate(one) for one in objects]
        with started([[] if refused(one) else [one] for one in served], keys) as paths:
            for path, one in zip(paths, objects, strict=True):
                repository(repository_of([one]))
                told = tool("status", "--host", HOST, "--format", "json").json["host"]
                seen = call(path, HOST, Caller(keys.root.pem), chosen.choice(["TLSv1_2", "TLSv1_3"]))
                met.add(seen.outcome)
                if not agree(told, seen.outcome):
                    wrong.append(
                        (told["client_sees"], seen.outcome, describe(one.secret), [why["message"] for why in told["why"]])
                    )
    assert not wrong, "\n".join(map(str, wrong))
    assert {"ok", "internal error", "handshake failure", "untrusted issuer", "name mismatch", "expired"} <= met


def describe(secret: Mapping[str, bytes]) -> str:
    """A Secret in words: no key is printed."""
    parts = []
    for name, value in secret.items():
        lines = value.decode("utf-8", "replace").splitlines()
        parts.append(f"{name}: {len(value)} bytes, {len(lines)} lines, {[line[:40] for line in lines if '--' in line]}")
        if "crt" in name or name == "cert":
            parts += [_subject(block) for block in value.decode("utf-8", "replace").split("-----END CERTIFICATE-----")[:-1]]
    return "; ".join(parts)


def _subject(block: str) -> str:
    try:
        from cryptography import x509

        der = ssl.PEM_cert_to_DER_cert(block[block.index("-----BEGIN") :] + "-----END CERTIFICATE-----")
        return x509.load_der_x509_certificate(der).subject.rfc4514_string()
    except Exception:
        return "?"


def _blank_lines(pki: Any, keys: Keys) -> dict[str, bytes]:
    leaf = keys.server(keys.root, HOST)
    return {"tls.crt": leaf.pem, "tls.key": leaf.key.replace(b"\n", b"\n\n")}


def _cut_chain(pki: Any, keys: Keys) -> dict[str, bytes]:
    leaf = keys.server(keys.middle, HOST)
    return {"tls.crt": leaf.pem + keys.middle.pem[:-60], "tls.key": leaf.key}


def _other_kind(pki: Any, keys: Keys) -> dict[str, bytes]:
    return {"tls.crt": keys.server(keys.root, HOST).pem, "tls.key": pki.key_pem(pki.rsa_key(2048, 0))}


def _blank_in_certificate(pki: Any, keys: Keys) -> dict[str, bytes]:
    leaf = keys.server(keys.root, HOST)
    return {"tls.crt": leaf.pem.replace(b"\n", b"\n\n"), "tls.key": leaf.key}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key.replace(b"M", b"!", 1),
        lambda key: key.replace(b"\n", b"\n\n"),
        lambda key: b"-----BEGIN PRIVATE KEY-----\nMANhYmM=\n-----END PRIVATE KEY-----\n",
    ],
    ids=["no base64", "blank lines", "no key"],
)
def test_a_good_key_behind_a_damaged_one(spoil: Any, pki: Any, repository: Any, tool: Any) -> None:
    keys = Keys(pki)
    leaf = keys.server(keys.root, HOST)
    other = keys.server(keys.root, HOST, private=pki.rsa_key(2048, 0))
    one = Tls("api", (HOST,), {"tls.crt": leaf.pem, "tls.key": spoil(other.key) + leaf.key})
    repository(repository_of([one]))
    with started([[translate(one)]], keys) as [path]:
        assert call(path, HOST, Caller(keys.root.pem)).outcome == "ok"
    assert tool("status", "--host", HOST, "--format", "json").json["host"]["client_sees"] == "ok"


@pytest.mark.parametrize(
    "make, real",
    [
        (_blank_lines, "internal error"),
        (_blank_in_certificate, "internal error"),
        (_cut_chain, "internal error"),
        # OpenSSL keeps a key of each kind, and finds no certificate for this one only when a client comes
        (_other_kind, "handshake failure"),
    ],
)
def test_what_openssl_makes_of_it(make: Any, real: str, pki: Any, repository: Any, tool: Any) -> None:
    keys = Keys(pki)
    one = Tls("api", (HOST,), make(pki, keys))
    repository(repository_of([one]))
    with started([[translate(one)]], keys) as [path]:
        for version in ("TLSv1_2", "TLSv1_3"):
            assert call(path, HOST, Caller(keys.root.pem), version).outcome == real
    assert tool("status", "--host", HOST, "--format", "json").json["host"]["client_sees"] == "internal error"


def test_ed25519_before_3_17(pki: Any, repository: Any, tool: Any) -> None:
    keys = Keys(pki)
    leaf = keys.server(keys.root, HOST, private=pki.ed25519_key(7))
    files = repository_of([Tls("api", (HOST,), {"tls.crt": leaf.pem, "tls.key": leaf.key})])
    repository({**files, ".gitops-tls.yaml": files[".gitops-tls.yaml"].replace("3.17", "3.16")})
    assert len(leaf.key) < 128
    assert tool("status", "--host", HOST, "--format", "json").json["host"]["client_sees"] == "internal error"


def test_keys_of_every_kind(pki: Any, repository: Any, tool: Any) -> None:
    """A certificate of each kind with a key of each: which alert comes."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ed448, x25519

    keys = Keys(pki)
    private = {
        "RSA": pki.rsa_key(2048, 0), "another RSA": pki.rsa_key(2048, 1), "P-256": pki.ec_key(61), "P-384": pki.ec_key(62, "P-384"),
        "Ed25519": pki.ed25519_key(9), "DSA": dsa.generate_private_key(2048), "Ed448": ed448.Ed448PrivateKey.generate(),
        "X25519": x25519.X25519PrivateKey.generate(),
    }  # fmt: skip
    leaves = {name: keys.server(keys.root, HOST, private=private[name]) for name in ("RSA", "P-256", "P-384", "Ed25519")}
    cases = {
        (a, b): Tls("api", (HOST,), {"tls.crt": leaves[a].pem, "tls.key": pki.key_pem(private[b])})
        for a in leaves
        for b in private
    }
    rsa_middle = pki.issue("RSA CA", private["RSA"], keys.root, ca=True, usage=pki.CA_USAGE, **keys._days())
    below = keys.server(rsa_middle, HOST)
    cases["an RSA intermediate first", "P-256"] = Tls(
        "api", (HOST,), {"tls.crt": rsa_middle.pem + below.pem, "tls.key": below.key}
    )
    met: dict[str, int] = {}
    with started([[translate(one)] for one in cases.values()], keys) as paths:
        for path, (title, one) in zip(paths, cases.items(), strict=True):
            repository(repository_of([one]))
            told = tool("status", "--host", HOST, "--format", "json").json["host"]
            for version in ("TLSv1_2", "TLSv1_3"):
                seen = call(path, HOST, Caller(keys.root.pem), version).outcome
                met[seen] = met.get(seen, 0) + 1
                assert agree(told, seen), (title, version, seen, told["client_sees"], [why["message"] for why in told["why"]])
    assert met == {"ok": 8, "internal error": 14, "handshake failure": 44}
