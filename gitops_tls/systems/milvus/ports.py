"""The ports of a Milvus process, and which of its listeners cannot come up together.

Source: measured on a real 2.3.5; ``listener_manager.go`` and the components' ``Prepare`` for 2.5 and newer.
"""

from __future__ import annotations

from ..versions import Version
from .model import Component, Reason
from .settings import Setting, Settings
from .values import atoi

SHARED_PORT_REFUSED = Version(2, 4, 13)
"""Since this version REST on the gRPC port with TLS on, and a tlsMode outside 0 to 2, stop the server."""

METRICS_PORT = 9091


def management_port(settings: Settings) -> int:
    """The port of the plaintext management server: 9091, or the variable METRICS_PORT."""
    for variable in settings.environment:
        if variable.name == "METRICS_PORT" and variable.value:
            return atoi(variable.value) or METRICS_PORT
    return METRICS_PORT


def coordinator_ports(component: Component) -> dict[str, Setting]:
    """The coordinators' port settings that a process opens beside the proxy's; empty but for standalone.

    Since 2.6 one mixcoord stands for all three.
    """
    if component.name != "standalone":
        return {}
    settings = component.settings
    if settings.version >= Version(2, 6):
        own = settings.get("mixCoord.port")
        return {"rootCoord.port": own if own.text else settings.get("rootCoord.port")}
    return {key: settings.get(key) for key in ("rootCoord.port", "dataCoord.port", "queryCoord.port")}


def coordinator_conflict(component: Component) -> Reason | None:
    """Why the coordinators cannot open their ports: each one's compiled-in default is 19530.

    Until 2.4 a single coordinator without a port moves to a random one; two of them race, and the process dies.
    """
    found = coordinator_ports(component)
    numbers = [setting.as_int for setting in found.values()]
    proxy = component.settings.get("proxy.port").as_int
    clash = [key for key, setting in found.items() if setting.as_int and numbers.count(setting.as_int) > 1]
    if component.settings.version >= Version(2, 5):
        clash += [key for key, setting in found.items() if setting.as_int == proxy and key not in clash]
    if not clash or _may_be_set(component.settings, [found[key] for key in clash]):
        return None
    first = found[clash[0]]
    if all(found[key].origin == "code" for key in clash):
        cause = "no file sets " + ", ".join(f"`{key}`" for key in clash) + ", whose default is 19530"
    else:
        cause = " and ".join(f"`{key}`" for key in clash) + f" is {first.as_int} as well"
    return Reason(f"the server ends with `listen tcp :{first.as_int}: bind: address already in use`: {cause}", first.place)


def _may_be_set(settings: Settings, clash: list[Setting]) -> bool:
    """Whether a file that is not known here may set what looks like a default (the milvus.yaml of a built image)."""
    return any(setting.origin == "code" for setting in clash) and any(file.unknown for file in settings.files)


def taken_by(component: Component, port: int) -> str | None:
    """Which other listener of the process has ``port`` (not the gRPC port, which REST may share); None if none."""
    settings = component.settings
    if port == management_port(settings):
        return "the management server"
    if port == settings.get("proxy.internalPort").as_int:
        return "proxy.internalPort"
    return next((key for key, setting in coordinator_ports(component).items() if setting.as_int == port), None)
