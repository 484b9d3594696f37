"""Peers that give real TLS alerts on loopback: nginx with Lua, which decides as APISIX does, and OpenSSL's ``s_server``.

Stock nginx never refuses a client's certificate in the handshake (it answers 400); APISIX's own build of it does, as
``s_server`` does.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

LUA = Path(__file__).with_name("apisix_peer.lua")
SECONDS = 60

OUTCOMES = {
    "TLSV1_ALERT_INTERNAL_ERROR": "internal error",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "certificate required",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "handshake failure",
    "TLSV1_ALERT_UNKNOWN_CA": "unknown ca",
}
"""OpenSSL's name of the alert that came, and the tool's word."""

OWN_CHECKS = {
    10: "expired",
    9: "expired",
    62: "name mismatch",
    64: "name mismatch",
    20: "untrusted issuer",
    21: "untrusted issuer",
}
"""X509_V_ERR_* of the client's own check, and the tool's word."""

_NGINX = """\
{modules}
pid {home}/nginx.pid;
error_log {home}/error.log info;
daemon off;
master_process off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    ssl_certificate {home}/unused.pem;
    ssl_certificate_key {home}/unused.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    lua_package_path "{home}/?.lua;;";
    init_by_lua_block {{ peer = require "apisix_peer" peer.load(require "worlds") }}
{servers}
}}
"""
_SERVER = """\
    server {{
        listen unix:{home}/{number} ssl;
        ssl_client_hello_by_lua_block {{ peer.client_hello({number}) }}
        ssl_certificate_by_lua_block {{ peer.certificate({number}) }}
        location / {{
            access_by_lua_block {{ peer.access({number}) }}
            content_by_lua_block {{ ngx.say(ngx.var.ssl_client_verify) }}
        }}
    }}
"""


class Unavailable(Exception):
    """The software is not here; the text says what is missing."""


class Ssl(NamedTuple):
    """One ssl object of APISIX. ``single`` is one that has ``sni``, not ``snis``."""

    snis: tuple[str, ...]
    cert: bytes
    key: bytes
    ca: bytes | None = None
    depth: int = 1
    skips: tuple[str, ...] = ()
    single: bool = False


class Seen(NamedTuple):
    """What a client met: the tool's word for it (``ok`` once HTTP answered), the HTTP status, the certificate (DER)."""

    outcome: str
    status: int | None = None
    certificate: bytes | None = None


class Caller(NamedTuple):
    """A client: whom it trusts (PEM), and files with its chain and key."""

    trusts: bytes
    chain: str | None = None
    key: str | None = None


def call(path: str, host: str | None, caller: Caller, version: str = "TLSv1_3", target: str = "/", verify: bool = True) -> Seen:
    """Connect to a socket, ask for ``host`` (None sends no SNI) and for a page."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    context.check_hostname = verify
    context.verify_mode = ssl.CERT_REQUIRED if verify else ssl.CERT_NONE
    context.load_verify_locations(cadata=caller.trusts.decode())
    if caller.chain:
        context.load_cert_chain(caller.chain, caller.key)
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(SECONDS)
        plain.connect(path)
        try:
            with context.wrap_socket(plain, server_hostname=host) as tls:
                # in TLS 1.3 the server judges the client's certificate when the client is already done
                tls.sendall(f"GET {target} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
                answer = tls.recv(4096)
                certificate = tls.getpeercert(binary_form=True)
        except ssl.SSLCertVerificationError as error:
            return Seen(OWN_CHECKS.get(error.verify_code, f"{error.verify_code}: {error.verify_message}"))
        except ssl.SSLError as error:
            return Seen(OUTCOMES.get(error.reason or "", f"{error.reason}"))
    words = answer.split()
    return Seen("ok", int(words[1]) if len(words) > 1 else None, certificate)


def first_der(pem: bytes) -> bytes:
    """The first certificate of a PEM text, as it comes over the wire."""
    end = "-----END CERTIFICATE-----"
    text = pem.decode()
    return ssl.PEM_cert_to_DER_cert(text[: text.index(end) + len(end)])


@contextlib.contextmanager
def _home() -> Iterator[str]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="peer") as home:
        os.chmod(home, 0o755)
        yield home


def _wait(process: subprocess.Popen[bytes], path: str, what: str, log: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
            return
        time.sleep(0.01)
    told = Path(log).read_text(errors="replace")[-2000:] if os.path.exists(log) else ""
    raise AssertionError(f"{what} did not start: {told}")


@contextlib.contextmanager
def _running(command: Sequence[str], path: str, log: str) -> Iterator[None]:
    with open(log, "ab") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait(process, path, command[0], log)
        yield
    finally:
        process.terminate()
        process.wait(SECONDS)


def _lua(value: Any) -> str:
    """A value as a Lua literal."""
    if isinstance(value, bytes):
        return '"' + "".join(f"\\{byte:03d}" for byte in value) + '"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_lua(each)}" for key, each in value.items() if each is not None) + "}"
    if isinstance(value, (list, tuple)):
        return "{" + ", ".join(map(_lua, value)) + "}"
    return json.dumps(value)


def _nginx() -> tuple[str, str]:
    """nginx and the lines that load its Lua module."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Unavailable("nginx is not installed (Debian: nginx-light and libnginx-mod-http-lua)")
    folder = Path("/usr/lib/nginx/modules")
    modules = [folder / "ndk_http_module.so", folder / "ngx_http_lua_module.so"]
    if not all(module.exists() for module in modules):
        raise Unavailable("nginx has no Lua module (Debian: libnginx-mod-http-lua)")
    return program, "\n".join(f"load_module {module};" for module in modules)


def _write(home: str, modules: str, worlds: Sequence[Sequence[Ssl]], unused: tuple[bytes, bytes]) -> str:
    shutil.copy(LUA, home)
    Path(home, "worlds.lua").write_text(f"return {_lua([[one._asdict() for one in world] for world in worlds])}\n", "ascii")
    for name, content in zip(("unused.pem", "unused.key"), unused, strict=True):
        Path(home, name).write_bytes(content)
    servers = "".join(_SERVER.format(home=home, number=number + 1) for number in range(len(worlds)))
    path = Path(home, "nginx.conf")
    path.write_text(_NGINX.format(home=home, modules=modules, servers=servers), "ascii")
    return str(path)


@contextlib.contextmanager
def apisix(worlds: Sequence[Sequence[Ssl]], unused: tuple[bytes, bytes]) -> Iterator[list[str]]:
    """nginx that serves each list of ssl objects at a socket of its own, as APISIX would. ``unused`` is any pair, which nginx
    wants for its start and never serves.

    Raises:
        Unavailable: there is no nginx with a Lua module that is new enough.
    """
    program, modules = _nginx()
    with _home() as home:
        start = [program, "-p", home, "-e", f"{home}/error.log", "-c"]
        probe = _write(home, modules, [[]], unused)
        tried = subprocess.run([*start, probe, "-t"], capture_output=True, text=True, timeout=SECONDS, check=False)
        if tried.returncode:
            raise Unavailable(f"nginx cannot load the peer: {tried.stderr.strip()[-300:]}")
        config = _write(home, modules, worlds, unused)
        with _running([*start, config], f"{home}/{len(worlds)}", f"{home}/error.log"):
            yield [f"{home}/{number + 1}" for number in range(len(worlds))]


@contextlib.contextmanager
def strict(served: Ssl) -> Iterator[str]:
    """OpenSSL's server with the pair of one ssl object, which verifies clients in the handshake as APISIX's build of nginx does.

    Raises:
        Unavailable: there is no ``openssl``.
    """
    program = shutil.which("openssl")
    if program is None:
        raise Unavailable("openssl is not installed")
    with _home() as home:
        for name, content in (("cert.pem", served.cert), ("key.pem", served.key), ("ca.pem", served.ca or b"")):
            Path(home, name).write_bytes(content)
        pair = ["-cert", f"{home}/cert.pem", "-cert_chain", f"{home}/cert.pem", "-key", f"{home}/key.pem", "-no-CApath"]
        depth = ["-Verify", "100", "-verify_return_error", "-verify_depth", str(served.depth), "-CAfile", f"{home}/ca.pem"]
        with _running(
            [program, "s_server", "-unix", f"{home}/socket", "-www", "-quiet", *pair, *depth], f"{home}/socket", f"{home}/log"
        ):
            yield f"{home}/socket"


_READER = """\
{modules}
pid {home}/nginx.pid;
error_log {home}/error.log error;
daemon off;
master_process off;
events {{ }}
http {{
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;
    lua_package_path "{home}/?.lua;;";
    init_by_lua_block {{
        local ssl = require "ngx.ssl"
        local out = io.open("{home}/answers", "w")
        for _, text in ipairs(require "texts") do
            out:write(ssl.parse_pem_cert(text) and "1" or "0", ssl.parse_pem_priv_key(text) and "1" or "0", "\\n")
        end
        out:close()
        os.exit(0)
    }}
}}
"""


def reads(texts: Sequence[bytes]) -> list[tuple[bool, bool]]:
    """For each text, whether ``ngx.ssl`` reads certificates, and whether it reads a private key out of it.

    Raises:
        Unavailable: there is no nginx with a Lua module.
    """
    program, modules = _nginx()
    with _home() as home:
        Path(home, "texts.lua").write_text(f"return {_lua(list(texts))}\n", "ascii")
        Path(home, "nginx.conf").write_text(_READER.format(home=home, modules=modules), "ascii")
        command = [program, "-p", home, "-e", f"{home}/error.log", "-c", f"{home}/nginx.conf"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        answers = Path(home, "answers")
        if done.returncode or not answers.exists():
            raise Unavailable(f"nginx cannot read: {done.stderr.strip()[-300:]}")
        return [(line[0] == "1", line[1] == "1") for line in answers.read_text().splitlines()]
