"""GT305: the server's own certificate is not the first in its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Label, Rule
from ..systems.apisix.words import CHAIN_ORDER
from ..systems.milvus.uses import CLIENT, CLIENT_KEY, INTERNAL_KEY, INTERNAL_SERVER, SERVER, SERVER_KEY, Use, uses
from .contents import change_content
from .gt301_certificate_expired import COMPOSE, USER
from .served import alert, broken_pairs, pair_of, view_of
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT, reference_label

if TYPE_CHECKING:
    from ..systems.apisix.model import Held

RULE = Rule(
    "GT305", "chain-order", ERROR, "the certificate that belongs to the key is not the first in its file",
    why="A chain is written leaf first, then each issuer. `cat ca.pem server.pem > chain.pem` and some company CAs give it the "
    "other way round, and every check of the single certificates passes.",
    server="The server takes the first certificate for its own and ends with `tls: private key does not match public key`; with "
    "internal TLS the component only logs it and listens in plaintext.",
    sources=("Go crypto/tls X509KeyPair", "runs of Milvus 2.3.5: chain_wrongorder"),
    fixable=SOMETIMES,
)  # fmt: skip

_CHAIN = PAIR.replace("{cert:server}", "{}\n    {}").replace("{key:server}", "{{key:below}}")

EXAMPLES = (
    Example(
        "the intermediate first",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{cert:between}\n{cert:below}\n",
            "tls/server.key": "{key:below}\n",
        },
        fixed={"tls/server.pem": "{cert:below}\n{cert:between}\n"},
        good={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{cert:below}\n{cert:between}\n",
            "tls/server.key": "{key:below}\n",
        },
    ),
    Example(
        "the CA first, the key outside of Git",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "subject=CA\n{ca}\nsubject=server\n{cert:server}\n",
        },
        fixed={"tls/server.pem": "subject=server\n{cert:server}\nsubject=CA\n{ca}\n"},
    ),
    Example(
        "in the Secret of an ApisixTls",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": _CHAIN.format("{cert:between}", "{cert:below}")},
        fixed={"secret.yaml": _CHAIN.format("{cert:below}", "{cert:between}")},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": _CHAIN.format("{cert:below}", "{cert:between}")},
    ),
)

_KEY_OF = {SERVER: SERVER_KEY, INTERNAL_SERVER: INTERNAL_KEY, CLIENT: CLIENT_KEY}


def check(facts: Facts) -> Iterator[Finding]:
    """Look for the leaf in every server's and client's file."""
    seen: set[tuple[str, int]] = set()
    keys = {(id(use.component), use.role): use.view.content for use in uses(facts.deployments)}
    for use in uses(facts.deployments):
        mark = (use.view.path or "", id(use.view.node))
        if use.role not in _KEY_OF or use.view.content is None or mark in seen:
            continue
        seen.add(mark)
        finding = _judge(facts, use, keys.get((id(use.component), _KEY_OF[use.role])))
        if finding is not None:
            yield finding
    for one, place in broken_pairs(facts, CHAIN_ORDER):
        yield _served(facts, one, place)


def _served(facts: Facts, one: Held, place: Label) -> Finding:
    """A chain of APISIX: it takes the first certificate for the server's."""
    from ..certs.order import moves

    content, key = pair_of(one)
    view = view_of(one.pick, one.pick.certificate)
    fix = None
    if view is not None and content is not None:
        moved = moves(content, key)
        fix = fix_or_none("put the certificates into order, the leaf first", True, lambda: change_content(facts, view, moved))
    title = one.pick.secret.title if one.pick.secret is not None else "the Secret"
    message = f"`{one.pick.certificate_key}` of {title} does not begin with the server's certificate but with another of its chain: {alert(one)}"
    return RULE.at(place, message, caret="the leaf belongs here", related=(reference_label(one.tls.secret, one.tls),), fix=fix)


def _judge(facts: Facts, use: Use, key: bytes | None) -> Finding | None:
    from ..certs.order import moves
    from ..certs.pair import CHAIN_ORDER, load_pair

    content = use.view.content or b""
    if key is not None and load_pair(content, key).kind != CHAIN_ORDER:
        return None
    moved = moves(content, key)
    if key is None and (not moved or not _signs_the_leaf(content)):
        return None
    effect = {
        SERVER: "Milvus does not start",
        INTERNAL_SERVER: "its links come up in plaintext and break",
        CLIENT: "the client cannot load it",
    }[use.role]
    message = f"{use.path} does not begin with the {use.role} certificate but with another of its chain: {effect}"
    fix = fix_or_none("put the certificates into order, the leaf first", True, lambda: change_content(facts, use.view, moved))
    return RULE.at(use.place(), message, caret="the leaf belongs here", related=(use.setting_place(),), fix=fix)


def _signs_the_leaf(content: bytes) -> bool:
    """Without the key: the first certificate is a CA, and the only leaf of the file is below it."""
    from ..certs.chain import signed_by
    from .trust import chain_of

    chain = chain_of(content)
    if not chain or not chain[0].facts.is_ca:
        return False
    path = [next(each for each in chain if not each.facts.is_ca)]
    while True:
        above = next((each for each in chain if each not in path and signed_by(path[-1], each)), None)
        if above is None:
            return False
        if above is chain[0]:
            return True
        path.append(above)
