"""Hosts as people write them, and the paths that need no client certificate."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.systems.apisix import skips
from gitops_tls.systems.apisix.names import ADDRESS, CASE, LAST_DOT, NEVER, PATTERN, REFUSED, host_problem, is_placeholder

CRD = [
    # what Go's regexp, which the API server uses, said of the CRD's pattern
    ("example.com", True), ("*.example.com", True), ("*", False), ("*example.com", True), ("a.*.com", False), ("EXAMPLE.com", True),
    ("under_score.com", False), ("example.com:443", False), ("10.0.0.1", True), ("[::1]", False), ("::1", False), ("例子.com", False),
    ("xn--fsqu00a.com", True), ("-bad-.com", True), ("..", True), ("example.com.", True), (".example.com", True),
    ("https://example.com", False), ("example.com/", False), (" example.com", False), ("", False), ("*.*.example.com", False),
    ("**.example.com", False),
]  # fmt: skip


@pytest.mark.parametrize("host, taken", CRD)
def test_what_the_api_server_takes(host, taken):
    assert (PATTERN.match(host) is not None) == taken
    problem = host_problem(host)
    assert (problem is not None and problem.kind == REFUSED) == (not taken)


PROBLEMS = [
    ("example.com", None, None),
    ("*.example.com", None, None),
    ("*example.com", None, None),
    ("https://example.com:8443/path?x=1", REFUSED, "example.com"),
    ("example.com:443", REFUSED, "example.com"),
    (" example.com ", REFUSED, "example.com"),
    ("https://*.example.com/", REFUSED, "*.example.com"),
    ("https://EXAMPLE.com/", REFUSED, None),
    ("例子.com", REFUSED, "xn--fsqu00a.com"),
    ("*.例子.com", REFUSED, "*.xn--fsqu00a.com"),
    ("under_score.com", REFUSED, None),
    ("[::1]:443", REFUSED, None),
    ("10.0.0.1", ADDRESS, None),
    ("..", NEVER, None),
    ("a..b", NEVER, None),
    (".example.com", NEVER, None),
    ("*..example.com", NEVER, None),
    ("a" * 64 + ".com", NEVER, None),
    ("a." * 127 + "com", NEVER, None),
    ("example.com.", LAST_DOT, "example.com"),
    ("Example.COM", CASE, "example.com"),
]


@pytest.mark.parametrize("host, kind, better", PROBLEMS)
def test_host_problems(host, kind, better):
    problem = host_problem(host)
    assert (problem.kind if problem else None, problem.better if problem else None) == (kind, better)


@given(st.text(max_size=40))
def test_what_is_proposed_is_right(host):
    problem = host_problem(host)
    if problem is not None and problem.better is not None:
        assert host_problem(problem.better) is None or problem.kind == LAST_DOT


@pytest.mark.parametrize("host", ["${HOST}", "{{ .Values.host }}", "%s", "<your-domain>", "$(HOST)"])
def test_placeholders(host):
    assert is_placeholder(host)


EXEMPT = [
    ("/health", "/health", True),
    ("/health", "/admin/health/x", True),
    ("^/health$", "/health", True),
    ("^/health$", "/healthz", False),
    ("^/health$", "/health?full=1", True),
    ("^/public/.*", "/public/a", True),
    ("^/public/.*", "/admin", False),
    ("^/a b$", "/a%20b", True),
    ("^/b$", "/a/../b", True),
    ("^/b/$", "//b/", True),
    ("/x\\?y", "/x?y", False),
    ("(", "/", False),
    ("(?<name>a)", "/a", None),
    ("", "/anything", True),
]


@pytest.mark.parametrize("pattern, target, outcome", EXEMPT)
def test_exempt_paths(pattern, target, outcome):
    assert skips.exempt([pattern], target) is outcome


@pytest.mark.parametrize("pattern", ["", ".*", "/", "^/", "^", ".", "^.*$", "(.*)", "a|/", ".+"])
def test_patterns_that_switch_mtls_off(pattern):
    assert skips.exempts_everything([pattern])


@pytest.mark.parametrize("pattern", ["/health", "^/public/.*", "^/$", "(", "^/api/.+", "(a+)+$", "[a-z]+/health"])
def test_patterns_that_do_not(pattern):
    assert not skips.exempts_everything([pattern])


ANCHORS = [
    ("/health", False, False, "^/health$"),
    ("^/health", True, False, "^/health$"),
    ("^/health$", True, True, "^/health$"),
    ("/ip.*", False, True, "^/ip.*"),
    ("^/a$|/b$", False, True, None),
    ("^(/a|/b)$", True, True, "^(/a|/b)$"),
    ("(^/a|^/b)", True, False, "(^/a|^/b)$"),
    ("(?:^/a$|^/b$)", True, True, "(?:^/a$|^/b$)"),
    ("[|]^/a", False, False, None),
    ("health", False, False, None),
]


@pytest.mark.parametrize("pattern, start, end, better", ANCHORS)
def test_anchors(pattern, start, end, better):
    assert (skips.starts_anchored(pattern), skips.ends_anchored(pattern), skips.anchored(pattern)) == (start, end, better)


@given(st.text(alphabet="/ab.*+?()[]|^$\\{}-0:<=!%", max_size=14), st.text(alphabet="/ab.?%2F", max_size=14))
def test_any_pattern_is_judged(pattern, target):
    skips.exempt([pattern], "/" + target)
    skips.exempts_everything([pattern])
    assert not (skips.problem(pattern) and skips.compiled(pattern))
    better = skips.anchored(pattern)
    if better is not None:
        assert skips.starts_anchored(better)


@given(st.lists(st.sampled_from(["a", "b", "health", "v1"]), min_size=1, max_size=3), st.text(alphabet="/abhelt1v", max_size=12))
def test_an_anchored_pattern_exempts_no_more(parts, path):
    pattern = "/" + "/".join(parts)
    better = skips.anchored(pattern)
    assert better is not None
    if skips.exempt([better], "/" + path):
        assert skips.exempt([pattern], "/" + path)
        assert re.fullmatch(pattern, skips.path_of("/" + path))
