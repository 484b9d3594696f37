"""``check`` from end to end: findings, paths, selections, exit codes, formats, baselines, broken rules."""

from __future__ import annotations

import json

import pytest

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
    ports: ["19530:19530"]
"""
USER = """common:
  security:
    tlsMode: true   # mutual
"""
BAD = {"prod/docker-compose.yml": COMPOSE, "prod/user.yaml": USER}
GOOD = {"prod/docker-compose.yml": COMPOSE, "prod/user.yaml": "common:\n  security:\n    tlsMode: 0\n"}
ONLY = ("--select", "GT101,GT9")


def test_a_finding_fails_the_run_and_points_at_the_characters(repository, tool):
    repository(BAD)
    result = tool("check", "--format", "json", "--at", "2026-11-22", *ONLY)
    assert result.code == 1
    document = result.json
    assert list(document) == ["version", "tool", "at", "findings", "skipped", "summary"]
    assert document["version"] == 1
    assert document["at"] == "2026-11-22T00:00:00Z"
    [finding] = document["findings"]
    assert (finding["rule"], finding["name"], finding["severity"]) == ("GT101", "tls-mode-invalid", "error")
    assert (finding["path"], finding["line"], finding["column"], finding["end_line"], finding["end_column"]) == (
        "prod/user.yaml",
        3,
        14,
        3,
        18,
    )
    assert finding["pointer"] == "/common/security/tlsMode"
    assert {"path", "line", "column", "message"} == set(finding["related"][0])
    assert set(finding["fix"]) == {"title", "safe"}
    assert set(document["summary"]) == {
        "files", "documents", "deployments", "certificates", "errors", "warnings", "infos", "fixable", "suppressed",
    }  # fmt: skip
    assert (document["summary"]["files"], document["summary"]["deployments"], document["summary"]["errors"]) == (2, 1, 1)


def test_the_same_input_gives_the_same_bytes(repository, tool):
    repository(BAD)
    assert tool("check", "--format", "json", "--at", "2026-11-22").out == tool("check", "--format=json", "--at=2026-11-22").out


def test_nothing_found_is_one_line_and_quiet_is_none(repository, tool):
    repository({"a.yaml": "a: 1\n"})
    result = tool("check")
    assert (result.code, result.out.count("\n"), result.err) == (0, 1, "")
    assert tool("check", "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 1),
        (("--fail-on", "never"), 0),
        (("--fail-on", "warning"), 1),
        (("--fail-on=sometimes",), 2),
        (("--select", "GT9"), 0),
        (("--select", "tls-mode-invalid"), 1),
        (("--ignore", "gt101"), 0),
        (("--select", "GT9999"), 2),
        (("--select", "GT101,nonsense"), 2),
        (("nowhere",), 2),
        (("..",), 2),
        (("prod",), 1),
        (("prod/docker-compose.yml",), 0),
        (("prod/user.yaml",), 1),
        (("--at", "yesterday"), 2),
        (("--at", "2026-11-22T08:00:00+02:00"), 1),
        (("--expires-within", "soon"), 2),
        (("--expires-within", "2w"), 1),
        (("--format", "pdf"), 2),
        (("--format", "json", "--format", "text"), 2),
        (("--format", "json="), 2),
        (("--jobs", "4"), 1),
        (("--jobs", "many"), 2),
        (("--config", "nowhere.yaml"), 2),
        (("--baseline", "nowhere.json"), 2),
        (("--write-baseline",), 2),
        (("--unknown",), 2),
        (("--diff",), 2),
        (("--format",), 2),
        (("-", "prod"), 2),
    ],
)
def test_exit_codes(repository, tool, arguments, code):
    repository(BAD)
    chosen = () if any(word in " ".join(arguments) for word in ("--select", "--ignore")) else ONLY
    if "--ignore" in arguments:
        chosen = ("--select", "GT101")
    result = tool("check", *arguments, *chosen)
    assert result.code == code, result.err
    if code == 2:
        assert result.out == ""
        assert result.err.startswith("error: ")
        assert "Traceback" not in result.err


def test_a_wrong_rule_gets_the_nearest(repository, tool):
    repository(GOOD)
    assert tool("check", "--select", "GT9999").err == (
        "error: no rule is called `GT9999`\nhelp: did you mean GT901 (unused-ignore)? `gitops-tls rules` lists them all\n"
    )
    assert "GT101 (tls-mode-invalid)" in tool("check", "--ignore", "tls-mode-invald").err


def test_paths_are_relative_to_the_current_folder_and_rules_still_see_the_rest(repository, tool, monkeypatch):
    root = repository(BAD)
    monkeypatch.chdir(root / "prod")
    result = tool("check", "user.yaml", "--format", "json", *ONLY)
    assert result.code == 1
    [finding] = result.json["findings"]
    assert finding["path"] == "prod/user.yaml"
    assert finding["related"][0]["path"] == "prod/docker-compose.yml"
    assert tool("check", "docker-compose.yml", *ONLY).code == 0


def test_a_named_file_is_read_even_if_git_ignores_it(repository, tool):
    repository({**BAD, ".gitignore": "*\n"})
    assert tool("check", *ONLY).code == 0
    assert tool("check", "prod/docker-compose.yml", "prod/user.yaml", *ONLY).code == 1


def test_a_folder_without_git_is_read(repository, tool, tmp_path):
    repository(BAD, git=False)
    assert tool("check", *ONLY).code == 1


def test_formats_go_to_files_beside_the_standard_output(repository, tool):
    root = repository(BAD)
    result = tool(
        "check", "--format", "concise", "--format", "json=out/r.json", "--format=sarif=r.sarif", "--format", "github=r.txt", *ONLY
    )
    assert result.code == 1
    assert result.out.startswith("prod/user.yaml:3:14: error GT101 tlsMode `true`")
    assert json.loads((root / "out/r.json").read_text())["findings"][0]["rule"] == "GT101"
    run = json.loads((root / "r.sarif").read_text())["runs"][0]
    assert run["results"][0]["ruleId"] == "GT101"
    assert run["tool"]["driver"]["rules"][0]["id"] == "GT101"
    assert (
        (root / "r.txt")
        .read_text()
        .startswith("::error file=prod/user.yaml,line=3,endLine=3,title=GT101 tls-mode-invalid,col=14")
    )


def test_standard_input_is_one_document_called_dash(repository, tool):
    repository(GOOD)
    result = tool("check", "-", "--format", "json", *ONLY, stdin=USER.encode())
    assert (result.code, result.json["findings"][0]["path"]) == (1, "-")
    assert " --> -:3:14\n" in tool("check", "-", *ONLY, stdin=USER.encode()).out
    assert tool("check", "-", *ONLY, stdin=b"\xff\x00\xfe: [").code in (0, 1)


def test_a_baseline_hides_what_is_known_wherever_it_moves(repository, tool):
    root = repository(BAD)
    assert tool("check", "--baseline", "known.json", "--write-baseline", *ONLY).code == 0
    result = tool("check", "--baseline", "known.json", "--format", "json", *ONLY)
    assert (result.code, result.json["findings"], result.json["summary"]["suppressed"]) == (0, [], 1)
    (root / "prod/user.yaml").write_text("# moved\n\n" + USER)
    assert tool("check", "--baseline", "known.json", *ONLY).code == 0
    (root / "prod/user.yaml").write_text(USER.replace("true", "yes"))
    assert tool("check", "--baseline", "known.json", *ONLY).code == 1
    (root / "known.json").write_text("[]")
    assert tool("check", "--baseline", "known.json", *ONLY).code == 2


def test_a_broken_rule_is_told_and_the_others_still_run(repository, tool, monkeypatch):
    repository(BAD)
    from gitops_tls import rules

    def broken(facts):
        raise ValueError("hunter2")
        yield

    monkeypatch.setattr(rules.load("GT102"), "check", broken)
    result = tool("check", "--format", "json", "--select", "GT101,GT102")
    assert result.code == 3
    assert set(result.rules) == {"GT101", "GT904"}
    message = next(f["message"] for f in result.json["findings"] if f["rule"] == "GT904")
    assert "GT102" in message
    assert "ValueError" in message
    assert "hunter2" not in result.out + result.err


def test_an_unexpected_error_is_one_line_without_values(repository, tool, monkeypatch):
    repository(BAD)
    from gitops_tls.commands import check

    def broken(*arguments, **more):
        raise KeyError("hunter2")

    monkeypatch.setattr(check, "open_session", broken)
    result = tool("check")
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith("internal error: KeyError in gitops_tls.commands.check:")
    assert result.err.count("\n") == 1
    assert "hunter2" not in result.err


def test_an_interrupt_and_a_closed_pipe_are_no_errors(repository, tool, monkeypatch):
    repository(GOOD)
    from gitops_tls.commands import check

    for error, code in ((KeyboardInterrupt, 130), (BrokenPipeError, 0)):

        def stop(*arguments, error=error):
            raise error

        monkeypatch.setattr(check, "open_session", stop)
        monkeypatch.setattr("gitops_tls.__main__._close_quietly", lambda: None)
        assert tool("check").code == code


def test_severities_of_the_configuration_count(repository, tool):
    root = repository({**BAD, ".gitops-tls.yaml": "rules: {GT101: warning}\n"})
    result = tool("check", "--format", "json", "--select", "GT101")
    assert (result.code, result.json["findings"][0]["severity"]) == (0, "warning")
    (root / ".gitops-tls.yaml").write_text("fail-on: warning\nrules: {GT101: warning}\n")
    assert tool("check", "--select", "GT101").code == 1
    (root / ".gitops-tls.yaml").write_text("rules: {GT1: off}\n")
    assert "GT101" not in tool("check", "--format", "json").out
    (root / ".gitops-tls.yaml").write_text("exclude: [prod/**]\n")
    assert tool("check").code == 0


def test_verbose_lists_what_was_skipped(repository, tool):
    repository(
        {
            "chart/Chart.yaml": "name: x\n",
            "chart/templates/m.yaml": "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: {{ .x }} }\n",
        }
    )
    result = tool("check", "--verbose")
    assert "chart/templates/m.yaml" in result.out
    assert "Skipped 1 (1 Helm template)" in result.out
