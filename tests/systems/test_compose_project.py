"""Compose projects: merging, extends, include, ports, volumes, variables."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.compose.discover import Plan, plan
from gitops_tls.systems.compose.mounts import split_volume
from gitops_tls.systems.compose.project import Project, Service, parse_image, project


def workspace(files: dict[str, str], ignored: tuple[str, ...] = ()) -> Workspace:
    return Workspace(MemoryFiles({path: textwrap.dedent(text).encode() for path, text in files.items()}, ignored))


def load(files: dict[str, str], path: str = "docker-compose.yml", over: tuple[str, ...] = ()) -> Project:
    return project(workspace(files), path, over)


def service(text: str, **more: str) -> Service:
    """The service ``s`` of a file whose service is ``text``; ``more`` are files (``_`` for ``.``)."""
    body = "services:\n  s:\n" + textwrap.indent(textwrap.dedent(text), "    ")
    files = {name.replace("__", "/").replace("_", "."): content for name, content in more.items()}
    return load({"docker-compose.yml": body, **files}).services["s"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('"9091:9091"', (9091, 9091, "9091", "", "tcp")),
        ("9091:9091", (9091, 9091, "9091", "", "tcp")),
        ("9091", (9091, 9091, "", "", "tcp")),
        ('"127.0.0.1:9091:9091"', (9091, 9091, "9091", "127.0.0.1", "tcp")),
        ('"127.0.0.1::9091"', (9091, 9091, "", "127.0.0.1", "tcp")),
        ('"[::1]:80:9091"', (9091, 9091, "80", "::1", "tcp")),
        ('"6000-6010:7000-7010/udp"', (7000, 7010, "6000-6010", "", "udp")),
        ('"${PORT}:19530"', (19530, 19530, None, "", "tcp")),
        ('"${PORT:-1}:19530"', (19530, 19530, "1", "", "tcp")),
        ('"${IP}:1:19530"', (19530, 19530, "1", "", "tcp")),
        ('"80:${PORT}"', (None, None, "80", "", "tcp")),
        ("{target: 19530, published: 80, host_ip: 10.0.0.1, protocol: udp}", (19530, 19530, "80", "10.0.0.1", "udp")),
        ("{target: 19530}", (19530, 19530, "", "", "tcp")),
    ],
)
def test_ports(entry: str, expected: tuple[object, ...]) -> None:
    (port,) = service(f"ports:\n  - {entry}\n").ports
    assert port[:5] == expected


@pytest.mark.parametrize("entry", ["nonsense", '"80:"', '"1:70000"', '"9-1"', "{published: 1}", "[1]"])
def test_refused_ports(entry: str) -> None:
    found = service(f"ports:\n  - {entry}\n")
    assert not found.ports
    assert len(found.refused) == 1


@pytest.mark.parametrize(
    ("entry", "kind", "path", "target", "read_only"),
    [
        ("./tls:/milvus/tls", "bind", "d/tls", "/milvus/tls", False),
        ("./tls/:/milvus/tls/:ro", "bind", "d/tls", "/milvus/tls", True),
        ("../tls:/milvus/tls:ro,z", "bind", "tls", "/milvus/tls", True),
        (".:/app", "bind", "d", "/app", False),
        ("../../out:/x", "bind", None, "/x", False),
        ("/etc/tls:/x", "bind", None, "/x", False),
        ("~/tls:/x", "bind", None, "/x", False),
        ("C:\\\\tls:/x", "bind", None, "/x", False),
        ("${PWD}/tls:/x", "bind", "d/tls", "/x", False),
        ("$PWD/tls:/x", "bind", "d/tls", "/x", False),
        ("${CERTS}/tls:/x", "bind", None, "/x", False),
        ("${CERTS:-./tls}:/x", "bind", "d/tls", "/x", False),
        ("data:/var/lib/milvus", "volume", None, "/var/lib/milvus", False),
        ("bound:/x", "volume", "d/tls", "/x", False),
        ("/var/lib/milvus", "anonymous", None, "/var/lib/milvus", False),
        ("./a:${WHERE}", "bind", "d/a", "", False),
        ("{type: bind, source: ./tls, target: /x, read_only: true}", "bind", "d/tls", "/x", True),
        ("{type: volume, source: data, target: /x}", "volume", None, "/x", False),
        ("{type: volume, source: bound, target: /x, volume: {subpath: a}}", "volume", "d/tls/a", "/x", False),
        ("{type: tmpfs, target: /x}", "tmpfs", None, "/x", False),
        ("{target: /x}", "anonymous", None, "/x", False),
        ("{type: npipe, source: a, target: /x}", "other", None, "/x", False),
    ],
)
def test_volumes(entry: str, kind: str, path: str | None, target: str, read_only: bool) -> None:
    written = entry if entry.startswith("{") else f'"{entry}"'
    text = f"""
        services:
          s:
            volumes:
              - {written}
        volumes:
          data:
          bound: {{driver: local, driver_opts: {{type: none, o: bind, device: ./tls}}}}
    """
    (volume,) = load({"d/compose.yml": text}, "d/compose.yml").services["s"].volumes
    assert (volume.kind, volume.host.path if volume.host else None, volume.target, volume.read_only) == (
        kind,
        path,
        target,
        read_only,
    )
    assert volume.host is None or volume.host.path is not None or volume.host.outside


@pytest.mark.parametrize(
    ("entry", "create"),
    [
        ("./a:/a", True),
        ("{type: bind, source: ./a, target: /a}", True),
        ("{type: bind, source: ./a, target: /a, bind: {create_host_path: false}}", False),
    ],
)
def test_bind_makes_a_missing_folder(entry: str, create: bool) -> None:
    assert service(f"volumes:\n  - {entry}\n").volumes[0].create is create


@pytest.mark.parametrize("entry", ['""', '"aa:bb:cc:dd"', '":/x"', "{type: bind, target: /x}", "{source: a}", "[a]"])
def test_refused_volumes(entry: str) -> None:
    assert len(service(f"volumes:\n  - {entry}\n").refused) == 1


@given(st.text(alphabet="aC:/.\\,~ro", max_size=20))
def test_split_volume_gives_back_its_parts(text: str) -> None:
    parts = split_volume(text)
    if parts is not None and parts[0]:
        assert ":".join(filter(None, (parts[0], parts[1], ",".join(parts[2])))) == text


def test_later_volume_and_tmpfs_win_by_target() -> None:
    found = service('volumes: ["./a:/x", "./b:/y", "./c:/x/"]\ntmpfs: /t:size=1m\n')
    assert [(v.source, v.target) for v in found.volumes] == [("./c", "/x"), ("./b", "/y"), ("", "/t")]


def test_environment_in_both_forms() -> None:
    text = """
        environment:
          A: 1
          B: "${X}"
          C: ${X:-c}
          D:
          E: true
          F: ""
          G: $${X}
    """
    assert {n: (v.value, v.unknown) for n, v in service(text).variables.items()} == {
        "A": ("1", ()), "B": (None, ("X",)), "C": ("c", ()), "D": (None, ("D",)), "E": ("true", ()), "F": ("", ()), "G": ("${X}", ()),
    }  # fmt: skip
    listed = service("environment:\n  - A=1\n  - B=${X}\n  - D\n  - E=a=b\n  - A=2\n", _env="D=from .env\nX=x y\n")
    assert {n: v.value for n, v in listed.variables.items()} == {"A": "2", "B": "x y", "D": "from .env", "E": "a=b"}
    assert listed.variables["B"].node.position() == (5, 9)


def test_env_files_lie_below_environment() -> None:
    text = """
        env_file:
          - one.env
          - {path: two.env, required: false}
          - {path: three.env, format: raw}
        environment: {B: environment}
    """
    found = service(text, one_env="A=1\nB=1\nC=1\n", three_env="C='3'\n")
    assert {n: v.value for n, v in found.variables.items()} == {"A": "1", "B": "environment", "C": "'3'"}
    variable = found.variables["A"]
    assert (variable.node.path, variable.node.position(), variable.origin) == ("one.env", (1, 3), "env_file")
    assert not variable.node.document.editable
    assert [(f.path.written, f.found, f.required) for f in found.env_files] == [
        ("one.env", True, True), ("two.env", False, False), ("three.env", True, True),
    ]  # fmt: skip


def test_env_file_as_text_and_ignored() -> None:
    files = {"docker-compose.yml": "services: {s: {env_file: ./secret.env}}", "secret.env": "A=1"}
    found = project(workspace(files, ("secret.env",)), "docker-compose.yml").services["s"]
    assert found.variables["A"].value == "1"
    (missing,) = (
        project(workspace({"docker-compose.yml": files["docker-compose.yml"]}, ("secret.env",)), "docker-compose.yml")
        .services["s"]
        .env_files
    )
    assert (missing.found, missing.ignored) == (False, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("command: milvus run standalone", ("milvus", "run", "standalone")),
        ("command: [milvus, run, proxy]", ("milvus", "run", "proxy")),
        ("command: sh -c 'milvus run standalone'", ("sh", "-c", "milvus run standalone")),
        ("command: it's open", ("it's", "open")),
        ("command: []", ()),
        ("command:", None),
        ("{}", None),
    ],
)
def test_command(text: str, expected: tuple[str, ...] | None) -> None:
    assert service(text).command == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("milvusdb/milvus:v2.6.20", ("milvusdb/milvus", "v2.6.20", "")),
        ("localhost:5000/milvus", ("localhost:5000/milvus", "", "")),
        ("localhost:5000/milvus:v1@sha256:00", ("localhost:5000/milvus", "v1", "sha256:00")),
        ("milvus@sha256:00", ("milvus", "", "sha256:00")),
    ],
)
def test_image(text: str, parts: tuple[str, str, str]) -> None:
    node = service("image: x").node
    image = parse_image(text, (), node)
    assert (image.repository, image.tag, image.digest) == parts
    assert image.last_part == "milvus"


def test_other_fields() -> None:
    found = service(
        """
        user: 1000:1000
        working_dir: /w
        network_mode: host
        profiles: [a, b]
        expose: [19530, "9091"]
        healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:9091/healthz"]}
        """
    )
    assert (found.user, found.working_dir, found.network_mode) == ("1000:1000", "/w", "host")
    assert (found.profiles, found.expose) == (("a", "b"), ("19530", "9091"))
    assert found.healthcheck is not None
    assert found.healthcheck.text == "curl -f http://localhost:9091/healthz"
    assert service("healthcheck: {test: curl x}").healthcheck.text == "curl x"  # type: ignore[union-attr]


BASE = """
services:
  s:
    image: milvusdb/milvus:v2.5.0
    command: [milvus, run, standalone]
    environment: {A: base, B: base}
    env_file: base.env
    ports: ["1:1"]
    volumes: ["./a:/a", "./b:/b"]
    healthcheck: {test: [CMD, base], retries: 3}
    labels: [x]
"""


def merged(over: str) -> Service:
    files = {
        "docker-compose.yml": BASE,
        "docker-compose.override.yml": "services:\n  s:\n" + textwrap.indent(textwrap.dedent(over), "    "),
    }
    return load({**files, "base.env": "", "over.env": ""}).services["s"]


def test_override_merges_as_compose_does() -> None:
    found = merged(
        """
        image: milvusdb/milvus:v2.6.0
        command: milvus run proxy
        environment: ["B=over", "C=over"]
        env_file: [over.env]
        ports: ["1:1", "2:2"]
        volumes: [{type: bind, source: ./c, target: /b}]
        healthcheck: {test: [CMD, over]}
        """
    )
    assert found.image is not None
    assert found.image.tag == "v2.6.0"
    assert found.command == ("milvus", "run", "proxy")
    assert {n: v.value for n, v in found.variables.items()} == {"A": "base", "B": "over", "C": "over"}
    assert [f.path.path for f in found.env_files] == ["base.env", "over.env"]
    assert [p.first for p in found.ports] == [1, 2]
    assert [(v.source, v.target) for v in found.volumes] == [("./a", "/a"), ("./c", "/b")]
    assert found.healthcheck is not None
    assert found.healthcheck.text == "over"
    assert found.value.text("healthcheck", "retries") == "3"
    # each value points at the file that says it, the service at the base
    assert found.image.node.path == found.variables["B"].node.path == "docker-compose.override.yml"
    assert found.node.path == found.key.path == found.variables["A"].node.path == "docker-compose.yml"


def test_reset_and_override_tags() -> None:
    found = merged("ports: !override ['3:3']\nvolumes: !reset []\nenvironment: {A: !reset null}\ncommand: !reset null\n")
    assert [p.first for p in found.ports] == [3]
    assert found.volumes == []
    assert found.command is None
    files = {"docker-compose.yml": BASE, "docker-compose.override.yml": "services: {s: !reset null}"}
    assert load(files).services == {}


def test_null_override_keeps_the_base() -> None:
    found = merged("environment:\nvolumes:\nimage:\n")
    assert found.image is not None
    assert (len(found.variables), len(found.volumes)) == (2, 2)


def test_anchors_and_merge_keys() -> None:
    found = load(
        {
            "docker-compose.yml": """
            x-env: &env {A: "1", B: "1"}
            x-base: &base
              image: milvusdb/milvus:v2.6.0
              volumes: &vol ["./a:/a"]
            services:
              s:
                <<: *base
                environment:
                  <<: *env
                  B: "2"
              t:
                image: x
                volumes: *vol
            """
        }
    )
    assert {n: v.value for n, v in found.services["s"].variables.items()} == {"A": "1", "B": "2"}
    assert found.services["s"].volumes[0].source == "./a"
    assert found.services["t"].volumes[0].target == "/a"


def test_extends() -> None:
    files = {
        "docker-compose.yml": """
            services:
              base: {image: a, environment: {A: base}}
              s: {extends: base, environment: {B: own}}
              far: {extends: {service: far, file: ../common/base.yml}, volumes: ["./own:/own"]}
              t: {extends: {service: s}, image: t}
            """,
        "common.yml": "",
    }
    found = load(
        {
            "d/compose.yml": files["docker-compose.yml"],
            "common/base.yml": "services: {far: {image: far, volumes: ['./x:/x'], extends: deep}, deep: {user: '5'}}",
        },
        "d/compose.yml",
    )
    s = found.services["s"]
    assert {n: v.value for n, v in s.variables.items()} == {"A": "base", "B": "own"}
    assert s.key.value == "s"
    assert found.services["t"].variables.keys() == {"A", "B"}
    far = found.services["far"]
    assert {v.target: v.host.path for v in far.volumes if v.host} == {"/x": "common/x", "/own": "d/own"}
    assert far.user == "5"
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {extends: b}, b: {extends: a}}",
        "services: {a: {extends: a}}",
        "services: {a: {extends: nowhere}}",
        "services: {a: {extends: {service: a, file: gone.yml}}}",
        "include: [docker-compose.yml]\nservices: {a: {image: x}}",
        "include: [gone.yml]\nservices: {a: {image: x}}",
        "include: [/abs.yml]\nservices: {a: {image: x}}",
        "services:\n  a: {image: x}\n b: [",
        "services: &a\n  x: {image: y, deploy: *a}",
    ],
)
def test_problems_never_raise(text: str) -> None:
    found = load({"docker-compose.yml": text})
    assert found.problems or "&a" in text
    assert isinstance(found.services, dict)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "services: []", "services: {a: x}", "services: {a: {ports: {}, volumes: x, environment: 5, image: [x], command: {a: b}, env_file: {}}}",
     "services: {a: {secrets: [{}], configs: [[x]], extends: [1], healthcheck: x, user: [1], build: .}}\nvolumes: []\nsecrets: {x: y}"],
)  # fmt: skip
def test_wrong_shapes_never_raise(text: str) -> None:
    assert isinstance(load({"docker-compose.yml": text}).services, dict)


def test_aliases_that_explode_are_refused() -> None:
    layers = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 9))
    found = load({"docker-compose.yml": f"x0: &x0 [a]\n{layers}services: {{s: {{image: x, command: *x8}}}}"})
    assert found.problems


@pytest.mark.parametrize(
    "include", ["sub/compose.yml", "[sub/compose.yml]", "[{path: sub/compose.yml}]", "[{path: [sub/compose.yml, sub/more.yml]}]"]
)
def test_include(include: str) -> None:
    files = {
        "docker-compose.yml": f"include: {include}\nservices: {{own: {{image: own}}}}",
        "sub/compose.yml": "services: {s: {image: 'milvus:${TAG}', volumes: ['./tls:/tls']}}\nvolumes: {v: {}}",
        "sub/more.yml": "services: {s: {user: '1'}}",
        "sub/.env": "TAG=v2.6.1\n",
    }
    found = load(files)
    s = found.services["s"]
    assert s.image is not None
    assert s.image.tag == "v2.6.1"
    assert s.volumes[0].host is not None
    assert s.volumes[0].host.path == "sub/tls"
    assert s.user == ("1" if "more" in include else None)
    assert "own" in found.services
    assert "v" in found.volumes


def test_secrets_and_configs() -> None:
    found = load(
        {
            "docker-compose.yml": """
            services:
              s:
                secrets: [a, {source: b, target: server.key}, {source: c, target: /milvus/tls/c}]
                configs: [d, {source: e, target: /milvus/configs/user.yaml}, gone]
            secrets:
              a: {file: ./a.pem}
              b: {environment: KEY}
              c: {external: true}
            configs:
              d: {file: ./d.yaml}
              e: {content: "x: ${X:-1}"}
            """
        }
    ).services["s"]
    grants = {g.target: g for g in found.grants}
    assert list(grants) == [
        "/d",
        "/milvus/configs/user.yaml",
        "/gone",
        "/run/secrets/a",
        "/run/secrets/server.key",
        "/milvus/tls/c",
    ]
    assert grants["/run/secrets/a"].host is not None
    assert grants["/run/secrets/a"].host.path == "a.pem"
    content = grants["/milvus/configs/user.yaml"].content
    assert content is not None
    assert content.known == "x: 1"
    external = grants["/milvus/tls/c"]
    assert external.host is None
    assert external.content is None
    assert grants["/gone"].definition is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (("docker-compose.yml",), [(("docker-compose.yml",), "docker-compose.yml")]),
        (("compose.yaml", "docker-compose.yml"), [(("compose.yaml",), "compose.yaml")]),
        (("docker-compose.yml", "docker-compose.override.yml"), [(("docker-compose.yml",), "docker-compose.yml")]),
        (("docker-compose.override.yml",), [(("docker-compose.override.yml",), "docker-compose.override.yml")]),
        (
            ("docker-compose.yml", "docker-compose.prod.yml"),
            [(("docker-compose.prod.yml",), "docker-compose.prod.yml"), (("docker-compose.yml",), "docker-compose.yml")],
        ),
        (("a/compose.yml", "b/compose.yml"), [(("a/compose.yml",), "a/compose.yml"), (("b/compose.yml",), "b/compose.yml")]),
        (("prod.yml", "prod.override.yml"), [(("prod.yml",), "prod.yml")]),
    ],
)  # fmt: skip
def test_plan(files: tuple[str, ...], expected: list[tuple[tuple[str, ...], str]]) -> None:
    found = plan(workspace(dict.fromkeys(files, "services: {s: {image: x}}")), files)
    assert found == [Plan(*each) for each in expected]


def test_plan_lays_a_file_without_image_over_the_default() -> None:
    files = {
        "docker-compose.yml": "services: {s: {image: x}}",
        "docker-compose.tls.yml": "services: {s: {volumes: ['./tls:/tls']}}",
    }
    assert plan(workspace(files), files) == [
        Plan(("docker-compose.yml", "docker-compose.tls.yml"), "docker-compose.tls.yml"),
        Plan(("docker-compose.yml",), "docker-compose.yml"),
    ]


def test_plan_leaves_out_parts_and_follows_compose_file() -> None:
    files = {
        "docker-compose.yml": "include: [sub/milvus.yml]\nservices: {s: {extends: {file: common.yml, service: c}}}",
        "sub/milvus.yml": "services: {m: {image: x}}",
        "common.yml": "services: {c: {image: x}}",
    }
    assert plan(workspace(files), files) == [Plan(("docker-compose.yml",), "docker-compose.yml")]
    files = {
        "docker-compose.yml": "services: {s: {image: x}}",
        "tls.yml": "services: {s: {user: '1'}}",
        ".env": "COMPOSE_FILE=docker-compose.yml:tls.yml",
    }
    assert plan(workspace(files), ["docker-compose.yml", "tls.yml"]) == [
        Plan(("docker-compose.yml", "tls.yml"), "docker-compose.yml")
    ]


def test_plan_without_a_default_file() -> None:
    files = {
        "milvus.yml": "services: {s: {image: x}}",
        "milvus-tls.yml": "services: {s: {user: '1'}}",
        "other.yml": "services: {t: {image: x}}",
    }
    assert plan(workspace(files), files)[0] == Plan(("milvus.yml", "milvus-tls.yml"), "milvus-tls.yml")
    files = {"compose.yaml": "services: {app: {image: x}}", "docker-compose.yml": "services: {s: {image: x}}"}
    assert plan(workspace(files), ["docker-compose.yml"]) == [Plan(("docker-compose.yml",), "docker-compose.yml")]


def test_documents_of_one_file_lie_over_each_other() -> None:
    found = load({"docker-compose.yml": "services: {s: {image: x, user: '1'}}\n---\nservices: {s: {user: '2'}}\n"}).services["s"]
    assert found.image is not None
    assert found.user == "2"


def test_a_folder_called_env_is_no_file_of_variables() -> None:
    found = load({"docker-compose.yml": "services: {s: {image: 'x:${V:-1}', env_file: .env}}", ".env/bin/python": ""})
    assert found.services["s"].image is not None
    assert not found.problems
    assert not found.services["s"].env_files[0].found


RICH = """
include: [sub/compose.yml]
x-base: &base
  image: milvusdb/milvus:${TAG:-v2.6.0}
  environment: &env {A: "${B}", C: 1}
services:
  s:
    <<: *base
    extends: {file: common.yml, service: c}
    command: ["milvus", "run", "standalone"]
    environment: {<<: *env, D: true}
    env_file: [{path: a.env, required: false}, b.env]
    volumes: ["./tls:/tls:ro", {type: bind, source: ./a, target: /a, bind: {create_host_path: false}}, data:/d]
    configs: [c, {source: e, target: /x}]
    secrets: [k]
    ports: ["127.0.0.1:1-2:3-4/udp", {target: 9091, published: "1"}]
    healthcheck: {test: [CMD, x]}
    tmpfs: /t
volumes: {data: {driver_opts: {o: bind, device: ./d}}}
configs: {c: {file: c.yaml}, e: {content: "a: ${B}"}}
secrets: {k: {environment: K}}
"""


@given(st.data())
def test_damaged_files_never_raise(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(RICH)))
    end = data.draw(st.integers(start, min(len(RICH), start + 30)))
    text = RICH[:start] + data.draw(st.text(alphabet="{}[]:$-,\n &*!x/\"'~", max_size=6)) + RICH[end:]
    found = load(
        {"compose.yaml": text, "common.yml": RICH, "sub/compose.yml": text, "b.env": text, ".env": text},
        "compose.yaml",
        ("common.yml",),
    )
    for each in found.services.values():
        assert each.key.path
        assert all(volume.target.startswith("/") or not volume.target for volume in each.volumes)
