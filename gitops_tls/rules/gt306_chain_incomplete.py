"""GT306: an intermediate certificate is missing between the leaf and the CA."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..text.edits import Fix
from .certificates import name_of
from .contents import change_content
from .gt301_certificate_expired import COMPOSE, USER
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, held, reference_label, secret_label
from .trust import Broken, broken, ca_setting, line_of

RULE = Rule(
    "GT306", "chain-incomplete", ERROR, "an intermediate is missing between a certificate and the CA that it is judged by",
    why="A company CA or a public one signs with an intermediate, and whoever presents the certificate has to send that along: "
    "in the same file, after the leaf. Browsers often fetch it by themselves, so the gap goes unseen.",
    server="The server starts with the leaf alone. Go, pymilvus and curl refuse it: `certificate signed by unknown authority`, "
    "`unable to get local issuer certificate`. An intermediate in the CA file of the other side does as well.",
    sources=("runs of Milvus 2.3.5: chain_missing_im, chain_ok, chain_client_missing_im_ca_has_im", "Go crypto/x509 Verify"),
    fixable=SOMETIMES,
)  # fmt: skip

_WITH_CA = USER.replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1)
_MUTUAL = _WITH_CA.replace("tlsMode: 1", "tlsMode: 2")

_BELOW = PAIR.replace(":server}", ":below}")

EXAMPLES = (
    Example(
        "the intermediate lies beside the leaf",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _WITH_CA,
            "tls/server.pem": "{cert:below}\n",
            "tls/ca.pem": "{ca}\n",
            "pki/intermediate.pem": "{cert:between}\n",
        },
        fixed={"tls/server.pem": "{cert:below}\n{cert:between}\n"},
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _WITH_CA,
            "tls/server.pem": "{cert:below}\n{cert:between}\n",
            "tls/ca.pem": "{ca}\n",
        },
    ),
    Example(
        "the client's intermediate is nowhere",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:server}",
            "tls/ca.pem": "{ca}",
            "tls/client.pem": "{cert:client-below}",
        },
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": _MUTUAL,
            "tls/server.pem": "{cert:server}",
            "tls/ca.pem": "{ca}\n{cert:between}\n",
            "tls/client.pem": "{cert:client-below}",
        },
    ),
    Example(
        "the intermediate in ca.crt, which APISIX does not send",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": _BELOW + "  ca.crt: |\n    {cert:between}\n    {ca}\n"},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": _BELOW.replace("{cert:below}", "{cert:below}\n    {cert:between}")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Tell of each gap; where one certificate of the repository closes it, offer to append that."""
    for one in broken(facts):
        if one.rule == RULE.id:
            yield _finding(facts, one)
    if facts.gateways:
        yield from _of_gateways(facts)


def _of_gateways(facts: Facts) -> Iterator[Finding]:
    """The chains that APISIX sends."""
    from ..systems.apisix.predict import chain_gap

    for _, one in held(facts):
        gap = chain_gap(one) if one.in_router and one.broken is None else ""
        if gap:
            place = secret_label(one.pick, one.pick.certificate_key) or reference_label(one.tls.secret, one.tls)
            message = f"{gap}; clients of {one.tls.title} that know only the root refuse it"
            yield RULE.at(place, message, caret="append the intermediate", related=(reference_label(one.tls.secret, one.tls),))


def _finding(facts: Facts, one: Broken) -> Finding:
    use, top = one.relation.leaf, one.path.top
    message = (
        f"{use.path} lacks the certificate of `{top.facts.issuer}`, which issued {name_of(top.facts)} and is not in "
        f"{one.relation.ca.path} either: {one.relation.effect}"
    )
    place = use.place(line_of(use.view.content or b"", top))
    return RULE.at(place, message, caret="append the intermediate", related=(ca_setting(one.relation),), fix=_fix(facts, one))


def _fix(facts: Facts, one: Broken) -> Fix | None:
    from ..certs.order import Move
    from ..certs.pem import encode

    if len(one.closing) != 1:
        return None
    view, missing = one.relation.leaf.view, one.closing[0]
    content = view.content or b""
    pem = encode(missing.der)
    if b"\r\n" in content:
        pem = pem.replace(b"\n", b"\r\n")
    lead = b"" if content.endswith(b"\n") else b"\r\n" if b"\r\n" in content else b"\n"
    title = f"append the certificate of {name_of(missing.facts)}, which is in the repository"
    move = Move(len(content), len(content), lead + pem)
    return fix_or_none(title, True, lambda: change_content(facts, view, [move]))
