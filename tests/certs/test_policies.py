"""Some 160 chains as grpcio 1.85.1 and curl 7.88.1 (OpenSSL 3.0.19) judged them in real handshakes, 2026-11-23.

Every entry: name, a mark each for grpcio and curl (``+`` accepts, ``-`` refuses), the chain sent, what the client trusts,
and the name it asked for.
"""

from __future__ import annotations

import base64
import ipaddress
import textwrap
from datetime import timedelta
from typing import Any

import pytest
from certs_pki import (
    CA_USAGE,
    NOW,
    Issued,
    ec_key,
    ed25519_key,
    intermediate,
    issue,
    key_pem,
    root,
    rsa_key,
    server,
)  # fmt: skip
from cryptography import x509

from gitops_tls.certs.policy import verify_server


def test_an_unknown_consumer_is_an_error() -> None:
    with pytest.raises(ValueError, match="no verifier is called `java`"):
        verify_server("java", [], b"", "localhost", NOW)


def _names(*names: str) -> list[x509.GeneralName]:
    return [x509.DNSName(each) for each in names]


def _cases() -> list[Any]:
    made: list[Any] = []

    def add(name: str, marks: str, chain: list[Issued], roots: list[Issued] | bytes, asked: str = "localhost") -> None:
        trusted = roots if isinstance(roots, bytes) else b"".join(each.pem for each in roots)
        made.append(pytest.param(marks, [each.der for each in chain], trusted, asked, id=name))

    ca = root()
    between = intermediate(ca)
    host = server(ca)
    past = {"not_before": NOW - timedelta(days=30), "not_after": NOW - timedelta(days=5)}
    add("good", "++", [host], [ca])
    add("chain", "++", [server(between), between], [ca])
    add("chain missing", "--", [server(between)], [ca])
    add("intermediate as root only", "++", [server(between)], [between])
    add("leaf as root", "++", [host], [host])
    add("leaf as root clientEKU", "+-", [(x := server(ca, eku=["client"]))], [x])
    add("leaf as root expired", "--", [(x := server(ca, **past))], [x])
    add("leaf any EKU", "--", [server(ca, eku=["any"])], [ca])
    add("leaf KU only certsign", "--", [server(ca, usage=["key_cert_sign"])], [ca])
    add("leaf KU only keyagreement", "-+", [server(ca, usage=["key_agreement"])], [ca])
    add("leaf KU only keyencipher", "-+", [server(ca, usage=["key_encipherment"])], [ca])
    add("leaf KU only crl", "--", [server(ca, usage=["crl_sign"])], [ca])
    add("ca no certsign KU", "--", [server(r := root(usage=["crl_sign"]))], [r])
    add("ca no certsign KU no aki", "--", [server(r := root(usage=["crl_sign"], ski=False), aki=False)], [r])
    add("ca false", "+-", [server(r := root(ca=False, usage=None))], [r])
    add("ca nobc", "+-", [server(r := root(ca=None, usage=None))], [r])
    add("ca nobc KU certsign", "++", [server(r := root(ca=None))], [r])
    add("im false", "--", [server(i := intermediate(ca, ca=False, usage=None)), i], [ca])
    add("im nobc", "--", [server(i := intermediate(ca, ca=None, usage=None)), i], [ca])
    add("im nobc KU certsign", "--", [server(i := intermediate(ca, ca=None)), i], [ca])
    add("im EKU client", "--", [server(i := intermediate(ca, eku=["client"])), i], [ca])
    add("im EKU server", "++", [server(i := intermediate(ca, eku=["server"])), i], [ca])
    add("im EKU any", "--", [server(i := intermediate(ca, eku=["any"])), i], [ca])
    add("root EKU client", "+-", [server(r := root(eku=["client"]))], [r])
    add("root EKU client, im", "+-", [server(i := intermediate(r := root(eku=["client"]))), i], [r])
    add("root pathlen0, im", "+-", [server(i := intermediate(r := root(path_length=0))), i], [r])
    add(
        "im pathlen0 + im2",
        "--",
        [server(j := issue("I2", ec_key(9), i := intermediate(ca, path_length=0), ca=True, usage=CA_USAGE)), j, i],
        [ca],
    )
    add("im expired", "--", [server(i := intermediate(ca, **past)), i], [ca])
    add("root expired im ok leaf", "--", [server(i := intermediate(r := root(**past))), i], [r])
    add("root expired, im trusted too", "-+", [server(i := intermediate(r := root(**past))), i], [r, i])
    add("same subj noaki ski", "--", [issue("localhost", ec_key(3), r := root("localhost"), dns=["localhost"], aki=False)], [r])
    add(
        "same subj noaki noski",
        "--",
        [issue("localhost", ec_key(3), r := root("localhost", ski=False), dns=["localhost"], aki=False, ski=False)],
        [r],
    )
    add("same subj aki", "++", [issue("localhost", ec_key(3), r := root("localhost"), dns=["localhost"])], [r])
    add(
        "same subj aki, noski leaf",
        "--",
        [issue("localhost", ec_key(3), r := root("localhost"), dns=["localhost"], ski=False)],
        [r],
    )
    add(
        "same subj aki, im",
        "--",
        [issue("localhost", ec_key(3), i := intermediate(ca, "localhost"), dns=["localhost"], aki=False), i],
        [ca],
    )
    add("wrong ca same subject AKI", "--", [host], [root(seed=77)])
    add("wrong ca same subject noaki", "--", [server(ca, aki=False)], [root(seed=77)])
    add("both cas same subject noaki wrong first", "--", [server(ca, aki=False)], [root(seed=77), ca])
    add("both cas same subject noaki right first", "++", [server(ca, aki=False)], [ca, root(seed=77)])
    add("both cas same subject aki wrong first", "++", [host], [root(seed=77), ca])
    add("renewed ca same key expired first", "-+", [host], [root(**past), ca])
    add("self signed not trusted", "--", [server(None)], [ca])
    add("self signed ca in chain untrusted", "--", [server(r := root("Other", seed=55)), r], [ca])
    add("selfsigned trusted", "++", [(x := server(None))], [x])
    add("selfsigned trusted ca true", "++", [(x := server(None, ca=True))], [x])
    add("unknown critical leaf", "--", [server(ca, unknown_critical=True)], [ca])
    add("unknown critical leaf trusted", "+-", [(x := server(ca, unknown_critical=True))], [x])
    add("unknown critical root", "+-", [server(r := root(unknown_critical=True))], [r])
    add("cn only", "++", [server(ca, dns=[])], [ca])
    add("cn wildcard only", "++", [server(ca, "*.example.com", dns=[])], [ca], "a.example.com")
    add("cn with ip san", "+-", [server(ca, dns=[], ips=["127.0.0.1"])], [ca])
    add("ip san by ip", "++", [server(ca, dns=[], ips=["127.0.0.1"])], [ca], "127.0.0.1")
    add("cn is ip no san", "++", [server(ca, "127.0.0.1", dns=[])], [ca], "127.0.0.1")
    add("dns san is ip text", "+-", [server(ca, dns=["127.0.0.1"])], [ca], "127.0.0.1")
    add("ipv6", "++", [server(ca, dns=[], ips=["::1"])], [ca], "::1")
    add("wild ok", "++", [server(ca, dns=["*.a.example"])], [ca], "x.a.example")
    add("wild 2", "--", [server(ca, dns=["*.a.example"])], [ca], "y.x.a.example")
    add("wild apex", "--", [server(ca, dns=["*.a.example"])], [ca], "a.example")
    add("wild tld", "+-", [server(ca, dns=["*.example"])], [ca], "a.example")
    add("wild partial", "--", [server(ca, dns=["x*.a.example"])], [ca], "xy.a.example")
    add("case", "++", [server(ca, dns=["LocalHost"])], [ca], "lOCALHOST")
    add("trailing dot cert", "++", [server(ca, dns=["a.example."])], [ca], "a.example")
    add("trailing dot name", "++", [server(ca, dns=["a.example"])], [ca], "a.example.")
    add("bare star", "--", [server(ca, dns=["*"])], [ca])
    add("underscore", "++", [server(ca, dns=["my_svc.example"])], [ca], "my_svc.example")
    add("P-224", "--", [server(ca, private=ec_key(3, "P-224"))], [ca])
    add("P-384", "++", [server(ca, private=ec_key(3, "P-384"))], [ca])
    add("P-521", "-+", [server(ca, private=ec_key(3, "P-521"))], [ca])
    add("ed25519 leaf", "-+", [server(ca, private=ed25519_key(3))], [ca])
    add("ed25519 ca", "++", [server(r := root(private=ed25519_key(3)))], [r])
    add("rsa1024 leaf", "+-", [server(ca, private=rsa_key(1024))], [ca])
    add("rsa1024 ca", "+-", [server(r := root(private=rsa_key(1024)))], [r])
    add("rsa1024 im", "+-", [server(i := issue("I", rsa_key(1024), ca, ca=True, usage=CA_USAGE)), i], [ca])
    add("rsa2048", "++", [server(ca, private=rsa_key(2048))], [ca])
    add("rsa1024 leaf trusted", "+-", [x := server(ca, private=rsa_key(1024))], [x])
    add("nc permitted ok", "++", [server(r := root(permitted=_names("localhost")))], [r])
    add("nc permitted no", "--", [server(r := root(permitted=_names("example.com")))], [r])
    add("nc im permitted no", "--", [server(i := intermediate(ca, permitted=_names("example.com"))), i], [ca])
    add("nc im excluded", "--", [server(i := intermediate(ca, excluded=_names("localhost"))), i], [ca])
    add("nc im permitted cn only", "-+", [server(i := intermediate(ca, permitted=_names("example.com")), dns=[]), i], [ca])
    add("im nobc KU trusted", "++", [server(i := intermediate(ca, ca=None))], [i])
    add("im nobc KU trusted with root", "++", [server(i := intermediate(ca, ca=None))], [i, ca])
    add("root nobc KU, noski", "++", [server(r := root(ca=None, ski=False), aki=False)], [r])
    add("root nobc KU with im ", "++", [server(i := intermediate(r := root(ca=None))), i], [r])
    add("root nobc noKU v3 self", "--", [server(r := root(ca=None, usage=[]))], [r])
    add("im nobc noKU trusted", "+-", [server(i := intermediate(ca, ca=None, usage=None))], [i])
    add("im false trusted", "+-", [server(i := intermediate(ca, ca=False, usage=None))], [i])
    add("im EKU client trusted", "+-", [server(i := intermediate(ca, eku=["client"]))], [i])
    add("im expired trusted", "--", [server(i := intermediate(ca, **past))], [i])
    add("im renewed: sent expired, trusted new", "++", [server(i := intermediate(ca, **past)), i], [intermediate(ca), ca])
    add("leaf and root trusted, clientEKU", "--", [(x := server(ca, eku=["client"]))], [x, ca])
    add("leaf and root trusted, good", "++", [(x := server(ca))], [x, ca])
    add("leaf trusted only w/ chain", "++", [(x := server(i := intermediate(ca))), i], [x])
    add("unrelated extra in chain", "++", [server(ca), root("Other", seed=9)], [ca])
    add(
        "chain unordered", "++", [server(j := issue("I2", ec_key(9), i := intermediate(ca), ca=True, usage=CA_USAGE)), i, j], [ca]
    )
    add("chain with root", "++", [server(i := intermediate(ca)), i, ca], [ca])
    add("chain with root untrusted", "--", [server(i := intermediate(ca)), i, ca], [root("X", seed=99)])
    add(
        "nc ip permitted",
        "--",
        [server(r := root(permitted=[x509.IPAddress(ipaddress.ip_network("10.0.0.0/8"))]), ips=["127.0.0.1"])],
        [r],
    )
    add(
        "nc dns leading dot", "--", [server(r := root(permitted=_names(".example.com")), dns=["example.com"])], [r], "example.com"
    )
    add("nc dns sub", "++", [server(r := root(permitted=_names("example.com")), dns=["*.example.com"])], [r], "a.example.com")
    add("nc excluded empty", "--", [server(r := root(excluded=_names("")))], [r])
    add("leaf CA true", "++", [server(ca, ca=True)], [ca])
    add("leaf nobc", "++", [server(ca, ca=None)], [ca])
    add(
        "cross: same subj same key other root", "++", [server(i := intermediate(root("Old", seed=50))), i], [ca, intermediate(ca)]
    )
    add("sha384 ec", "++", [server(ca, hash_name="SHA384")], [ca])
    add("sha512", "++", [server(ca, hash_name="SHA512")], [ca])
    add("rsa ca ec leaf", "++", [server(r := root(private=rsa_key(2048)))], [r])
    add("eku empty-ish code", "--", [server(ca, eku=["code"])], [ca])
    add("eku both", "++", [server(ca, eku=["server", "client"])], [ca])
    add("eku any+server", "++", [server(ca, eku=["any", "server"])], [ca])
    add("root pathlen0 direct", "++", [server(r := root(path_length=0))], [r])
    add("roots only key+text", "--", [host], ca.key + b"\nfoo\n")
    add("roots empty cert block", "--", [host], b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" + ca.pem)
    add("roots crl", "+-", [host], b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n" + ca.pem)
    add("roots enc key", "++", [host], key_pem(ca.private, "traditional", b"abcdef") + ca.pem)
    add("roots bad key", "+-", [host], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + ca.pem)
    add("roots indented second", "++", [host], ca.pem + b"  -----BEGIN CERTIFICATE-----\n  AAAA\n")
    add("roots blank first", "++", [host], ca.pem.replace(b"CERTIFICATE-----\nMI", b"CERTIFICATE-----\n\nMI"))
    add("roots end blank", "--", [host], ca.pem.replace(b"\n-----END", b"\n\n-----END"))
    add(
        "roots trailing data in der",
        "-+",
        [host],
        b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(ca.der + b"\0\0") + b"-----END CERTIFICATE-----\n",
    )
    for name, marks, content in _files(ca, between):
        add(f"roots {name}", marks, [host], content)
    return made


def _files(ca: Issued, between: Issued) -> list[tuple[str, str, bytes]]:
    pem, packed = ca.pem, base64.b64encode(ca.der).decode()
    begin, end = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"
    broken = begin + b"AAAA" + end
    return [
        ("single", "++", begin + packed.encode() + end),
        ("w76", "++", begin + base64.encodebytes(ca.der).rstrip() + end),
        ("w48", "++", begin + "\n".join(textwrap.wrap(packed, 48)).encode() + end),
        ("bom", "-+", b"\xef\xbb\xbf" + pem),
        ("crlf", "++", pem.replace(b"\n", b"\r\n")),
        ("spaces", "++", pem.replace(b"\n", b"  \n")),
        ("indent", "--", b"\n".join(b"  " + line for line in pem.split(b"\n"))),
        ("indent_body", "++", pem.replace(b"\nMI", b"\n  MI")),
        ("nonl", "++", pem.rstrip()),
        ("text", "++", b"hello\nworld: x\n" + pem + b"trailing\n"),
        ("twice", "+-", pem.replace(b"\n", b"\n\n")),
        ("empty", "--", b""),
        ("garbage", "--", b"hello"),
        ("key", "--", ca.key),
        ("keythen", "++", ca.key + pem),
        ("trusted", "++", pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")),
        ("x509", "++", pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE")),
        ("badfirst", "--", broken + pem),
        ("badlast", "+-", pem + broken),
        ("truncfirst", "--", pem[:200] + b"\n" + pem),
        ("trunclast", "+-", pem + pem[:200]),
        ("dup", "++", pem + pem),
        ("bomsecond", "-+", between.pem + b"\xef\xbb\xbf" + pem),
        ("headers", "--", pem.replace(b"-----\nMI", b"-----\nX-A: b\n\nMI")),
        ("der", "--", ca.der),
        ("folded", "--", pem.replace(b"\n", b" ")),
        ("blank first, w76", "+-", begin + b"\n" + _wrapped(packed, 76) + end),
        ("blank first, w32", "+-", begin + b"\n" + _wrapped(packed, 32) + end),
        ("blank first and between", "+-", begin + b"\n" + _wrapped(packed, 64).replace(b"\n", b"\n\n") + end),
        ("two blanks first", "+-", begin + b"\n\n" + _wrapped(packed, 64) + end),
        ("w253", "-+", begin + _wrapped(packed, 253) + end),
        ("w254", "++", begin + _wrapped(packed, 254) + end),
        ("colon in a line", "--", begin + b"a: b\n" + _wrapped(packed, 64) + end),
        ("encrypted", "--", begin + b"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + _wrapped(packed, 64) + end),
        ("clear by its header", "--", begin + b"Proc-Type: 4,MIC-CLEAR\n\n" + _wrapped(packed, 64) + end),
        ("NUL before", "--", b"\0\n" + pem),
        ("NUL behind", "++", pem + b"\0\n" + between.pem),
        ("NUL in a comment", "-+", b"# \0\n" + pem),
        ("Latin-1 behind BEGIN", "++", pem.replace(b"CERTIFICATE-----\nMI", b"CERTIFICATE-----\xa0\nMI")),
        ("END after a blank", "-+", pem.replace(b"-----END", b" -----END") + pem),
        ("list of revocations only", "--", _revocations(ca)),
        ("list of revocations first", "++", _revocations(ca) + pem),
        ("unknown with headers", "++", b"-----BEGIN FOO-----\nX: y\n\nAAAA\n-----END FOO-----\n" + pem),
        ("unknown and empty", "--", b"-----BEGIN FOO-----\n-----END FOO-----\n" + pem),
        ("CR alone", "--", pem.replace(b"\n", b"\r")),
        ("UTF-16", "--", pem.decode().encode("utf-16")),
        ("two in one line", "--", pem.rstrip() + between.pem),
        ("URL alphabet", "--", pem.replace(b"+", b"-").replace(b"/", b"_")),
    ]


def _wrapped(packed: str, width: int) -> bytes:
    return "\n".join(textwrap.wrap(packed, width)).encode()


def _revocations(ca: Issued) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    builder = x509.CertificateRevocationListBuilder().issuer_name(ca.certificate.subject)
    made = builder.last_update(NOW).next_update(NOW + timedelta(days=9)).sign(ca.private, hashes.SHA256())
    return bytes(made.public_bytes(Encoding.PEM))


@pytest.mark.parametrize(("marks", "chain", "roots", "host"), _cases())
def test_chain(marks: str, chain: list[bytes], roots: bytes, host: str) -> None:
    grpc = verify_server("grpc", chain, roots, host, NOW)
    curl = verify_server("openssl", chain, roots, host, NOW)
    assert ("+" if grpc.ok else "-") + ("+" if curl.ok else "-") == marks, (grpc.reason, curl.reason)
    assert bool(grpc.reason) is not grpc.ok
    assert bool(curl.reason) is not curl.ok
