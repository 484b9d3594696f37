"""Finding certificates in any bytes: PEM in whatever text stands around it, DER, PKCS#7, Java keystores, base64 of each.

This is for taking stock, not for judging: ``pem.py`` tells what a server makes of the same bytes. Every function takes
time linear in its input.
"""

from __future__ import annotations

import base64
import binascii
import re

from ..records import NamedTuple
from . import der as asn1
from . import jks, pkcs7
from .pem import BOM, decode_base64

ENCODED = b"LS0tLS1CRUdJTi"
"""How base64 of ``-----BEGIN`` begins."""

_TWICE = "TFMwdExTMUNSVWRKVG"
_MARKER = b"-----BEGIN "
_BEGIN = re.compile(rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE|PKCS7|PKCS #7 SIGNED DATA|CMS)-----")
_BUNDLES = tuple(label.encode() for label in pkcs7.LABELS)
_KEYSTORES = ("/u3+7QAAAA", "zs7OzgAAAA")
"""How base64 of a Java keystore begins: its magic and the first bytes of its version."""

_TOKEN = re.compile(rb"LS0tLS1CRUdJTi[A-Za-z0-9+/]*={0,2}")
_DER_TOKEN = re.compile(rb"MI[A-Z][A-Za-z0-9+/]{60,}={0,2}\Z")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]+\Z")
_MOST = 5000


class Hit(NamedTuple):
    """A certificate's DER, or why there is none (``problem``). ``line`` counts from 1."""

    der: bytes | None
    line: int
    problem: str = ""
    container: bool = False
    """Whether ``der`` is a PKCS#12 container instead of a certificate."""


def may_hold(data: bytes) -> bool:
    """Whether there is anything in some text that ``in_text`` would find."""
    if _MARKER in data and (b"CERTIFICATE-----" in data or _BEGIN.search(data) is not None):
        return True
    return ENCODED in data or _TWICE.encode() in data


def text_of(data: bytes) -> bytes:
    """The bytes as UTF-8 without a byte order mark, with lines that end in LF; those that are no text stay as they are."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    data = data[len(BOM) :] if data.startswith(BOM) else data
    return data.replace(b"\r", b"\n") if b"\n" not in data else data


def in_file(data: bytes) -> list[Hit]:
    """The certificates of a file that is no YAML: DER, PKCS#12, PEM in text, base64 of PEM in text."""
    found = in_der(data)
    if found:
        return found
    text = text_of(data)
    return in_base64(text) or in_text(text)


def in_der(data: bytes) -> list[Hit]:
    """Binary certificates one after the other, or those of one container; empty where the bytes are neither."""
    if jks.is_keystore(data):
        store = jks.read(data)
        broken = [Hit(None, 1, f"a Java keystore: {store.problem}")] if store.problem else []
        return [Hit(each, 1) for each in store.certificates] + broken
    kind = asn1.kind_of(data)
    if kind == asn1.PKCS7:
        return [Hit(each, 1) for each in pkcs7.certificates(data)]
    if kind == asn1.PKCS12:
        return [Hit(data, 1, container=True)]
    found: list[Hit] = []
    at = 0
    while kind == asn1.CERTIFICATE and len(found) < _MOST:
        whole = asn1.element(data, at)
        assert whole is not None
        found.append(Hit(data[at : whole.end], 1))
        at = whole.end
        kind = asn1.kind_of(data[at : at + (1 << 16)])
    return found


def in_text(text: bytes) -> list[Hit]:
    """The PEM blocks of certificates, also indented, folded to one line or with literal ``\\n``; and base64 of PEM."""
    found = _blocks(text) if _MARKER in text else []
    if ENCODED in text:
        found += _tokens(text)
        found.sort(key=lambda hit: hit.line)
    return found


def in_base64(text: bytes) -> list[Hit] | None:
    """The certificates of a text that is base64 from end to end (a Secret's value); None where it is none.

    What was encoded twice is decoded twice.
    """
    data = unpack(text)
    if data is None:
        return None
    found = in_der(data) or _blocks(data)
    if not found and ENCODED in data[:64]:
        again = unpack(data)
        found = _blocks(again) if again is not None else []
    return [hit._replace(line=1) for hit in found]


def looks_encoded(text: str) -> bool:
    """Whether a value is worth ``in_base64``: it begins as base64 of PEM or of DER does."""
    start = text[:80].lstrip()
    return start.startswith((ENCODED.decode(), _TWICE, *_KEYSTORES)) or (
        start[:2] == "MI" and _DER_TOKEN.match(start[:63].encode("ascii", "replace")) is not None
    )


def unpack(text: bytes) -> bytes | None:
    """Base64 with any white space in it, decoded; None where it is none."""
    packed = text.translate(None, b" \t\r\n")
    if len(packed) < 16 or not _BASE64.match(packed):
        return None
    return _decode(packed)


def _decode(packed: bytes) -> bytes | None:
    try:
        return base64.b64decode(packed.rstrip(b"=") + b"=" * (-len(packed.rstrip(b"=")) % 4), validate=True)
    except binascii.Error:
        return None


def _tokens(text: bytes) -> list[Hit]:
    found: list[Hit] = []
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count(b"\n", counted, match.start())
        counted = match.start()
        data = _decode(match[0])
        found += [hit._replace(line=line) for hit in _blocks(data or b"")]
        if len(found) >= _MOST:
            break
    return found


def _blocks(text: bytes) -> list[Hit]:
    """Every certificate's block. The next BEGIN of any kind ends the search for an END, so no byte is read twice."""
    found: list[Hit] = []
    line, counted = 1, 0
    for begin in _BEGIN.finditer(text):
        line += text.count(b"\n", counted, begin.start())
        counted = begin.start()
        following = text.find(_MARKER, begin.end())
        limit = following if following >= 0 else len(text)
        end = text.find(b"-----END " + begin[1] + b"-----", begin.end(), limit)
        hit = _block(text[begin.end() : end], line) if end >= 0 else Hit(None, line, "it is cut off: there is no END line")
        if hit.der is not None and (begin[1] in _BUNDLES or asn1.kind_of(hit.der) == asn1.PKCS7):
            found += [Hit(each, line) for each in pkcs7.certificates(hit.der)]
        else:
            found.append(hit)
        if len(found) >= _MOST:
            found.append(Hit(None, line, f"more than {_MOST:,} certificates: what follows was not read"))
            break
    return found


def _block(body: bytes, line: int) -> Hit:
    body = body.replace(b"\\r", b"").replace(b"\\n", b"\n")
    if b":" in body:
        body = b"\n".join(each for each in body.split(b"\n") if b":" not in each)
    if not body.strip():
        return Hit(None, line, "there is nothing between BEGIN and END")
    content = decode_base64(body)
    return Hit(content, line) if content is not None else Hit(None, line, "its base64 is broken")
