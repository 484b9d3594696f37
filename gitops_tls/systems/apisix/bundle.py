"""The CA bundle against which APISIX checks its clients: whether it takes it at all, and whom it lets in.

Source: apisix/ssl.lua (check_ssl_conf parses ``client.ca``), verify_client of lua-nginx-module (a store of all certificates of
the bundle, no partial chains), and handshakes of nginx with it (tests/real/test_apisix_bundles.py).
"""

from __future__ import annotations

from functools import lru_cache

from . import secrets
from .model import Bundle, Pick
from .ngx_ssl import parse_cert
from .pairs import certificate_fault


def bundle_of(ca: Pick) -> Bundle:
    """The bundle that a ``caSecret`` or ``client.ca`` gives."""
    data = secrets.content(ca.certificate)
    return judge(data, ca.certificate_key) if data is not None else Bundle()


@lru_cache(maxsize=256)
def judge(data: bytes, name: str) -> Bundle:
    """What APISIX makes of a bundle. ``name`` is what messages call it."""
    found = parse_cert(data)
    if not found:
        return Bundle(refused=certificate_fault(data, name))
    from ...certs.chain import CLIENT, links
    from ...certs.openssl import is_root, serves_as_client, signs_as_root

    readable = links(one.der for one in found)
    if len(readable) != len(found):
        return Bundle()
    roots = [one for one in readable if is_root(one)]
    signing = [one for one in roots if signs_as_root(one)]
    passing = [one for one in signing if one.has_usage(CLIENT, any_counts=False)]
    if passing:
        return Bundle(roots=tuple(one.facts for one in passing))
    if signing:
        return Bundle(closed=f"the extended key usage of {signing[0].facts.subject} in `{name}` leaves clients out")
    alone = next((one for one in roots if serves_as_client(one)), None)
    if alone is not None:
        return Bundle(narrow=f"`{name}` holds {alone.facts.subject}, which is no CA", roots=(alone.facts,))
    if roots:
        return Bundle(closed=f"`{name}` holds {roots[0].facts.subject}, which is no CA")
    if any(one.facts.is_ca for one in readable):
        return Bundle(
            closed=f"`{name}` holds an intermediate CA without its root: APISIX accepts no path that does not end at a root"
        )
    return Bundle(closed=f"`{name}` holds a leaf certificate, no CA")
