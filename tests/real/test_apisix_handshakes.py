"""What ``status --host`` predicts, and how a real TLS handshake ends: nginx with Lua decides as APISIX, OpenSSL says no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from apisix_handshake_keys import Keys
from apisix_objects import NAMESPACE, Tls, repository_of, translate
from apisix_peer import Caller, Unavailable, call, first_der, strict

VERSIONS = ("TLSv1_2", "TLSv1_3")
OTHER = "other.example.org"


class Case(NamedTuple):
    """A repository, the host that is asked for, and what both must say. ``matched`` is the name that answers."""

    objects: tuple[Tls, ...]
    host: str
    client_sees: str
    matched: str | None


def pair(issued: Any, *more: Any, key: bytes | None = None) -> dict[str, bytes]:
    return {"tls.crt": b"".join(one.pem for one in (issued, *more)), "tls.key": key or issued.key}


def one_way_cases(keys: Keys) -> dict[str, Case]:
    """Everything that ends before or without a client's certificate."""
    api = keys.server(keys.root, "api.example.com")
    wild = keys.server(keys.root, "*.example.com", seed=11)
    below = keys.server(keys.middle, "api.example.com", seed=12)
    other = keys.server(keys.root, OTHER, seed=13)
    late = keys.server(keys.root, "api.example.com", seed=14, first=-20, last=-10)
    early = keys.server(keys.root, "api.example.com", seed=14, first=10)
    alone = Tls("api", ("api.example.com",), pair(api))
    stars = Tls("wild", ("*.example.com",), pair(wild))
    host = "api.example.com"

    def holds(**secret: bytes) -> tuple[Tls, ...]:
        return (alone._replace(secret={key.replace("_", "."): value for key, value in secret.items()}),)

    return {
        "served": Case((alone,), host, "ok", host),
        "served, in upper case": Case((alone._replace(hosts=("API.Example.com",)),), "Api.example.COM", "ok", host),
        "served with its intermediate": Case(holds(**{"tls.crt": below.pem + keys.middle.pem, "tls.key": below.key}), host, "ok", host),
        "served from cert and key": Case(holds(cert=api.pem, key=keys.traditional(api), tls_crt=other.pem), host, "ok", host),
        "the exact name before the wildcard": Case((stars, alone), host, "ok", host),
        "the wildcard for others": Case((alone, stars), "web.example.com", "ok", "*.example.com"),
        "nothing matches": Case((alone,), "web.example.com", "internal error", None),
        "no wildcard for its own domain": Case((stars,), "example.com", "internal error", None),
        "a wildcard for one label only": Case((stars,), "a.b.example.com", "internal error", None),
        "a wildcard without its dot": Case((stars._replace(hosts=("*example.com",)),), "web.example.com", "internal error", None),
        "a longer neighbour lets two labels through": Case(
            (stars._replace(hosts=("*.example.com", "a-very-long-name.example.org")),), "a.b.example.com", "name mismatch", "*.example.com"
        ),
        "key mismatch": Case(holds(**{"tls.crt": api.pem, "tls.key": other.key}), host, "internal error", host),
        "intermediate first": Case(holds(**{"tls.crt": keys.middle.pem + below.pem, "tls.key": below.key}), host, "internal error", host),
        "encrypted key": Case(holds(**{"tls.crt": api.pem, "tls.key": keys.locked(api)}), host, "internal error", host),
        "no certificate in it": Case(holds(**{"tls.crt": b"see the wiki\n", "tls.key": api.key}), host, "internal error", host),
        "expired": Case(holds(**pair(late)), host, "expired", host),
        "not yet valid": Case(holds(**pair(early)), host, "expired", host),
        "name mismatch": Case(holds(**pair(other)), host, "name mismatch", host),
        "a wildcard certificate two labels up": Case(
            (stars._replace(hosts=("a.b.example.com",)),), "a.b.example.com", "name mismatch", "a.b.example.com"
        ),
        "the intermediate stands in ca.crt": Case(
            holds(**{"tls.crt": below.pem, "tls.key": below.key, "ca.crt": keys.middle.pem}), host, "untrusted issuer", host
        ),
    }  # fmt: skip


ONE_WAY = (
    "served", "served, in upper case", "served with its intermediate", "served from cert and key", "the exact name before the wildcard",
    "the wildcard for others", "nothing matches", "no wildcard for its own domain", "a wildcard for one label only",
    "a wildcard without its dot", "a longer neighbour lets two labels through", "key mismatch", "intermediate first",
    "encrypted key", "no certificate in it", "expired", "not yet valid", "name mismatch", "a wildcard certificate two labels up",
    "the intermediate stands in ca.crt",
)  # fmt: skip


def predicted(tool: Any, host: str) -> dict[str, Any]:
    result = tool("status", "--host", host, "--format", "json")
    assert result.code == 0, result.err
    answer: dict[str, Any] = result.json["host"]
    return answer


def test_every_case_is_asked(keys: Keys) -> None:
    assert tuple(one_way_cases(keys)) == ONE_WAY


@pytest.mark.parametrize("title", ONE_WAY)
def test_one_way(title: str, keys: Keys, peer: Any, repository: Any, tool: Any) -> None:
    case = one_way_cases(keys)[title]
    repository(repository_of(case.objects))
    told = predicted(tool, case.host)
    [path] = peer([[translate(one) for one in case.objects]])
    for version in VERSIONS:
        seen = call(path, case.host, Caller(keys.root.pem), version)
        assert (version, told["client_sees"], seen.outcome) == (version, case.client_sees, case.client_sees)
        if case.client_sees == "ok":
            serving = next(one for one in case.objects if told["served_by"] == f"ApisixTls {NAMESPACE}/{one.name}")
            assert seen.certificate == first_der(translate(serving).cert)
    assert told["matched"] == case.matched
    assert told["tls"] == ("none" if case.matched is None else "one-way")


def present(folder: Path, name: str, *chain: Any) -> tuple[str, str]:
    """Files with a client's chain and the key of its first certificate."""
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(b"".join(one.pem for one in chain))
    files[1].write_bytes(chain[0].key)
    return str(files[0]), str(files[1])


def clients(keys: Keys, folder: Path) -> dict[str, Caller]:
    """Clients by how far they are from the root."""
    low, middle, root = keys.low, keys.middle, keys.root
    chains = {
        "by the root": (keys.client(root),),
        "by an intermediate": (keys.client(middle), middle),
        "by an intermediate of one": (keys.client(low), low, middle),
        "without its intermediate": (keys.client(middle),),
        "by a stranger": (keys.client(keys.stranger),),
    }
    made = {name: Caller(root.pem, *present(folder, name, *chain)) for name, chain in chains.items()}
    return {"none": Caller(root.pem), **made}


DISTANCE = {"by the root": 0, "by an intermediate": 1, "by an intermediate of one": 2}


class Mutual(NamedTuple):
    """A CA bundle and a depth, and who passes. ``sees`` is the tool's word for a client that does what it is told to."""

    ca: Callable[[Keys], dict[str, bytes]]
    depth: int | None
    passes: frozenset[str]
    sees: str
    rules: frozenset[str]
    """The rules that must speak about the client part, and no other of GT508 to GT511."""


def _upto(number: int) -> frozenset[str]:
    return frozenset(name for name, distance in DISTANCE.items() if distance <= number)


def _tls_pair_as_ca(keys: Keys) -> dict[str, bytes]:
    leaf = keys.server(keys.root, "api.example.com", seed=20)
    return {"tls.crt": leaf.pem, "tls.key": leaf.key, "ca.crt": keys.root.pem}


MUTUALS = {
    "the root, depth 0": Mutual(lambda keys: {"ca.crt": keys.root.pem}, 0, _upto(0), "certificate required", frozenset()),
    "the root, depth 1": Mutual(lambda keys: {"ca.crt": keys.root.pem}, 1, _upto(1), "certificate required", frozenset()),
    "the root, depth 2": Mutual(lambda keys: {"cert": keys.root.pem}, 2, _upto(2), "certificate required", frozenset()),
    "depth too small": Mutual(
        lambda keys: {"ca.crt": keys.middle.pem + keys.root.pem}, 0, _upto(0), "certificate required", frozenset({"GT511"})
    ),
    "depth not set": Mutual(
        lambda keys: {"ca.crt": keys.root.pem + keys.middle.pem}, None, _upto(0), "certificate required", frozenset({"GT511"})
    ),
    "depth for one of two": Mutual(
        lambda keys: {"ca.crt": keys.low.pem + keys.middle.pem + keys.root.pem}, 1,
        # the bundle brings the intermediate that the client leaves away
        _upto(1) | {"without its intermediate"}, "certificate required", frozenset({"GT511"}),
    ),
    "root and intermediate, depth 1": Mutual(
        lambda keys: {"ca.crt": keys.middle.pem + keys.root.pem}, 1,
        _upto(1) | {"without its intermediate"}, "certificate required", frozenset(),
    ),
    "an intermediate without its root": Mutual(
        lambda keys: {"ca.crt": keys.middle.pem}, 10, frozenset(), "unknown ca", frozenset({"GT509"})
    ),
    "the leaf of a kubernetes.io/tls Secret": Mutual(_tls_pair_as_ca, 10, frozenset(), "unknown ca", frozenset({"GT508"})),
    "another root": Mutual(
        lambda keys: {"ca.crt": keys.stranger.pem}, 1, frozenset({"by a stranger"}), "certificate required", frozenset()
    ),
}  # fmt: skip


@pytest.mark.parametrize("title", MUTUALS)
def test_mutual(title: str, keys: Keys, peer: Any, repository: Any, tool: Any, tmp_path: Path) -> None:
    case, host = MUTUALS[title], "api.example.com"
    one = Tls("api", (host,), pair(keys.server(keys.root, host)), case.ca(keys), case.depth)
    repository(repository_of([one]))
    told = predicted(tool, host)
    assert (told["tls"], told["client_sees"], told["matched"]) == ("mutual", case.sees, host)
    found = tool("check", "--format", "json", "--select", "GT508,GT509,GT510,GT511", "--fail-on", "never")
    assert set(found.rules) == case.rules
    callers = clients(keys, tmp_path)
    try:
        with strict(translate(one)) as path:
            for version in VERSIONS:
                seen = {name: call(path, host, caller, version).outcome for name, caller in callers.items()}
                # TLS 1.2 has no alert of its own for it
                assert seen.pop("none") == ("certificate required" if version == "TLSv1_3" else "handshake failure")
                assert {name for name, outcome in seen.items() if outcome == "ok"} == case.passes
                assert {outcome for outcome in seen.values() if outcome != "ok"} <= {"unknown ca"}
    except Unavailable as reason:
        pytest.skip(f"no real peer: {reason}")
    # the calls that APISIX makes, in a stock nginx: it lets the handshake pass and answers 400
    [path] = peer([[translate(one)]])
    passed = {name for name, caller in callers.items() if call(path, host, caller).status == 200}
    assert passed == case.passes


SKIPS = {
    "anchored": (("^/health$",), {"/health": True, "/health?x=1": True, "/healthz": False, "/": False}, "mutual"),
    "not anchored": (("/health",), {"/health": True, "/admin/health/x": True, "/heal": False}, "mutual"),
    "decoded": (("^/a b$",), {"/a%20b": True, "/a+b": False, "/x/../a%20b": True}, "mutual"),
    "a query never counts": (("^/x\\?y$",), {"/x?y": False, "/x%3Fy": True}, "mutual"),
    "never compiles": (("^/(health$",), {"/health": False, "/(health": False}, "mutual"),
    "PCRE's own words": (("^/\\Qa.b\\E$", "^/[[:alpha:]]+$"), {"/a.b": True, "/a-b": False, "/abc": True}, "mutual"),
    "everything": ((".*",), {"/": True, "/any": True}, "one-way"),
    "empty": (("",), {"/": True, "/any": True}, "one-way"),
}
"""Patterns of skip_mtls_uri_regex; for each path whether a client without a certificate gets through; what ``status`` says."""


@pytest.mark.parametrize("title", SKIPS)
def test_exempt_paths(title: str, keys: Keys, peer: Any, repository: Any, tool: Any) -> None:
    from gitops_tls.systems.apisix.skips import exempt

    patterns, paths, tls = SKIPS[title]
    host = "api.example.com"
    one = Tls("api", (host,), pair(keys.server(keys.root, host)), {"ca.crt": keys.root.pem}, 1, patterns)
    repository(repository_of([one]))
    told = predicted(tool, host)
    assert (told["tls"], told["client_sees"]) == (tls, "ok")
    [path] = peer([[translate(one)]])
    for target, through in paths.items():
        assert call(path, host, Caller(keys.root.pem), target=target).status == (200 if through else 400), target
        assert exempt(patterns, target) in (through, None), target
