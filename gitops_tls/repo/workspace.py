"""What has been read of a repository: each file once."""

from __future__ import annotations

from ..findings import Skip
from ..text.source import Source
from ..yamldoc.nested import parse_nested
from ..yamldoc.node import Node
from ..yamldoc.parse import Parsed, parse
from .files import Files, Unreadable

_PRIVATE_KEY, _PEM_IN_BASE64 = b"PRIVATE KEY-----", b"LS0tLS1CRUdJTi"


class Workspace:
    """The repository's files, read and parsed at most once each, and what was skipped on the way.

    ``key_paths`` are the files read so far whose bytes may hold a private key, as PEM or in base64.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.key_paths: set[str] = set()
        self.skips: list[Skip] = []
        self._skipped: set[Skip] = set()
        self._bytes: dict[str, bytes | None] = {}
        self._sources: dict[str, Source] = {}
        self._parsed: dict[str, Parsed] = {}
        self._nested: dict[int, tuple[Node, Parsed]] = {}

    def skip(self, path: str, reason: str, detail: str = "", line: int = 1) -> None:
        """Count something that was not judged; the same skip counts once."""
        entry = Skip(path, reason, detail, line)
        if entry not in self._skipped:
            self._skipped.add(entry)
            self.skips.append(entry)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None (and a skip, where it exists) if it cannot be read."""
        if path not in self._bytes:
            try:
                data = self.files.read(path)
                self._bytes[path] = data
                # here, because most files are read once and their bytes not kept
                if _PRIVATE_KEY in data or _PEM_IN_BASE64 in data:
                    self.key_paths.add(path)
            except FileNotFoundError:
                self._bytes[path] = None
            except Unreadable as error:
                self._bytes[path] = None
                self.skip(path, str(error))
        return self._bytes[path]

    def forget(self, path: str) -> None:
        """Give the bytes of a file free that nothing looks at; they are read again if something does."""
        if self._bytes.get(path) is not None and path not in self._sources:
            del self._bytes[path]

    def source(self, path: str) -> Source | None:
        """The text of a file; None if it cannot be read."""
        if path not in self._sources:
            data = self.read(path)
            if data is None:
                return None
            self._sources[path] = Source.from_bytes(path, data)
        return self._sources[path]

    def parsed(self, path: str) -> Parsed | None:
        """The YAML documents of a file; None if it cannot be read."""
        if path not in self._parsed:
            source = self.source(path)
            if source is None:
                return None
            self._parsed[path] = parse(source)
        return self._parsed[path]

    def nested(self, node: Node) -> Parsed:
        """The YAML documents inside a scalar, parsed once."""
        node = node.resolved()
        if id(node) not in self._nested:
            self._nested[id(node)] = (node, parse_nested(node))
        return self._nested[id(node)][1]
