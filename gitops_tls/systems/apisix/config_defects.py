"""Things in a config.yaml that do not do what they say, as values."""

from __future__ import annotations

from ...records import NamedTuple
from ...yamldoc.node import Node

LISTEN, PROTOCOLS_RULE, BLOCK, IGNORED = "listen", "protocols", "block", "ignored"

KNOWN_PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
WEAK_PROTOCOLS = frozenset(("SSLv2", "SSLv3", "TLSv1", "TLSv1.1"))
MTLS_KEYS = frozenset(
    ("skip_mtls_uri_regex", "client", "ca", "depth", "verify_client", "ssl_verify_client", "ssl_client_certificate", "verify_depth",
     "ssl_verify_depth", "ssl_verify", "mtls", "client_ca")
)  # fmt: skip
"""Keys under ``apisix.ssl`` by which people mean to ask clients for certificates. No version reads any of them."""

MTLS_PLACES = "write it in `client` of an ApisixTls, of a body for /apisix/admin/ssls, or of `ssls` in apisix.yaml"
"""Where mTLS, and the paths that are exempt from it, do work."""

STOPS = "APISIX does not start"


class Defect(NamedTuple):
    """One thing that does not do what it says.

    ``rule`` is one of the words above; ``kind`` tells the cases of one rule apart; ``node`` is where to point, ``owner`` the
    mapping around it where a repair needs that. ``fatal``: APISIX (or its nginx) does not start. ``certain`` is False where
    it depends on a version that nobody names.
    """

    rule: str
    kind: str
    node: Node
    message: str
    caret: str = ""
    fatal: bool = False
    certain: bool = True
    owner: Node | None = None
