"""PEM texts of any kind, and what ``ngx.ssl`` of a real nginx reads out of them.

The suite asks for some, always the same. ``GITOPS_TLS_TEXTS=20000`` asks for more, and other ones each time.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from apisix_peer import Unavailable, reads

TEXTS = int(os.environ.get("GITOPS_TLS_TEXTS", "1500"))


def pieces(pki: Any) -> list[bytes]:
    root = pki.root()
    leaf, rsa, ed = pki.server(root), pki.server(root, private=pki.rsa_key(2048, 0)), pki.server(root, private=pki.ed25519_key(3))
    return [
        root.pem, leaf.pem, rsa.pem, ed.pem, leaf.key, rsa.key, ed.key,
        pki.key_pem(leaf.private, "traditional"), pki.key_pem(rsa.private, "traditional"),
        pki.key_pem(leaf.private, password=b"secret"), pki.key_pem(rsa.private, "traditional", password=b"secret"),
        pki.public_pem(leaf.private), pki.csr_pem(leaf.private),
        leaf.pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), leaf.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"),
        leaf.key.replace(b"PRIVATE", b"RSA PRIVATE"), leaf.key.replace(b"PRIVATE", b"EC PRIVATE"), leaf.key.replace(b"PRIVATE", b"ANY PRIVATE"),
        pki.key_pem(rsa.private, "traditional").replace(b"RSA ", b""),
        b"-----BEGIN PKCS7-----\nMIIB\n-----END PKCS7-----\n", b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", b"subject=CN = a\n", b"# text\n", b"",
    ]  # fmt: skip


def spelled(chosen: random.Random, pem: bytes) -> bytes:
    def with_line(line: bytes) -> bytes:
        lines = pem.split(b"\n")
        lines.insert(chosen.randrange(len(lines)), line)
        return b"\n".join(lines)

    ways: dict[int, Callable[[], bytes]] = {
        0: lambda: pem.replace(b"\n", b"\r\n"),
        1: lambda: pem.rstrip(b"\n"),
        2: lambda: with_line(b""),
        3: lambda: with_line(b" "),
        4: lambda: with_line(b"A=B"),
        5: lambda: pem[: chosen.randrange(len(pem) + 1)],
        6: lambda: pem.replace(b"\n", b"\t\n"),
        7: lambda: pem.replace(b"\n", b""),
        8: lambda: pem.replace(b"\n", b"\n  ", chosen.randrange(4)),
        9: lambda: b"\xef\xbb\xbf" + pem,
        10: lambda: pem.replace(b"M", b"N", chosen.randrange(9)),
        11: lambda: pem.replace(b"\n", b"\\n"),
        12: lambda: pem.replace(b"=", b""),
        13: lambda: pem.replace(b"-----END", b"----END"),
        14: lambda: pem.replace(b"-----\n", b"-----\n\n", 1),
        15: lambda: pem.replace(b"\n", b"\r"),
    }
    return ways.get(chosen.randrange(32), lambda: pem)()


def test_any_text(pki: Any) -> None:
    from gitops_tls.systems.apisix.ngx_ssl import parse_cert, parse_key

    chosen = random.Random(None if "GITOPS_TLS_TEXTS" in os.environ else 4711)
    menu = pieces(pki)
    texts = [b"".join(spelled(chosen, chosen.choice(menu)) for _ in range(chosen.choice([1, 1, 2, 3]))) for _ in range(TEXTS)]
    try:
        answers = reads(texts)
    except Unavailable as reason:
        pytest.skip(f"no real peer: {reason}")
    wrong = []
    for text, (certificate, key) in zip(texts, answers, strict=True):
        found = parse_key(text)
        told = bool(parse_cert(text)), found is not None and not found.encrypted
        if told != (certificate, key):
            wrong.append(
                f"told {told}, ngx.ssl {(certificate, key)}: {[line[:34] for line in text.splitlines() if b'--' in line]}"
            )
    # a header that OpenSSL minds in a block of another kind, with the key behind it: its answer hangs on what came before
    assert len(wrong) <= TEXTS // 1000, "\n".join(wrong)
    assert set(answers) == {(False, False), (True, False), (False, True), (True, True)}
