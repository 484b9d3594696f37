"""Layers, spellings and dropped files. Expected values: source of Milvus 2.3 to 3.0 and runs of 2.3.5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.systems.milvus.settings import ConfigFile, Settings, Variable, config_file, format_key, shipped_file
from gitops_tls.systems.versions import Version
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.parse import parse

OLD, NEW = Version(2, 3, 5), Version(2, 6, 20)
MODE = "common.security.tlsMode"


def file(name: str, text: str) -> ConfigFile:
    parsed = parse(Source(name, text))
    problem = parsed.problem.message if parsed.problem is not None and not parsed.documents else ""
    return config_file(name, [document.root for document in parsed.documents], problem=problem)


def mode(text: str, version: Version = NEW) -> str:
    return Settings(version, [file("milvus.yaml", text)]).get(MODE).text


@pytest.mark.parametrize(
    "text",
    [
        "common: {security: {tlsMode: 1}}",
        "common: {security: {tlsmode: 1}}",
        "common: {security: {tls_mode: 1}}",
        "COMMON: {Security: {TLSMODE: 1}}",
        "common.security.tlsMode: 1",
        "common/security/tlsMode: 1",
        "<<: {common: {security: {tlsMode: 1}}}",
        "x: &m {tlsMode: 1}\ncommon: {security: *m}",
        "common: {security: {tlsMode: 0}}\ncommon: {security: {tlsMode: 1}}",
        "---\ncommon: {security: {tlsMode: 1}}\n---\ncommon: {security: {tlsMode: 2}}",
    ],
)
def test_ways_to_write_one(text: str) -> None:
    assert mode(text) == "1"
    assert mode(text, OLD) == "1"


@pytest.mark.parametrize(
    "text",
    [
        "common: {security: {tls-mode: 1}}",
        "tlsMode: 1",
        "common: {tlsMode: 1}",
        "tls: {tlsMode: 1}",
        "common: {security: {tlsMode: 1}}\ncommon: {gracefulTime: 5000}",
        "a: 1\n---\ncommon: {security: {tlsMode: 1}}",
    ],
)
def test_ways_to_miss(text: str) -> None:
    assert mode(text) == "0"


def test_capitals_win_until_2_4_and_are_random_after() -> None:
    text = "common: {security: {tlsMode: 0, tlsmode: 1}}"
    assert mode(text, OLD) == "0"
    assert [s.text for s in Settings(NEW, [file("milvus.yaml", text)]).get(MODE).rivals] == ["0"]


def test_later_files_and_the_environment_win() -> None:
    files = [file("user.yaml", "common.security.tlsMode: 2"), file("milvus.yaml", "common.security.tlsMode: 1")]
    setting = Settings(NEW, files, [Variable("COMMON_SECURITY_TLSMODE", "0")]).get(MODE)
    assert (setting.text, [hidden.text for hidden in setting.overrides]) == ("0", ["2", "1"])
    assert Settings(NEW, files).get(MODE).text == "2"
    assert Settings(OLD, files).get(MODE).text == "1"


@pytest.mark.parametrize(
    ("name", "version", "counts"),
    [
        ("COMMON_SECURITY_TLSMODE", OLD, True),
        ("common_security_tlsmode", OLD, True),
        ("TLSMODE", NEW, False),
        ("MILVUS_COMMON_SECURITY_TLSMODE", NEW, False),
        ("MILVUS_CONF_COMMON_SECURITY_TLSMODE", NEW, True),
        ("MILVUS_CONF_COMMON_SECURITY_TLSMODE", OLD, False),
    ],
)
def test_variables(name: str, version: Version, counts: bool) -> None:
    assert (Settings(version, [], [Variable(name, "1")]).get(MODE).text == "1") is counts


def test_one_bad_file_drops_all_that_the_version_reads() -> None:
    files = [shipped_file(), file("milvus.yaml", "common.security.tlsMode: 1"), file("user.yaml", "a:\n\tb: 1")]
    dropped = Settings(NEW, files)
    assert dropped.dropped is not None
    assert (dropped.get(MODE).text, dropped.get("tls.serverPemPath").text) == ("0", "")
    assert Settings(OLD, files[1:]).get(MODE).text == "1"


def test_the_image_brings_paths_that_the_code_does_not() -> None:
    assert Settings(NEW, [shipped_file()]).get("tls.serverPemPath").text == "configs/cert/server.pem"
    assert Settings(NEW, [file("milvus.yaml", "a: 1")]).get("tls.serverPemPath").text == ""
    assert Settings(OLD, [shipped_file()]).get("internaltls.sni").text == ""


def test_alias_bombs_are_refused_as_yaml_v2_does() -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}, r: *a{i - 1}}}" for i in range(1, 30)]
    assert Settings(NEW, [file("milvus.yaml", "\n".join(lines))]).dropped is not None


@given(st.text(alphabet="abcXYZ_./-", max_size=20))
def test_format_key_is_idempotent(key: str) -> None:
    assert format_key(format_key(key)) == format_key(key)
    assert format_key(key) == format_key(key.upper())
