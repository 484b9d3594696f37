"""A Compose project as one value, and its services."""

from __future__ import annotations

from ...records import NamedTuple
from ...repo.workspace import Workspace
from ...yamldoc.node import MAPPING, SCALAR, Node
from .interpolate import Interpolated
from .load import Model, Problem, load_model
from .mounts import CONFIG, SECRET, Grant, read_grants, read_volumes
from .ports import read_ports
from .value import Value
from .variables import EnvironmentVariable, read_environment


class Image(NamedTuple):
    """An image reference: ``repository`` with its registry, ``tag`` and ``digest`` (empty where there is none).

    ``text`` is the whole reference; ``unknown`` names variables in it that no file sets. ``node`` is its scalar.
    """

    text: str
    repository: str
    tag: str
    digest: str
    unknown: tuple[str, ...]
    node: Node

    @property
    def last_part(self) -> str:
        """The last part of the repository (``milvus`` of ``docker.io/milvusdb/milvus``)."""
        return self.repository.rsplit("/", 1)[-1]


class Healthcheck(NamedTuple):
    """``healthcheck.test``: its words (a string is one word after ``CMD-SHELL``), and where it is written."""

    test: tuple[str, ...]
    node: Node

    @property
    def text(self) -> str:
        """The command as one text, without ``CMD`` and ``CMD-SHELL``."""
        return " ".join(self.test[1:] if self.test[:1] in (("CMD",), ("CMD-SHELL",)) else self.test)


class Service:
    """One service of a merged project. Every part knows the node that says it; ``value`` is the whole model.

    ``key`` is the service's name in the file that decides its place, ``node`` its mapping there (where entries are
    inserted). ``refused`` are entries of ``volumes`` and ``ports`` that Compose refuses.
    """

    def __init__(self, workspace: Workspace, model: Model, name: str, value: Value) -> None:
        self.name = name
        self.value = value
        self.node = value.node
        self.key = value.key if value.key is not None else value.node
        self.variables, self.env_files = read_environment(workspace, value)
        defined = {kind: _fields(model, section) for kind, section in ((CONFIG, "configs"), (SECRET, "secrets"))}
        self.volumes, refused_volumes = read_volumes(value, _fields(model, "volumes"))
        self.grants: list[Grant] = read_grants(value, defined)
        self.ports, refused_ports = read_ports(value.get("ports"))
        self.refused = refused_volumes + refused_ports
        self.image = _image(value.get("image"))
        self.command = words(value.get("command"))
        self.entrypoint = words(value.get("entrypoint"))
        self.user = value.text("user")
        self.working_dir = value.text("working_dir")
        self.network_mode = value.text("network_mode")
        self.healthcheck = _healthcheck(value.get("healthcheck", "test"))
        self.profiles = tuple(_texts(value.get("profiles")))
        self.expose = tuple(_texts(value.get("expose")))

    def at(self, *keys: str) -> Node | None:
        """The node of a field (``command``, ``environment``, ``volumes``, ``deploy``); None where it is not written."""
        value = self.value.get(*keys)
        return value.node if value is not None else None

    def variable(self, name: str) -> EnvironmentVariable | None:
        """A variable of the container by its exact name."""
        return self.variables.get(name)


class Project:
    """A merged Compose project.

    ``path`` is its own file, ``files`` all Compose files that were read, ``folder`` the repository folder that relative
    paths of ``path`` start from. ``volumes``, ``configs`` and ``secrets`` are the top level's. ``problems`` is what makes
    Compose refuse it, or parts that are not in the repository.
    """

    def __init__(self, workspace: Workspace, model: Model, path: str) -> None:
        self.path = path
        self.folder = model.folder
        self.files = model.files
        self.environment = model.environment
        self.problems: list[Problem] = model.problems
        self.volumes = _fields(model, "volumes")
        self.configs = _fields(model, "configs")
        self.secrets = _fields(model, "secrets")
        self.services = {
            name: Service(workspace, model, name, value)
            for name, value in _fields(model, "services").items()
            if value.kind == MAPPING
        }


def project(workspace: Workspace, path: str, over: tuple[str, ...] = (), own: str | None = None) -> Project:
    """The project of the Compose file ``path`` with the files ``over`` laid over it; without any, with its own override.

    ``own`` is the file that the project is named after and where its services stand if it has them: ``path`` unless given.
    Never raises: what cannot be read is in ``problems``.
    """
    return Project(workspace, load_model(workspace, [path, *over], own), own or path)


def words(value: Value | None) -> tuple[str, ...] | None:
    """A command as its words: a list as it stands, a string split as a shell would; None where none is given."""
    if value is None or value.is_null:
        return None
    if value.kind == SCALAR:
        return tuple(_split(value.interpolated.text or ""))
    return tuple(_texts(value))


def _split(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _texts(value: Value | None) -> list[str]:
    return [part.interpolated.text or "" for part in value.scalars()] if value is not None else []


def _fields(model: Model, section: str) -> dict[str, Value]:
    found = model.sections.get(section)
    return found.fields if found is not None else {}


def _image(value: Value | None) -> Image | None:
    if value is None or value.kind != SCALAR:
        return None
    result: Interpolated = value.interpolated
    if result.text is None and not result.unknown:
        return None
    return parse_image(result.text or "", result.unknown, value.node)


def parse_image(text: str, unknown: tuple[str, ...], node: Node) -> Image:
    """An image reference in its parts."""
    rest, _, digest = text.partition("@")
    slash = rest.rfind("/")
    colon = rest.find(":", slash + 1)
    repository, tag = (rest[:colon], rest[colon + 1 :]) if colon >= 0 else (rest, "")
    return Image(text, repository, tag, digest, unknown, node)


def _healthcheck(value: Value | None) -> Healthcheck | None:
    if value is None or value.is_null:
        return None
    if value.kind == SCALAR:
        return Healthcheck(("CMD-SHELL", value.interpolated.text or ""), value.node)
    return Healthcheck(tuple(_texts(value)), value.node)
