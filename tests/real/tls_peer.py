"""A TLS 1.3 server on loopback that sends any certificates, byte for byte: OpenSSL and Go refuse to load many of them.

Just enough of RFC 8446 for one handshake with AES-128-GCM, and of HTTP to end the exchange. Not for anything but tests.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECONDS = 20
_ALERT, _HANDSHAKE, _DATA, _CHANGE = 21, 22, 23, 20
_X25519, _P256 = 0x001D, 0x0017
_HANDSHAKE_FAILURE = 40
_H2_SETTINGS, _H2_HEADERS = 4, 1


class _Closed(Exception):
    """The client has gone, or sent an alert."""


def _number(value: int, size: int) -> bytes:
    return value.to_bytes(size, "big")


def _vector(content: bytes, size: int) -> bytes:
    return _number(len(content), size) + content


def _expand(secret: bytes, label: str, context: bytes, size: int) -> bytes:
    info = _number(size, 2) + _vector(b"tls13 " + label.encode(), 1) + _vector(context, 1)
    return hmac.new(secret, info + b"\x01", hashlib.sha256).digest()[:size]


def _extract(salt: bytes, secret: bytes) -> bytes:
    return hmac.new(salt, secret, hashlib.sha256).digest()


class _Keys:
    """One direction of the record protection."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_expand(secret, "key", b"", 16))
        self._iv = int.from_bytes(_expand(secret, "iv", b"", 12), "big")
        self._count = 0

    def _nonce(self) -> bytes:
        self._count += 1
        return _number(self._iv ^ (self._count - 1), 12)

    def seal(self, kind: int, content: bytes) -> bytes:
        head = b"\x17\x03\x03" + _number(len(content) + 17, 2)
        return head + self._cipher.encrypt(self._nonce(), content + bytes((kind,)), head)

    def open(self, content: bytes) -> tuple[int, bytes]:
        plain = self._cipher.decrypt(self._nonce(), content, b"\x17\x03\x03" + _number(len(content), 2)).rstrip(b"\0")
        return plain[-1], plain[:-1]


class _Hello:
    """What the server needs of a ClientHello."""

    def __init__(self, body: bytes) -> None:
        self.session = body[35 : 35 + body[34]]
        at = 35 + body[34]
        at += 2 + int.from_bytes(body[at : at + 2], "big")
        at += 1 + body[at] + 2
        self.extensions: dict[int, bytes] = {}
        while at + 4 <= len(body):
            kind, size = int.from_bytes(body[at : at + 2], "big"), int.from_bytes(body[at + 2 : at + 4], "big")
            self.extensions[kind] = body[at + 4 : at + 4 + size]
            at += 4 + size

    @property
    def schemes(self) -> list[int]:
        listed = self.extensions.get(13, b"")[2:]
        return [int.from_bytes(listed[i : i + 2], "big") for i in range(0, len(listed), 2)]

    @property
    def shares(self) -> dict[int, bytes]:
        found, listed, at = {}, self.extensions.get(51, b"")[2:], 0
        while at + 4 <= len(listed):
            size = int.from_bytes(listed[at + 2 : at + 4], "big")
            found[int.from_bytes(listed[at : at + 2], "big")] = listed[at + 4 : at + 4 + size]
            at += 4 + size
        return found

    @property
    def protocols(self) -> list[bytes]:
        found, listed, at = [], self.extensions.get(16, b"")[2:], 0
        while at < len(listed):
            found.append(listed[at + 1 : at + 1 + listed[at]])
            at += 1 + listed[at]
        return found


class _Connection:
    def __init__(self, plain: socket.socket, chain: Sequence[bytes], private: Any) -> None:
        self._plain, self._chain, self._private = plain, chain, private
        self._transcript = b""
        self._ours: _Keys | None = None
        self._theirs: _Keys | None = None

    def run(self) -> None:
        hello = self._client_hello()
        scheme = _scheme(self._private)
        if scheme not in hello.schemes:
            self._plain.sendall(b"\x15\x03\x03\x00\x02\x02" + bytes((_HANDSHAKE_FAILURE,)))
            raise _Closed
        secret = self._server_hello(hello)
        zeros = bytes(32)
        handshake = _extract(_expand(_extract(zeros, zeros), "derived", hashlib.sha256().digest(), 32), secret)
        ours, theirs = self._secrets(handshake, "hs")
        self._ours, self._theirs = _Keys(ours), _Keys(theirs)
        protocol = b"http/1.1" if b"http/1.1" in hello.protocols else b"h2"
        chosen = _number(16, 2) + _vector(_vector(_vector(protocol, 1), 2), 2) if hello.protocols else b""
        self._send(8, _vector(chosen, 2))
        self._send(11, b"\0" + _vector(b"".join(_vector(each, 3) + b"\0\0" for each in self._chain), 3))
        context = b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + hashlib.sha256(self._transcript).digest()
        self._send(15, _number(scheme, 2) + _vector(_signed(self._private, context), 2))
        self._send(20, self._finished(ours))
        main = _extract(_expand(handshake, "derived", hashlib.sha256().digest(), 32), zeros)
        after, before = self._secrets(main, "ap")
        self._read()  # the client's Finished: it has accepted
        self._ours, self._theirs = _Keys(after), _Keys(before)
        (self._http if protocol == b"http/1.1" else self._http2)()

    def _record(self) -> tuple[int, bytes]:
        head = self._exactly(5)
        return head[0], self._exactly(int.from_bytes(head[3:], "big"))

    def _exactly(self, size: int) -> bytes:
        content = b""
        while len(content) < size:
            more = self._plain.recv(size - len(content))
            if not more:
                raise _Closed
            content += more
        return content

    def _client_hello(self) -> _Hello:
        content = b""
        while len(content) < 4 or len(content) < 4 + int.from_bytes(content[1:4], "big"):
            kind, more = self._record()
            if kind != _HANDSHAKE:
                raise _Closed
            content += more
        self._transcript = content
        return _Hello(content[4:])

    def _server_hello(self, hello: _Hello) -> bytes:
        """Sends it; the secret that both sides share."""
        if _X25519 in hello.shares:
            own = x25519.X25519PrivateKey.generate()
            share = own.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            group, secret = _X25519, own.exchange(x25519.X25519PublicKey.from_public_bytes(hello.shares[_X25519]))
        elif _P256 in hello.shares:
            other = ec.generate_private_key(ec.SECP256R1())
            point = serialization.PublicFormat.UncompressedPoint
            share = other.public_key().public_bytes(serialization.Encoding.X962, point)
            peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), hello.shares[_P256])
            group, secret = _P256, other.exchange(ec.ECDH(), peer)
        else:
            raise _Closed
        extensions = b"\x00\x2b\x00\x02\x03\x04" + _number(51, 2) + _vector(_number(group, 2) + _vector(share, 2), 2)
        body = b"\x03\x03" + os.urandom(32) + _vector(hello.session, 1) + b"\x13\x01\x00" + _vector(extensions, 2)
        message = b"\x02" + _vector(body, 3)
        self._transcript += message
        self._plain.sendall(b"\x16\x03\x03" + _vector(message, 2) + b"\x14\x03\x03\x00\x01\x01")
        return secret

    def _secrets(self, secret: bytes, stage: str) -> tuple[bytes, bytes]:
        """Ours and theirs."""
        digest = hashlib.sha256(self._transcript).digest()
        return _expand(secret, f"s {stage} traffic", digest, 32), _expand(secret, f"c {stage} traffic", digest, 32)

    def _finished(self, secret: bytes) -> bytes:
        return hmac.new(_expand(secret, "finished", b"", 32), hashlib.sha256(self._transcript).digest(), hashlib.sha256).digest()

    def _send(self, kind: int, body: bytes) -> None:
        message = bytes((kind,)) + _vector(body, 3)
        self._transcript += message
        self._write(_HANDSHAKE, message)

    def _write(self, kind: int, content: bytes) -> None:
        assert self._ours is not None
        for at in range(0, len(content), 1 << 14):
            self._plain.sendall(self._ours.seal(kind, content[at : at + (1 << 14)]))

    def _read(self) -> bytes:
        assert self._theirs is not None
        kind = _CHANGE
        while kind == _CHANGE:
            kind, content = self._record()
        if kind != _DATA:
            raise _Closed
        kind, plain = self._theirs.open(content)
        if kind == _ALERT:
            raise _Closed
        return plain

    def _http(self) -> None:
        self._read()
        self._write(_DATA, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        self._read()

    def _http2(self) -> None:
        """Settings, and for any call the trailers that say there is no such method."""
        self._write(_DATA, _frame(_H2_SETTINGS, 0, 0))
        content = b""
        while True:
            content += self._read()
            content = content.removeprefix(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            while len(content) >= 9 and len(content) >= 9 + int.from_bytes(content[:3], "big"):
                size, kind, flags, stream = (
                    int.from_bytes(content[a:b], "big") for a, b in ((0, 3), (3, 4), (4, 5), (5, 9))
                )  # fmt: skip
                content = content[9 + size :]
                if kind == _H2_SETTINGS and not flags & 1:
                    self._write(_DATA, _frame(_H2_SETTINGS, 1, 0))
                elif kind == _H2_HEADERS:
                    pairs = ((b"content-type", b"application/grpc"), (b"grpc-status", b"12"))
                    trailers = b"\x88" + b"".join(b"\0" + _vector(key, 1) + _vector(value, 1) for key, value in pairs)
                    self._write(_DATA, _frame(_H2_HEADERS, 5, stream, trailers))


def _frame(kind: int, flags: int, stream: int, content: bytes = b"") -> bytes:
    return _number(len(content), 3) + bytes((kind, flags)) + _number(stream, 4) + content


_CURVES: dict[str, tuple[int, hashes.HashAlgorithm]] = {
    "secp256r1": (0x0403, hashes.SHA256()),
    "secp384r1": (0x0503, hashes.SHA384()),
    "secp521r1": (0x0603, hashes.SHA512()),
}


def _scheme(private: Any) -> int | None:
    """The signature scheme of TLS 1.3 for a key; None where there is none."""
    if isinstance(private, rsa.RSAPrivateKey):
        return 0x0804
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return 0x0807
    return _CURVES.get(private.curve.name, (None,))[0] if isinstance(private, ec.EllipticCurvePrivateKey) else None


def _signed(private: Any, content: bytes) -> bytes:
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(content, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(content)
    signed: bytes = private.sign(content, ec.ECDSA(_CURVES[private.curve.name][1]))
    return signed


@contextlib.contextmanager
def serving(chain: Sequence[bytes], private: Any) -> Iterator[int]:
    """A server with this chain (DER, leaf first) and the leaf's key; its port on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_accept, args=(listener, chain, private), daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
    thread.join(SECONDS)


def _accept(listener: socket.socket, chain: Sequence[bytes], private: Any) -> None:
    while True:
        try:
            plain, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(plain, chain, private), daemon=True).start()


def _answer(plain: socket.socket, chain: Sequence[bytes], private: Any) -> None:
    with plain:
        plain.settimeout(SECONDS)
        with contextlib.suppress(_Closed, OSError):
            _Connection(plain, chain, private).run()
