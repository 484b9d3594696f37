"""The SNI router against what APISIX's own code answered, and against a model that knows nothing of trees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.systems.apisix.sni import Entry, Router, covered

RUNS = """
## exact
sni example.com
example.com -> 1
EXAMPLE.com -> 1
example.com. -> 1
www.example.com -> -
example.org -> -
## exact via snis
snis example.com
example.com -> 1
www.example.com -> -
## upper-case config
snis Example.COM
example.com -> 1
## trailing dot config
snis example.com.
example.com -> 1
## wildcard sni
sni *.example.com
example.com -> -
a.example.com -> 1
a.b.example.com -> near
.example.com -> 1
xexample.com -> -
## wildcard snis
snis *.example.com
example.com -> -
a.example.com -> 1
a.b.example.com -> near
## wildcard without dot
snis *example.com
example.com -> 1
fooexample.com -> 1
a.example.com -> near
a.fooexample.com -> near
## two wildcards in one snis
snis *.staging.domain.com *.prod.domain.com
test.staging.domain.com -> 1
test.prod.domain.com -> 1
a.b.prod.domain.com -> 1 quirk
## a longer sibling makes a wildcard match several labels
snis *.test.com a-very-long-hostname.example.org
a.test.com -> 1
a.b.test.com -> 1 quirk
a.b.c.d.test.com -> 1 quirk
a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.test.com -> near
## control for it
snis *.test.com
a.b.test.com -> near
## sni * is a catch-all
sni *
example.com -> 1
a.b.example.com -> 1
localhost -> 1
## snis [*] is none
snis *
example.com -> near
a.b.example.com -> near
localhost -> 1
## snis [*, x.com]
snis * x.com
x.com -> 1
foo.org -> 1 quirk
a.b.example.com -> near
localhost -> 1
## catch-all shadowed by a wildcard
sni *
sni *.example.com
other.org -> 1
a.example.com -> 2
a.b.example.com -> near
## nested wildcards
sni *.example.com
sni *.b.example.com
a.example.com -> 1
a.b.example.com -> 2
b.example.com -> 1
a.c.b.example.com -> near
## exact beats wildcard
sni *.example.com
sni a.example.com
a.example.com -> 2
b.example.com -> 1
## duplicate exact: the first wins
sni a.example.com
sni a.example.com
a.example.com -> 1
## duplicate wildcard
sni *.example.com
sni *.example.com
a.example.com -> 1
## status 0 and type client are not in the router
off a.com
off b.com
a.com -> -
b.com -> -
## an address
snis 10.0.0.1
10.0.0.1 -> 1
## a name below or above
sni foo.example.com
example.com -> -
bar.foo.example.com -> -
"""
"""What radixtree_sni.lua of APISIX (master, 2026-08-20) answered under LuaJIT, line by line."""


def _cases():
    for block in RUNS.split("## ")[1:]:
        title, *lines = block.strip().splitlines()
        entries = []
        for line in lines:
            kind, *names = line.split()
            if "->" in line:
                host, _, outcome = line.partition(" -> ")
                yield pytest.param(tuple(entries), host, outcome, id=f"{title}: {host}")
            else:
                entries.append(Entry(len(entries) + 1, tuple(names), kind == "sni", kind != "off"))


@pytest.mark.parametrize("entries, host, outcome", list(_cases()))
def test_as_apisix_answered(entries, host, outcome):
    match = Router(entries).match(host)
    if match.entry is None:
        assert outcome == ("near" if match.near is not None else "-")
    else:
        assert outcome == f"{match.entry.owner}" + (" quirk" if match.quirk else "")


def test_every_run_is_here():
    assert len(list(_cases())) == 55


def test_a_last_dot_before_3_10():
    assert Router([Entry(1, ("example.com",))], strip_dots=False).match("example.com.").entry is None


_label = st.sampled_from(["a", "b", "ab", "x", "example", "com", "www"])
_host = st.lists(_label, min_size=1, max_size=4).map(".".join)
_name = st.one_of(_host, _host.map("*.{}".format), _host.map("*{}".format))


def _model(lists: list[list[str]], host: str) -> int | None:
    """Independent of trees and reversing: suffixes, the longest first; then the sum of what every name allows."""
    exact = next((i for i, names in enumerate(lists) if host in names), None)
    if exact is not None:
        return exact
    best: tuple[int, int] | None = None
    for index, names in enumerate(lists):
        for name in names:
            if name.startswith("*") and host.endswith(name[1:]) and (best is None or len(name) > best[0]):
                best = (len(name), index)
    if best is None:
        return None
    names = lists[best[1]]
    # dots left of where some name's first character would stand
    free = max(len(name) for name in names)
    head = host[: max(len(host) - free + 1, 0)]
    return best[1] if "." not in head else None


@given(st.lists(st.lists(_name, min_size=1, max_size=3, unique=True), min_size=1, max_size=4), _host)
def test_against_an_independent_model(lists, host):
    match = Router([Entry(index, tuple(names)) for index, names in enumerate(lists)]).match(host)
    assert (match.entry.owner if match.entry is not None else None) == _model(lists, host)


@given(_host, _host)
def test_one_wildcard_covers_exactly_one_label(host, suffix):
    label, _, rest = host.partition(".")
    assert covered([f"*.{suffix}"], host) == (bool(label) and rest == suffix)


@given(st.lists(st.text(max_size=12), max_size=4), st.text(max_size=12))
def test_any_text_is_answered(names, host):
    Router([Entry(1, tuple(names))]).match(host)
    Router([Entry(1, tuple(names[:1]) or ("",), True)]).match(host)
