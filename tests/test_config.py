"""``.gitops-tls.yaml``: what is read, and where what is wrong is told."""

from __future__ import annotations

import pytest

from gitops_tls.config import Config, IgnoreEntry, Release, Within, threshold
from gitops_tls.config_file import load
from gitops_tls.errors import UsageError

CONTRACT = """
exclude: ["vendor/**"]
expires-within: 30d
fail-on: error
versions: {milvus: "2.6", apisix: "3.13", apisix-ingress-controller: "2.1"}   # where no image tag or chart version says it
known-secrets: ["milvus/certs"]              # namespace/name, made outside Git: do not report as missing
releases:                                    # values files that Helm merges, in order
  - {name: prod, values: [base.yaml, prod.yaml]}
rules: {GT901: off, cert-expiring: error}    # off, info, warning, error
ignore:
  - {path: "legacy/**", rules: [GT302]}
"""


def test_every_key_of_the_contract():
    assert load(".gitops-tls.yaml", CONTRACT.encode()) == Config(
        exclude=("vendor/**",),
        expires_within=Within(30.0),
        fail_on="error",
        versions=(("milvus", "2.6"), ("apisix", "3.13"), ("apisix-ingress-controller", "2.1")),
        known_secrets=frozenset({"milvus/certs"}),
        releases=(Release("prod", ("base.yaml", "prod.yaml")),),
        severities=(("GT302", "error"), ("GT901", "off")),
        ignore=(IgnoreEntry("legacy/**", ("GT302",)),),
        path=".gitops-tls.yaml",
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n", "{}\n"])
def test_an_empty_configuration_is_the_default(text):
    assert load("c.yaml", text.encode()) == Config(path="c.yaml")


def test_versions_are_text_also_without_quotes():
    assert load("c.yaml", b"versions: {milvus: 2.10}\n").version("milvus") == "2.10"


def test_the_narrower_rule_wins():
    severities = dict(load("c.yaml", b"rules: {GT302: error, GT3: off}\n").severities)
    assert severities["GT302"] == "error"
    assert severities["GT301"] == "off"


@pytest.mark.parametrize(
    ("text", "place", "words", "help"),
    [
        ("exlude: []\n", "1:1", "unknown key `exlude`", "`exclude`"),
        ("expires_within: 3d\n", "1:1", "unknown key `expires_within`", "`expires-within`"),
        ("expires-within: soon\n", "1:17", "`soon`, which is no duration", "30d"),
        ("expires-within: -3d\n", "1:17", "no duration", "30d"),
        ("expires-within: 120%\n", "1:17", "expires-within is `120%`, more than a whole lifetime", "`0%` to `100%`"),
        ("fail-on: error\nexpires-within: -5%\n", "2:17", "expires-within is `-5%`, which is no duration", "`20%`"),
        ("expires-within: 20 percent\n", "1:17", "`20 percent`, which is no duration", "`20%`"),
        ("expires-within: [20%]\n", "1:17", "a list, where text belongs", ""),
        ("fail-on: errors\n", "1:10", "`errors`", "`error`"),
        ("fail-on: [error]\n", "1:10", "a list", ""),
        ("exclude: vendor\n", "1:10", "`vendor`, where a list belongs", ""),
        ("exclude:\n", "1:9", "empty, where a list belongs", ""),
        ("versions: {milvs: '2.6'}\n", "1:12", "unknown key `milvs`", "`milvus`"),
        ("versions: {milvus: latest}\n", "1:20", "`latest`, which is no version", "2.6"),
        ("versions: [milvus]\n", "1:11", "a list, where a mapping", ""),
        ("known-secrets: [certs]\n", "1:17", "`certs` names no Secret", "namespace/name"),
        ("releases:\n  - {name: prod}\n", "2:5", "no `values`", ""),
        ("releases:\n  - {name: prod, value: [a]}\n", "2:18", "unknown key `value`", "`values`"),
        ("rules: {GT777: off}\n", "1:9", "no rule is called `GT777`", "did you mean"),
        ("rules: {GT101: fatal}\n", "1:16", "`fatal`", "off"),
        ("ignore:\n  - {rules: [GT101]}\n", "2:5", "no `path`", ""),
        ("ignore:\n  - {path: a}\n", "2:5", "no `rules`", ""),
        ("ignore:\n  - {path: a, rules: GT101}\n", "2:22", "where a list belongs", ""),
        ("fail-on: error\nfail-on: info\n", "2:1", "twice", ""),
        ("a: [\n", "2:1", "not YAML", ""),
        ("- a\n", "1:1", "a list, where a mapping", ""),
        ("fail-on: error\n---\nfail-on: info\n", "3:1", "second YAML document", ""),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, place, words, help):
    with pytest.raises(UsageError) as caught:
        load("c.yaml", text.encode())
    assert str(caught.value).startswith(f"c.yaml:{place}: ")
    assert words in str(caught.value)
    assert help in caught.value.help


def test_the_command_line_ends_with_2(repository, tool):
    repository({".gitops-tls.yaml": "exlude: []\n"})
    result = tool("check")
    assert result == (
        2,
        "",
        "error: .gitops-tls.yaml:1:1: unknown key `exlude` in the configuration\nhelp: did you mean `exclude`?\n",
    )


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("30d", Within(30.0, None, "30d")),
        ("30", Within(30.0, None, "30d")),
        ("12h", Within(0.5, None, "12h")),
        (" 2W ", Within(14.0, None, "2W")),
        ("1y", Within(365.0, None, "1y")),
        ("20%", Within(30.0, 20.0, "20%")),
        ("27.5 %", Within(30.0, 27.5, "27.5 %")),
        ("0%", Within(30.0, 0.0, "0%")),
        ("100%", Within(30.0, 100.0, "100%")),
    ],
)
def test_thresholds(text, within):
    assert threshold(text, "x") == within


@pytest.mark.parametrize("text", ["", "d", "1e3", "%", "20%d", "20d%", "-1%", "100.1%", "999%", "1000%", "٣٠d", "٣%", "30 d d"])
def test_no_thresholds(text):
    with pytest.raises(UsageError, match=r"^--expires-within is `.*`, ") as caught:
        threshold(text, "--expires-within")
    assert "`30d`" in caught.value.help
    assert "%`" in caught.value.help
