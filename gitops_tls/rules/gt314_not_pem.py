"""GT314: a file that holds something other than what its role needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, Example, Finding, Rule
from ..systems.apisix.words import NOT_PEM
from ..systems.milvus.uses import INTERNAL_CA, INTERNAL_KEY, INTERNAL_SERVER, KEYS, Use, reads, uses
from ..text.edits import Fix
from ..yamldoc.node import SCALAR
from .contents import change_content
from .gt301_certificate_expired import COMPOSE, USER
from .pairs import pairs
from .served import alert, broken_pairs, view_of
from .shared import fix_or_none
from .tls_objects import PAIR, TLS_OBJECT

if TYPE_CHECKING:
    from ..systems.apisix.model import Held

RULE = Rule(
    "GT314", "not-pem", ERROR, "the file holds no certificate or key in PEM",
    why="DER files, signing requests, public keys, swapped files, PEM that lost its line breaks or was encoded twice all look "
    "like certificates to a person.",
    server="External TLS: the server ends with `tls: failed to find any PEM data in certificate input` or a sentence like it; "
    "for the CA in tlsMode 2 with `fail to append ca to cert`. Internal TLS: the component listens in plaintext.",
    sources=("Go crypto/tls X509KeyPair", "runs of Milvus 2.3.5: der, swapped, truncated, bom_pem, der_ca, and the PEM formats"),
    fixable=SOMETIMES,
)  # fmt: skip

EXAMPLES = (
    Example(
        "a signing request in place of the certificate",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n",
        },
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": "{cert:server}"},
    ),
    Example(
        "the two files swapped",
        bad={
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": "{key:server}",
            "tls/server.key": "{cert:server}",
        },
    ),
    Example(
        "what openssl pkcs12 writes above a key, in the Secret of an ApisixTls",
        bad={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR.replace("{key:server}", "Bag Attributes\n    {key:server}")},
        fixed={"secret.yaml": PAIR},
        good={"tls.yaml": TLS_OBJECT, "secret.yaml": PAIR},
    ),
)

_BAD_KINDS = frozenset(("not-pem", "swapped", "no-certificate", "no-key", "malformed"))


def check(facts: Facts) -> Iterator[Finding]:
    """Judge pairs together, and lone files by themselves."""
    told: set[tuple[str, int]] = set()
    for certificate, key, result in pairs(facts):
        wrong = key if result.about == "key" else certificate
        if result.kind in _BAD_KINDS and not _folded(wrong):
            told.add(_mark(wrong))
            yield _finding(facts, wrong, result.panic)
        told |= {_mark(certificate), _mark(key)}
    for use in uses(facts.deployments):
        if _mark(use) not in told and reads(use) and _refused(use):
            told.add(_mark(use))
            message = f"{use.path} ({use.role}): {use.view.reason}: the API server refuses the object, and the pods wait for it"
            yield RULE.at(use.place(), message, related=(use.setting_place(),), fix=_encoded(use))
        if use.view.content is None or _mark(use) in told or not reads(use) or _folded(use):
            continue
        told.add(_mark(use))
        error = _alone(use, use.view.content)
        if error:
            yield _finding(facts, use, error)
    for one, place in broken_pairs(facts, NOT_PEM):
        if one.broken is not None:
            message = f"{one.broken.message}: {alert(one)}"
            yield RULE.at(place, message, caret="PEM belongs here", fix=_without_text_before(facts, one))


def _without_text_before(facts: Facts, one: Held) -> Fix | None:
    """Take away what stands before a key's first line, which APISIX decides by."""
    from ..certs.keys import private_keys
    from ..certs.order import Move

    broken = one.broken
    if broken is None or broken.key != one.pick.private_key:
        return None
    view = view_of(one.pick, one.pick.private)
    content = view.content if view is not None else None
    if view is None or content is None:
        return None
    begin = content.find(b"-----BEGIN")
    keys = private_keys(content[begin:]) if begin > 0 else []
    if not keys or keys[0].encrypted or keys[0].spki_sha256 is None:
        return None
    return fix_or_none("take away what stands before the key", True, lambda: change_content(facts, view, [Move(0, begin, b"")]))


def _encoded(use: Use) -> Fix | None:
    """Base64 as the API server takes it, for a value that is PEM in clear or base64 with blanks in it."""
    from base64 import b64decode, b64encode

    from ..yamldoc.edit import replace_scalar

    node = use.view.node.resolved() if use.view.node is not None else None
    if node is None or node.kind != SCALAR:
        return None
    text = node.value
    try:
        content = text.encode() if "-----BEGIN" in text else b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None
    if not content or _alone(use, content):
        return None
    return fix_or_none("write it as base64", True, lambda: replace_scalar(node, b64encode(content).decode()))


def _mark(use: Use) -> tuple[str, int]:
    return use.view.path or "", id(use.view.node)


def _refused(use: Use) -> bool:
    """Whether the value in the Secret is one that Kubernetes does not take."""
    from ..systems.files import UNKNOWN
    from ..systems.secrets.read import refused

    return use.view.state == UNKNOWN and use.view.node is not None and refused(use.view.reason)


def _folded(use: Use) -> bool:
    """Whether YAML took the line breaks away: GT211 says so, at the place to repair."""
    from .gt211_folded_pem import folded

    node = use.view.node
    return node is not None and folded(node.resolved().value) is not None


def _alone(use: Use, content: bytes) -> str:
    """Go's error for a file whose partner is not known; empty where it can be read."""
    from ..certs.keys import is_key_block
    from ..certs.pair import go_certificate, load_ca
    from ..certs.pem import blocks
    from ..certs.read import load

    if use.role in KEYS:
        return "" if any(map(is_key_block, blocks(content))) else "tls: failed to find any PEM data in key input"
    if use.role.endswith("CA"):
        return "" if load_ca(content).ok else "fail to append ca to cert"
    found = (block.der for block in blocks(content) if block.type == "CERTIFICATE")
    if any(load(each) is not None or go_certificate(each) is not None for each in found):
        return ""
    return "tls: failed to find any PEM data in certificate input"


def _finding(facts: Facts, use: Use, error: str) -> Finding:
    from ..certs.content import describe

    content = use.view.content or b""
    if use.role in (INTERNAL_SERVER, INTERNAL_KEY):
        effect = "the component then listens in plaintext"
    elif use.role == INTERNAL_CA:
        effect = "the components cannot reach each other"
    else:
        effect = "Milvus does not start"
    message = f"{use.path} ({use.role}) is {describe(content)}; {effect} (`{error}`)"
    return RULE.at(use.place(), message, related=(use.setting_place(),), fix=_rewritten(facts, use, content))


def _rewritten(facts: Facts, use: Use, content: bytes) -> Fix | None:
    """The same PEM as it should be written: decoded once where it was encoded twice, with its line breaks, without indentation."""
    from ..certs.content import double_encoded
    from ..certs.order import Move
    from ..certs.pem import BOM
    from .gt211_folded_pem import reflow

    if use.view.node is None and content.startswith(BOM):
        return None  # a file keeps its byte order mark
    inner = double_encoded(content)
    try:
        text = (content if inner is None else inner).removeprefix(BOM).decode("ascii")
    except UnicodeDecodeError:
        return None
    pem = reflow(text.replace("\\r", "").replace("\\n", "\n"))
    if pem is None or pem.encode() == content or _alone(use, pem.encode()):
        return None
    return fix_or_none("write it as PEM", True, lambda: change_content(facts, use.view, [Move(0, len(content), pem.encode())]))
