"""GT516: a key of APISIX's TLS settings that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.apisix.config_defects import IGNORED, Defect
from ..systems.apisix.config_keys import CHART_SSL_KEYS, SSL_KEYS
from ..text.edits import CannotEdit, Fix, Patch
from ..yamldoc.node import SCALAR, SEQUENCE, Node
from .gateway import Place, finding, gateway_defects, near, owner_of, removed, renamed, replaced_by, value_of
from .shared import fix_or_none

RULE = Rule(
    "GT516", "config-key-ignored", ERROR, "a key under apisix.ssl, or among the chart's values for it, that nothing reads",
    why="APISIX keeps keys of config.yaml that it does not know and says nothing; Helm does the same with values. So the advice "
    "to exempt paths from mTLS with `apisix.ssl.skip_mtls_uri_regex`, and to verify clients with `ssl_trusted_certificate`, seems "
    "to work and never did. mTLS with exempt paths is a property of each ssl object, and three places take it: the ApisixTls "
    "(`spec.client.caSecret` and `spec.client.skip_mtls_uri_regex`, ingress controller 1.8 or newer), the Admin API "
    "(`client.ca` and `client.skip_mtls_uri_regex` in `/apisix/admin/ssls/ID`, APISIX 3.4 or newer), and the `ssls` of a "
    "standalone apisix.yaml or of an ADC file.",
    server="The setting has no effect: no client is asked for a certificate, or no path is exempt, or the default counts. "
    "`ssl_trusted_certificate` is whom APISIX trusts as a client of etcd, Vault and others; where that file is missing, APISIX "
    "does not start.",
    sources=("apisix/cli/file.lua and cli/schema.lua, run", "apisix conf/config-default.yaml 2.15 to 3.9", "apisix-helm-chart templates/configmap.yaml"),
    fixable=SOMETIMES,
)  # fmt: skip

_HEAD = "deployment:\n  role: traditional\n  role_traditional:\n    config_provider: etcd\n"
_COMPOSE = "services:\n  apisix:\n    image: apache/apisix:3.13.0-debian\n"
_CHART = "apisix:\n  ssl:\n    enabled: true\n"

_STANDALONE = """ssls:
  - id: 1
    snis: [api.example.com]
    cert: $env://CERT
    key: $env://KEY
    client:
      ca: |
        {ca}
      skip_mtls_uri_regex:
        - ^/api/health$
#END
"""

EXAMPLES = (
    Example(
        "advice of a widely read article",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    ssl_trusted_certificate: /path/to/ca.crt\n    skip_mtls_uri_regex:\n      - ^/api/health$\n"},
        good={
            "config.yaml": _HEAD + "apisix:\n  ssl:\n    ssl_trusted_certificate: system\n",
            "apisix.yaml": _STANDALONE,
        },
    ),
    Example(
        "another spelling",
        bad={"config.yaml": _HEAD + "apisix:\n  ssl:\n    sslProtocols: TLSv1.3\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    ssl_protocols: TLSv1.3\n"},
        good={"config.yaml": _HEAD + "apisix:\n  ssl:\n    ssl_protocols: TLSv1.3\n"},
        unsafe=True,
    ),
    Example(
        "not below apisix",
        bad={"config.yaml": _HEAD + "ssl:\n  ssl_protocols: TLSv1.3\n"},
        fixed={"config.yaml": _HEAD + "apisix:\n  ssl:\n    ssl_protocols: TLSv1.3\n"},
        unsafe=True,
    ),
    Example(
        "the salt of APISIX before 3.9",
        bad={
            "docker-compose.yml": _COMPOSE,
            "config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n    key_encrypt_salt: 1234567890abcdef\n",
        },
        fixed={
            "config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n  data_encryption:\n    keyring:\n      - 1234567890abcdef\n      - qeddd145sfvddff3\n      - edd1c9f0985e76a2\n",
        },
        unsafe=True,
    ),
    Example(
        "the salt, beside a keyring",
        bad={
            "docker-compose.yml": _COMPOSE,
            "config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n    key_encrypt_salt: [1234567890abcdef]\n  data_encryption:\n    keyring:\n      - fedcba0987654321\n",
        },
        fixed={
            "config.yaml": _HEAD + "apisix:\n  ssl:\n    enable: true\n  data_encryption:\n    keyring:\n      - 1234567890abcdef\n      - fedcba0987654321\n",
        },
        unsafe=True,
    ),
    Example(
        "a key of config.yaml among the chart's values",
        bad={"values.yaml": _CHART + "    fallback_sni: api.example.com\n"},
        fixed={"values.yaml": _CHART + "    fallbackSNI: api.example.com\n"},
        good={"values.yaml": _CHART + "    fallbackSNI: api.example.com\n"},
        unsafe=True,
    ),
)  # fmt: skip

_DEFAULT_KEYRING = ("qeddd145sfvddff3", "edd1c9f0985e76a2")
_IN_CHART = {
    "enable": "enabled", "ssl_protocols": "sslProtocols", "ssl_ciphers": "sslCiphers", "fallback_sni": "fallbackSNI", "port": "containerPort",
    "enable_http3": "enableHTTP3",
}  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Report the ignored keys of every config.yaml and values file."""
    for place, defect in gateway_defects(facts, IGNORED):
        yield finding(RULE, defect, _fix(place, defect))


def _fix(place: Place, defect: Defect) -> Fix | None:
    name = defect.node.value
    if defect.kind == "top":
        return fix_or_none("move it below `apisix`", False, lambda: _moved(place, defect, ("apisix",)))
    if defect.kind == "moved":
        return fix_or_none(f"move it to `deployment.admin.{name}`", False, lambda: _moved(place, defect, ("deployment", "admin")))
    if defect.kind == "salt":
        return fix_or_none("make it the first key of `apisix.data_encryption.keyring`", False, lambda: _keyring(place, defect))
    if defect.kind in ("unknown", "chart"):
        of_chart = defect.kind == "chart"
        meant = (_IN_CHART.get(name) or near(name, CHART_SSL_KEYS)) if of_chart else near(name, SSL_KEYS)
        owner = defect.owner
        if meant and owner is not None and owner.pair(meant) is None and _in_ssl(defect):
            return fix_or_none(f"rename it to `{meant}`", False, lambda: renamed(defect, meant))
        return fix_or_none(f"delete `{name}`", False, lambda: removed(defect))
    return None


def _in_ssl(defect: Defect) -> bool:
    """Whether the key stands in ``ssl`` itself, not in one of its listeners."""
    owner = defect.owner
    return owner is not None and not isinstance(owner.key, int)


def _moved(place: Place, defect: Defect, path: tuple[str, ...]) -> Patch:
    from ..yamldoc.edit import move_pair

    return move_pair(owner_of(defect), defect.node, place.root, path)


def _keyring(place: Place, defect: Defect) -> Patch:
    from ..yamldoc.edit import remove_pair, set_value

    owner = owner_of(defect)
    value = value_of(owner, defect.node).resolved()
    salts = [item.resolved() for item in value.items] if value.kind == SEQUENCE else [value]
    if not salts or any(salt.kind != SCALAR or salt.is_null or len(salt.value) != 16 for salt in salts):
        raise CannotEdit("the salt is not of 16 characters")
    keys = [salt.value for salt in salts]
    keyring = [*keys, *(key for key in _DEFAULT_KEYRING if key not in keys)]
    if len(owner.pairs) < 2:
        raise CannotEdit("nothing else stands beside it")
    there = place.root.get("apisix", "data_encryption", "keyring")
    if there is not None:
        return remove_pair(owner, defect.node) + _first(there, keys)
    return replaced_by(remove_pair(owner, defect.node), set_value(place.root, ("apisix", "data_encryption", "keyring"), keyring))


def _first(keyring: Node, keys: list[str]) -> Patch:
    """Put keys before those of a keyring."""
    from ..yamldoc.edit_base import child, entry_column, first_dash, line_start, patch, refuse
    from ..yamldoc.render import scalar_text

    refuse(keyring)
    if keyring.kind != SEQUENCE or not keyring.items or any(item.resolved().value in keys for item in keyring.items):
        raise CannotEdit("the keyring is not a list without these keys")
    if keyring.style == "flow":
        text = "".join(f"{scalar_text(key)}, " for key in keys)
        return patch(keyring.document, [(keyring.items[0].start, keyring.items[0].start, text)], [keyring.address])
    indent = " " * entry_column(keyring)
    at = line_start(keyring.document.text, first_dash(keyring))
    lines = "".join(f"{indent}- {scalar_text(key)}\n" for key in keys)
    return patch(keyring.document, [(at, at, lines)], [keyring.address, child(keyring, "-")])
