"""GT521: an ssl object that APISIX refuses, or reads otherwise than it was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import basename

from ..facts import Facts
from ..findings import ERROR, SOMETIMES, WARNING, Example, Finding, Label, Rule, label, span_label
from ..repo.prefilter import is_script
from ..systems.apisix.admin import SCRIPT, STANDALONE, Problem, SslObject, objects_of
from ..systems.apisix.admin_check import problems
from ..systems.apisix.config import V3, known_version
from ..systems.claims import APISIX_SSL, Claim
from ..systems.versions import Version
from ..text.edits import CannotEdit, Edit, Fix, Patch
from ..yamldoc.node import SCALAR, SEQUENCE, Node
from .gateway import unquoted
from .shared import fix_or_none

RULE = Rule(
    "GT521", "admin-ssl-object", ERROR, "an ssl object for the Admin API or an apisix.yaml that APISIX refuses or misreads",
    why="Certificates and mTLS of APISIX without Kubernetes live in ssl objects: bodies that a pipeline sends to the Admin API, "
    "`ssls` of a standalone apisix.yaml, files for ADC. Each version has another schema, unknown keys of `client` are accepted "
    "and ignored, and nobody checks that a name can match. A `curl` in a script is reported on and never edited.",
    server="`PUT /apisix/admin/ssls/1` answers 400 and the old object stays, or 404 for `/ssl/` since 3.0; a standalone APISIX "
    "leaves the object out; ADC refuses the whole configuration. What is misread shows as `tlsv1 alert internal error` in "
    "clients, or as an open door where mTLS was meant.",
    sources=("apisix/schema_def.lua and apisix/ssl.lua of 2.15 to 3.18, run", "apisix issues 8663, 11077, 12412", "ADC libs/sdk/src/core/schema.ts"),
    fixable=SOMETIMES,
)  # fmt: skip

_REFERENCES = '"cert": "$env://CERT", "key": "$env://KEY"}\n'
_NAMED = '{"snis": ["api.example.com"], ' + _REFERENCES
_YAML = "ssls:\n  - id: api\n    snis: [api.example.com]\n    cert: $env://CERT\n    key: $env://KEY\n"

EXAMPLES = (
    Example(
        "TLS versions as config.yaml has them",
        bad={"ssl.json": '{"snis": ["api.example.com"], "ssl_protocols": "TLSv1.2 TLSv1.3", ' + _REFERENCES},
        fixed={"ssl.json": '{"snis": ["api.example.com"], "ssl_protocols": ["TLSv1.2", "TLSv1.3"], ' + _REFERENCES},
        good={"ssl.json": _NAMED},
    ),
    Example(
        "a field of old versions",
        bad={"apisix.yaml": _YAML + "    validity_end: 1767225600\n#END\n"},
        fixed={"apisix.yaml": _YAML + "#END\n"},
        good={"apisix.yaml": _YAML + "#END\n"},
    ),
    Example(
        "a misspelt key, which opens the door again",
        bad={"apisix.yaml": _YAML + "    client:\n      ca: $env://CA\n      skipMtlsUriRegex: [^/healthz$]\n#END\n"},
        fixed={"apisix.yaml": _YAML + "    client:\n      ca: $env://CA\n      skip_mtls_uri_regex: [^/healthz$]\n#END\n"},
        unsafe=True,
    ),
    Example(
        "every name",
        bad={"ssl.json": '{"snis": ["*"], ' + _REFERENCES, "docker-compose.yml": "services:\n  a:\n    image: apache/apisix:3.16.0\n"},
        fixed={"ssl.json": '{"sni": "*", ' + _REFERENCES},
        good={"ssl.json": '{"sni": "*", ' + _REFERENCES},
        unsafe=True,
    ),
    Example(
        "a script with a path of 2.x",
        bad={"put.sh": "curl http://127.0.0.1:9180/apisix/admin/ssl/1 -X PUT -d '{\"snis\": [\"a.example.com\"], \"cert\": \"'\"$CERT\"'\", \"key\": \"'\"$KEY\"'\"}'\n"},
        good={"put.sh": "curl http://127.0.0.1:9180/apisix/admin/ssls/1 -X PUT -d '{\"snis\": [\"a.example.com\"], \"cert\": \"'\"$CERT\"'\", \"key\": \"'\"$KEY\"'\"}'\n"},
    ),
    Example(
        "an apisix.yaml without its end",
        bad={"apisix.yaml": _YAML},
        fixed={"apisix.yaml": _YAML + "#END\n"},
    ),
)  # fmt: skip

_LOOKS_BACK = 10
"""How many bytes at the end of an apisix.yaml APISIX searches for ``#END``."""


def check(facts: Facts) -> Iterator[Finding]:
    """Judge every ssl object, the scripts that send them, and the files that hold them."""
    version = known_version(facts.workspace, facts.claims, facts.config)
    scripts: set[str] = set()
    for claim in facts.claims.of(APISIX_SSL):
        if is_script(claim.path):
            scripts.add(claim.path)
        elif claim.root is not None:
            yield from _file(facts, claim, version)
        for one in objects_of(claim):
            for problem in problems(one, version):
                severity = ERROR if problem.certain else WARNING
                fix = None if one.form == SCRIPT else _fix(one.node, problem)
                yield RULE.at(problem.node, problem.message, caret=problem.caret, severity=severity, fix=fix)
        yield from _twice(claim)
    for path in sorted(scripts):
        yield from _script(facts, path, version)


def _twice(claim: Claim) -> Iterator[Finding]:
    """One name in two objects of a list, with different certificates: which one answers, the order of loading decides."""
    first: dict[str, tuple[SslObject, Node]] = {}
    for one in objects_of(claim):
        cert = one.pairs[0][0] if one.pairs else None
        for node in one.names if one.in_router else ():
            name = node.value.lower().removesuffix(".")
            other, place = first.setdefault(name, (one, node))
            earlier = other.pairs[0][0] if other.pairs else None
            if other is one or cert is None or earlier is None or cert.value == earlier.value:
                continue
            message = f"`{name}` stands in another ssl object too, with another certificate: the one that is loaded first answers"
            yield RULE.at(node, message, caret="in one object only", related=(label(place, "here first"),))


def _script(facts: Facts, path: str, version: Version | None) -> Iterator[Finding]:
    """The paths that a script asks for."""
    from ..systems.apisix.admin_script import requests

    source = facts.workspace.source(path)
    for request in requests(source.text) if source is not None else ():
        wrong = request.resource == "ssl" if version is None or version >= V3 else request.resource == "ssls"
        if source is None or not wrong:
            continue
        right = "ssls" if request.resource == "ssl" else "ssl"
        since = "since 3.0" if right == "ssls" else "before 3.0"
        message = (
            f"{since} the path is `/apisix/admin/{right}`: APISIX answers 404 (`Unsupported resource type: {request.resource}`)"
        )
        certain = version is not None or ":9180/" in request.address
        place: Label = span_label(source, *request.url)
        yield RULE.at(place, message, caret=f"write `/apisix/admin/{right}`", severity=ERROR if certain else WARNING)


def _file(facts: Facts, claim: Claim, version: Version | None) -> Iterator[Finding]:
    """The frame of an apisix.yaml: the name of the list, and the mark at its end."""
    root = claim.root
    if root is None or all(one.form != STANDALONE for one in objects_of(claim)):
        return
    for name, right in (("ssl", "ssls"), ("ssls", "ssl")):
        pair = root.pair(name)
        wrong = right == "ssls" if version is None or version >= V3 else right == "ssl"
        if pair is not None and wrong:
            message = f"{'since' if right == 'ssls' else 'before'} 3.0 APISIX reads `{right}`: it ignores this list"
            fix = fix_or_none(f"rename it to `{right}`", False, lambda key=pair[0], new=right: _renamed(root, key, new))
            yield RULE.at(pair[0], message, caret=f"write `{right}`", severity=ERROR if version else WARNING, fix=fix)
    yield from _end(facts, claim, root)


def _end(facts: Facts, claim: Claim, root: Node) -> Iterator[Finding]:
    host = claim.host
    name = host.key.value if host is not None and isinstance(host.key, Node) else basename(claim.path)
    source = facts.workspace.source(claim.path)
    text = host.value if host is not None else source.text if source is not None else ""
    if name.lower() not in ("apisix.yaml", "apisix.yml") or "#END" in text[-_LOOKS_BACK:] or source is None:
        return
    fix = None
    if host is None and source.problem is None:
        end = len(text)
        newline = source.newline
        patch = Patch((Edit(claim.path, end, end, f"{'' if text.endswith(newline) else newline}#END{newline}"),), ())
        fix = Fix("add `#END`", True, patch)
    key = root.pairs[0][0] if root.pairs else root
    yield RULE.at(
        key,
        "the file does not end with `#END`: APISIX takes it for half written and ignores all of it",
        caret="add `#END` as last line",
        fix=fix,
    )


def _renamed(mapping: Node, key: Node, name: str) -> Patch:
    from ..yamldoc.edit import rename_key

    if mapping.pair(name) is not None:
        raise CannotEdit(f"`{name}` is already there")
    return rename_key(key, name)


def _fix(owner: Node, problem: Problem) -> Fix | None:
    node, kind = problem.node, problem.kind
    if kind == "validity":
        return fix_or_none(f"delete `{node.value}`", True, lambda: _removed(owner, node))
    if kind == "protocols":
        return fix_or_none("write a list", True, lambda: _as_list(node))
    if kind == "both":
        return fix_or_none("delete `sni`, which `snis` has too", False, lambda: _one_of_both(owner, node))
    if kind == "any":
        return fix_or_none('write `sni: "*"`', False, lambda: _any_name(owner))
    if kind in ("client-key", "schema") and problem.rename:
        above = node.parent
        return fix_or_none(f"rename it to `{problem.rename}`", False, lambda: _renamed(above or owner, node, problem.rename))
    if kind == "port":
        return fix_or_none("drop the port", False, lambda: _written(node, re.sub(r":\d+\Z", "", node.value)))
    if kind == "no-dot":
        return fix_or_none("put a dot after the `*`", False, lambda: _written(node, "*." + node.value[1:]))
    if kind == "twice":
        return fix_or_none("write it once", True, lambda: _once(node))
    if kind == "schema" and node.kind == SCALAR and node.style in ("'", '"') and _is_key(node, "depth", "status"):
        return fix_or_none("take the quotes away", True, lambda: unquoted(node))
    return None


def _is_key(node: Node, *names: str) -> bool:
    return isinstance(node.key, Node) and node.key is not node and node.key.value in names


def _removed(mapping: Node, key: Node) -> Patch:
    from ..yamldoc.edit import remove_pair

    if all(own is not key for own, _ in mapping.pairs):
        raise CannotEdit("it comes from another place")
    return remove_pair(mapping, key)


def _written(node: Node, text: str) -> Patch:
    from ..yamldoc.edit import replace_scalar

    return replace_scalar(node, text)


def _as_list(node: Node) -> Patch:
    from ..yamldoc.edit_base import patch, refuse
    from ..yamldoc.render import scalar_text

    words = [word for word in re.split(r"[\s,;]+", node.value) if word]
    if not words or any(word not in ("TLSv1.1", "TLSv1.2", "TLSv1.3") for word in words):
        raise CannotEdit("the Admin API does not take all of the versions")
    refuse(node)
    items = ", ".join(scalar_text(word, quote='"' if node.style == '"' else None, flow=True) for word in words)
    return patch(node.document, [(node.content_start, node.end, f"[{items}]")], [node.address])


def _one_of_both(owner: Node, key: Node) -> Patch:
    snis = owner.get("snis")
    if snis is None or snis.kind != SEQUENCE or owner.text("sni") not in [item.resolved().value for item in snis.items]:
        raise CannotEdit("they name different hosts")
    return _removed(owner, key)


def _any_name(owner: Node) -> Patch:
    from ..yamldoc.edit_base import child, patch, refuse

    pair = owner.pair("snis")
    if pair is None or len(pair[1].items) != 1 or owner.pair("sni") is not None or "#" in pair[1].raw:
        raise CannotEdit("there are other names")
    refuse(pair[1])
    quote = '"' if pair[0].style == '"' else ""
    text = f'{quote}sni{quote}: "*"'
    return patch(owner.document, [(pair[0].start, pair[1].end, text)], [child(owner, "snis"), child(owner, "sni")])


def _once(node: Node) -> Patch:
    from ..yamldoc.edit import remove_item

    seen: set[str] = set()
    for index, item in enumerate(node.items):
        if item.resolved().value in seen:
            return remove_item(node, index)
        seen.add(item.resolved().value)
    raise CannotEdit("nothing is there twice")
