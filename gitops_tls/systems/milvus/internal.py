"""Internal TLS: whether the links between the components come up. Source: Milvus 2.5 to 3.0."""

from __future__ import annotations

from ..files import DIRECTORY, MISSING
from ..versions import Version
from .model import BROKEN, OFF, ONE_WAY, UNKNOWN, Component, Deployment, Reason
from .settings import Settings

INTERNAL_TLS = Version(2, 5, 0)
"""The first version that reads the internal TLS settings."""

PATHS = ("internaltls.serverPemPath", "internaltls.serverKeyPath", "internaltls.caPemPath")


def enabled(settings: Settings) -> bool:
    """Whether a component serves and dials its internal links with TLS."""
    return settings.version >= INTERNAL_TLS and settings.get("common.security.internaltlsEnabled").as_bool


def predict_internal(deployment: Deployment, why: list[Reason]) -> str:
    """``off``, ``one-way``, ``broken`` or ``unknown``; adds the reasons to ``why``.

    A component that cannot load its pair serves plaintext and only logs it, while the others insist on TLS.
    """
    components = deployment.components
    on = [c for c in components if enabled(c.settings)]
    if not on:
        return UNKNOWN if any(c.settings.unknown for c in components) else OFF
    if len(on) < len(components):
        other = next(c for c in components if c not in on)
        why.append(Reason(f"internal TLS is on in {on[0].name} and off in {other.name}: they cannot talk to each other"))
        return BROKEN
    verdicts = [_component(component, why) for component in on]
    for verdict in (BROKEN, UNKNOWN):
        if verdict in verdicts:
            return verdict
    return ONE_WAY


def expected(deployment: Deployment, verdict: str) -> str | None:
    """What a ``verdict`` of unknown becomes if the files that are not here are there and fit; None where more is not known."""
    known = verdict == UNKNOWN and not any(component.settings.unknown for component in deployment.components)
    return ONE_WAY if known else None


def _component(component: Component, why: list[Reason]) -> str:
    settings = component.settings
    verdict = ONE_WAY
    contents: list[bytes | None] = []
    for key in PATHS:
        setting = settings.get(key)
        view = component.files.lookup(setting.text)
        contents.append(view.content)
        if view.state in (MISSING, DIRECTORY):
            what = "is a folder" if view.state == DIRECTORY else view.reason or "is not there"
            _add(why, Reason(f"internal TLS of {component.name}: {setting.text or key} {what}", setting.place))
            verdict = BROKEN
        elif view.content is None and verdict != BROKEN:
            from_image = view.state == "present" and view.mount is None
            if not from_image:
                _add(why, Reason(f"internal TLS: {view.reason or setting.text + ' is not in the repository'}", setting.place))
                verdict = UNKNOWN
    if verdict == BROKEN:
        return verdict
    return _pair(component, contents, verdict, why)


def _pair(component: Component, contents: list[bytes | None], verdict: str, why: list[Reason]) -> str:
    from ...certs.names import covers
    from ...certs.pair import load_pair

    pem, key, _ = contents
    sni = component.settings.get("internaltls.sni")
    if pem is None or key is None:
        return verdict
    pair = load_pair(pem, key)
    if not pair.ok:
        setting = component.settings.get(PATHS[0])
        _add(why, Reason(f"internal TLS of {component.name}: `{pair.panic}`, so it listens in plaintext", setting.place))
        return BROKEN
    if sni.text and pair.leaf is not None and not covers(pair.leaf, sni.text):
        _add(why, Reason(f"internal TLS: sni `{sni.text}` is in no subjectAltName of the certificate", sni.place))
        return BROKEN
    return verdict


def _add(why: list[Reason], reason: Reason) -> None:
    if reason not in why:
        why.append(reason)
