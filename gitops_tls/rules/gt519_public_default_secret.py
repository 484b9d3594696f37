"""GT519: the published key of the Admin API, or of the keyring."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, WARNING, Example, Finding, Rule, label, span_label
from ..repo.prefilter import is_script
from ..systems.apisix.admin_access import ADMIN_KEYS, Access, chart_access, config_access, public_keyring
from ..systems.claims import APISIX_SSL
from .gateway import places

RULE = Rule(
    "GT519", "public-default-secret", ERROR, "the Admin API's key, or the key that encrypts private keys, is the published default",
    why="APISIX up to 3.9 and its chart bring keys for the Admin API that stand in public Git and in every tutorial. With one of "
    "them anyone who reaches port 9180 changes routes, certificates and plugins, which can run code. The default keyring, by "
    "which APISIX encrypts private keys in etcd, is as public. Up to where only the gateway's own addresses reach the Admin API, "
    "it is a warning; with every address allowed, an error. New keys belong before the old ones of a keyring, which still decrypt.",
    server="APISIX starts, and says so in its log at most. Since 3.10 it makes up an Admin API key where none is written; the "
    "chart still writes the published one, and allows every address as soon as it also installs the ingress controller.",
    sources=("apisix conf/config-default.yaml 2.15 to 3.9", "apisix-helm-chart values.yaml and templates/configmap.yaml", "CVE-2020-13945"),
    fixable=NEVER,
)  # fmt: skip

_HEAD = "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\n  admin:\n"
_KEY = "    admin_key:\n      - name: admin\n        key: %s\n        role: admin\n"

EXAMPLES = (
    Example(
        "the published key, and everyone may try it",
        bad={"config.yaml": _HEAD + "    allow_admin: [0.0.0.0/0]\n" + _KEY % "edd1c9f034335f136f87ad84b625c8f1"},
        good={"config.yaml": _HEAD + "    allow_admin: [0.0.0.0/0]\n" + _KEY % "${{ADMIN_KEY}}"},
    ),
    Example(
        "the chart's key",
        bad={"values.yaml": "apisix:\n  ssl:\n    enabled: true\n  admin:\n    credentials:\n      admin: edd1c9f034335f136f87ad84b625c8f1\n"},
        good={"values.yaml": "apisix:\n  ssl:\n    enabled: true\n  admin:\n    credentials:\n      secretName: apisix-admin\n"},
    ),
    Example(
        "the keyring of the default file",
        bad={"config.yaml": _HEAD + "    allow_admin: [127.0.0.0/24]\napisix:\n  data_encryption:\n    keyring:\n      - qeddd145sfvddff3\n"},
        good={"config.yaml": _HEAD + "    allow_admin: [127.0.0.0/24]\napisix:\n  data_encryption:\n    keyring:\n      - ${{KEYRING}}\n      - qeddd145sfvddff3\n"},
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Look at every config.yaml, values file and script."""
    for place in places(facts):
        access = None
        if place.config is not None:
            access = config_access(place.config)
            for node in public_keyring(place.config):
                message = "APISIX encrypts private keys in etcd with a published key: who reads etcd has them in clear"
                yield RULE.at(node, message, caret="put a key of your own before it", severity=WARNING)
        elif place.values is not None:
            access = chart_access(place.values)
        if access is not None:
            yield from _access(access)
    yield from _scripts(facts)


def _access(access: Access) -> Iterator[Finding]:
    opened = access.opened
    for node, role in access.published:
        what = "change everything" if role == "admin" else "read everything, private keys included"
        if opened is not None:
            message = f"the published {role} key of the Admin API, open to every address: whoever reaches it may {what}"
        else:
            message = f"the published {role} key of the Admin API: whoever reaches it from an allowed address may {what}"
        related = (label(opened, "every address is allowed here"),) if opened is not None else ()
        yield RULE.at(node, message, caret="write a key of your own", severity=ERROR if opened else WARNING, related=related)
    if not access.published and opened is not None and access.default is not False:
        which = "the published keys count" if access.default else "up to APISIX 3.9 the published keys count"
        message = f"every address may use the Admin API, and no key is written: {which}, so anyone may change everything"
        yield RULE.at(opened, message, caret="set a key of your own", severity=ERROR if access.default else WARNING)


def _scripts(facts: Facts) -> Iterator[Finding]:
    """Published keys in scripts that send ssl objects: APISIX that takes them has them."""
    for path in sorted({claim.path for claim in facts.claims.of(APISIX_SSL) if is_script(claim.path)}):
        source = facts.workspace.source(path)
        for match in re.finditer("|".join(ADMIN_KEYS), source.text) if source is not None else ():
            assert source is not None
            message = "the published key of the Admin API: an APISIX that takes it belongs to everyone who reaches it"
            place = span_label(source, match.start(), match.end())
            yield RULE.at(place, message, caret="give APISIX a key of its own", severity=WARNING)
