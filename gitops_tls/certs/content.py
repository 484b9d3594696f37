"""What a file that should be PEM holds instead, in plain words; never its content."""

from __future__ import annotations

import base64
import binascii
import re

from . import der
from .jks import is_keystore

_BOM = b"\xef\xbb\xbf"
_LABEL = re.compile(rb"-----BEGIN ([A-Z0-9 #]{1,40})-----")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
_WORDS = {
    "CERTIFICATE": "a certificate",
    "X509 CERTIFICATE": "a certificate under its old name `X509 CERTIFICATE`",
    "TRUSTED CERTIFICATE": "an OpenSSL trusted certificate",
    "CERTIFICATE REQUEST": "a certificate signing request",
    "NEW CERTIFICATE REQUEST": "a certificate signing request",
    "PUBLIC KEY": "a public key",
    "RSA PUBLIC KEY": "a public key",
    "X509 CRL": "a revocation list",
    "PKCS7": "a PKCS#7 container",
    "CMS": "a PKCS#7 container",
    "PKCS #7 SIGNED DATA": "a PKCS#7 container",
    "DH PARAMETERS": "Diffie-Hellman parameters",
    "EC PARAMETERS": "EC parameters",
    "OPENSSH PRIVATE KEY": "an OpenSSH private key",
    "ENCRYPTED PRIVATE KEY": "an encrypted private key",
}
_DER_WORDS = {
    der.CERTIFICATE: "a DER certificate (binary, not PEM)",
    der.REQUEST: "a DER certificate signing request (binary, not PEM)",
    der.PKCS12: "a PKCS#12 container (binary, not PEM)",
    der.PKCS7: "a DER PKCS#7 container (binary, not PEM)",
    der.PRIVATE_KEY: "a DER private key (binary, not PEM)",
    der.ENCRYPTED_KEY: "an encrypted DER private key (binary, not PEM)",
    der.SIGNED: "DER data (binary, not PEM)",
    der.PUBLIC_KEY: "a DER public key (binary, not PEM)",
}


def describe(data: bytes) -> str:
    """What some bytes are, as a noun phrase for a message (``a DER certificate (binary, not PEM)``)."""
    if not data:
        return "an empty file"
    if not data.strip():
        return "a file of blanks only"
    kind = der.kind_of(data)
    if kind:
        return _DER_WORDS[kind]
    if is_keystore(data):
        return "a Java keystore (binary, not PEM)"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16 text"
    label = _LABEL.search(data)
    return _pem_like(data, label) if label else _without_label(data)


def double_encoded(data: bytes) -> bytes | None:
    """The PEM inside a base64 text of it (a Secret encoded twice); None where the bytes are something else."""
    inner = _unpack(data)
    return inner if inner is not None and _LABEL.search(inner) else None


def _unpack(data: bytes) -> bytes | None:
    packed = data.translate(None, b" \t\r\n")
    if len(packed) < 16 or len(packed) % 4 or not _BASE64.fullmatch(packed):
        return None
    try:
        return base64.b64decode(packed)
    except binascii.Error:
        return None


def _without_label(data: bytes) -> str:
    if double_encoded(data) is not None:
        return "base64 of a PEM file (encoded twice)"
    inner = _unpack(data)
    kind = der.kind_of(inner) if inner is not None else None
    if kind:
        return f"base64 of {_DER_WORDS[kind].replace(' (binary, not PEM)', '')} without the BEGIN and END lines"
    if b"\0" in data[:4096] or not _is_text(data):
        return "binary data"
    return "text without a PEM block"


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _pem_like(data: bytes, label: re.Match[bytes]) -> str:
    name = label.group(1).decode("ascii")
    what = _WORDS.get(name) or ("a private key" if name.endswith("PRIVATE KEY") else f"a PEM block `{name}`")
    if b"\0" in data[:4096]:
        return "binary data"
    if data.startswith(_BOM) and data.startswith(b"-----BEGIN", 3):
        return f"{what} after a byte order mark"
    if b"\\n" in data[label.end() : label.end() + 4]:
        return f"{what} with literal `\\n` instead of line breaks"
    rest_of_line = data[label.end() : data.find(b"\n", label.end()) if b"\n" in data[label.end() :] else len(data)]
    if rest_of_line.strip():
        return f"{what} folded to one line"
    before = data[data.rfind(b"\n", 0, label.start()) + 1 : label.start()]
    if before:
        return f"{what} with indented lines" if not before.strip() else f"{what} with `BEGIN` not at the start of its line"
    return _whole_or_broken(data, label, what)


def _whole_or_broken(data: bytes, label: re.Match[bytes], what: str) -> str:
    end = data.find(b"-----END " + label.group(1) + b"-----", label.end())
    if end < 0:
        return f"{what}, truncated (no END line)"
    body = data[label.end() : end]
    if not body.strip():
        return f"{what} without content"
    if b":" not in body and _unpack(body) is None and len(body.strip()) >= 16:
        return f"{what} with broken base64"
    return what
