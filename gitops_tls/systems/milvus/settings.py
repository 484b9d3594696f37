"""Milvus' effective settings: files, layers and environment joined as the server joins them.

Source: ``pkg/config`` and ``pkg/util/paramtable`` of Milvus 2.3.4 to 3.0.0, and runs of a real 2.3.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...findings import Label, label
from ...records import NamedTuple
from ...yamldoc.node import ALIAS, MAPPING, Node
from ..versions import Version
from .values import atoi, parse_bool, setting_text

READS_USER_YAML = Version(2, 4, 1)
"""Since this version default.yaml and user.yaml are read; before it milvus.yaml alone."""

YAML_WITHOUT_VIPER = Version(2, 5, 0)
"""Since this version the loader flattens the file itself; before it viper lower-cases each mapping."""

ENVIRONMENT_PREFIX = Version(2, 6, 0)
"""Since this version variables may also begin with MILVUS_CONF_."""

FILE_NAMES = ("milvus.yaml", "default.yaml", "user.yaml")
"""The only files that are read, the later over the earlier."""

_MAX_VALUES = 200_000

_IMAGE: dict[str, tuple[str, Version]] = {
    "tls.serverPemPath": ("configs/cert/server.pem", Version(0, 0)),
    "tls.serverKeyPath": ("configs/cert/server.key", Version(0, 0)),
    "tls.caPemPath": ("configs/cert/ca.pem", Version(0, 0)),
    "internaltls.serverPemPath": ("configs/cert/server.pem", Version(2, 5)),
    "internaltls.serverKeyPath": ("configs/cert/server.key", Version(2, 5)),
    "internaltls.caPemPath": ("configs/cert/ca.pem", Version(2, 5)),
    "internaltls.sni": ("localhost", Version(2, 5)),
}
"""TLS values of the milvus.yaml in the image that differ from the compiled-in defaults, and since when."""

_IMAGE_PORTS = {
    "rootCoord.port": ("53100", "22125"),
    "dataCoord.port": ("13333", "13333"),
    "queryCoord.port": ("19531", "19531"),
    "queryNode.port": ("21123", "21123"),
    "dataNode.port": ("21124", "21124"),
    "indexNode.port": ("21121", "21121"),
}
"""Component ports of the milvus.yaml in the image: before 2.6, and since."""

_MINIO_PLACEHOLDER = ("/path/to/public.crt", Version(2, 4), Version(3, 0))

_CODE: dict[str, str] = {
    "common.security.tlsMode": "0",
    "common.security.internaltlsEnabled": "false",
    "proxy.port": "19530",
    "proxy.internalPort": "19529",
    "rootCoord.port": "19530",
    "dataCoord.port": "19530",
    "queryCoord.port": "19530",
    "proxy.http.enabled": "true",
    "etcd.ssl.enabled": "false",
    "etcd.ssl.tlsMinVersion": "1.3",
    "minio.useSSL": "false",
    "minio.ssl.tlsMinVersion": "default",
    "kafka.ssl.enabled": "false",
    "tikv.ssl.enabled": "false",
}
"""Compiled-in defaults; a key that is not here is empty."""


def format_key(key: str) -> str:
    """The form in which Milvus compares keys: lower case, without ``/``, ``_`` and ``.``. Hyphens stay."""
    return key.lower().replace("/", "").replace("_", "").replace(".", "")


class Setting(NamedTuple):
    """One effective value.

    ``key`` is the path as written (``common.security.tls_mode``), ``text`` the string the server parses. ``origin`` is
    ``file``, ``environment``, ``image`` (the milvus.yaml that the image brings) or ``code``. ``layer`` names the file or
    variable. ``node`` and ``key_node`` are where it is written, None for image and code. ``overrides`` are the values it
    hides, nearest first. ``rivals`` are other spellings of the same key in the same file whose value the server may take
    instead, at random.
    """

    key: str
    text: str
    origin: str
    layer: str
    node: Node | None = None
    key_node: Node | None = None
    overrides: tuple[Setting, ...] = ()
    rivals: tuple[Setting, ...] = ()

    @property
    def as_int(self) -> int:
        """``GetAsInt``: 0 where it is no integer."""
        return atoi(self.text) or 0

    @property
    def as_bool(self) -> bool:
        """``GetAsBool``: false where it is no boolean."""
        return parse_bool(self.text) or False

    @property
    def place(self) -> Label | None:
        """Where it is written; None where no file in the repository says it."""
        node = self.node if self.node is not None else self.key_node
        return label(node) if node is not None else None


class ConfigFile(NamedTuple):
    """One file of the configuration directory, as a process finds it.

    ``name`` is one of FILE_NAMES. ``root`` is the first document's root (None where empty or unreadable). ``problem``
    says why the server cannot read it (then *all* files are dropped). ``unknown`` says why its content is not known here.
    ``shipped`` marks the milvus.yaml of the image. ``place`` is where the problem shows; ``mount`` what mounts the file.
    ``other_documents`` counts documents after the first, which the server never sees.
    """

    name: str
    root: Node | None = None
    problem: str = ""
    unknown: str = ""
    shipped: bool = False
    place: Label | None = None
    mount: Node | None = None
    path: str | None = None
    other_documents: int = 0


class Variable(NamedTuple):
    """An environment variable of the container. ``value`` is None where it is not known here; ``node`` is where it is set.

    ``encrypted``: SOPS encrypted its value.
    """

    name: str
    value: str | None
    node: Node | None = None
    encrypted: bool = False


def shipped_file() -> ConfigFile:
    """The milvus.yaml that every image brings."""
    return ConfigFile("milvus.yaml", shipped=True)


def config_file(name: str, documents: list[Node | None], *, problem: str = "", place: Label | None = None, mount: Node | None = None, path: str | None = None) -> ConfigFile:  # fmt: skip
    """A configuration file from the roots of its documents; judges whether the server can use the first.

    ``problem`` is a syntax error in the first document (with ``place``).
    """
    if problem:
        return ConfigFile(name, None, problem, "", False, place, mount, path)
    root = documents[0] if documents else None
    if root is not None and root.resolved().kind != MAPPING and not root.is_null:
        kind = {"sequence": "a list"}.get(root.resolved().kind, "text")
        return ConfigFile(name, None, f"its top level is {kind}, not a mapping", "", False, label(root), mount, path)
    if root is not None and root.is_null:
        root = None
    return ConfigFile(name, root, mount=mount, path=path, other_documents=max(0, len(documents) - 1))


class Settings:
    """The settings of one Milvus process.

    ``files`` are the configuration files in their order, also those that the version does not read (``ignored``) or that
    were dropped. ``dropped`` is the file whose problem made the server throw all of them away, or None.
    ``unknown`` lists the reasons why parts are not known here. ``reads_user_yaml`` says whether default.yaml and user.yaml
    count where that is not for the version to say: an operator or chart may merge them into milvus.yaml.
    """

    def __init__(
        self,
        version: Version,
        files: Iterable[ConfigFile],
        environment: Iterable[Variable] = (),
        *,
        reads_user_yaml: bool | None = None,
    ) -> None:
        self.version = version
        given = sorted(files, key=lambda file: FILE_NAMES.index(file.name))
        reads_all = version >= READS_USER_YAML if reads_user_yaml is None else reads_user_yaml
        self.files = [f for f in given if f.name == "milvus.yaml" or reads_all]
        self.ignored = [f for f in given if f not in self.files]
        self.environment = list(environment)
        self.dropped: ConfigFile | None = next((f for f in self.files if f.problem), None)
        self.unknown: list[str] = [f.unknown for f in self.files if f.unknown] if self.dropped is None else []
        self._values: dict[str, Setting] = {}
        self._load()

    def _load(self) -> None:
        if self.dropped is None:
            for file in self.files:
                if file.shipped:
                    for key, (text, since) in _IMAGE.items():
                        if self.version >= since:
                            self._values[format_key(key)] = Setting(key, text, "image", "milvus.yaml of the image")
                    for key, (before, since_2_6) in _IMAGE_PORTS.items():
                        port = since_2_6 if self.version >= Version(2, 6) else before
                        self._values[format_key(key)] = Setting(key, port, "image", "milvus.yaml of the image")
                    text, first, last = _MINIO_PLACEHOLDER
                    if first <= self.version < last:
                        self._values["miniossltlscacert"] = Setting(
                            "minio.ssl.tlsCACert", text, "image", "milvus.yaml of the image"
                        )
                elif file.root is not None:
                    try:
                        found = flatten(file, self.version)
                    except ExcessiveAliasing:
                        place = label(file.root.pairs[0][0]) if file.root.pairs else label(file.root)
                        self.dropped = file._replace(
                            root=None, place=place, problem="it expands to too many values through aliases"
                        )
                        self.files[self.files.index(file)] = self.dropped
                        self._values.clear()
                        break
                    for name, setting in found.items():
                        self._put(name, setting)
        for variable in self.environment:
            for name in environment_keys(variable.name, self.version):
                if variable.value is None:
                    known = self._values.get(name)
                    if known is not None or name in _KNOWN_KEYS:
                        why = "is encrypted with SOPS" if variable.encrypted else "is not in the repository"
                        self.unknown.append(f"the value of the variable {variable.name} {why}")
                    continue
                self._put(name, Setting(variable.name, variable.value, "environment", variable.name, variable.node))

    def _put(self, name: str, setting: Setting) -> None:
        hidden = self._values.get(name)
        if hidden is not None:
            setting = setting._replace(overrides=(hidden, *hidden.overrides))
        self._values[name] = setting

    def get(self, key: str) -> Setting:
        """The effective value of a key (``common.security.tlsMode``); the code's default where nothing sets it."""
        found = self._values.get(format_key(key))
        return found if found is not None else Setting(key, _CODE.get(key, ""), "code", "default of the code")

    def is_set(self, key: str) -> bool:
        """Whether a file or variable of the repository sets the key."""
        return self.get(key).node is not None

    def written(self) -> Iterator[tuple[str, Setting]]:
        """Every value that a file or variable sets, by its compared form."""
        return ((name, s) for name, s in self._values.items() if s.origin in ("file", "environment"))

    def file(self, name: str) -> ConfigFile | None:
        """The configuration file of that name, if the version reads it and one is there."""
        return next((f for f in self.files if f.name == name), None)


def is_shipped_value(key: str, node: Node) -> bool:
    """Whether a value is the one that the milvus.yaml of the images, of any version, has at ``key``."""
    text = setting_text(node)
    shipped = {_CODE.get(key, ""), _IMAGE[key][0] if key in _IMAGE else "", *_IMAGE_PORTS.get(key, ())}
    return text in shipped if key in _CODE or key in _IMAGE or key in _IMAGE_PORTS else key in _KNOWN and not text


class ExcessiveAliasing(Exception):
    """A file whose aliases expand without bound; yaml.v2 refuses it."""


def environment_keys(name: str, version: Version) -> tuple[str, ...]:
    """The compared forms of the settings that a variable of this name sets."""
    lower = name.lower()
    if version >= ENVIRONMENT_PREFIX and lower.startswith("milvus_conf_"):
        return (format_key(lower[len("milvus_conf_") :]),)
    return (format_key(lower.removeprefix("milvus.")),)


def flatten(file: ConfigFile, version: Version) -> dict[str, Setting]:
    """Every value of a file by its compared form, as the loader of ``version`` flattens it."""
    values: dict[str, Setting] = {}
    assert file.root is not None
    budget = _MAX_VALUES
    stack: list[tuple[str, Node, frozenset[int]]] = [("", file.root, frozenset())]
    while stack:
        prefix, mapping, above = stack.pop()
        mapping = mapping.resolved()
        if id(mapping) in above:
            raise ExcessiveAliasing
        for key, value in _pairs(mapping, version):
            budget -= 1
            if budget < 0:
                raise ExcessiveAliasing
            path = f"{prefix}.{key.value}" if prefix else key.value
            target = value.resolved()
            if target.kind == MAPPING:
                stack.append((path, target, above | {id(mapping)}))
                continue
            text = setting_text(target)
            assert text is not None
            setting = Setting(path, text, "file", file.name, value if value.kind == ALIAS else target, key)
            name = format_key(path)
            rival = values.get(name)
            if rival is not None:
                setting = setting._replace(rivals=(rival._replace(rivals=()), *rival.rivals))
            values[name] = setting
    return values


def _pairs(mapping: Node, version: Version) -> list[tuple[Node, Node]]:
    pairs = list(mapping.effective())
    if version >= YAML_WITHOUT_VIPER:
        return pairs
    by_lower: dict[str, tuple[Node, Node]] = {}
    for pair in sorted(pairs, key=lambda p: p[0].value != p[0].value.lower()):
        # viper puts keys with capitals over the lower-case one, whole subtrees at a time
        by_lower[pair[0].value.lower()] = pair
    return list(by_lower.values())


_KNOWN = ("proxy.http.port", "minio.ssl.tlsCACert")
"""Settings that are empty where nothing sets them."""

_KNOWN_KEYS = frozenset(map(format_key, (*_IMAGE, *_CODE, *_KNOWN)))
