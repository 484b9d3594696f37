"""GT510: mTLS without a CA, or with a key that the API server drops."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Rule
from ..systems.apisix.gateway_api import INSECURE, reads_frontend, validation
from ..systems.apisix.model import TlsObject
from ..systems.apisix.words import GATEWAY_LISTENER, INTERNAL_ALERT
from ..text.edits import Fix
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from .shared import fix_or_none
from .tls_objects import AUTHORITY, MUTUAL, PAIR, custom, held

RULE = Rule(
    "GT510", "client-ca-missing", ERROR, "`client` without caSecret, or a key in it that does not exist and is dropped",
    why="The API server drops keys that an ApisixTls does not have, without a word where the applier does not ask for strictness. "
    "What was meant as the CA or as an exemption is then simply not there.",
    server="`client` without caSecret: the controller refuses the object (`invalid client CA secret`) and the last good state stays. "
    "A dropped skip_mtls_uri_regex: the paths are not exempt, health checks fail. "
    "A dropped `client`, or what a Gateway says of clients in a place that is not read: no mTLS at all.",
    sources=("CRD apisix.apache.org_apisixtlses.yaml (structural, no preserved fields)",
             "apisix-ingress-controller apisixtls_controller.go", "its internal/adc/translator/gateway.go, and the notes of 2.2.0"),
    fixable=SOMETIMES,
)  # fmt: skip

_SKIPS = "    skip_mtls_uri_regex:\n      - ^/health$\n"

EXAMPLES = (
    Example(
        "the name of the CA's field",
        bad={"tls.yaml": MUTUAL.replace("caSecret", "ca"), "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
        fixed={"tls.yaml": MUTUAL},
        good={"tls.yaml": MUTUAL, "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
        unsafe=True,
    ),
    Example(
        "camel case where the field has underscores",
        bad={
            "tls.yaml": MUTUAL + _SKIPS.replace("skip_mtls_uri_regex", "skipMtlsUriRegex"),
            "secret.yaml": PAIR,
            "ca.yaml": AUTHORITY,
        },
        fixed={"tls.yaml": MUTUAL + _SKIPS},
        good={"tls.yaml": MUTUAL + _SKIPS, "secret.yaml": PAIR, "ca.yaml": AUTHORITY},
        unsafe=True,
    ),
    Example(
        "no CA at all",
        bad={"tls.yaml": MUTUAL.partition("    caSecret")[0] + "    depth: 1\n", "secret.yaml": PAIR},
    ),
)

_FIELDS = {"casecret": "caSecret", "depth": "depth", "skipmtlsuriregex": "skip_mtls_uri_regex"}
_FOR_CA = ("ca", "secret", "cacert", "cacerts", "cacertificate", "clientca", "capem", "caname", "casecretname", "cafile", "cert")
_OF_CLIENT = {"casecret": "caSecret", "skipmtlsuriregex": "skip_mtls_uri_regex", "depth": "depth"}


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the keys of ``client``, and for its keys one level above."""
    for one in custom(facts):
        client = one.part.get("client") if one.part is not one.node else None
        told = False
        if client is not None and client.kind == MAPPING:
            for key, value in client.effective():
                finding = _client_key(one, client, key, value)
                if finding is not None:
                    told = True
                    yield finding
        if client is not None and not told and client.get("caSecret") is None:
            yield _without_ca(one, client)
        if one.part is not one.node:
            yield from _above(one, client)
    yield from _of_gateways(facts)


def _of_gateways(facts: Facts) -> Iterator[Finding]:
    """What a Gateway says of its clients' certificates, and the controller does not read or cannot do."""
    told: set[int] = set()
    for gateway, one in held(facts):
        if one.tls.kind != GATEWAY_LISTENER:
            continue
        old, asked = one.tls.part.pair("tls"), validation(one.tls.node, one.tls.part)
        lost = old[1].resolved().pair("frontendValidation") if old is not None else None
        if lost is not None and id(lost[0]) not in told:
            told.add(id(lost[0]))
            message = "no release of the controller reads `frontendValidation` of a listener: clients need no certificate"
            yield RULE.at(lost[0], message, caret="write it as `spec.tls.frontend` of the Gateway, which 2.2 reads")
        reads = reads_frontend(gateway.versions)
        if asked is None or id(asked) in told:
            continue
        told.add(id(asked))
        place = asked.key if isinstance(asked.key, Node) else asked
        if reads is False:
            message = f"version {gateway.versions.controller} of the controller does not read `spec.tls.frontend`, 2.2 does: clients need no certificate"
            yield RULE.at(place, message, caret="not read")
        elif asked.text("mode") == INSECURE:
            message = f"APISIX cannot do `{INSECURE}`: the controller sends no certificate for the listeners, and clients see `{INTERNAL_ALERT}`"
            severity = ERROR if reads else WARNING
            yield RULE.at(
                asked.get("mode") or place, message, caret="take it away: clients must present a certificate", severity=severity
            )


def _without_ca(one: TlsObject, client: Node) -> Finding:
    place = client.key if isinstance(client.key, Node) and client.kind != MAPPING else client
    if client.is_null:
        message = f"`client` of {one.title} is empty and is dropped: clients need no certificate"
    else:
        message = f"`client` of {one.title} names no caSecret: the controller refuses the object"
    return RULE.at(place, message, caret="name the Secret of the CA: caSecret")


def _loose(text: str) -> str:
    return text.lower().replace("_", "").replace("-", "")


def meant(key: str) -> str | None:
    """The field of ``client`` that a key was meant to be; None where it is one, or nothing comes near."""
    if key in _FIELDS.values():
        return None
    loose = _loose(key)
    if loose in _FIELDS:
        return _FIELDS[loose]
    if loose in _FOR_CA:
        return "caSecret"
    from difflib import get_close_matches

    close = get_close_matches(loose, list(_FIELDS), 1, 0.75)
    return _FIELDS[close[0]] if close else None


def _client_key(one: TlsObject, client: Node, key: Node, value: Node) -> Finding | None:
    if key.value in _FIELDS.values() or key.kind != SCALAR:
        return None
    name = meant(key.value)
    lost = f"`{key.value}` is no field of `client`: the API server drops it"
    if name is None:
        return RULE.at(key, f"{lost}, or refuses the object", caret="no such field")
    effect = {
        "caSecret": "the controller then refuses the object, which has no CA",
        "depth": "the depth is the default one",
        "skip_mtls_uri_regex": "no path is exempt",
    }[name]
    if client.get(name) is not None:
        effect = f"`{name}` stands beside it"
    return RULE.at(key, f"{lost}, and {effect}", caret=f"write {name}", fix=_rename(client, key, value, name))


def _rename(client: Node, key: Node, value: Node, name: str) -> Fix | None:
    """Offered where the value has the shape of the field."""
    from ..yamldoc.edit import rename_key

    shape = {"caSecret": MAPPING, "depth": SCALAR, "skip_mtls_uri_regex": SEQUENCE}[name]
    target = value.resolved()
    if target.kind != shape or client.get(name) is not None:
        return None
    if name == "caSecret" and target.get("name") is None:
        return None
    return fix_or_none(f"rename it to {name}", False, lambda: rename_key(key, name))


def _above(one: TlsObject, client: Node | None) -> Iterator[Finding]:
    """Fields of ``client`` written in ``spec``."""
    for key, _ in one.part.effective():
        name = _OF_CLIENT.get(_loose(key.value))
        if name is not None:
            effect = "no path is exempt" if name.startswith("skip") else "it has no effect"
            if name == "caSecret" and client is None:
                effect = "clients need no certificate"
            yield RULE.at(
                key, f"`{key.value}` stands in `spec`, where the API server drops it: {effect}", caret="belongs into `client`"
            )
