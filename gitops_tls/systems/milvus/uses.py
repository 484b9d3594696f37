"""Which certificate and key files a deployment uses, and for what."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from ...findings import Label, file_label, label
from ...records import NamedTuple
from ..files import FileView
from .internal import enabled
from .model import Component, Deployment
from .settings import Setting

SERVER, SERVER_KEY, CA = "server", "server key", "CA"
INTERNAL_SERVER, INTERNAL_KEY, INTERNAL_CA = "internal server", "internal server key", "internal CA"
CLIENT, CLIENT_KEY = "client", "client key"

CERTIFICATES = (SERVER, CA, INTERNAL_SERVER, INTERNAL_CA, CLIENT)
KEYS = (SERVER_KEY, INTERNAL_KEY, CLIENT_KEY)


class Use(NamedTuple):
    """One file in one role of one component. ``setting`` names it (for client files: the caPemPath they stand beside)."""

    deployment: Deployment
    component: Component
    role: str
    setting: Setting
    path: str
    view: FileView

    def place(self, line: int = 1) -> Label:
        """Where its content stands, at the given line of the content; the setting or mount where no file has it."""
        return content_label(self.view, line) or self.setting_place()

    def setting_place(self) -> Label:
        """Where the repository names the file: the setting, else the mount, else the deployment."""
        node = self.setting.node or self.setting.key_node or self.view.mount or self.deployment.node
        return label(node)


def content_label(view: FileView, line: int = 1) -> Label | None:
    """The place of a file's content: its line in a repository file, or the YAML value that holds it."""
    if view.node is not None:
        return label(view.node)
    return file_label(view.path)._replace(line=line, end_line=line) if view.path is not None else None


_known: WeakKeyDictionary[Deployment, list[Use]] = WeakKeyDictionary()
"""What was found for each deployment: nearly every rule asks."""


def uses(deployments: Iterable[Deployment]) -> Iterator[Use]:
    """The files that TLS needs in each component, one entry a role; nothing where TLS is off.

    tlsMode 1 never reads caPemPath; the CA counts all the same, since clients are given it.
    """
    for deployment in deployments:
        found = _known.get(deployment)
        if found is None:
            found = [use for component in deployment.components for use in _component(deployment, component)]
            _known[deployment] = found
        yield from found


def _component(deployment: Deployment, component: Component) -> Iterator[Use]:
    settings, files = component.settings, component.files

    def use(role: str, key: str) -> Use:
        setting = settings.get(key)
        return Use(deployment, component, role, setting, setting.text, files.lookup(setting.text))

    mode = settings.get("common.security.tlsMode").as_int
    if component.serves_clients and mode in (1, 2):
        yield use(SERVER, "tls.serverPemPath")
        yield use(SERVER_KEY, "tls.serverKeyPath")
        ca = use(CA, "tls.caPemPath")
        if ca.path:
            yield ca
        if mode == 2 and ca.path:
            for role, name in ((CLIENT, "client.pem"), (CLIENT_KEY, "client.key")):
                path = posixpath.join(posixpath.dirname(ca.path), name)
                view = files.lookup(path)
                if view.content is not None:
                    yield Use(deployment, component, role, ca.setting, path, view)
    if enabled(settings):
        yield use(INTERNAL_SERVER, "internaltls.serverPemPath")
        yield use(INTERNAL_KEY, "internaltls.serverKeyPath")
        yield use(INTERNAL_CA, "internaltls.caPemPath")


def reads(use: Use) -> bool:
    """Whether the server itself opens the file (not so for the CA in tlsMode 1 and for client files)."""
    if use.role in (CLIENT, CLIENT_KEY):
        return False
    return use.role != CA or use.component.settings.get("common.security.tlsMode").as_int == 2
