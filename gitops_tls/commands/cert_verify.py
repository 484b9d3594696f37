"""``gitops-tls cert verify``: what Go, OpenSSL and gRPC each make of a certificate, and why."""

from __future__ import annotations

import re
from datetime import datetime, timezone

from ..certs.chain import CLIENT, SERVER, Verdict
from ..errors import UsageError
from ..options import Values, parse_date
from ..records import NamedTuple
from ._output import write

_FORMATS = ("text", "json")
_USAGES = {"server": SERVER, "client": CLIENT}
_LARGEST_FILE = 16 << 20
_HOST = re.compile(r"[^\s/:@?#]+\Z")

_WHO = {
    "server": {"go": "Go clients, and Milvus' own components", "openssl": "OpenSSL (curl)", "grpc": "gRPC (pymilvus)"},
    "client": {
        "go": "Go servers (Milvus in tlsMode 2)",
        "openssl": "servers with OpenSSL",
        "grpc": "servers with gRPC's library",
    },
}
_WORDS: tuple[tuple[str, str], ...] = (
    ("legacy Common Name", "it has no subjectAltName, and the CommonName does not count"),
    ("insecure algorithm", "its signature uses SHA-1 or MD5"),
    ("cannot sign this kind", "what should be its CA is no CA: basicConstraints or keyUsage do not let it sign"),
    ("unknown authority", "nothing in the CA file issued it: another CA, or an intermediate is missing behind the leaf"),
    ("unable to get local issuer", "nothing in the CA file issued it: another CA, or an intermediate is missing behind the leaf"),
    ("self-signed certificate", "it ends at a certificate that signs itself and is not in the CA file"),
    ("self signed certificate", "it ends at a certificate that signs itself and is not in the CA file"),
    ("incompatible key usage", "extendedKeyUsage forbids this use"),
    ("certificate purpose", "extendedKeyUsage or keyUsage forbids this use"),
    ("failed to append certificates", "it can read no certificate in the CA file, which has to be PEM"),
    ("error setting certificate file", "it can read no certificate in the CA file, which has to be PEM"),
    ("Could not load any root", "it can read no certificate in the CA file, which has to be PEM"),
    ("unhandled critical extension", "it has an extension marked critical that this software does not know"),
    ("KEY_USAGE_BIT_INCORRECT", "keyUsage lacks digitalSignature"),
    ("HANDSHAKE_FAILURE", "it cannot use keys of this kind"),
    ("too many intermediates", "a CA allows fewer intermediates below it"),
    ("path length constraint", "a CA allows fewer intermediates below it"),
    ("too weak", "its key or its signature is too weak"),
    ("invalid CA certificate", "a certificate of the chain is no CA: basicConstraints or keyUsage do not let it sign"),
    ("not authorized to sign other", "a certificate of the chain is no CA"),
    ("subtree violation", "a CA may not issue for this name (nameConstraints)"),
    ("name constraint", "a CA has nameConstraints of a kind that it cannot apply"),
    ("unhandled critical", "it does not know an extension that is marked critical"),
    ("certificate extension", "an extension of the chain is malformed"),
    ("invalid certificate", "an extension of the chain is malformed"),
    ("policy extension", "the certificate policies of the chain are malformed"),
    ("explicit policy", "a CA asks for certificate policies that the chain does not keep up"),
    ("certificate rejected", "the trust settings behind a certificate of the CA file refuse this use"),
    ("certificate signing", "what should be its CA is no CA: keyUsage does not let it sign"),
    ("signature failure", "a signature does not belong to the key that should have made it"),
    ("certificate file", "something in the CA file is broken, which it does not pass over"),
    ("any root certificate", "it finds no certificate in the CA file before the first thing that is broken"),
    ("not authorized to sign for this name", "a CA may not issue for this name (nameConstraints)"),
    ("Hostname Verification", "the name is not in the certificate"),
    ("does not match", "the name is not in the certificate"),
    ("matches target host", "the name is not in the certificate"),
    ("is valid for", "the name is not in the certificate"),
    ("not valid for any names", "there is no name of that kind in the certificate"),
    ("any IP SANs", "there is no IP address in the certificate"),
    ("not yet valid: current time", "it, or a certificate above it, is not valid on that day"),
    ("has expired", "it, or a certificate above it, has ended"),
    ("is not yet valid", "its time, or that of a certificate above it, has not come"),
)
"""What the reasons mean, by a part of them; the first that fits counts."""


class Question(NamedTuple):
    """What is asked. ``chain`` holds DER, leaf first; ``name`` is None for a client."""

    cert_path: str
    ca_path: str
    chain: tuple[bytes, ...]
    roots: bytes
    usage: str
    name: str | None
    at: datetime


def run(values: Values) -> int:
    """Print the three verdicts; 0 where all accept, else 1. Raises UsageError for input that cannot be judged."""
    form = _format(values)
    asked = question(values)
    verdicts = answer(asked)
    write(_json(verdicts) if form == "json" else _text(asked, verdicts))
    return 0 if all(verdict.ok for verdict in verdicts.values()) else 1


def question(values: Values) -> Question:
    """The options, judged. Raises UsageError with what would be right."""
    usage = _given(values, "usage") or "server"
    if usage not in _USAGES:
        raise UsageError(
            f"--usage is `{usage}`, which is neither server nor client", "write `--usage server` or `--usage client`"
        )
    cert, ca = _given(values, "cert"), _given(values, "ca")
    if not cert:
        raise UsageError("--cert is missing", "name the file of the certificate, with its intermediates after it")
    if not ca:
        raise UsageError("--ca is missing", "name the file with the CA that the other side trusts")
    name = _name(_given(values, "name"), usage)
    at = _given(values, "at")
    moment = parse_date(at) if at is not None else datetime.now(timezone.utc)
    return Question(cert, ca, _chain(cert), _roots(ca), usage, name, moment)


def answer(asked: Question) -> dict[str, Verdict]:
    """The verdicts of ``go``, ``openssl`` and ``grpc``."""
    from ..certs import boringssl, go, openssl

    usage = _USAGES[asked.usage]
    return {
        "go": go.verify(asked.chain, asked.roots, usage, asked.name, asked.at),
        "openssl": openssl.verify(asked.chain, asked.roots, asked.name, asked.at, usage),
        "grpc": boringssl.verify(asked.chain, asked.roots, asked.name, asked.at, usage),
    }


def _format(values: Values) -> str:
    given = values.get("format")
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, tuple) else []
    if len(names) > 1:
        raise UsageError("cert verify writes one format", "give --format once")
    name = names[0] if names else "text"
    if name not in _FORMATS:
        raise UsageError(f"cert verify has no format `{name}`", "`text` and `json` are there")
    return name


def _given(values: Values, key: str) -> str | None:
    value = values.get(key)
    if isinstance(value, tuple):
        if len(value) > 1:
            raise UsageError(f"--{key} is given {len(value)} times", "cert verify takes one")
        return value[0] if value else None
    return value if isinstance(value, str) else None


def _name(name: str | None, usage: str) -> str | None:
    from ..certs.names import as_ip

    if usage == "client":
        return None
    if not name:
        raise UsageError(
            "--name is missing", "write the DNS name or IP address that clients connect to, as in `--name milvus.example.com`"
        )
    if name.startswith("[") and name.endswith("]") and as_ip(name[1:-1]) is not None:
        name = name[1:-1]  # as in a URL; the brackets are no part of the address
    if as_ip(name) is None and not _HOST.match(name):
        raise UsageError(f"--name is `{name}`, which is no DNS name and no IP address", "leave away scheme, port and path")
    return name


def _read(path: str, option: str) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{option}: {path} cannot be read: {(error.strerror or 'error').lower()}") from None
    except ValueError:
        raise UsageError(f"{option} is no path") from None
    if len(data) > _LARGEST_FILE:
        raise UsageError(f"{option}: {path} is larger than {_LARGEST_FILE >> 20} MiB, which no chain is")
    return data


def _chain(path: str) -> tuple[bytes, ...]:
    from ..certs.chain import any_link
    from ..certs.content import describe
    from ..certs.pem import blocks

    data = _read(path, "--cert")
    chain = tuple(block.der for block in blocks(data) if block.type == "CERTIFICATE")
    if not chain:
        raise UsageError(f"--cert: {path} holds no certificate in PEM: it is {describe(data)}")
    if any_link(chain[0]) is None:
        raise UsageError(f"--cert: the first certificate in {path} is malformed")
    return chain


def _roots(path: str) -> bytes:
    from ..certs.content import describe
    from ..certs.pair import load_ca
    from ..certs.read import certificates

    data = _read(path, "--ca")
    if not certificates(data) and not load_ca(data).ok:
        raise UsageError(f"--ca: {path} holds no certificate: it is {describe(data)}")
    return data


def _json(verdicts: dict[str, Verdict]) -> str:
    import json

    told = {name: {"result": "ok" if one.ok else "fails", "reason": one.reason} for name, one in verdicts.items()}
    return json.dumps({"version": 1, "verdicts": told}, indent=2, ensure_ascii=False) + "\n"


def _text(asked: Question, verdicts: dict[str, Verdict]) -> str:
    from ..certs.chain import any_link
    from ..formats._printable import one_line

    leaf = any_link(asked.chain[0])
    subject = (leaf.facts.subject if leaf is not None else "") or "a certificate without subject"
    role = f"as the server {asked.name}" if asked.name is not None else "as a client"
    lines = [
        f"{subject} ({one_line(asked.cert_path)}) {role}, with {one_line(asked.ca_path)} trusted, on {asked.at:%Y-%m-%d}",
        "",
    ]
    for key, verdict in verdicts.items():
        lines.append(f"  {'accepts' if verdict.ok else 'refuses'}  {_WHO[asked.usage][key]}")
        if not verdict.ok:
            meaning = _meaning(verdict.reason)
            lines += [f"           {meaning}"] * bool(meaning) + [f"           `{verdict.reason}`"]
    return "\n".join(lines) + "\n"


def _meaning(reason: str) -> str:
    return next((words for part, words in _WORDS if part in reason), "")
