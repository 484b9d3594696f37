"""Helm values as deployments of the Milvus chart."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config, Release
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import HELM_VALUES, KUBERNETES, Claim, Claims
from gitops_tls.systems.files import MISSING, PRESENT, UNKNOWN
from gitops_tls.systems.kubernetes import build_cluster
from gitops_tls.systems.milvus.helm import deployments, helm_deployment
from gitops_tls.systems.milvus.helm_values import HelmSpec
from gitops_tls.systems.milvus.model import Deployment
from gitops_tls.systems.versions import Version, parse_version

CERTS = "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\nstringData: {server.pem: PEM, ca.pem: CA}\n"


def read(contents: dict[str, str], config: Config | None = None) -> list[Deployment]:
    workspace, claims = prepare(contents)
    return list(deployments(workspace, claims, build_cluster(workspace, claims), config or Config()))


def prepare(contents: dict[str, str]) -> tuple[Workspace, Claims]:
    workspace = Workspace(MemoryFiles({path: textwrap.dedent(text).encode() for path, text in contents.items()}))
    claims = Claims()
    for path in contents:
        parsed = workspace.parsed(path)
        assert parsed is not None
        assert parsed.problem is None, parsed.problem
        for document in parsed.documents:
            kind = HELM_VALUES if "values" in path else KUBERNETES
            claims.add(Claim(kind, path, document.root, parsed))
    return workspace, claims


def one(values: str, chart: str | None = None, **others: str) -> Deployment:
    contents = {"prod/values.yaml": values, **{f"{name}.yaml": text for name, text in others.items()}}
    workspace, claims = prepare(contents)
    root = claims.of(HELM_VALUES)[0].root
    assert root is not None
    version = parse_version(chart) if chart else None
    return helm_deployment(workspace, build_cluster(workspace, claims), Config(), "prod", [root], chart_version=version)


def spec_of(deployment: Deployment) -> HelmSpec:
    assert isinstance(deployment.spec, HelmSpec)
    return deployment.spec


def roles(deployment: Deployment) -> list[str]:
    return [component.name for component in deployment.components]


NEW = ["proxy", "mixcoord", "querynode", "datanode", "streamingnode"]
MIDDLE = ["proxy", "mixcoord", "querynode", "datanode", "indexnode"]
OLD = ["proxy", "rootcoord", "datacoord", "querycoord", "indexcoord", "querynode", "datanode", "indexnode"]


@pytest.mark.parametrize(
    ("values", "chart", "expected"),
    [
        ("{}", None, NEW),
        ("cluster: {enabled: false}", None, ["standalone"]),
        ("cluster: {enabled: null}", None, ["standalone"]),
        ("cluster: {enabled: 'false'}", None, NEW),
        ("cluster: {}", None, NEW),
        ("{cluster: {enabled: false}, standalone: {replicas: 0}}", None, []),
        ("{}", "5.0.19", NEW),
        ("{}", "4.2.50", MIDDLE),
        ("{}", "4.1.10", OLD),
        ("image: {all: {tag: v2.5.4}}", None, MIDDLE),
        ("image: {all: {tag: v2.4.9}}", None, OLD),
        ("image: {all: {tag: v2.5.4}}", "5.0.19", NEW),
        ("streaming: {enabled: false}\nindexNode: {enabled: true}", None, ["proxy", "mixcoord", "querynode", "datanode", "indexnode"]),
        ("cdc: {enabled: true}\nproxy: {enabled: false}", None, ["mixcoord", "querynode", "datanode", "cdc", "streamingnode"]),
        ("mixCoordinator: {enabled: false}\nrootCoordinator: {enabled: true}", None,
         ["proxy", "rootcoord", "querynode", "datanode", "streamingnode"]),
        ("dataNode: {replicas: 0}\nqueryNode: {replicas: -1}", None, ["proxy", "mixcoord", "querynode", "streamingnode"]),
        ("milvus: {cluster: {enabled: false}, extraConfigFiles: {}}", None, ["standalone"]),
        ("{milvus: {cluster: {enabled: false}}, cluster: {enabled: true}}", None, NEW),
    ],
)  # fmt: skip
def test_components(values: str, chart: str | None, expected: list[str]) -> None:
    assert roles(one(values, chart)) == expected


USER = """\
cluster: {enabled: false}
extraConfigFiles:
  user.yaml: |+
    common:
      security:
        tlsMode: 1
    tls:
      serverPemPath: /certs/server.pem
"""


def test_user_yaml_is_the_top_layer_and_keeps_its_places() -> None:
    deployment = one(USER)
    settings = deployment.components[0].settings
    mode = settings.get("common.security.tlsMode")
    assert (mode.text, mode.layer) == ("1", "user.yaml")
    assert mode.node is not None
    assert mode.node.position() == (6, 18)
    assert [file.name for file in settings.files] == ["milvus.yaml", "default.yaml", "user.yaml"]
    assert settings.get("tls.serverKeyPath").text == "configs/cert/server.key"
    spec = spec_of(deployment)
    assert spec.user_root is not None
    assert spec.user_root.get("tls") is not None
    assert spec.user_yaml is not None
    assert spec.user_yaml.key_node is not None
    assert spec.user_yaml.key_node.position() == (3, 3)
    assert deployment.node.position() == (1, 1)
    assert deployment.components[0].files.lookup("configs/user.yaml").state == PRESENT
    assert deployment.blocked == []


@pytest.mark.parametrize(
    ("values", "blocked", "mode"),
    [
        ("extraConfigFiles: {user.yaml: {common: {security: {tlsMode: 2}}}}",
         ['`extraConfigFiles."user.yaml"` is a mapping: Helm cannot render it'], "2"),
        ("extraConfigFiles: {user.yaml: [a]}", ['`extraConfigFiles."user.yaml"` is a list: Helm cannot render it'], "0"),
        ("extraConfigFiles: {user.yaml: 5}", ['`extraConfigFiles."user.yaml"` is no text: Helm cannot render it'], "0"),
        ("extraConfigFiles: {milvus.yaml: {a: b}}", ['`extraConfigFiles."milvus.yaml"` is a mapping: Helm cannot render it'], "0"),
        ("extraConfigFiles: {milvus.yaml: 'common: {security: {tlsMode: 1}}'}", [], "0"),
        ("extraConfigFiles: {user.yaml: null}", [], "0"),
        ("extraConfigFiles: null", [], "0"),
        ("extraConfigFiles: {user.yaml: ''}", [], "0"),
        ("extraConfigFiles: {user.yaml: 'common: {security: {tlsMode: 1}}'}", [], "1"),
        ("extraConfigFiles: {user.yaml: {a: b}}\ncustomConfigMap: conf", [], "0"),
    ],
)  # fmt: skip
def test_what_user_yaml_may_be(values: str, blocked: list[str], mode: str) -> None:
    deployment = one(values)
    assert [reason.message for reason in deployment.blocked] == blocked
    assert deployment.components[0].settings.get("common.security.tlsMode").text == mode


def test_a_user_yaml_that_does_not_parse_drops_everything() -> None:
    settings = one("extraConfigFiles:\n  user.yaml: |\n    tls:\n      a: 1\n     common:\n       b: 1\n").components[0].settings
    assert settings.dropped is not None
    assert settings.dropped.name == "user.yaml"


@pytest.mark.parametrize(
    ("objects", "mode", "unknown", "dropped"),
    [
        ("metadata: {name: conf}\ndata: {milvus.yaml: 'common: {security: {tlsMode: 2}}'}", "2", [], ""),
        ("metadata: {name: conf}\ndata: {user.yaml: 'common: {security: {tlsMode: 2}}'}", "0", [], "it is a directory"),
        ("metadata: {name: other}", "0", ["ConfigMap conf is not in the repository"], ""),
    ],
)
def test_a_custom_config_map_replaces_user_yaml(objects: str, mode: str, unknown: list[str], dropped: str) -> None:
    values = USER + "customConfigMap: conf\n"
    deployment = one(values, conf=f"apiVersion: v1\nkind: ConfigMap\n{objects}\n")
    settings = deployment.components[0].settings
    assert settings.get("common.security.tlsMode").text == mode
    assert settings.unknown == unknown
    assert (settings.dropped.problem if settings.dropped else "") == dropped
    assert "default.yaml" not in [file.name for file in settings.files]
    assert [ignored.path for ignored in spec_of(deployment).ignored] == ["extraConfigFiles.user.yaml"]


VOLUMES = "volumes: [{name: c, secret: {secretName: certs}}]\nvolumeMounts: [{name: c, mountPath: /certs}]\n"
PROXY = "proxy:\n  volumes: [{name: p, secret: {secretName: certs}}]\n  volumeMounts: [{name: p, mountPath: /proxy}]\n"
ALONE = "cluster: {enabled: false}\n"


@pytest.mark.parametrize(
    ("values", "chart", "role", "path", "state"),
    [
        (VOLUMES, None, "querynode", "/certs/ca.pem", PRESENT),
        (VOLUMES, None, "proxy", "/certs/ca.pem", PRESENT),
        (VOLUMES, "4.2.31", "proxy", "/certs/ca.pem", PRESENT),
        (VOLUMES, "4.2.30", "proxy", "/certs/ca.pem", MISSING),
        (ALONE + VOLUMES, None, "standalone", "/certs/ca.pem", PRESENT),
        (PROXY, None, "proxy", "/proxy/ca.pem", PRESENT),
        (PROXY, None, "querynode", "/proxy/ca.pem", MISSING),
        (PROXY, "4.1.9", "proxy", "/proxy/ca.pem", MISSING),
        (PROXY + VOLUMES, None, "proxy", "/certs/ca.pem", PRESENT),
        (ALONE + PROXY, None, "standalone", "/proxy/ca.pem", MISSING),
        (ALONE + "standalone:\n  " + VOLUMES.replace("\n", "\n  ").strip(), None, "standalone", "/certs/ca.pem", MISSING),
        (ALONE, None, "standalone", "/var/lib/milvus/certs/ca.pem", UNKNOWN),
        ("{}", None, "proxy", "/var/lib/milvus/certs/ca.pem", MISSING),
        (ALONE, None, "standalone", "configs/cert/ca.pem", PRESENT),
        (ALONE, None, "standalone", "configs/default.yaml", PRESENT),
        (
            "volumes: [{name: c, secret: {secretName: gone}}]\nvolumeMounts: [{name: c, mountPath: /certs}]",
            None,
            "proxy",
            "/certs/x",
            UNKNOWN,
        ),
    ],
)
def test_volumes(values: str, chart: str | None, role: str, path: str, state: str) -> None:
    deployment = one(values, chart, secret=CERTS)
    component = next(c for c in deployment.components if c.name == role)
    assert component.files.lookup(path).state == state


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (PROXY + VOLUMES.replace("name: c", "name: p"), ["the proxy has two volumes `p`: Kubernetes refuses the pod"]),
        (PROXY + VOLUMES.replace("/certs", "/proxy/"), ["the proxy mounts `/proxy` twice: Kubernetes refuses the pod"]),
        (VOLUMES.replace("name: c", "name: tools"), ["the proxy has two volumes `tools`: Kubernetes refuses the pod"]),
        (VOLUMES.replace("/certs", "/milvus/configs/user.yaml"),
         ["the proxy mounts `/milvus/configs/user.yaml` twice: Kubernetes refuses the pod"]),
        ("volumeMounts: [{name: gone, mountPath: /certs}]",
         ["the proxy mounts volume `gone`, which it does not have: Kubernetes refuses the pod"]),
        (ALONE + VOLUMES.replace("/certs", "/var/lib/milvus"),
         ["the standalone mounts `/var/lib/milvus` twice: Kubernetes refuses the pod"]),
        (VOLUMES.replace("/certs", "/var/lib/milvus"), []),
        ("volumeMounts: [{name: tools, mountPath: /x}]", []),
        (ALONE + PROXY + "volumeMounts: []", []),
    ],
)  # fmt: skip
def test_what_kubernetes_refuses(values: str, expected: list[str]) -> None:
    assert [reason.message for reason in one(values).blocked] == expected


@pytest.mark.parametrize(
    ("values", "chart", "ignored"),
    [
        ("common: {security: {tlsMode: 1}}\ntls: {serverPemPath: x}\nconfig: {a: b}", None, ["common", "tls", "config"]),
        ("internal_tls: {sni: x}\ncommon.security.tlsMode: 1\ncommon2: 1", None, ["internal_tls", "common.security.tlsMode"]),
        ("common: {}\ntls:\n", None, []),
        ("proxy: {http: {enabled: true, debugMode: {enabled: false}}}", None, []),
        ("proxy: {http: {port: 8080, enabled: true}}", None, ["proxy.http.port"]),
        ("extraConfigFiles: {milvus.yaml: 'a: b', user.yaml: 'a: b', tls.yaml: x}", None,
         ["extraConfigFiles.milvus.yaml", "extraConfigFiles.tls.yaml"]),
        ("queryNode: {volumes: [{name: a}], volumeMounts: []}", None, ["queryNode.volumes"]),
        ("standalone: {volumes: [], volumeMounts: null}", None, []),
        (PROXY, None, []),
        (ALONE + PROXY, None, ["proxy.volumes", "proxy.volumeMounts"]),
        (PROXY, "4.0.0", ["proxy.volumes", "proxy.volumeMounts"]),
        (VOLUMES, "4.2.0", ["volumes", "volumeMounts"]),
        (VOLUMES, "5.0.0", []),
    ],
)  # fmt: skip
def test_ignored_values(values: str, chart: str | None, ignored: list[str]) -> None:
    found = spec_of(one(values, chart)).ignored
    assert sorted(one.path for one in found) == sorted(ignored)
    for entry in found:
        assert entry.value.key_node is not None


@pytest.mark.parametrize(
    ("values", "ports"),
    [
        ("{}", []),
        ("service: {type: ClusterIP}", []),
        ("service: {type: LoadBalancer}", [19530, 9091]),
        ("service: {type: NodePort}\nmetrics: {enabled: false}", [19530]),
        ("service: [a]", []),
    ],
)
def test_published_ports(values: str, ports: list[int]) -> None:
    assert [published.container for published in one(values).published] == ports


@pytest.mark.parametrize(
    ("values", "user", "non_root", "mode"),
    [
        ("{}", None, None, 0o400),
        ("image: {all: {tag: v3.0.1}}", None, True, 0o400),
        ("securityContext: {runAsUser: 1000, fsGroup: 1000}", "1000", True, 0o440),
        (
            "securityContext: {runAsUser: 1000, fsGroup: 1000}\nstandalone: {securityContext: {runAsNonRoot: true}}",
            None,
            True,
            0o400,
        ),
        ("securityContext: {runAsUser: 1000}\ncontainerSecurityContext: {runAsUser: 0}", "0", False, 0o400),
        ("securityContext: {runAsUser: 1000}\nstandalone: {securityContext: {}}", "1000", True, 0o400),
    ],
)
def test_users(values: str, user: str | None, non_root: bool | None, mode: int) -> None:
    volumes = (
        "volumes: [{name: c, secret: {secretName: certs, defaultMode: 0400}}]\nvolumeMounts: [{name: c, mountPath: /certs}]\n"
    )
    deployment = one(f"{ALONE}{volumes}{'' if values == '{}' else values}", secret=CERTS)
    component = deployment.components[0]
    assert (component.user, component.non_root) == (user, non_root)
    assert component.files.lookup("/certs/ca.pem").mode == mode


@pytest.mark.parametrize(
    ("values", "chart", "mode"),
    [
        ("image: {all: {tag: v2.3.5}}", None, "1"),
        ("image: {all: {tag: v2.3.5}}", "4.2.50", "1"),
        ("image: {all: {tag: v2.3.5}}", "5.0.0", "0"),
        ("image: {all: {tag: v2.4.1}}", "5.0.0", "1"),
    ],
)
def test_old_charts_merge_user_yaml_for_old_images(values: str, chart: str | None, mode: str) -> None:
    assert one(USER + values, chart).components[0].settings.get("common.security.tlsMode").text == mode


def test_environment_of_a_component() -> None:
    deployment = one(
        USER + "standalone: {extraEnv: [{name: COMMON_SECURITY_TLSMODE, value: '0'}]}\nextraEnv: [{name: X, value: y}]"
    )
    settings = deployment.components[0].settings
    assert settings.get("common.security.tlsMode").text == "0"
    assert [variable.name for variable in settings.environment] == ["COMMON_SECURITY_TLSMODE"]


def test_other_values_of_interest() -> None:
    spec = spec_of(
        one(
            "ingress: {enabled: true, annotations: {a: b}}\nattu: {enabled: true}\nproxy: {tls: {enabled: true}}\n"
            "minio: {tls: {enabled: true}}\nexternalS3: {useSSL: true}\nexternalKafka: {securityProtocol: SSL}\n"
        )
    )
    assert spec.ingress is not None
    assert spec.ingress.text("annotations", "a") == "b"
    assert (spec.ingress_enabled, spec.attu_enabled, spec.metrics_enabled) == (True, True, True)
    kept = (spec.proxy_tls, spec.minio_tls, spec.external_s3, spec.external_kafka)
    assert all(value is not None for value in kept)


# --- releases ------------------------------------------------------------------------------------------------------

BASE = USER + VOLUMES
OVER = "service: {type: NodePort}\nvolumes: [{name: other, emptyDir: {}}]\n"


def test_each_file_is_a_deployment_where_nothing_joins_them() -> None:
    found = read(
        {"prod/values.yaml": BASE, "prod/values-eu.yaml": OVER, "values.yaml": "{a: b}\n---\n{c: d}", "secret.yaml": CERTS}
    )
    assert [deployment.name for deployment in found] == ["prod", "values-eu", "values"]


def test_a_release_merges_its_files_in_order() -> None:
    config = Config(releases=(Release("eu", ("prod/values.yaml", "prod/values-eu.yaml", "prod/values-none.yaml")),))
    contents = {"prod/values.yaml": BASE, "prod/values-eu.yaml": OVER, "prod/values-us.yaml": "{a: b}", "secret.yaml": CERTS}
    eu, us = read(contents, config)
    assert (eu.name, us.name) == ("eu", "values-us")
    assert eu.node.path == "prod/values-eu.yaml"
    assert [published.container for published in eu.published] == [19530, 9091]
    spec = spec_of(eu)
    assert [root.path for root in spec.roots] == ["prod/values.yaml", "prod/values-eu.yaml"]
    assert spec.volumes is not None
    assert [node.path for node in spec.volumes.overridden] == ["prod/values.yaml"]
    assert eu.components[0].settings.get("common.security.tlsMode").text == "1"
    assert eu.components[0].files.lookup("/certs/ca.pem").state == MISSING
    assert [reason.message for reason in eu.blocked] == [
        "the standalone mounts volume `c`, which it does not have: Kubernetes refuses the pod"
    ]


def test_a_release_of_no_readable_file_is_none() -> None:
    assert read({"values.yaml": "[]"}, Config(releases=(Release("x", ("values.yaml", "values-none.yaml")),))) == []


def test_other_shapes_use_it_with_their_own_anchor() -> None:
    workspace, claims = prepare({"values.yaml": USER})
    root = claims.all[0].root
    assert root is not None
    anchor = root.pairs[1][0]
    deployment = helm_deployment(
        workspace,
        build_cluster(workspace, claims),
        Config(versions=(("milvus", "2.5"),)),
        "app",
        [root],
        shape="argocd",
        chart_version=Version(4, 2, 50),
        namespace="milvus",
        node=anchor,
    )
    assert (deployment.shape, deployment.namespace, deployment.node) == ("argocd", "milvus", anchor)
    assert str(deployment.version) == "2.5.99"


KEYS = st.sampled_from(
    ["cluster", "enabled", "volumes", "volumeMounts", "proxy", "extraConfigFiles", "user.yaml", "name", "mountPath", "image", "all", "tag",
     "service", "type", "standalone", "replicas", "http", "customConfigMap", "milvus", "secret", "log", "persistence", "mountPath"]
)  # fmt: skip
SHAPES = st.recursive(
    st.sampled_from(["true", "a", "0", "null", "''", "'a: [b'", "LoadBalancer", "v2.5.1"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(KEYS, inner, max_size=5).map(lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs.items()) + "}"),
    ),
    max_leaves=16,
)


@given(SHAPES, SHAPES)
def test_no_shape_of_values_fails(base: str, over: str) -> None:
    config = Config(releases=(Release("both", ("values-a.yaml", "values-b.yaml")),))
    contents = {"values-a.yaml": base, "values-b.yaml": over}
    for deployment in read(contents, config) + read(contents):
        for component in deployment.components:
            component.files.lookup("/certs/server.pem")
            component.settings.get("common.security.tlsMode")
