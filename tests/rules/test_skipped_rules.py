"""GT902 and GT903: what was skipped becomes a finding where somebody asks for it, and nowhere else."""

from __future__ import annotations

import pytest

from gitops_tls.rules import gt902_template_skipped, gt903_encrypted_skipped

TEMPLATE = gt902_template_skipped._TEMPLATE
SOPS = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  tls.crt: ENC[AES256_GCM,data:AAAA,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:AAAA]\n"
FILES = {
    "chart/Chart.yaml": gt902_template_skipped._CHART,
    **{f"chart/templates/milvus-{number}.yaml": TEMPLATE for number in range(30)},
    "docker-compose.yml": gt903_encrypted_skipped.COMPOSE,
    "user.yaml": gt903_encrypted_skipped.USER,
    "tls/server.pem": b"\0GITCRYPT\0" + bytes(range(200)),
    "secret.yaml": SOPS,
}


def of_skips(tool, *arguments: str) -> list[str]:
    found = tool("check", "--format", "json", *arguments).json["findings"]
    return [each["rule"] for each in found if each["rule"] in ("GT902", "GT903")]


def test_nothing_is_said_unless_somebody_asks(repository, tool):
    repository(FILES)
    assert of_skips(tool) == []
    assert of_skips(tool, "--fail-on", "info") == []
    text = tool("check").out
    assert text.count("Helm template") == 1
    assert "(30 Helm templates, 2 encrypted): --verbose lists them" in text
    assert len(tool("check", "--format", "json").json["skipped"]) == 32


@pytest.mark.parametrize(
    ("arguments", "configuration", "expected"),
    [
        (("--select", "GT902"), "", ["GT902"] * 30),
        (("--select", "encrypted-skipped"), "", ["GT903"] * 2),
        (("--select", "GT9"), "", ["GT902"] * 30 + ["GT903"] * 2),
        ((), "rules: {GT902: error}", ["GT902"] * 30),
        ((), "rules: {encrypted-skipped: info}", ["GT903"] * 2),
        ((), "rules: {GT9: warning, GT902: off}", ["GT903"] * 2),
        (("--ignore", "GT902"), "rules: {GT9: info}", ["GT903"] * 2),
        ((), "rules: {GT9: info}\nignore: [{path: 'chart/**', rules: [GT902]}]", ["GT903"] * 2),
        ((), "rules: {GT901: warning}", []),
    ],
)
def test_it_is_said_where_somebody_asks(repository, tool, arguments, configuration, expected):
    repository({**FILES, ".gitops-tls.yaml": configuration + "\n"})
    assert sorted(of_skips(tool, *arguments)) == expected


def test_the_severity_of_the_configuration_decides_the_exit_code(repository, tool):
    files = {"chart/Chart.yaml": FILES["chart/Chart.yaml"], "chart/templates/milvus.yaml": TEMPLATE}
    repository({**files, ".gitops-tls.yaml": "rules: {GT902: info}\n"})
    assert tool("check").code == 0
    assert tool("check", "--fail-on", "info").code == 1
    repository({".gitops-tls.yaml": "rules: {GT902: error}\n"})
    assert tool("check").code == 1
    [finding] = tool("check", "--format", "json").json["findings"]
    assert (finding["path"], finding["line"], finding["column"]) == ("chart/templates/milvus.yaml", 4, 9)


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE.replace(".Release.Name }}", ".Release.Name }}  # gitops-tls: ignore[GT902] ours"),
        TEMPLATE.replace("  name:", "  # gitops-tls: ignore[template-skipped] ours\n  name:"),
    ],
)
def test_a_comment_silences_it(repository, tool, text):
    repository({"chart/Chart.yaml": FILES["chart/Chart.yaml"], "chart/templates/milvus.yaml": text})
    assert of_skips(tool, "--select", "GT902") == []
    assert tool("check", "--select", "GT902", "--format", "json").json["summary"]["suppressed"] == 1
    # a rule that does not run makes no comment unused
    assert "GT901" not in tool("check", "--format", "json").rules


def test_the_places_of_encrypted_files(repository, tool):
    repository(FILES)
    found = tool("check", "--select", "GT903", "--format", "json").json["findings"]
    assert [(each["path"], each["line"], each["column"], each["message"]) for each in found] == [
        ("secret.yaml", 5, 12, "this file is encrypted by SOPS and is not judged"),
        ("tls/server.pem", 1, 1, "this file is encrypted by git-crypt and is not judged"),
    ]
    assert "secret.yaml:5:12" in tool("check", "--select", "GT903").out


@pytest.mark.parametrize("name", ["GT902", "template-skipped", "GT903", "encrypted-skipped"])
def test_they_have_a_page(tool, name):
    page = tool("explain", name)
    assert page.code == 0
    assert "told on request only" in page.out
    assert any(name in line and " info " in line for line in tool("rules").out.splitlines())
