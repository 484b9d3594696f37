"""Compose projects that run Milvus: recognition, roles, container files, settings."""

from __future__ import annotations

import textwrap
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import COMPOSE, SETTINGS, Claim, Claims
from gitops_tls.systems.files import DIRECTORY, MISSING, PRESENT, UNKNOWN
from gitops_tls.systems.kubernetes import Cluster
from gitops_tls.systems.milvus.compose import ComposeSpec, deployments
from gitops_tls.systems.milvus.image import image_files, is_public_default
from gitops_tls.systems.milvus.model import Deployment
from gitops_tls.systems.versions import Version

NOTHING = cast("Cluster", None)


def read(files: dict[str, str], ignored: tuple[str, ...] = (), config: Config | None = None) -> tuple[list[Deployment], Claims]:
    workspace = Workspace(MemoryFiles({path: textwrap.dedent(text).encode() for path, text in files.items()}, ignored))
    claims = Claims()
    for path in workspace.files.paths():
        if "compose" in path and "related" not in path:
            parsed = workspace.parsed(path)
            assert parsed is not None
            claims.add(Claim(COMPOSE, path, parsed.documents[0].root if parsed.documents else None, parsed))
    return list(deployments(workspace, claims, NOTHING, config or Config())), claims


def one(service: str, files: dict[str, str] | None = None, ignored: tuple[str, ...] = (), top: str = "") -> Deployment:
    body = "services:\n  standalone:\n" + textwrap.indent(textwrap.dedent(service), "    ")
    if "image:" not in body:
        body += "    image: milvusdb/milvus:v2.6.20\n"
    (deployment,), _ = read({"d/docker-compose.yml": body + textwrap.dedent(top), **(files or {})}, ignored)
    return deployment


def spec(deployment: Deployment) -> ComposeSpec:
    assert isinstance(deployment.spec, ComposeSpec)
    return deployment.spec


SHIPPED = """
version: '3.5'
services:
  etcd:
    image: quay.io/coreos/etcd:v3.5.25
    environment: [ETCD_SNAPSHOT_COUNT=50000]
  minio:
    image: minio/minio:RELEASE.2024-05-28T17-19-04Z
    ports: ["9001:9001"]
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    environment:
      ETCD_ENDPOINTS: etcd:2379
    volumes:
      - ${DOCKER_VOLUME_DIRECTORY:-.}/volumes/milvus:/var/lib/milvus
    ports:
      - "19530:19530"
      - "127.0.0.1:9091:9091"
  attu:
    image: zilliz/attu:v2.5
    environment: {MILVUS_URL: "standalone:19530"}
"""


def test_the_shape_of_the_shipped_file() -> None:
    (deployment,), _ = read({"docker-compose.yml": SHIPPED})
    assert (deployment.shape, deployment.name, deployment.version) == ("compose", "standalone", Version(2, 6, 20))
    assert deployment.node.position() == (10, 3)
    assert deployment.version_node is not None
    assert deployment.version_node.value == "milvusdb/milvus:v2.6.20"
    assert [(p.container, p.host) for p in deployment.published] == [(19530, ""), (9091, "127.0.0.1")]
    (component,) = deployment.components
    assert component.name == "standalone"
    assert component.non_root is False
    assert component.settings.get("tls.serverPemPath").text == "configs/cert/server.pem"
    assert not component.settings.unknown
    assert component.files.lookup("/var/lib/milvus/tls/server.pem").state == UNKNOWN
    assert component.files.lookup("configs/cert/server.pem").state == PRESENT
    assert component.files.lookup("/certs/server.pem").state == MISSING
    found = spec(deployment)
    assert [service.name for service in found.others] == ["etcd", "minio", "attu"]
    assert [service.variables["MILVUS_URL"].value for service in found.attu] == ["standalone:19530"]
    assert found.of(component) is found.service is found.services["standalone"]


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("command: [milvus, run, standalone]", "standalone"),
        ("command: milvus run proxy", "proxy"),
        ("command: sh -c 'exec milvus run querynode --alias x'", "querynode"),
        ("entrypoint: [milvus, run]\ncommand: [datanode]", "datanode"),
        ("command: milvus run mixture -rootcoord=true -querycoord=true", "mixcoord"),
        ("command: milvus run mixture -proxy=true -rootcoord=true", "proxy"),
        ("command: milvus run mixture -querynode=true", "querynode"),
        ("image: localhost/mine:1\ncommand: milvus run mixcoord", "mixcoord"),
        ("image: milvusdb/milvus-dev:master-latest\ncommand: milvus run standalone", "standalone"),
        ("image: ${REGISTRY}/milvus:${TAG}", "standalone"),
        ("user: '0'", "standalone"),
    ],
)
def test_roles(service: str, name: str) -> None:
    assert [c.name for c in one(service + "\n").components] == [name]


@pytest.mark.parametrize(
    "image", ["milvusdb/milvus-operator:v1", "zilliz/attu:v2", "milvusdb/milvus-insight", "minio/minio", "''", "[x]"]
)
def test_other_images_are_no_milvus(image: str) -> None:
    assert read({"docker-compose.yml": f"services: {{x: {{image: {image}, command: [serve]}}}}"})[0] == []


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("milvusdb/milvus:v2.4.0", Version(2, 4, 0)),
        ("milvusdb/milvus:2.5", Version(2, 5, 99)),
        ("milvusdb/milvus:v2.6.20-gpu", Version(2, 6, 20)),
        ("milvusdb/milvus:v2.6.20@sha256:00", Version(2, 6, 20)),
        ("milvusdb/milvus:${TAG:-v2.5.1}", Version(2, 5, 1)),
        ("milvusdb/milvus:latest", None),
        ("milvusdb/milvus", None),
        ("milvusdb/milvus:${TAG}", None),
        ("milvusdb/milvus:v2.6.${PATCH}", None),
        ("milvusdb/milvus:master-20260723-32a44262", None),
    ],
)
def test_version(image: str, version: Version | None) -> None:
    deployment = one(f"image: {image}\n")
    assert deployment.version == version
    (configured,), _ = read(
        {"docker-compose.yml": f"services: {{s: {{image: '{image}'}}}}"}, config=Config(versions=(("milvus", "2.3"),))
    )
    assert configured.version == version or configured.version == Version(2, 3, 99)


def test_a_cluster_is_one_deployment() -> None:
    text = "services:\n" + "".join(
        f"  milvus-{role}: {{image: 'milvusdb/milvus:v2.4.5', command: [milvus, run, {role}]}}\n"
        for role in ("rootcoord", "proxy", "querynode")
    )
    (deployment,), _ = read({"prod/docker-compose.yml": text})
    assert deployment.name == "milvus-proxy"
    assert deployment.node.value == "milvus-proxy"
    assert sorted(c.name for c in deployment.components) == ["proxy", "querynode", "rootcoord"]
    assert deployment.front is not None
    assert spec(deployment).of(deployment.components[2]).name in ("milvus-rootcoord", "milvus-querynode")


CONFIGS = [
    # service, further files, (name, problem, unknown words, shipped) of each configuration file
    ("{}", {}, [("milvus.yaml", "", "", True)]),
    ("volumes: ['./milvus.yaml:/milvus/configs/milvus.yaml']", {"d/milvus.yaml": "a: 1"}, [("milvus.yaml", "", "", False)]),
    ("volumes: ['./user.yaml:/milvus/configs/user.yaml:ro']", {"d/user.yaml": "a: 1"}, [("milvus.yaml", "", "", True), ("user.yaml", "", "", False)]),
    ("volumes: ['./user.yaml:/milvus/configs/user.yaml']", {}, [("milvus.yaml", "", "", True), ("user.yaml", "is a directory", "", False)]),
    ("volumes: ['./u:/milvus/configs/user.yaml']", {"d/u/x": ""}, [("milvus.yaml", "", "", True), ("user.yaml", "is a directory", "", False)]),
    ("volumes: ['~/user.yaml:/milvus/configs/user.yaml']", {}, [("milvus.yaml", "", "", True), ("user.yaml", "", "home folder", False)]),
    ("volumes: ['./conf:/milvus/configs']", {"d/conf/user.yaml": "a: 1"}, [("user.yaml", "", "", False)]),
    ("volumes: ['conf:/milvus/configs']", {}, [(n, "", "volume `conf`", False) for n in ("milvus.yaml", "default.yaml", "user.yaml")]),
    ("volumes: ['/milvus/configs']", {}, [("milvus.yaml", "", "", True), *((n, "", "anonymous", False) for n in ("default.yaml", "user.yaml"))]),
    ("tmpfs: /milvus/configs", {}, []),
    ("environment: {MILVUSCONF: /conf}\nvolumes: ['./user.yaml:/conf/user.yaml']", {"d/user.yaml": ""}, [("user.yaml", "", "", False)]),
    ("environment: [MILVUSCONF]", {}, [(n, "", "MILVUSCONF", False) for n in ("milvus.yaml", "default.yaml", "user.yaml")]),
    ("working_dir: /w\nvolumes: ['./user.yaml:/w/configs/user.yaml']", {"d/user.yaml": ""}, [("user.yaml", "", "", False)]),
    ("volumes: ['./user.yml:/milvus/configs/user.yml']", {"d/user.yml": ""}, [("milvus.yaml", "", "", True)]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "files", "expected"), CONFIGS)
def test_configuration_files(service: str, files: dict[str, str], expected: list[tuple[str, str, str, bool]]) -> None:
    deployment = one("" if service == "{}" else service + "\n", files)
    settings = deployment.components[0].settings
    assert [(f.name, f.problem, f.shipped) for f in settings.files] == [
        (name, problem, shipped) for name, problem, _, shipped in expected
    ]
    for file, (_, _, words, _) in zip(settings.files, expected, strict=True):
        assert words in file.unknown
        assert bool(words) == bool(file.unknown)


def test_settings_files_become_claims() -> None:
    text = "services: {s: {image: 'milvus:v2.6.0', volumes: ['./user.yaml:/milvus/configs/user.yaml']}}"
    (deployment,), claims = read({"compose.yaml": text, "user.yaml": "common: {security: {tlsMode: 1}}"})
    assert deployment.components[0].settings.get("common.security.tlsMode").as_int == 1
    assert [claim.path for claim in claims.of(SETTINGS)] == ["user.yaml"]


@pytest.mark.parametrize(
    ("content", "mode"), [("common: {security: {tlsMode: 2}}", 2), ("common: {security: {tlsMode: '${MODE:-1}'}}", 1)]
)
def test_inline_config(content: str, mode: int) -> None:
    service = "configs: [{source: user, target: /milvus/configs/user.yaml}]\n"
    deployment = one(service, top=f'configs:\n  user:\n    content: "{content}"\n')
    setting = deployment.components[0].settings.get("common.security.tlsMode")
    assert setting.as_int == mode
    assert setting.place is not None
    assert setting.place.path == "d/docker-compose.yml"


@pytest.mark.parametrize(
    ("entry", "files"),
    [
        ("./milvus.yaml:/milvus/configs/milvus.yaml", {}),
        ("./milvus.yaml:/milvus/configs/milvus.yaml", {"d/milvus.yaml/x": ""}),
    ],
)
def test_a_folder_over_milvus_yaml_cannot_start(entry: str, files: dict[str, str]) -> None:
    (problem,) = spec(one(f"volumes: ['{entry}']\n", files)).cannot_start
    assert "cannot create the container" in problem.message
    assert problem.node is not None
    assert problem.node.value == entry


def test_a_missing_source_that_docker_does_not_make_cannot_start() -> None:
    entry = "{type: bind, source: ./user.yaml, target: /milvus/configs/user.yaml, bind: {create_host_path: false}}"
    assert len(spec(one(f"volumes: [{entry}]\n")).cannot_start) == 1


@pytest.mark.parametrize(
    ("volume", "files", "ignored", "path", "state", "words"),
    [
        ("./tls:/tls", {"d/tls/server.pem": "x"}, (), "/tls/server.pem", PRESENT, "`./tls/server.pem`"),
        ("./tls:/tls", {"d/tls/server.pem": "x"}, (), "/tls", DIRECTORY, "folder"),
        ("./tls:/tls", {"d/tls/ca.pem": "x"}, (), "/tls/server.pem", MISSING, "`./tls` has no server.pem"),
        ("./tls:/tls", {"d/tls/server.pem": "x"}, (), "/tls/server.key", UNKNOWN, "`./tls/server.key` is not in the repository"),
        ("./tls:/tls", {"d/tls/gen.sh": "x"}, (), "/tls/server.pem", UNKNOWN, "is not in the repository"),
        ("./tls:/tls", {}, (), "/tls/server.pem", UNKNOWN, "is not in the repository"),
        ("./tls:/tls", {}, ("d/tls",), "/tls/server.pem", UNKNOWN, "ignored by Git"),
        ("./tls:/tls", {"d/tls/server.key": "x"}, ("d/tls",), "/tls/server.key", PRESENT, ""),
        ("./tls/s.pem:/s.pem", {"d/tls/s.pem": "x"}, (), "/s.pem", PRESENT, ""),
        ("./tls/s.pem:/s.pem", {"d/tls/ca.pem": "x"}, (), "/s.pem", MISSING, "has no s.pem"),
        ("./tls/s.pem:/s", {"d/tls/s.pem": "x"}, (), "/s/below", MISSING, "is a file"),
        ("/etc/tls:/tls", {}, (), "/tls/server.pem", UNKNOWN, "absolute"),
        ("${CERTS}:/tls", {}, (), "/tls/server.pem", UNKNOWN, "variable"),
        ("certs:/tls", {}, (), "/tls/server.pem", UNKNOWN, "volume `certs`"),
        ("./tls:${WHERE}", {}, (), "/tls/server.pem", UNKNOWN, "variable"),
        ("./tls:/tls", {}, (), "/other/server.pem", MISSING, "nothing is mounted"),
    ],
)
def test_container_files(volume: str, files: dict[str, str], ignored: tuple[str, ...], path: str, state: str, words: str) -> None:
    view = one(f"volumes: ['{volume}']\n", files, ignored).components[0].files.lookup(path)
    assert view.state == state
    assert words in view.reason
    if state == PRESENT:
        assert view.content == b"x"
        assert view.mount is not None
        assert view.mount.value == volume


def test_secrets_and_tmpfs_in_the_container() -> None:
    deployment = one(
        "secrets: [key, gone]\ntmpfs: [/t]\n", {"d/key.pem": "x"}, top="secrets: {key: {file: key.pem}, gone: {external: true}}\n"
    )
    files = deployment.components[0].files
    assert files.lookup("/run/secrets/key").content == b"x"
    assert files.lookup("/run/secrets/gone").state == UNKNOWN
    assert files.lookup("/t/x").state == MISSING


def test_environment_user_and_host_network() -> None:
    deployment = one(
        """
        environment: {COMMON_SECURITY_TLSMODE: "${MODE}", PROXY_HTTP_PORT: 8080}
        user: "1000:1000"
        network_mode: host
        """
    )
    (component,) = deployment.components
    assert any("COMMON_SECURITY_TLSMODE" in reason for reason in component.settings.unknown)
    assert component.settings.get("proxy.http.port").as_int == 8080
    assert (component.user, component.non_root) == ("1000:1000", True)
    assert sorted(p.container for p in deployment.published) == [8080, 9091, 19530]
    assert spec(deployment).host_network is not None
    assert one("image: milvusdb/milvus:v3.0.0\n").components[0].non_root is True


def test_a_missing_env_file_leaves_settings_unknown() -> None:
    assert one("env_file: milvus.env\n").components[0].settings.unknown
    assert not one("env_file: [{path: milvus.env, required: false}]\n").components[0].settings.unknown
    found = one("env_file: milvus.env\n", {"d/milvus.env": "COMMON_SECURITY_TLSMODE=1\n"}).components[0].settings
    setting = found.get("common.security.tlsMode")
    assert setting.as_int == 1
    assert setting.place is not None
    assert (setting.place.path, setting.place.column) == ("d/milvus.env", 25)


def test_a_built_image_may_bring_anything() -> None:
    component = one("build: .\nimage: milvus:v2.6.0\n").components[0]
    assert component.settings.unknown
    assert component.files.lookup("/milvus/tls/server.pem").state == UNKNOWN


def test_an_overlay_is_a_deployment_of_its_own() -> None:
    files = {
        "docker-compose.yml": "services: {standalone: {image: 'milvus:v2.6.0'}}",
        "docker-compose.tls.yml": "services: {standalone: {environment: {COMMON_SECURITY_TLSMODE: 1}}}",
    }
    found, _ = read(files)
    modes = [d.components[0].settings.get("common.security.tlsMode").as_int for d in found]
    assert modes == [1, 0]


def test_files_that_name_no_milvus_are_found_by_what_they_are_about() -> None:
    milvus = "services: {m: {image: 'milvus:v2.6.0', environment: {A: '${MODE}'}}}"
    tls = "services: {m: {environment: {COMMON_SECURITY_TLSMODE: 1}}}"
    found, _ = read({"docker-compose.yml": milvus, "docker-compose.related.yml": tls})
    assert [d.components[0].settings.get("common.security.tlsMode").as_int for d in found] == [1, 0]
    assert [d.path for d in found] == ["docker-compose.related.yml", "docker-compose.yml"]
    assert [spec(d).service.node.path for d in found] == ["docker-compose.related.yml", "docker-compose.yml"]
    including = "include: [sub/compose.yml]\nservices: {app: {image: x}}"
    (deployment,), _ = read({"related-compose.yml": including, "sub/compose.yml": milvus, ".env": "MODE=x"})
    assert spec(deployment).project.path == "related-compose.yml"
    assert spec(deployment).service.variables["A"].value == "x"
    extending = "services: {m: {extends: {file: milvus-compose.yml, service: m}, environment: {COMMON_SECURITY_TLSMODE: 2}}}"
    (deployment,), _ = read({"related-compose.yml": extending, "milvus-compose.yml": milvus})
    assert deployment.path == "related-compose.yml"
    assert deployment.components[0].settings.get("common.security.tlsMode").as_int == 2


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("configs/cert/server.pem", True), ("/milvus/configs/cert/ca.key", True), ("./configs/cert/../cert/client.pem", True),
        ("configs/cert/other.pem", False), ("/configs/cert/server.pem", False), ("", False),
    ],
)  # fmt: skip
def test_public_default(path: str, public: bool) -> None:
    assert is_public_default(path) is public


def test_image_files() -> None:
    view = image_files(Version(2, 6, 0))
    assert [(view(p) or (None,))[0] for p in ("/milvus/configs/milvus.yaml", "/milvus/configs", "/milvus/configs/user.yaml", "/etc/ssl/certs/x")] == [
        PRESENT, DIRECTORY, None, UNKNOWN,
    ]  # fmt: skip
    public = view("/milvus/configs/cert/server.key")
    assert public is not None
    assert "public key pair of the image" in public.reason
    assert public.content is None


@given(st.data())
def test_damaged_files_give_no_error(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SHIPPED)))
    end = data.draw(st.integers(start, min(len(SHIPPED), start + 20)))
    text = SHIPPED[:start] + data.draw(st.text(alphabet="{}[]:$-,\n &*!x/\"'~", max_size=6)) + SHIPPED[end:]
    found, _ = read({"docker-compose.yml": text, "docker-compose.override.yml": SHIPPED})
    assert all(deployment.components for deployment in found)


@pytest.mark.parametrize(
    ("lines", "roles"),
    [
        ("scale: 0", ["proxy"]),
        ("deploy: {replicas: 0}", ["proxy"]),
        ("scale: 1", ["proxy", "querynode"]),
        ("deploy: {replicas: 2}", ["proxy", "querynode"]),
        ("deploy: {replicas: }", ["proxy", "querynode"]),
        ("scale: []", ["proxy", "querynode"]),
        ("scale: ${NODES:-0}", ["proxy", "querynode"]),
        ("profiles: [big]", ["proxy", "querynode"]),
    ],
)
def test_a_service_without_containers_is_no_component(lines: str, roles: list[str]) -> None:
    service = "  {0}:\n    image: milvusdb/milvus:v2.6.20\n    command: [milvus, run, {0}]\n"
    text = "services:\n" + service.format("proxy") + service.format("querynode") + f"    {lines}\n"
    (deployment,), _ = read({"docker-compose.yml": text})
    assert [component.name for component in deployment.components] == roles


def test_a_project_that_runs_nothing_is_no_deployment() -> None:
    text = "services:\n  db:\n    image: milvusdb/milvus:v2.6.20\n    command: milvus run standalone\n    scale: 0\n"
    assert read({"docker-compose.yml": text})[0] == []
