"""What is wrong with a host as it is written, and what was meant.

The API server holds ``hosts`` against ``^\\\\*?[0-9a-zA-Z-.]+$``; what passes it may still match no client.
"""

from __future__ import annotations

import re

from ...certs.names import as_ip
from ...records import NamedTuple

PATTERN = re.compile(r"\*?[0-9a-zA-Z.-]+\Z")
REFUSED, NEVER, CASE, LAST_DOT, ADDRESS = "refused", "never", "case", "last-dot", "address"

_URL = re.compile(r"\s*(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?([^/\s:?#@]+)(?::\d{1,5})?(?:[/?#].*)?\s*\Z")
_FILLED_IN = re.compile(r"\$\{|\{\{|\$\(|%s|<[^>]*>|\$[A-Z_]+")


class HostProblem(NamedTuple):
    """``kind``: REFUSED by the API server, NEVER matched, CASE, LAST_DOT or ADDRESS. ``better`` is what was meant, where that
    is clear."""

    kind: str
    message: str
    better: str | None = None


def is_placeholder(host: str) -> bool:
    """Whether something else fills the value in before Kubernetes sees it."""
    return _FILLED_IN.search(host) is not None


def host_problem(host: str) -> HostProblem | None:
    """The first thing wrong with a host of an ApisixTls; None for a right one and for ``*example.com`` (another rule's)."""
    if host == "*":
        return HostProblem(REFUSED, "`*` alone is no host: an ApisixTls can hold no default certificate")
    if PATTERN.match(host) is None:
        return _refused(host)
    if as_ip(host) is not None:
        return HostProblem(ADDRESS, "clients send no SNI for an address: this matches none, unless `fallback_sni` names it")
    if host.endswith(".") and len(host) > 1 and not host.endswith(".."):
        return HostProblem(LAST_DOT, "the last dot is compared by APISIX before 3.10, and clients send none", host[:-1])
    name = host[2:] if host.startswith("*.") else host[1:] if host.startswith("*") else host
    labels = name.split(".")
    if not name.strip(".") or any(not label for label in labels):
        return HostProblem(NEVER, "it has an empty part, as no host of a client has")
    if len(host) > 253 or any(len(label) > 63 for label in labels):
        return HostProblem(NEVER, "it is longer than a host can be (253 characters, 63 between two dots)")
    if host != host.lower():
        return HostProblem(CASE, "it has upper case letters", host.lower())
    return None


def _refused(host: str) -> HostProblem:
    inside = _URL.match(host)
    bare = inside[1] if inside else None
    if "*" in (bare or host)[1:]:
        return HostProblem(REFUSED, "a `*` can stand only once, at the start")
    if not host.isascii():
        better = _a_label(host)
        return HostProblem(REFUSED, "letters beyond ASCII are written as A-labels (`xn--…`)", better)
    if "_" in host:
        return HostProblem(REFUSED, "an underscore is not allowed in the hosts of an ApisixTls (the Admin API takes it)")
    what = "a scheme" if "://" in host else "a path" if "/" in host else "a port" if ":" in host else "a character"
    if host != host.strip() or " " in host:
        what = "a blank"
    message = f"{what} does not belong into a host"
    if bare is not None and PATTERN.match(bare) and host_problem(bare) is None:
        return HostProblem(REFUSED, message, bare)
    return HostProblem(REFUSED, message)


def _a_label(host: str) -> str | None:
    """The host in A-labels; None where it cannot be written so."""
    star = "*." if host.startswith("*.") else ""
    try:
        made = star + host[len(star) :].encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return made if PATTERN.match(made) and host_problem(made) is None else None
