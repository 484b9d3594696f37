"""What the real server will do with a deployment's files.

Source: measured on a real Milvus 2.3.5 (131 configurations); for 2.4.13 and newer its source.
"""

from __future__ import annotations

import posixpath
from datetime import datetime

from ...certs.facts import Certificate
from ...findings import label
from ...records import NamedTuple
from ..files import DIRECTORY, MISSING, PRESENT, ContainerFiles, FileView
from ..files import UNKNOWN as UNKNOWN_FILE
from .model import FAILS, MUTUAL, OFF, ONE_WAY, PLAINTEXT, STARTS, UNKNOWN, Component, Deployment, Listener, Prediction, Reason
from .ports import SHARED_PORT_REFUSED, coordinator_conflict, management_port, taken_by
from .settings import Setting, Settings
from .values import atoi

NO_CLIENTS = {"pymilvus": UNKNOWN, "curl": UNKNOWN, "go": UNKNOWN}


class Opened(NamedTuple):
    """A file that a setting names: the setting, what the container finds there, and the bytes where known."""

    setting: Setting
    view: FileView

    @property
    def failure(self) -> str | None:
        """Go's error of reading it; None where it can be read or is not known."""
        if self.view.state == MISSING:
            return f"open {self.setting.text}: no such file or directory"
        if self.view.state == PRESENT and self.setting.text.endswith("/"):
            return f"open {self.setting.text}: not a directory"
        return f"read {self.setting.text}: is a directory" if self.view.state == DIRECTORY else None

    @property
    def unread(self) -> bool:
        """Whether nothing here says what it holds."""
        return self.view.state == UNKNOWN_FILE or (self.view.state == PRESENT and self.view.content is None)


def opened(settings: Settings, files: ContainerFiles, key: str) -> Opened:
    """The file behind a path setting, as one component's container finds it."""
    setting = settings.get(key)
    hidden = next((file.unknown for file in settings.files if file.unknown), None)
    if setting.origin == "code" and hidden is not None:
        return Opened(setting, FileView(UNKNOWN_FILE, hidden))
    return Opened(setting, files.lookup(setting.text))


class _Outcome:
    def __init__(self) -> None:
        self.why: list[Reason] = []
        self.decisive: list[Reason] = []
        self.server = STARTS
        self.grpc = PLAINTEXT
        self.certificate: Certificate | None = None
        self.clients = dict(NO_CLIENTS)
        self.only_files = True
        """Whether all that is not known are files that the settings name."""

    def fail(self, message: str, setting: Setting | None = None) -> None:
        self.decide(FAILS, Reason(message, setting.place if setting else None))

    def doubt(self, message: str, setting: Setting | None = None) -> None:
        self.only_files = False
        self.doubt_file(message, setting)

    def doubt_file(self, message: str, setting: Setting | None) -> None:
        """The settings are known, what a file holds is not."""
        self.decide(UNKNOWN, Reason(message, setting.place if setting else None))

    def decide(self, server: str, reason: Reason) -> None:
        """Note why the server fails or is not known; of both a failure counts, and its reasons come first."""
        if server == FAILS and self.server != FAILS:
            self.why, self.decisive = self.decisive + self.why, []
        if self.server != FAILS:
            self.server = server
        (self.decisive if server == self.server else self.why).append(reason)


def predict(deployment: Deployment, now: datetime) -> Prediction:
    """Work out what ``deployment`` will do, judged at ``now`` (UTC)."""
    from .internal import expected, predict_internal

    front = deployment.front
    management = Listener(management_port(front.settings) if front else 9091, PLAINTEXT)
    exposed = any(p.container == management.port for p in deployment.published)
    if front is None:
        nobody = (Reason("no proxy or standalone is described here", label(deployment.node)),)
        off = Listener(None, OFF)
        internal = predict_internal(deployment, [])
        return Prediction(UNKNOWN, off, off, internal, management, exposed, None, dict(NO_CLIENTS), nobody)
    outcome = _Outcome()
    outcome.why += _config_reasons(front.settings)
    if deployment.blocked:
        for reason in deployment.blocked:
            outcome.decide(FAILS, reason)
    mode = front.settings.get("common.security.tlsMode")
    port = _port(front.settings.get("proxy.port"))
    rest = _listeners(front, mode, outcome, now)
    if mode.as_int == 0 and not mode.rivals:
        outcome.clients = dict.fromkeys(NO_CLIENTS, FAILS)
    conflict = coordinator_conflict(front)
    if conflict is not None:
        outcome.decide(FAILS, conflict)
    internal = predict_internal(deployment, outcome.why)
    grpc, rest = _settle(outcome, Listener(port, outcome.grpc), rest)
    why = tuple(dict.fromkeys(outcome.decisive + outcome.why))
    clients = outcome.clients if outcome.server == STARTS else dict.fromkeys(NO_CLIENTS, outcome.server)
    later = expected(deployment, internal)
    return Prediction(outcome.server, grpc, rest, internal, management, exposed, outcome.certificate, clients, why, later)


def _settle(outcome: _Outcome, grpc: Listener, rest: Listener) -> tuple[Listener, Listener]:
    """What the listeners come to when the server as a whole fails or is not known."""
    if outcome.server == FAILS:
        return Listener(grpc.port, FAILS), Listener(rest.port, OFF if rest.tls == OFF else FAILS)
    if outcome.server == UNKNOWN and outcome.grpc != PLAINTEXT:
        expected = outcome.grpc if outcome.only_files else None
        return (
            Listener(grpc.port, UNKNOWN, expected),
            Listener(rest.port, OFF) if rest.tls == OFF else Listener(rest.port, UNKNOWN, expected),
        )
    if outcome.server == UNKNOWN:
        return Listener(grpc.port, UNKNOWN), Listener(rest.port, UNKNOWN)
    return grpc, rest


def _config_reasons(settings: Settings) -> list[Reason]:
    if settings.dropped is None:
        return []
    dropped = settings.dropped
    where = f" ({dropped.path})" if dropped.path else ""
    message = f"Milvus cannot read {dropped.name}{where}: {dropped.problem}; it goes on without any configuration file"
    return [Reason(message, dropped.place)]


def _port(setting: Setting) -> int | None:
    number = atoi(setting.text)
    return number if number else None


def _mode_reason(mode: Setting) -> Reason:
    if mode.origin in ("code", "image"):
        return Reason("no file sets tlsMode, so it is 0", None)
    where = f" ({mode.layer})" if mode.origin == "environment" else ""
    number = atoi(mode.text)
    if number is None:
        return Reason(f"tlsMode `{mode.text}` is read as 0{where}", mode.place)
    return Reason(f"tlsMode is {number}{where}", mode.place)


def _listeners(front: Component, mode: Setting, outcome: _Outcome, now: datetime) -> Listener:
    """Judge the two client listeners; sets the outcome's gRPC side and returns the REST side."""
    settings = front.settings
    outcome.why.append(_mode_reason(mode))
    for reason in settings.unknown:
        outcome.doubt(reason)
    if mode.rivals and any(rival.as_int != mode.as_int for rival in mode.rivals):
        outcome.doubt("tlsMode is spelt two ways in one file: which value counts changes from start to start", mode)
    number = mode.as_int
    if number in (1, 2):
        outcome.grpc = ONE_WAY if number == 1 else MUTUAL
        _certificates(front, number, outcome, now)
    return _rest(front, number, outcome)


def _rest(front: Component, mode: int, outcome: _Outcome) -> Listener:
    settings = front.settings
    if not settings.get("proxy.http.enabled").as_bool:
        return Listener(None, OFF)
    grpc_port = _port(settings.get("proxy.port"))
    http = settings.get("proxy.http.port")
    number = atoi(http.text) or 0
    shared = http.text == "" or number == (grpc_port or 0)
    strict = settings.version >= SHARED_PORT_REFUSED
    if mode not in (0, 1, 2):
        if strict:
            outcome.fail("the server ends with `tls mode must be 0, 1 or 2`", settings.get("common.security.tlsMode"))
        else:
            outcome.why.append(Reason("a tlsMode outside 0 to 2 leaves gRPC in plaintext and REST unserved"))
        return Listener(None, OFF)
    if shared and mode == 0:
        return Listener(grpc_port, PLAINTEXT)
    if shared and strict:
        anchor = http if http.node is not None else settings.get("common.security.tlsMode")
        outcome.fail("REST shares the gRPC port, which the server refuses with TLS on: `proxy.http.port` must be another", anchor)
        return Listener(None, OFF)
    if shared:
        outcome.why.append(Reason("REST is not served: with TLS on it needs a `proxy.http.port` of its own", http.place))
        return Listener(None, OFF)
    if not 0 <= number <= 65535:
        outcome.fail(f"the server ends with `listen tcp: address {number}: invalid port`", http)
        return Listener(None, OFF)
    owner = taken_by(front, number)
    if owner is not None:
        outcome.fail(f"the server ends with `listen tcp :{number}: bind: address already in use`: {owner} has it", http)
        return Listener(number, OFF)
    if number == 0:
        outcome.why.append(Reason(f"REST listens on a random port: `proxy.http.port` `{http.text}` is read as 0", http.place))
        return Listener(None, OFF)
    return Listener(number, outcome.grpc)


def _certificates(front: Component, mode: int, outcome: _Outcome, now: datetime) -> None:
    """Load what tlsMode 1 and 2 load, as the server does."""
    settings, files = front.settings, front.files
    pem, key = opened(settings, files, "tls.serverPemPath"), opened(settings, files, "tls.serverKeyPath")
    wanted = [pem, key]
    ca = opened(settings, files, "tls.caPemPath")
    if mode == 2:
        wanted.append(ca)
    for file in wanted:
        if file.failure is not None:
            outcome.fail(
                f"the server ends with `{file.failure}`" + (f": {file.view.reason}" if file.view.reason else ""), file.setting
            )
        elif file.view.state == UNKNOWN_FILE:
            outcome.doubt_file(file.view.reason or f"{file.setting.text} is not in the repository", file.setting)
    pem_bytes, key_bytes, ca_bytes = pem.view.content, key.view.content, ca.view.content
    if pem_bytes is not None and key_bytes is not None:
        from ...certs.pair import load_pair

        pair = load_pair(pem_bytes, key_bytes)
        outcome.certificate = pair.leaf
        if not pair.ok:
            outcome.fail(f"the server ends with `{pair.panic}`", pem.setting)
    elif pem_bytes is not None:
        outcome.certificate = _first_certificate(pem_bytes)
    if _half_from_image(pem, key):
        outcome.fail(
            "the server ends with `tls: private key does not match public key`: one of the two is the image's own", key.setting
        )
    if mode == 2 and ca_bytes is not None:
        from ...certs.pair import load_ca

        result = load_ca(ca_bytes)
        if not result.ok:
            outcome.fail(f"the server ends with `{result.panic}`", ca.setting)
    unread = [file for file in wanted if file.unread and file.view.state == PRESENT]
    if outcome.server == STARTS and unread and not all(_from_image(file) for file in unread):
        outcome.doubt_file(f"{unread[0].setting.text} cannot be read here: {unread[0].view.reason}", unread[0].setting)
    if outcome.server == STARTS:
        from ...certs.clients import client_outcomes

        beside = posixpath.dirname(ca.setting.text)
        client = [files.lookup(posixpath.join(beside, name)).content for name in ("client.pem", "client.key")]
        roots = ca_bytes if ca.setting.text else pem_bytes
        outcome.clients = client_outcomes(outcome.grpc, pem_bytes, key_bytes, roots, client[0], client[1], now)


def _from_image(file: Opened) -> bool:
    return file.view.mount is None


def _half_from_image(pem: Opened, key: Opened) -> bool:
    """Whether only one of the pair is the image's own, and the other is not a copy of its partner there."""
    if pem.unread == key.unread or not _from_image(pem if pem.unread else key):
        return False
    from ...certs.public import is_public
    from ...certs.read import private_keys

    if pem.view.content is not None:
        return not is_public(_first_certificate(pem.view.content))
    return key.view.content is not None and not any(map(is_public, private_keys(key.view.content)))


def _first_certificate(data: bytes) -> Certificate | None:
    from ...certs.read import certificates

    return next(iter(certificates(data)), None)
