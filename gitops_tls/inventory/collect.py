"""Which files hold certificates, from their bytes; each is read once, and only YAML that holds some is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import splitext

from ..certs import der, jks
from ..certs.content import describe
from ..certs.facts import Certificate
from ..certs.search import Hit, in_file, in_text, may_hold, text_of
from ..records import NamedTuple
from ..repo.encrypted import encrypted_by
from ..repo.files import Unreadable
from ..repo.prefilter import CERTIFICATE_EXTENSIONS, is_yaml
from ..repo.workspace import Workspace
from .model import ENCRYPTED, KEYSTORE, MALFORMED, NO_CERTIFICATE, Note, Place, Unread
from .readers import Reader

Found = tuple[Place, Certificate]

_KEYSTORES = frozenset((".jks", ".jceks", ".bks", ".keystore", ".truststore"))
_EXTENSIONS = CERTIFICATE_EXTENSIONS | _KEYSTORES | {".p7b", ".p7c", ".ca-bundle"}
_SURE = _KEYSTORES | {".crt", ".cer", ".cert", ".p12", ".pfx", ".p7b", ".p7c", ".ca-bundle"}
"""Names of files that hold certificates and nothing else; a ``.pem`` or ``.der`` may be anything, a ``.key`` is none."""

_DER_VALUE = re.compile(rb"[ \t\"'\[,:](?:MI[A-Z]|/u3\+7QAAAA|zs7OzgAAAA)[A-Za-z0-9+/]{60}")
_LFS = b"version https://git-lfs.github.com/spec/"
_NOT_CERTIFICATES = re.compile(
    r"(?:an? )?(?:DER |encrypted |OpenSSH |private |public |PEM block |certificate signing request|revocation list|"
    r"(?:Diffie-Hellman|EC) parameters).*|a private key.*"
)


class Collected(NamedTuple):
    """What a run over the files gives. ``files`` is how many were looked at."""

    certificates: list[Found]
    unread: list[Unread]
    notes: list[Note]
    files: int


def collect(workspace: Workspace, paths: Iterable[str], reader: Reader, named: frozenset[str] = frozenset()) -> Collected:
    """Look into every file of ``paths``.

    Files that cannot be read count where their name says that they matter, or the user named them (``named``).
    """
    collector = _Collector(workspace, reader, named)
    count = 0
    for path in paths:
        count += 1
        collector.file(path)
    return Collected(collector.certificates, collector.unread, collector.notes, count)


class _Collector:
    def __init__(self, workspace: Workspace, reader: Reader, asked: frozenset[str]) -> None:
        self.workspace = workspace
        self.asked = asked
        self.reader = reader
        self.certificates: list[Found] = []
        self.unread: list[Unread] = []
        self.notes: list[Note] = []

    def file(self, path: str) -> None:
        named = splitext(path)[1].lower() in _EXTENSIONS
        data = self._bytes(path, report=named or is_yaml(path) or path in self.asked)
        if data is None:
            return
        if is_yaml(path):
            self._yaml(path, data)
        elif named:
            self._named(path, data)
        else:
            self._other(path, data)

    def _bytes(self, path: str, *, report: bool) -> bytes | None:
        """The bytes of a file. A folder, device or broken link is none; what only cannot be read is told."""
        try:
            return self.workspace.files.read(path)
        except FileNotFoundError:
            return None
        except Unreadable as error:
            if report:
                self.unread.append(Unread(Place(path, 1), str(error)))
            return None

    def _yaml(self, path: str, data: bytes) -> None:
        binary = der.kind_of(data)
        if binary in (der.CERTIFICATE, der.PKCS12):
            self._add(path, in_file(data))
            return
        text = text_of(data)
        from . import objects

        wanted = objects.may_matter(text)
        if not may_hold(text) and not wanted and _DER_VALUE.search(text) is None:
            return
        from .yaml_values import in_documents

        certificates, unread = len(self.certificates), len(self.unread)
        values = in_documents(self.workspace, path)
        if values is None:
            # a template, or broken: what stands in it is found all the same, without pointers
            self._readable(path, in_text(text))
            return
        for value in values:
            for line, certificate, reason, detail in self.reader.read([value.hit]):
                place = value.place._replace(line=line)
                self._result(place, certificate, reason, detail)
        if wanted:
            self.notes += objects.notes(self.workspace, path)
            told = [place for place, _ in self.certificates[certificates:]] + [each.place for each in self.unread[unread:]]
            self.unread += objects.unread(self.workspace, path, {place.pointer for place in told})

    def _named(self, path: str, data: bytes) -> None:
        tool = encrypted_by(data)
        if tool:
            self.unread.append(Unread(Place(path, 1), ENCRYPTED, tool))
        elif data.startswith(_LFS):
            self.unread.append(Unread(Place(path, 1), "Git LFS pointer"))
        else:
            hits = in_file(data)
            extension = splitext(path)[1].lower()
            if not hits and extension in (".p12", ".pfx") and data[:1] == b"\x30":
                hits = [Hit(data, 1, container=True)]
            self._add(path, hits)
            if not hits:
                self._none(path, data, extension)

    def _none(self, path: str, data: bytes, extension: str) -> None:
        what = describe(data)
        if extension in _KEYSTORES and what == "binary data":
            self.unread.append(Unread(Place(path, 1), KEYSTORE, "only JKS, JCEKS and PKCS#12 are read; keep the PEM beside it"))
            return
        whole = der.element(data)
        if extension == ".der" and whole is not None and whole.end == len(data):
            return
        if extension in _SURE or (extension in (".pem", ".der") and not _NOT_CERTIFICATES.fullmatch(what)):
            if extension not in _SURE and what == "text without a PEM block":
                return
            self.unread.append(Unread(Place(path, 1), NO_CERTIFICATE, f"it is {what}"))

    def _other(self, path: str, data: bytes) -> None:
        """A file whose name says nothing. In a text about certificates, only what can be read counts."""
        sure = True
        if der.kind_of(data) is not None or jks.is_keystore(data):
            hits = in_file(data)
        elif b"\0" in data[:1024] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            return
        else:
            text = text_of(data)
            hits = in_file(text) if may_hold(text) else []
            sure = text.startswith(b"-----BEGIN ")
        if sure:
            self._add(path, hits)
        else:
            self._readable(path, hits)

    def _readable(self, path: str, hits: list[Hit]) -> None:
        """Hits in a text where a broken one may be an example or a comment: those count only if they can be read."""
        for line, certificate, reason, detail in self.reader.read(hits):
            if certificate is not None or reason != MALFORMED:
                self._result(Place(path, line), certificate, reason, detail)

    def _add(self, path: str, hits: list[Hit]) -> None:
        for line, certificate, reason, detail in self.reader.read(hits):
            self._result(Place(path, line), certificate, reason, detail)

    def _result(self, place: Place, certificate: Certificate | None, reason: str, detail: str) -> None:
        if certificate is not None:
            self.certificates.append((place, certificate))
        else:
            self.unread.append(Unread(place, reason, detail))
