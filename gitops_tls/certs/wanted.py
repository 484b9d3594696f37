"""What is asked of a new certificate, names and dates: judged before it is signed, as the clients would judge it later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from ..errors import UsageError
from .names import as_ip

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_PORT = re.compile(r"(.+):([0-9]{1,5})\Z")
_LONGEST_NAME = 253
_EARLIEST = datetime(1950, 1, 1, tzinfo=timezone.utc)
MOST_DAYS = 36_500
SLACK = timedelta(minutes=5)
LONGEST_COMMON_NAME = 64
"""X.520's upper bound; OpenSSL and cryptography hold to it."""

# IDNA 2003, which Python has, and IDNA 2008, which browsers have, make different names of these
_AMBIGUOUS = frozenset("ßẞς\u200c\u200d")


class Names(NamedTuple):
    """What goes into the subjectAltName: DNS names in lower case and IP addresses in their shortest spelling."""

    dns: tuple[str, ...]
    ips: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.dns or self.ips)

    @property
    def all(self) -> tuple[str, ...]:
        """DNS names, then IP addresses."""
        return (*self.dns, *self.ips)

    @property
    def common_name(self) -> str:
        """The first name that fits into a common name, which only people read where there is a subjectAltName."""
        return next((name for name in self.all if len(name) <= LONGEST_COMMON_NAME), "server")


def wanted(names: Iterable[str], ips: Iterable[str]) -> Names:
    """Judge ``--name`` and ``--ip``; ``localhost`` where there is neither. Raises UsageError with what would be right."""
    dns = tuple(dict.fromkeys(dns_name(name) for name in names))
    addresses = tuple(dict.fromkeys(ip_address(ip) for ip in ips))
    return Names(dns, addresses) if dns or addresses else Names(("localhost",), ())


def dns_name(given: str) -> str:
    """A DNS name as a certificate holds it. Raises UsageError where no client would ever match it."""
    name = given.strip()
    if not name:
        raise UsageError("--name is empty", "write the name that clients connect to, as in `--name milvus.example.com`")
    if not name.isprintable():
        raise UsageError("--name holds a control character, which no name has")
    if as_ip(name) is not None:
        raise UsageError(
            f"--name is `{name}`, an IP address, which clients look for among the IP addresses", f"write `--ip {as_ip(name)}`"
        )
    _refuse_url(name)
    if not name.isascii():
        raise UsageError(f"--name is `{name}`, but certificates hold ASCII names only", _punycode_hint(name))
    if name.endswith("."):
        raise UsageError(
            f"--name is `{name}`; a name in a certificate has no dot at its end", f"write `--name {name.rstrip('.')}`"
        )
    labels = name.split(".")
    if labels[0] == "*":
        _refuse_wildcard(name, labels)
        labels = labels[1:]
    elif "*" in name:
        raise UsageError(
            f"--name is `{name}`; `*` stands for the whole first label only", "write it as in `--name '*.example.com'`"
        )
    _refuse_labels(name, labels)
    return name.lower()


def _refuse_url(name: str) -> None:
    _, separator, rest = name.partition("://")
    host = re.split(r"[/?#]", rest if separator else name, maxsplit=1)[0].rpartition("@")[2]
    port = _PORT.fullmatch(host)
    host = port[1] if port else host
    if host == name:
        return
    what = "a URL" if separator else "a name with a port" if port else "a name with a path"
    option = "--ip" if as_ip(host) is not None else "--name"
    raise UsageError(
        f"--name is `{name}`, {what}; a certificate holds the host name alone", f"write `{option} {as_ip(host) or host}`"
    )


def _punycode_hint(name: str) -> str:
    plain = "write the name in punycode (`xn--…`), as your DNS provider shows it"
    if _AMBIGUOUS & set(name):
        return plain
    try:
        return f"write it in punycode: `--name {name.encode('idna').decode('ascii')}`"
    except UnicodeError:
        return plain


def _refuse_wildcard(name: str, labels: list[str]) -> None:
    if len(labels) < 3:
        raise UsageError(
            f"--name is `{name}`; curl matches no wildcard right under a top-level domain",
            "name the hosts, or write a wildcard with two labels behind it, as in `--name '*.milvus.example'`",
        )
    if "*" in "".join(labels[1:]):
        raise UsageError(f"--name is `{name}`; one `*` stands for one label, the first", "write a name for each level")


def _refuse_labels(name: str, labels: list[str]) -> None:
    if len(name) > _LONGEST_NAME:
        raise UsageError(f"--name has {len(name):,} characters; a DNS name has at most {_LONGEST_NAME}")
    for label in labels:
        if _LABEL.match(label):
            continue
        if not label:
            raise UsageError(f"--name is `{name}`, which has an empty label", "two dots stand side by side, or one stands first")
        if len(label) > 63:
            raise UsageError(f"--name has a label of {len(label):,} characters; a label has at most 63")
        raise UsageError(
            f"--name is `{name}`; `{label}` is no label of a DNS name",
            "letters, digits, `-` inside and `_` are allowed; give --name once for each name",
        )
    if _NUMBER.fullmatch(labels[-1]):
        raise UsageError(f"--name is `{name}`, which ends in a number: clients read it as an IP address")


def ip_address(given: str) -> str:
    """An IP address as a certificate holds it. Raises UsageError."""
    text = given.strip()
    address = as_ip(text)
    if address is None:
        if "/" in text and as_ip(text.partition("/")[0]) is not None:
            raise UsageError(
                f"--ip is `{text}`, a range; a certificate holds single addresses", "give --ip once for each address"
            )
        if "%" in text:
            raise UsageError(f"--ip is `{text}`; a certificate holds no zone", f"write `--ip {text.partition('%')[0]}`")
        raise UsageError(f"--ip is `{text}`, which is no IP address", "write `--ip 10.0.0.5`; DNS names go to --name")
    if address in ("0.0.0.0", "::"):  # noqa: S104 - refused, not bound
        raise UsageError(f"--ip is `{text}`, on which a server listens; clients connect to another address")
    return address


def common_name(given: str, option: str) -> str:
    """A common name for people to read. Raises UsageError where it is empty, too long or has control characters."""
    name = given.strip()
    if not name or not name.isprintable():
        raise UsageError(
            f"{option} is {'empty' if not name else 'not printable text'}", f"write a name, as in `{option} search-team`"
        )
    if len(name) > LONGEST_COMMON_NAME:
        raise UsageError(f"{option} has {len(name):,} characters; a common name has at most {LONGEST_COMMON_NAME}")
    return name


def starting(at: datetime | None) -> datetime:
    """When a certificate begins: at ``--at``, else a little before now, for clients whose clocks are late."""
    return at if at is not None else datetime.now(timezone.utc) - SLACK


def period(start: datetime, lifetime: timedelta) -> tuple[datetime, datetime]:
    """The dates of a certificate. Raises UsageError where they cannot be written into one."""
    begin = start.replace(microsecond=0)
    try:
        end = begin + lifetime
    except OverflowError:
        raise UsageError(f"{lifetime.days:,} days from {begin:%Y-%m-%d} on end after the year 9999") from None
    if begin < _EARLIEST:
        raise UsageError(f"--at is {begin:%Y-%m-%d}; certificates know no day before 1950")
    return begin, end


def day_count(given: str | None, option: str, default: int) -> int:
    """Judge ``--days`` or ``--ca-days``. Raises UsageError."""
    if given is None:
        return default
    text = given.strip().lower().removesuffix("d")
    if not (text.isascii() and text.lstrip("+-").isdigit()):
        raise UsageError(f"{option} is `{given}`, which is no number of days", f"write `{option} {default}`")
    if text.startswith("-") or not text.strip("+0"):
        raise UsageError(
            f"{option} is `{given}`: the certificate would end before anybody used it", f"write `{option} {default}`"
        )
    if len(text.strip("+0")) > 6 or int(text) > MOST_DAYS:
        raise UsageError(f"{option} is `{given}`, more than {MOST_DAYS:,} days (100 years)", f"write `{option} {default}`")
    return int(text)
