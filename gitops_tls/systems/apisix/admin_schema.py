"""What the schema of a version says about an ssl object where no check of its own does, and ADC's few checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...validate import Violation, violations
from ...yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..versions import Version
from .admin import Problem, SslObject, is_filled, is_reference, key_of, schema_name


def schema_problems(one: SslObject, version: Version | None, refused: str) -> Iterator[Problem]:
    """What is left of the schema's complaints."""
    told = {"validity_start", "validity_end", "exptime"}
    for violation in violations(one.node, schema_name(version)):
        path = violation.instance_path
        if violation.keyword == "oneOf" or is_filled(violation.node.resolved()) or _is_placeholder(violation):
            continue
        if path and path[0] == "ssl_protocols":
            continue
        if violation.keyword == "additionalProperties" and (path[:1] == ("client",) or (path[-1:] and path[-1] in told)):
            continue
        if path and path[0] in ("sni", "snis") and violation.node.resolved().value == "*":
            continue
        special = _special(violation, refused)
        if special is not None:
            yield special
            continue
        certain = version is not None or not _differs(violation)
        yield Problem("schema", violation.node, f"{violation.message}: {refused}", _caret(violation), certain, violation.rename)


def _special(violation: Violation, refused: str) -> Problem | None:
    """What the schema's keyword alone would say badly."""
    node, path = violation.node.resolved(), violation.instance_path
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if violation.keyword == "uniqueItems":
        return Problem("twice", node, f"`{name}` has an entry twice: {refused} (`expected unique items`)", "once is enough")
    if (
        name in ("cert", "key", "ca", "certs", "keys")
        and node.kind == SCALAR
        and violation.keyword in ("minLength", "maxLength", "pattern")
    ):
        if is_reference(node):
            return Problem("schema", node, f"`{name}` takes no reference in this version: {refused}", "write the PEM")
        return Problem("length", node, f"`{name}` has {len(node.value)} characters, {_too(node)}: {refused}", "write the PEM")
    return None


def _too(node: Node) -> str:
    return "too many" if len(node.value) > 65536 else "too few for PEM"


def _is_placeholder(violation: Violation) -> bool:
    node = violation.node.resolved()
    return node.kind == SCALAR and re.match(r"\$\w+\Z", node.value) is not None


def _differs(violation: Violation) -> bool:
    """Whether versions before 3.7 accept it: they store keys that they do not know."""
    return violation.keyword == "additionalProperties" or "skip_mtls_uri_regex" in violation.instance_path


def _caret(violation: Violation) -> str:
    return (
        f"expected {violation.expected}"
        if violation.expected and violation.keyword in ("type", "enum", "minimum")
        else violation.expected
    )


def adc_problems(one: SslObject, refused: str) -> Iterator[Problem]:
    """ADC's own checks, which are fewer and have other names."""
    node = one.node
    snis = node.get("snis")
    if snis is not None and snis.kind == SEQUENCE and not snis.items:
        yield Problem("schema", key_of(node, "snis"), f"`snis` is empty: {refused}", "name a host")
    for cert, key in one.pairs:
        for name, value, least in (("certificate", cert, 128), ("key", key, 32)):
            if value is None:
                yield Problem(
                    "schema", key_of(node, "certificates"), f"a certificate without `{name}`: {refused}", f"add `{name}`"
                )
            elif _is_text(value) and not least <= len(value.value) <= 65536:
                yield Problem(
                    "schema",
                    value,
                    f"`{name}` has {len(value.value)} characters, not {least} to 65536: {refused}",
                    "write the PEM",
                )
    depth = one.client.get("depth") if one.client is not None else None
    if depth is not None and not is_filled(depth) and not (depth.is_plain and depth.value.isdigit()):
        yield Problem("schema", depth, f"`depth` is no whole number from 0 on: {refused}", "a number")
    if node.kind == MAPPING and node.pair("certs") is not None:
        yield Problem("schema", key_of(node, "certs"), f"ADC knows no `certs`: {refused}", "write `certificates`")


def _is_text(node: Node) -> bool:
    return node.kind == SCALAR and not is_filled(node) and not is_reference(node)
