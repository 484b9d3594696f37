"""The SNI router of APISIX: which ssl object answers a host.

Follows ``apisix/ssl/router/radixtree_sni.lua`` and ``lua-resty-radixtree`` step by step, with what is surprising there: names
are stored reversed, a ``*`` makes the rest a prefix, and only afterwards a further dot is forbidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...records import NamedTuple

CATCH_ALL = "*"


class Entry(NamedTuple):
    """One ssl object as the router loads it.

    ``names`` are its ``snis``; with ``single`` it is the one name of ``sni``. Objects with ``status: 0`` or ``type: client``
    are not in the router (``enabled`` False). ``owner`` is whatever the caller wants to find again.
    """

    owner: object
    names: tuple[str, ...]
    single: bool = False
    enabled: bool = True


class Match(NamedTuple):
    """The outcome for a host: the entry and its name that answer, or None. ``near`` is the entry that the tree found first
    and the check for dots then refused; ``quirk`` tells that only a longer name beside the wildcard lets it through."""

    entry: Entry | None
    pattern: str | None
    near: Entry | None = None
    quirk: bool = False


class Router:
    """The radix tree over all ssl objects, in the order in which APISIX loads them."""

    def __init__(self, entries: Iterable[Entry], *, strip_dots: bool = True) -> None:
        self.strip_dots = strip_dots
        self._exact: dict[str, list[tuple[Entry, str]]] = {}
        self._prefixes: dict[str, list[tuple[Entry, str]]] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        for entry in entries:
            if entry.enabled:
                self._insert(entry)

    def _insert(self, entry: Entry) -> None:
        names = tuple(self.normal(name) for name in entry.names)
        self._names[id(entry)] = names
        for name in names:
            stored = name[::-1]
            star = stored.find("*")
            if ":" in stored or (star >= 0 and star != len(stored) - 1):
                continue  # the tree takes these for parameters: no host matches
            if star < 0:
                self._exact.setdefault(stored, []).append((entry, name))
            else:
                self._prefixes.setdefault(stored[:-1], []).append((entry, name))

    def normal(self, name: str) -> str:
        """A name as APISIX compares it: lower case, since 3.10 without a last dot."""
        name = name.lower()
        return name[:-1] if self.strip_dots and name.endswith(".") else name

    def match(self, host: str) -> Match:
        """What answers a client that asks for ``host``."""
        wanted = self.normal(host)[::-1]
        found = self._dispatch(wanted)
        if found is None:
            return Match(None, None)
        entry, name = found
        names = self._names[id(entry)]
        if entry.single:
            stored = names[0][::-1]
            passes = stored == CATCH_ALL or not _dot_from(wanted, len(stored))
            return Match(entry, name) if passes else Match(None, None, entry)
        if not any(wanted == one[::-1] or not _dot_from(wanted, len(one)) for one in names):
            return Match(None, None, entry)
        quirk = wanted != name[::-1] and _dot_from(wanted, len(name))
        return Match(entry, name, None, quirk)

    def _dispatch(self, wanted: str) -> tuple[Entry, str] | None:
        exact = self._exact.get(wanted)
        if exact:
            return exact[0]
        for end in range(len(wanted), -1, -1):
            found = self._prefixes.get(wanted[:end])
            if found:
                return found[0]
        return None


def _dot_from(text: str, position: int) -> bool:
    """Lua's ``find(text, ".", position)``: whether a dot stands at ``position`` (from 1) or later."""
    return text.find(".", max(position - 1, 0)) >= 0


def one_label_below(pattern: str, host: str) -> bool:
    """Whether ``*.suffix`` covers a host as people expect it: exactly one label below the suffix."""
    label, dot, rest = host.partition(".")
    return bool(dot and label) and pattern.startswith("*.") and pattern[2:].lower() == rest.lower()


def covered(names: Sequence[str], host: str) -> bool:
    """Whether one ssl object with these ``snis`` would answer a host, wildcard hosts taken as any one label."""
    return Router([Entry(None, tuple(names))]).match(sample(host)).entry is not None


def sample(host: str) -> str:
    """A host to ask for: a wildcard's ``*`` becomes a label that nobody writes."""
    return "any-one-label" + host[1:] if host.startswith("*") and len(host) > 1 else host
