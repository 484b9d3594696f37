"""Milvus custom resources as deployments: components, layers, volumes that replace, mounts that append."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import KUBERNETES, MILVUS_CR, Claim, Claims
from gitops_tls.systems.files import MISSING, PRESENT, UNKNOWN
from gitops_tls.systems.kubernetes import build_cluster
from gitops_tls.systems.milvus.model import Deployment
from gitops_tls.systems.milvus.operator import deployments
from gitops_tls.systems.milvus.operator_spec import OperatorSpec

HEAD = "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: m, namespace: milvus}\n"
CERTS = """\
apiVersion: v1
kind: Secret
metadata: {name: certs, namespace: milvus}
stringData: {server.pem: PEM, server.key: KEY, ca.pem: CA}
"""


def read(text: str, config: Config | None = None, **others: str) -> list[Deployment]:
    contents = {"milvus.yaml": text, **{f"{name}.yaml": other for name, other in others.items()}}
    workspace = Workspace(MemoryFiles({path: one.encode() for path, one in contents.items()}))
    claims = Claims()
    for path in contents:
        parsed = workspace.parsed(path)
        assert parsed is not None
        assert parsed.problem is None
        for document in parsed.documents:
            kind = MILVUS_CR if path == "milvus.yaml" else KUBERNETES
            claims.add(Claim(kind, path, document.root, parsed))
    return list(deployments(workspace, claims, build_cluster(workspace, claims), config or Config()))


def one(spec: str, config: Config | None = None, head: str = HEAD, **others: str) -> Deployment:
    found = read(head + "spec:\n" + textwrap.indent(textwrap.dedent(spec), "  "), config, **others)
    assert len(found) == 1
    return found[0]


def spec_of(deployment: Deployment) -> OperatorSpec:
    assert isinstance(deployment.spec, OperatorSpec)
    return deployment.spec


def roles(deployment: Deployment) -> list[str]:
    return [component.name for component in deployment.components]


NEW = ["proxy", "mixcoord", "datanode", "querynode", "streamingnode"]
OLD = ["proxy", "mixcoord", "datanode", "querynode", "indexnode"]
FOUR = ["proxy", "rootcoord", "datacoord", "querycoord", "indexcoord", "datanode", "querynode", "indexnode"]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{}", ["standalone"]),
        ("mode: standalone", ["standalone"]),
        ("{mode: standalone, components: {proxy: {}, cdc: {}}}", ["standalone", "cdc"]),
        ("mode: cluster", NEW),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.6.3', rootCoord: {}}}", NEW),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:master-20250901-abc'}}", NEW),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4'}}", OLD),
        ("{mode: cluster, components: {image: 'registry:5000/milvus:v2.5.4-gpu@sha256:00'}}", OLD),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4', rootCoord: {}}}", FOUR),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4', rootCoord: {}, mixCoord: {}}}", OLD),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4', streamingNode: {}}}", [*OLD, "streamingnode"]),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4', streamingNode: {}, streamingMode: false}}", OLD),
        ("{mode: cluster, components: {image: 'milvusdb/milvus:v2.5.4', streamingMode: true}}", [*OLD, "streamingnode"]),
        ("{mode: cluster, components: {dataNode: {replicas: 0}, queryNode: {replicas: -1}, standalone: {replicas: 1}}}",
         ["proxy", "mixcoord", "querynode", "streamingnode", "standalone"]),
        ("{mode: cluster, components: {dataNode: {groups: [{replicas: 0}]}, queryNode: {replicas: 0, groups: [{name: a}]}}}",
         ["proxy", "mixcoord", "querynode", "streamingnode"]),
        ("{components: {standalone: {replicas: 0}}}", []),
        ("{mode: 5, components: [], config: null}", ["standalone"]),
        ("text", ["standalone"]),
    ],
)  # fmt: skip
def test_components(spec: str, expected: list[str]) -> None:
    assert roles(one(spec)) == expected


@pytest.mark.parametrize(
    ("components", "configured", "version", "where"),
    [
        ("{}", None, None, None),
        ("{}", "2.5", "2.5.99", None),
        ("{image: 'milvusdb/milvus:v2.4.9'}", "2.5", "2.4.9", "milvusdb/milvus:v2.4.9"),
        ("{image: 'milvusdb/milvus:latest', version: v2.5.1}", None, "2.5.1", "v2.5.1"),
        ("{image: 'milvusdb/milvus:v2.4.9', version: v2.5.1}", None, "2.4.9", "milvusdb/milvus:v2.4.9"),
        ("{image: 'milvusdb/milvus:v2.4.9', standalone: {image: 'x:v2.5.2'}}", None, "2.5.2", "x:v2.5.2"),
        ("{image: 'milvusdb/milvus:v2.4.9', proxy: {image: 'x:v2.5.2'}}", None, "2.4.9", "milvusdb/milvus:v2.4.9"),
        ("{image: 'registry:5000/milvus'}", None, None, None),
        ("{image: [1]}", None, None, None),
    ],
)
def test_versions(components: str, configured: str | None, version: str | None, where: str | None) -> None:
    config = Config(versions=(("milvus", configured),) if configured else ())
    deployment = one(f"components: {components}", config)
    assert (str(deployment.version) if deployment.version else None) == version
    assert (deployment.version_node.value if deployment.version_node else None) == where


def test_settings_come_from_spec_config_over_the_image() -> None:
    deployment = one("""\
        components: {image: 'milvusdb/milvus:v2.3.5', env: [{name: COMMON_SECURITY_TLSMODE, value: "1"}], standalone: {env: [{name: COMMON_SECURITY_TLSMODE, value: "2"}, {name: PROXY_PORT, valueFrom: {secretKeyRef: {}}}]}}
        config:
          common: {security: {tlsMode: 0}}
          proxy: {http: {port: 8080}}
          minio: {port: 9000, address: a}
        """)  # noqa: E501
    settings = deployment.components[0].settings
    mode = settings.get("common.security.tlsMode")
    assert (mode.text, mode.origin, mode.overrides[0].text) == ("2", "environment", "0")
    port = settings.get("proxy.http.port")
    assert port.text == "8080", "user.yaml counts before 2.4.1 too: the operator merges it"
    assert port.node is not None
    assert port.node.position() == (8, 26)
    assert settings.get("tls.serverPemPath").text == "configs/cert/server.pem"
    assert settings.unknown == ["the value of the variable PROXY_PORT is not in the repository"]
    assert [key for key, _ in spec_of(deployment).deleted] == ["minio.address", "minio.port"]


TLS = """\
config:
  common: {security: {tlsMode: 1}}
  tls: {serverPemPath: /certs/server.pem, serverKeyPath: /certs/server.key, caPemPath: /certs/ca.pem}
"""


@pytest.mark.parametrize(
    ("components", "role", "path", "state"),
    [
        ("{volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}]}",
         "querynode", "/certs/ca.pem", PRESENT),
        (("{volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}], "
         "queryNode: {volumes: [{name: x, emptyDir: {}}]}}"), "querynode", "/certs/ca.pem", MISSING),
        (("{volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}], "
         "queryNode: {volumes: [{name: x, emptyDir: {}}]}}"), "proxy", "/certs/ca.pem", PRESENT),
        (("{volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}], "
         "queryNode: {volumes: null}}"), "querynode", "/certs/ca.pem", PRESENT),
        ("{volumes: [{name: c, secret: {secretName: certs}}], queryNode: {volumeMounts: [{name: c, mountPath: /certs}]}}",
         "querynode", "/certs/ca.pem", PRESENT),
        ("{volumes: [{name: c, secret: {secretName: certs}}], queryNode: {volumeMounts: [{name: c, mountPath: /certs}]}}",
         "proxy", "/certs/ca.pem", MISSING),
        (("{volumes: [{name: c, secret: {secretName: certs}}, {name: e, emptyDir: {}}], volumeMounts: [{name: c, mountPath: /certs}], "
         "proxy: {volumeMounts: [{name: e, mountPath: /certs/}]}}"), "proxy", "/certs/ca.pem", MISSING),
        (("{volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}], "
         "proxy: {volumeMounts: [{name: _remove, mountPath: /certs}]}}"), "proxy", "/certs/ca.pem", MISSING),
        ("{}", "proxy", "/var/lib/milvus/certs/ca.pem", UNKNOWN),
        ("{}", "proxy", "configs/cert/server.pem", PRESENT),
        ("{}", "proxy", "configs/user.yaml", PRESENT),
        ("{}", "proxy", "/milvus/configs/operator/user.yaml", PRESENT),
        ("{volumeMounts: [{name: milvus-data, mountPath: /certs}]}", "proxy", "/certs/ca.pem", UNKNOWN),
        (("{volumes: [{name: e, emptyDir: {}}], volumeMounts: [{name: e, mountPath: /certs}], "
         "proxy: {initContainers: [{name: i, volumeMounts: [{name: e, mountPath: /x}]}]}}"), "proxy", "/certs/ca.pem", UNKNOWN),
        ("{queryNode: {statefulSet: {volumeClaimTemplates: [{metadata: {name: p}}]}, volumeMounts: [{name: p, mountPath: /p}]}}",
         "querynode", "/p/x", UNKNOWN),
    ],
)  # fmt: skip
def test_volumes_replace_and_mounts_append(components: str, role: str, path: str, state: str) -> None:
    deployment = one(f"mode: cluster\ncomponents: {components}\n{TLS}", secret=CERTS)
    component = next(c for c in deployment.components if c.name == role)
    assert component.files.lookup(path).state == state


def test_a_view_says_what_shadows_and_what_is_missing() -> None:
    deployment = one("""\
        mode: cluster
        components:
          volumes: [{name: c, secret: {secretName: certs}}]
          volumeMounts: [{name: c, mountPath: /certs}]
          queryNode:
            volumes: [{name: x, emptyDir: {}}]
          standalone: {volumes: [{name: y}]}
        """)
    spec = spec_of(deployment)
    view = spec.views["querynode"]
    assert view.shadowed is not None
    assert view.shadowed.pointer == "/spec/components/volumes"
    assert view.volumes_node is not None
    assert view.volumes_node.pointer == "/spec/components/queryNode/volumes"
    assert [(mount.name, mount.shared) for mount in view.report.missing] == [("c", True)]
    assert [volume.name for volume in view.report.unused] == ["x"]
    assert spec.views["proxy"].shadowed is None
    assert spec.views["proxy"].report.missing == ()
    assert [(key, node.pointer) for key, node in spec.idle] == [("standalone", "/spec/components/standalone")]
    assert [reason.message for reason in deployment.blocked] == [
        "the querynode mounts volume `c`, which it does not have: Kubernetes refuses the pod"
    ]
    place = deployment.blocked[0].place
    assert place is not None
    assert place.pointer == "/spec/components/volumeMounts/0"


def test_one_mistake_in_the_shared_list_is_told_once() -> None:
    deployment = one("{mode: cluster, components: {volumes: [{name: d}], volumeMounts: [{name: c, mountPath: /certs}]}}")
    assert len(deployment.blocked) == 1


def test_a_config_that_is_text_is_refused() -> None:
    deployment = one("config: |\n  common: {security: {tlsMode: 1}}\n")
    assert [reason.message for reason in deployment.blocked] == ["`spec.config` is not a mapping: Kubernetes refuses the object"]
    assert deployment.components[0].settings.get("common.security.tlsMode").text == "0"


@pytest.mark.parametrize(
    ("mounted", "mode", "unknown", "problem"),
    [
        ("{name: v, mountPath: /milvus/configs/milvus.yaml, subPath: milvus.yaml}", "2", [], ""),
        ("{name: v, mountPath: /milvus/configs/milvus.yaml, subPath: coded}", "1", [], ""),
        ("{name: v, mountPath: /milvus/configs/milvus.yaml}", "0", [], "it is a directory"),
        ("{name: v, mountPath: /milvus/configs/milvus.yaml, subPath: broken}", "0", [], "did not find expected node content"),
        (
            "{name: gone, mountPath: /milvus/configs/milvus.yaml, subPath: m}",
            "0",
            ["ConfigMap none is not in the repository"],
            "",
        ),
        ("{name: v, mountPath: /milvus/configs}", "2", [], ""),
        ("{name: v, mountPath: /elsewhere}", "0", [], ""),
    ],
)
def test_a_mounted_milvus_yaml_replaces_the_image_s(mounted: str, mode: str, unknown: list[str], problem: str) -> None:
    conf = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {milvus.yaml: "common: {security: {tlsMode: 2}}", broken: "a: ["}
binaryData: {coded: Y29tbW9uOiB7c2VjdXJpdHk6IHt0bHNNb2RlOiAxfX0=}
"""
    deployment = one(
        f"components: {{volumes: [{{name: v, configMap: {{name: conf}}}}, {{name: gone, configMap: {{name: none}}}}], volumeMounts: [{mounted}]}}",
        conf=conf,
    )
    settings = deployment.components[0].settings
    assert settings.get("common.security.tlsMode").text == mode
    assert settings.unknown == unknown
    assert (settings.dropped.problem if settings.dropped else "") == problem


@pytest.mark.parametrize(
    ("spec", "ports", "rest"),
    [
        ("{}", [], None),
        ("components: {standalone: {serviceType: ClusterIP, serviceRestfulPort: 8080}}", [], 8080),
        ("components: {standalone: {serviceType: LoadBalancer}}", [19530, 9091], None),
        ("components: {standalone: {serviceType: NodePort, serviceRestfulPort: 8080}}", [19530, 9091, 8080], 8080),
        ("components: {proxy: {serviceType: NodePort}}", [], None),
        (
            "{mode: cluster, components: {proxy: {serviceType: NodePort, port: 19540, serviceRestfulPort: 0}}}",
            [19540, 9091],
            None,
        ),
        ("components: {standalone: {serviceType: [a], serviceRestfulPort: {a: b}}}", [], None),
    ],
)
def test_the_service(spec: str, ports: list[int], rest: int | None) -> None:
    deployment = one(spec)
    assert [published.container for published in deployment.published] == ports
    assert spec_of(deployment).rest_port == rest


@pytest.mark.parametrize(
    ("components", "user", "non_root"),
    [
        ("{}", None, None),
        ("{image: 'm:v2.6.1'}", None, False),
        ("{image: 'm:v3.0.0'}", None, True),
        ("{image: 'm:v2.6.1', runAsNonRoot: true}", "1000", True),
        ("{securityContext: {runAsUser: 1001}}", "1001", True),
        ("{securityContext: {runAsUser: 0}, runAsNonRoot: false}", "0", False),
        ("{securityContext: {runAsUser: 0}, standalone: {securityContext: {runAsNonRoot: true}}}", None, True),
    ],
)
def test_users(components: str, user: str | None, non_root: bool | None) -> None:
    component = one(f"components: {components}").components[0]
    assert (component.user, component.non_root) == (user, non_root)


def test_the_old_api() -> None:
    text = "apiVersion: milvus.io/v1alpha1\nkind: {}\nmetadata: {{name: m}}\n"
    flat = one(
        "{image: 'm:v2.1.4', volumes: [{name: c, secret: {secretName: certs}}], volumeMounts: [{name: c, mountPath: /certs}], "
        "serviceType: NodePort, env: [{name: A, value: b}]}",
        head=text.format("Milvus"),
        secret=CERTS,
    )
    assert roles(flat) == ["standalone"]
    assert str(flat.version) == "2.1.4"
    assert flat.components[0].files.lookup("/certs/ca.pem").state == PRESENT
    assert [variable.name for variable in flat.components[0].settings.environment] == ["A"]
    assert [published.container for published in flat.published] == [19530, 9091]
    clustered = one("components: {image: 'm:v2.1.4'}", head=text.format("MilvusCluster"))
    assert roles(clustered) == OLD
    assert spec_of(clustered).mode == "cluster"


def test_names_and_anchors() -> None:
    deployment = one("{}")
    assert (deployment.name, deployment.namespace, deployment.shape) == ("m", "milvus", "operator")
    assert deployment.node.position() == (3, 18)
    for head in (
        "apiVersion: milvus.io/v1beta1\nkind: Milvus\n",
        "apiVersion: milvus.io/v1beta1\nkind: Milvus\nmetadata: {name: ''}\n",
    ):
        unnamed = one("{}", head=head)
        assert (unnamed.name, unnamed.node.position()) == ("milvus", (2, 1))


@pytest.mark.parametrize(
    ("components", "only", "written"),
    [("{}", True, False), ("{updateConfigMapOnly: false}", False, True), ("{updateConfigMapOnly: true}", True, True)],
)
def test_a_change_of_the_config_restarts_nothing_by_default(components: str, only: bool, written: bool) -> None:
    spec = spec_of(one(f"components: {components}"))
    assert spec.config_map_only is only
    assert (spec.config_map_only_node is not None) is written


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("[{name: A, value: x}, {name: B, value: '$(A)/$(NONE)/$$(A)'}]", {"A": "x", "B": "x/$(NONE)/$(A)"}),
        ("[{name: A, valueFrom: {}}, {name: B, value: '$(A)'}]", {"A": None, "B": None}),
        ("[{name: A, value: 1}, {name: A, value: 2}, {name: E}, {value: x}, x]", {"A": "2", "E": ""}),
        ("{A: b}", {}),
        ("[{name: A, value: null}]", {"A": ""}),
    ],
)
def test_environment(env: str, expected: dict[str, str | None]) -> None:
    settings = one(f"components: {{env: {env}}}").components[0].settings
    assert {variable.name: variable.value for variable in settings.environment} == expected


KEYS = st.sampled_from(
    [
        "spec",
        "mode",
        "components",
        "config",
        "volumes",
        "volumeMounts",
        "name",
        "mountPath",
        "secret",
        "items",
        "proxy",
        "env",
        "replicas",
        "image",
    ]
)
SHAPES = st.recursive(
    st.sampled_from(["cluster", "a", "0", "null", "''"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(KEYS, inner, max_size=4).map(lambda pairs: "{" + ", ".join(f"{k}: {v}" for k, v in pairs.items()) + "}"),
    ),
    max_leaves=14,
)


@given(SHAPES)
def test_no_shape_of_a_custom_resource_fails(spec: str) -> None:
    for deployment in read(f"{HEAD}spec: {spec}\n"):
        for component in deployment.components:
            component.files.lookup("/certs/server.pem")
            component.settings.get("common.security.tlsMode")


@pytest.mark.parametrize(
    ("spec", "kind"), [("[]", "a list"), ("\n- mode: cluster", "a list"), ("text", "no mapping"), ("3", "no mapping")]
)
def test_a_spec_that_is_no_mapping(spec: str, kind: str) -> None:
    (deployment,) = read(HEAD + f"spec: {spec}\n")
    assert [reason.message for reason in deployment.blocked] == [f"`spec` is {kind}: Kubernetes refuses the object"]


@pytest.mark.parametrize("spec", ["", " {}", " null"])
def test_an_empty_spec_is_no_obstacle(spec: str) -> None:
    (deployment,) = read(HEAD + f"spec:{spec}\n")
    assert deployment.blocked == []


def test_a_mount_whose_volume_the_deployment_may_have_already() -> None:
    mounts = "volumeMounts:\n- {name: _remove, mountPath: /old}\n- {name: data, mountPath: /new}\n"
    components = "components:\n  standalone:\n" + textwrap.indent(mounts, "    ")
    assert one(components).blocked == []
    assert len(one(components + "    volumes: [{name: other, emptyDir: {}}]\n").blocked) == 1
