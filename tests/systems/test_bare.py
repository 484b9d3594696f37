"""Configuration files as values, and settings files that nothing mounts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.files import UNKNOWN
from gitops_tls.systems.milvus.bare import deployments, settings_file, settings_text
from gitops_tls.systems.milvus.model import NEWEST, Deployment
from gitops_tls.systems.recognise import recognise
from gitops_tls.systems.versions import Version
from gitops_tls.yamldoc.node import Node

TLS = "common:\n  security:\n    tlsMode: 2\ntls:\n  serverPemPath: /certs/a.pem\n"


def space(files: dict[str, str | bytes]) -> Workspace:
    return Workspace(MemoryFiles({path: text.encode() if isinstance(text, str) else text for path, text in files.items()}))


def bare(files: dict[str, str | bytes], used: set[str] | None = None, config: Config | None = None) -> list[Deployment]:
    workspace = space(files)
    return list(deployments(workspace, recognise(workspace, workspace.files.paths()), config or Config(), used or set()))


def test_a_settings_file() -> None:
    workspace = space({"a.yaml": TLS})
    file = settings_file(workspace, "user.yaml", "a.yaml", None)
    assert (file.name, file.path, file.problem, file.unknown, file.other_documents) == ("user.yaml", "a.yaml", "", "", 0)
    assert file.root is not None
    assert file.root.text("common", "security", "tlsMode") == "2"


def test_only_the_first_document_counts() -> None:
    for rest, others in (("---\nb: 1\n", 1), ("---\nb: [\n", 0), ("...\n---\n- 1\n", 1)):
        file = settings_file(space({"a.yaml": TLS + rest}), "milvus.yaml", "a.yaml", None)
        assert file.problem == ""
        assert file.root is not None
        assert file.other_documents == others


def test_what_the_server_cannot_use() -> None:
    for text, line, column in (
        ("a: 1\n b: [\n", 2, 3),
        ("\ta: 1\n", 1, 1),
        ("- a\n", 1, 1),
        ("text\n", 1, 1),
        (b"a: \xff\n", 1, 1),
    ):
        file = settings_file(space({"a.yaml": text}), "milvus.yaml", "a.yaml", None)
        assert file.problem
        assert file.root is None
        assert file.place is not None
        assert (file.place.path, file.place.line, file.place.column) == ("a.yaml", line, column)


def test_an_empty_file_sets_nothing() -> None:
    for text in ("", "# only\n", "---\n", "null\n"):
        file = settings_file(space({"a.yaml": text}), "milvus.yaml", "a.yaml", None)
        assert (file.root, file.problem, file.unknown) == (None, "", "")


def test_what_is_not_known_here() -> None:
    workspace = space({"sops.yaml": TLS + "sops:\n  mac: x\n", "template.yaml": "tls: {{ .Values.tls }}\n", "folder/x": ""})
    for path, words in (
        ("none.yaml", "is not in the repository"), ("folder", "cannot be read"), ("sops.yaml", "encrypted"), ("template.yaml", "template"),
    ):  # fmt: skip
        file = settings_file(workspace, "milvus.yaml", path, None)
        assert words in file.unknown
        assert file.problem == ""
    assert [(skip.path, skip.reason) for skip in workspace.skips] == [("template.yaml", "Helm template")]


def scalar(text: str) -> tuple[Workspace, Node]:
    workspace = space({"v.yaml": text})
    parsed = workspace.parsed("v.yaml")
    assert parsed is not None
    root = parsed.documents[0].root
    assert root is not None
    node = root.get("data", "user.yaml")
    assert node is not None
    return workspace, node


def test_a_problem_inside_a_block_scalar_has_its_own_place() -> None:
    for header in ("|", "|2-", "|+"):
        workspace, node = scalar(f"# c\ndata:\n  user.yaml: {header}\n    tls:\n      a: b\n     c: d\n  x: 1\n")
        file = settings_text(workspace, "user.yaml", node, None)
        assert file.problem
        assert file.place is not None
        assert (file.place.line, file.place.column) == (6, 6)


def test_text_in_other_scalars() -> None:
    workspace, node = scalar('data:\n  user.yaml: "common: {security: {tlsMode: 2}}"\n')
    file = settings_text(workspace, "user.yaml", node, None)
    assert file.root is not None
    assert file.path == "v.yaml"
    workspace, node = scalar("data:\n  user.yaml: 'a: b: c'\n")
    file = settings_text(workspace, "user.yaml", node, None)
    assert file.problem
    assert file.place is not None
    assert (file.place.line, file.place.column) == (2, 14)


@given(st.text(alphabet="ab:[]{}-| \n\t'\"#&*%", max_size=40), st.sampled_from(["|", "|-", ">", "|2"]))
def test_any_text(text: str, header: str) -> None:
    body = "".join(f"    {line}\n" for line in text.split("\n"))
    workspace = space({"v.yaml": f"data:\n  user.yaml: {header}\n{body}"})
    parsed = workspace.parsed("v.yaml")
    assert parsed is not None
    root = parsed.documents[0].root if parsed.documents else None
    node = root.get("data", "user.yaml") if root is not None else None
    if node is not None:
        file = settings_text(workspace, "user.yaml", node, None)
        assert file.place is None or 1 <= file.place.line <= text.count("\n") + 4


def test_a_bare_settings_file_is_a_deployment() -> None:
    (found,) = bare({"conf/milvus.yaml": TLS})
    assert (found.shape, found.path, found.version, found.assumed_version()) == ("file", "conf/milvus.yaml", None, NEWEST)
    (component,) = found.components
    assert component.serves_clients
    assert component.settings.get("common.security.tlsMode").as_int == 2
    assert [file.name for file in component.settings.files] == ["milvus.yaml"]
    view = component.files.lookup("configs/cert/a.pem")
    assert view.state == UNKNOWN
    assert "mounted" in view.reason
    assert component.files.absolute("x") == "/milvus/x"


def test_a_user_file_lies_over_the_shipped_one() -> None:
    (found,) = bare({"user.yaml": TLS})
    files = found.components[0].settings.files
    assert [(file.name, file.shipped) for file in files] == [("milvus.yaml", True), ("user.yaml", False)]
    assert found.components[0].settings.get("tls.serverKeyPath").text == "configs/cert/server.key"


def test_the_configured_version() -> None:
    (found,) = bare({"milvus.yaml": TLS}, config=Config(versions=(("milvus", "2.4"),)))
    assert found.version == found.components[0].settings.version == Version(2, 4, 99)


def test_files_that_another_deployment_reads_are_left_out() -> None:
    assert bare({"milvus.yaml": TLS}, {"milvus.yaml"}) == []


def test_a_broken_file_is_a_deployment_with_a_problem() -> None:
    (found,) = bare({"milvus.yaml": TLS + "  bad\n"})
    assert found.path == "milvus.yaml"
    assert found.components[0].settings.dropped is not None
