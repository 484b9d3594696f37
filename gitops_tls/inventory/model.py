"""What the inventory holds: certificates at their places, and what could not be read."""

from __future__ import annotations

from datetime import datetime

from ..certs.facts import Certificate
from ..config import Within
from ..records import NamedTuple

OK, EXPIRING, EXPIRED, NOT_YET_VALID = "ok", "expiring", "expired", "not-yet-valid"
STATES = (EXPIRED, NOT_YET_VALID, EXPIRING, OK)

MALFORMED = "malformed certificate"
ENCRYPTED = "encrypted"
KEYSTORE = "keystore of another format"
MISSING = "missing file"
NO_CERTIFICATE = "file without a certificate"
NO_CONTENT = "value without a certificate"


class Holder(NamedTuple):
    """The Kubernetes object that a certificate stands in, and the entry there. ``namespace`` is empty where none is written."""

    kind: str
    namespace: str
    name: str
    key: str

    @property
    def title(self) -> str:
        """How messages call it: ``Secret default/certs, key tls.crt``."""
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {name}, key {self.key}" if self.key else f"{self.kind} {name}"


class Place(NamedTuple):
    """Where something stands: a line of a file; ``pointer`` is the JSON pointer of the YAML value, else empty."""

    path: str
    line: int
    pointer: str = ""
    holder: Holder | None = None


class UsedBy(NamedTuple):
    """A deployment that uses a file, and as what. ``path`` and ``line`` are the deployment's."""

    deployment: str
    role: str
    path: str
    line: int

    @property
    def title(self) -> str:
        """The deployment as ``status`` calls it: ``prod/milvus``."""
        folder = self.path.rpartition("/")[0]
        return f"{folder}/{self.deployment}" if folder else self.deployment


class Entry(NamedTuple):
    """One certificate at one place, at the day of the inventory."""

    certificate: Certificate
    place: Place
    used_by: tuple[UsedBy, ...]
    state: str
    days_left: int


class Unread(NamedTuple):
    """Something that should be a certificate and could not be read. ``reason`` is a short noun phrase, for counting."""

    place: Place
    reason: str
    detail: str = ""
    used_by: tuple[UsedBy, ...] = ()


class Note(NamedTuple):
    """A certificate that will exist elsewhere: cert-manager makes it, or a Secret comes from outside."""

    place: Place
    message: str


class Inventory(NamedTuple):
    """Everything that was found, sorted by the end date. ``now`` is UTC; ``files`` is how many files were looked at."""

    entries: list[Entry]
    unread: list[Unread]
    notes: list[Note]
    now: datetime
    files: int

    def count(self, state: str) -> int:
        """How many certificates are in a state."""
        return sum(entry.state == state for entry in self.entries)


def state_of(certificate: Certificate, now: datetime, within: Within) -> str:
    """One of STATES at a moment (UTC). The last second of its validity still counts as valid."""
    if certificate.not_after < now:
        return EXPIRED
    if certificate.not_before > now:
        return NOT_YET_VALID
    return EXPIRING if within.holds(certificate.not_before, certificate.not_after, now) else OK
