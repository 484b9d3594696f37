"""CA bundles of any kind: whom a real nginx with ``ngx.ssl.verify_client`` lets in, and what the tool says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apisix_peer import Caller, Ssl, call

HOST = "api.example.com"


def bundles(pki: Any, keys: Any) -> dict[str, tuple[bytes, Any, str]]:
    """A bundle, the certificate that a client's is issued by, and the field of ``Bundle`` that must speak."""
    days, late = keys._days(), keys._days(-20, -2)

    def own(seed: int, **options: Any) -> Any:
        return pki.issue(f"root {seed}", pki.ec_key(seed), **{**days, **options})

    root, middle = keys.root, keys.middle
    made = {
        "root": (root.pem, root, ""),
        "root and intermediate": (middle.pem + root.pem, middle, ""),
        "text and key beside it": (b"subject=x\n" + root.key + root.pem, root, ""),
        "old label": (root.pem.replace(b"CERT", b"X509 CERT"), root, ""),
        "OpenSSL's own label": (root.pem.replace(b"CERT", b"TRUSTED CERT"), root, ""),
        "intermediate alone": (middle.pem, middle, "closed"),
        "leaf": (keys.server(root, HOST).pem, root, "closed"),
        "a cut second block": (root.pem + middle.pem[:-60], root, "refused"),
        "an empty line inside": (root.pem.replace(b"\n", b"\n\n"), root, "refused"),
        "nothing": (b"see the wiki\n", root, "refused"),
    }
    for title, field, options in (
        ("CA", "", {"ca": True, "usage": pki.CA_USAGE}),
        ("no basicConstraints, keyCertSign", "", {"ca": None, "usage": pki.CA_USAGE}),
        ("no basicConstraints, no keyUsage", "narrow", {"ca": None}),
        ("no basicConstraints, no keyCertSign", "narrow", {"ca": None, "usage": ("digital_signature",)}),
        ("CA without keyCertSign", "narrow", {"ca": True, "usage": ("digital_signature",)}),
        ("CA for servers", "closed", {"ca": True, "eku": ("server",)}),
        ("no CA, for servers", "closed", {"ca": False, "eku": ("server",)}),
        ("no CA, for clients", "narrow", {"ca": False, "eku": ("client",), "usage": ("digital_signature",)}),
        ("CA, ended", "ended", {"ca": True, **late}),
    ):
        one = own(50 + len(made), **options)
        made[title] = (one.pem, one, field)
    return made


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_who_is_let_in(version: str, pki: Any, keys: Any, peer: Any, tmp_path: Path) -> None:
    from gitops_tls.systems.apisix.bundle import judge

    made = bundles(pki, keys)
    server = keys.server(keys.root, HOST)
    paths = peer([[Ssl((HOST,), server.pem, server.key, bundle, 3)] for bundle, _, _ in made.values()])
    for path, (title, (bundle, issuer, field)) in zip(paths, made.items(), strict=True):
        told = judge(bundle, "ca.crt")
        assert (title, told.refused != "", told.closed != "", told.narrow != "") == (
            title, field == "refused", field == "closed", field == "narrow"
        )  # fmt: skip
        issued = pki.client(issuer, "a client", 30, **keys._days())
        for chain, passes in (((issued, issuer), field == ""), ((issuer,), field == "narrow" or None)):
            (tmp_path / "chain").write_bytes(b"".join(one.pem for one in chain))
            (tmp_path / "key").write_bytes(chain[0].key)
            seen = call(path, HOST, Caller(keys.root.pem, str(tmp_path / "chain"), str(tmp_path / "key")), version)
            if field == "refused":
                assert (title, seen.outcome) == (title, "internal error")
            elif passes is not None:
                assert (title, len(chain), seen.status) == (title, len(chain), 200 if passes else 400)
