"""Secrets and ConfigMaps, and what a pod's container sees of them."""

from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import KUBERNETES, Claim, Claims
from gitops_tls.systems.files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView
from gitops_tls.systems.kubernetes import CONFIG_MAP, SECRET, Cluster, build_cluster
from gitops_tls.systems.kubernetes_pods import pod_files
from gitops_tls.systems.kubernetes_volumes import check_volumes, container_path, read_mounts, read_volumes, references
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def cluster(files: dict[str, str]) -> Cluster:
    workspace = Workspace(MemoryFiles({path: textwrap.dedent(text).encode() for path, text in files.items()}))
    claims = Claims()
    for path in files:
        parsed = workspace.parsed(path)
        assert parsed is not None
        if path.endswith(".yaml"):
            assert parsed.problem is None, parsed.problem
            for document in parsed.documents:
                claims.add(Claim(KUBERNETES, path, document.root, parsed))
    return build_cluster(workspace, claims)


def root(text: str, path: str = "milvus.yaml") -> Node:
    parsed = parse(Source(path, textwrap.dedent(text)))
    assert parsed.problem is None, parsed.problem
    node = parsed.documents[0].root
    assert node is not None
    return node


def no_image(path: str) -> FileView | None:
    return None


def files(objects: Cluster, volumes: str, mounts: str, namespace: str | None = None, **options: bool) -> ContainerFiles:
    return pod_files(objects, namespace, read_volumes(root(volumes)), read_mounts(root(mounts)), no_image, **options)


def secret(name: str, keys: dict[str, str], namespace: str = "") -> str:
    data = "".join(f"  {key}: {b64(text)}\n" for key, text in keys.items())
    place = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}{place}}}\ndata:\n{data or '  {}'}"


CERTS = {"tls.crt": PEM, "tls.key": "key"}


# --- the objects ---------------------------------------------------------------------------------------------------


def test_a_plain_secret() -> None:
    text = f"""\
        apiVersion: v1
        kind: Secret
        metadata: {{name: certs, namespace: milvus}}
        type: Opaque
        data:
          a: {b64("from data")}
          b: {b64("hidden")}
          twice: {b64(b64(PEM))}
          broken: "not base64!"
          spaced: "aGVs bG8="
          number: 1234
          lines: |
            aGVs
            bG8=
        stringData:
          b: from stringData
          pem: |
            line 1
            line 2
          yes: on
        """
    found = cluster({"secret.yaml": text}).secret("milvus", "certs")
    assert found is not None
    assert found.kind == "Secret"
    assert found.keys is not None
    assert {key: value.content for key, value in found.keys.items()} == {
        "a": b"from data",
        "b": b"from stringData",
        "twice": b64(PEM).encode(),
        "broken": None,
        "spaced": None,
        "number": None,
        "lines": b"hello",
        "pem": b"line 1\nline 2\n",
        "yes": None,
    }
    assert found.keys["broken"].problem == "is not base64"
    assert found.keys["number"].problem == "without quotes is not text"
    assert found.keys["b"].node is not None
    assert found.keys["b"].node.value == "from stringData"
    assert "from" not in repr(found.keys["b"])


@pytest.mark.parametrize(
    ("text", "kind", "name", "keys"),
    [
        (
            (
                "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: certs}\n"
                "spec: {encryptedData: {tls.crt: AgB, tls.key: AgC}, template: {metadata: {name: other}, data: {note: x}}}"
            ),
            "SealedSecret",
            "certs",
            {"tls.crt", "tls.key", "note"},
        ),
        (
            (
                "apiVersion: external-secrets.io/v1beta1\nkind: ExternalSecret\nmetadata: {name: es}\n"
                "spec: {target: {name: certs}, data: [{secretKey: tls.crt, remoteRef: {key: a}}]}"
            ),
            "ExternalSecret",
            "certs",
            {"tls.crt"},
        ),
        (
            "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: certs}\nspec: {dataFrom: [{extract: {key: a}}]}",
            "ExternalSecret",
            "certs",
            None,
        ),
        (
            (
                "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: certs}\n"
                "spec: {dataFrom: [{extract: {key: a}}], target: {template: {data: {server.pem: '{{ .x }}'}}}}"
            ),
            "ExternalSecret",
            "certs",
            {"server.pem"},
        ),
        (
            (
                "apiVersion: external-secrets.io/v1\nkind: ClusterExternalSecret\nmetadata: {name: x}\n"
                "spec: {externalSecretName: certs, externalSecretSpec: {data: [{secretKey: ca.pem}]}}"
            ),
            "ExternalSecret",
            "certs",
            {"ca.pem"},
        ),
        (
            (
                "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\n"
                "spec: {secretName: certs, additionalOutputFormats: [{type: CombinedPEM}, {type: DER}]}"
            ),
            "Certificate",
            "certs",
            {"tls.crt", "tls.key", "ca.crt", "tls-combined.pem", "key.der"},
        ),
        (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\nstringData: {tls.key: 'ENC[AES256_GCM,data:x]'}\nsops: {mac: x}",
            "SOPS",
            "certs",
            {"tls.key"},
        ),
    ],
)
def test_providers(text: str, kind: str, name: str, keys: set[str] | None) -> None:
    found = cluster({"a.yaml": text}).secret(None, name)
    assert found is not None
    assert found.kind == kind
    assert (set(found.keys) if found.keys is not None else None) == keys
    assert all(value.content is None and not value.problem for key, value in (found.keys or {}).items() if key != "note")


def test_kustomize_generators_read_their_files() -> None:
    objects = cluster(
        {
            "prod/kustomization.yaml": """\
                namespace: milvus
                secretGenerator:
                  - name: certs
                    files: [tls/server.pem, key=tls/server.key, tls/missing.pem, ../../outside.pem]
                    literals: ["a=1=2", "b='quoted'"]
                  - {name: unknown, envs: [none.env]}
                configMapGenerator:
                  - {name: conf, files: [milvus.yaml=user.yml], env: vars.env}
                """,
            "prod/tls/server.pem": PEM,
            "prod/tls/server.key": "key",
            "prod/user.yml": "tls: 1",
            "prod/vars.env": "# comment\nX=1\nbroken\n",
        }
    )
    found = objects.secret("milvus", "certs")
    assert found is not None
    assert found.keys is not None
    contents = {key: value.content for key, value in found.keys.items()}
    assert contents == {
        "server.pem": PEM.encode(),
        "key": b"key",
        "missing.pem": None,
        "outside.pem": None,
        "a": b"1=2",
        "b": b"quoted",
    }
    assert found.keys["server.pem"].path == "prod/tls/server.pem"
    assert found.keys["missing.pem"].problem == "is made from prod/tls/missing.pem, which is not in the repository"
    assert objects.secret("other", "certs") is None
    unknown = objects.secret("milvus", "unknown")
    assert unknown is not None
    assert unknown.keys is None
    conf = objects.config_map("milvus", "conf")
    assert conf is not None
    assert conf.keys is not None
    assert {key: value.content for key, value in conf.keys.items()} == {"milvus.yaml": b"tls: 1", "X": b"1"}


def test_bundles_and_lists_and_config_maps() -> None:
    objects = cluster(
        {
            "bundle.yaml": "apiVersion: trust.cert-manager.io/v1alpha1\nkind: Bundle\nmetadata: {name: ca}\n"
            "spec: {target: {configMap: {key: ca.pem}, secret: {key: bundle.pem}, additionalFormats: {jks: {key: b.jks}}}}",
            "list.yaml": "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {k: v}, "
            "binaryData: {b: aGVsbG8=}}\n- {apiVersion: v1, kind: Secret, metadata: {name: s}}\n- {kind: Service}\n",
        }
    )
    ca = objects.config_map("any", "ca")
    assert ca is not None
    assert ca.keys is not None
    assert set(ca.keys) == {"ca.pem", "b.jks"}
    both = objects.secret("any", "ca")
    assert both is not None
    assert both.keys is not None
    assert "bundle.pem" in both.keys
    c = objects.config_map(None, "c")
    assert c is not None
    assert c.keys is not None
    assert {key: value.content for key, value in c.keys.items()} == {"k": b"v", "b": b"hello"}
    s = objects.secret(None, "s")
    assert s is not None
    assert s.keys == {}
    assert len(objects.objects(SECRET)) == 2
    assert len(objects.objects(CONFIG_MAP)) == 2
    assert len(objects.objects("Bundle")) == 2


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Secret",
        "apiVersion: v1\nkind: Secret\nmetadata: []",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: [a]}\ndata: text",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: 'ENC[AES256_GCM,x]'}\nsops: {mac: x}",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: [1]\nstringData: {k: {x: 1}}",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\nspec: {data: text, target: 5, dataFrom: 1}",
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {secretName: {a: b}, additionalOutputFormats: x}",
        "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {secretName: a, additionalOutputFormats: [x, {type: [1]}]}",
        "apiVersion: trust.cert-manager.io/v1\nkind: Bundle\nmetadata: {name: a}\nspec: {target: x}",
        "secretGenerator: [a, {name: [x]}, {name: b, files: x, literals: {a: b}, envs: 5}]\nconfigMapGenerator: {a: b}",
        "kind: List\nitems: &l [{kind: List, items: *l}]",
        "&r {kind: List, items: [*r]}",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: [encryptedData]",
        "[]",
        "text",
    ],
)
def test_odd_objects_do_no_harm(text: str) -> None:
    objects = cluster({"kustomization.yaml": text})
    for one in objects.objects(SECRET):
        assert one.name


@pytest.mark.parametrize(
    ("asked", "near", "expected"),
    [
        ("a", "", "in a"),
        ("b", "", "in b"),
        ("c", "", "anywhere"),
        ("a", "overlays/prod/milvus.yaml", "in a"),
    ],
)
def test_namespaces(asked: str, near: str, expected: str) -> None:
    objects = cluster(
        {
            "1.yaml": secret("s", {"k": "anywhere"}),
            "2.yaml": secret("s", {"k": "in a"}, "a"),
            "3.yaml": secret("s", {"k": "in b"}, "b"),
        }
    )
    found = objects.secret(asked, "s", near)
    assert found is not None
    assert found.keys is not None
    assert found.keys["k"].content == expected.encode()


def test_of_equals_the_nearest_counts() -> None:
    objects = cluster({f"overlays/{env}/secret.yaml": secret("s", {"k": env}) for env in ("dev", "prod", "test")})
    found = objects.secret(None, "s", "overlays/prod/milvus.yaml")
    assert found is not None
    assert found.keys is not None
    assert found.keys["k"].content == b"prod"


def test_near_names() -> None:
    objects = cluster(
        {"1.yaml": secret("milvus-certs", {}, "a"), "2.yaml": secret("certs", {}, "b"), "3.yaml": secret("other", {})}
    )
    assert objects.near_names(SECRET, "a", "milvus-cert") == ["milvus-certs"]
    assert objects.near_names(SECRET, "a", "certs") == ["b/certs", "milvus-certs"]
    assert objects.near_names(CONFIG_MAP, "a", "certs") == []


@given(st.text(max_size=40), st.text(max_size=40))
def test_near_names_never_fails(name: str, namespace: str) -> None:
    objects = cluster({"1.yaml": secret("milvus-certs", {}, "a")})
    assert len(objects.near_names(SECRET, namespace, name)) <= 3


# --- what the container sees ---------------------------------------------------------------------------------------

SECRET_VOLUME = "[{name: v, secret: {secretName: certs}}]"
MOUNT = "[{name: v, mountPath: /certs}]"


@pytest.mark.parametrize(
    ("volumes", "mounts", "path", "state", "reason"),
    [
        (SECRET_VOLUME, MOUNT, "/certs/tls.crt", PRESENT, "key tls.crt of Secret certs"),
        (SECRET_VOLUME, MOUNT, "/certs", DIRECTORY, "Secret certs"),
        (SECRET_VOLUME, MOUNT, "/certs/", DIRECTORY, "Secret certs"),
        (SECRET_VOLUME, MOUNT, "/certs/server.pem", MISSING, "Secret certs has no key server.pem (it has tls.crt, tls.key)"),
        (SECRET_VOLUME, MOUNT, "/other/tls.crt", MISSING, "nothing is mounted at /other/tls.crt"),
        (SECRET_VOLUME, MOUNT, "/certs2/tls.crt", MISSING, "nothing is mounted at /certs2/tls.crt"),
        (SECRET_VOLUME, "[{name: v, mountPath: certs//}]", "/certs/tls.crt", PRESENT, "key tls.crt of Secret certs"),
        (
            "[{name: v, secret: {secretName: certs, items: [{key: tls.crt, path: a/server.pem}, {key: none, path: x}]}}]",
            MOUNT,
            "/certs/a/server.pem",
            PRESENT,
            "key tls.crt of Secret certs",
        ),
        ("[{name: v, secret: {secretName: certs, items: [{key: tls.crt, path: a/b}]}}]", MOUNT, "/certs/a", DIRECTORY, None),
        (
            "[{name: v, secret: {secretName: certs, items: [{key: tls.crt, path: b}]}}]",
            MOUNT,
            "/certs/tls.crt",
            MISSING,
            "the items of Secret certs make no file tls.crt (they make b)",
        ),
        (
            "[{name: v, secret: {secretName: certs, items: [{key: none, path: x}]}}]",
            MOUNT,
            "/certs/x",
            MISSING,
            "Secret certs has no key none (it has tls.crt, tls.key)",
        ),
        ("[{name: v, secret: {secretName: gone}}]", MOUNT, "/certs/tls.crt", UNKNOWN, "Secret gone is not in the repository"),
        ("[{name: v, secret: {secretName: gone}}]", MOUNT, "/certs", DIRECTORY, None),
        (
            "[{name: v, secret: {secretName: gone, items: [{key: a, path: b}]}}]",
            MOUNT,
            "/certs/a",
            MISSING,
            "the items of Secret gone make no file a (they make b)",
        ),
        ("[{name: v, secret: {secretName: issued}}]", MOUNT, "/certs/ca.crt", PRESENT, None),
        ("[{name: v, secret: {secretName: issued}}]", MOUNT, "/certs/ca.pem", MISSING, None),
        ("[{name: v, secret: {secretName: fetched}}]", MOUNT, "/certs/ca.pem", UNKNOWN, None),
        ("[{name: v, configMap: {name: conf}}]", MOUNT, "/certs/ca.pem", PRESENT, "key ca.pem of ConfigMap conf"),
        (SECRET_VOLUME, "[{name: v, mountPath: /x/s.pem, subPath: tls.crt}]", "/x/s.pem", PRESENT, "key tls.crt of Secret certs"),
        (SECRET_VOLUME, "[{name: v, mountPath: /x/s.pem, subPath: s.pem}]", "/x/s.pem", MISSING, None),
        (SECRET_VOLUME, "[{name: v, mountPath: /x/s.pem, subPath: tls.crt}]", "/x", DIRECTORY, None),
        (SECRET_VOLUME, "[{name: v, mountPath: /x, subPath: ./}]", "/x/tls.key", PRESENT, None),
        (SECRET_VOLUME, "[{name: v, mountPath: /x, subPathExpr: $(POD)}]", "/x/tls.key", UNKNOWN, None),
        (SECRET_VOLUME, "[{name: v, mountPath: /x, subPathExpr: tls.key}]", "/x", PRESENT, None),
        (
            "[{name: v, secret: {secretName: certs, items: [{key: tls.crt, path: d/s.pem}]}}]",
            "[{name: v, mountPath: /x, subPath: d}]",
            "/x/s.pem",
            PRESENT,
            None,
        ),
        ("[{name: v, emptyDir: {}}]", MOUNT, "/certs/a", MISSING, "the emptyDir v is empty when the pod starts"),
        ("[{name: v}]", MOUNT, "/certs/a", MISSING, "the emptyDir v is empty when the pod starts"),
        ("[{name: v, hostPath: {path: /etc/certs}}]", MOUNT, "/certs/a", UNKNOWN, None),
        ("[{name: v, persistentVolumeClaim: {claimName: c}}]", MOUNT, "/certs/a", UNKNOWN, None),
        (
            "[{name: v, csi: {driver: nfs.csi.k8s.io}}]",
            MOUNT,
            "/certs/tls.crt",
            UNKNOWN,
            "volume v is a CSI volume of nfs.csi.k8s.io: its files are not in the repository",
        ),
        ("[{name: w, emptyDir: {}}]", MOUNT, "/certs/a", MISSING, "the pod has no volume v"),
        (
            "[{name: v, projected: {sources: [{secret: {name: certs}}, {configMap: {name: conf, items: [{key: ca.pem, path: ca}]}}]}}]",
            MOUNT,
            "/certs/ca",
            PRESENT,
            "key ca.pem of ConfigMap conf",
        ),
        (
            "[{name: v, projected: {sources: [{secret: {name: certs}}, {secret: {name: gone}}]}}]",
            MOUNT,
            "/certs/tls.key",
            PRESENT,
            None,
        ),
        (
            "[{name: v, projected: {sources: [{secret: {name: certs}}, {secret: {name: gone}}]}}]",
            MOUNT,
            "/certs/x",
            UNKNOWN,
            None,
        ),
        ("[{name: v, projected: {sources: [{serviceAccountToken: {path: token}}]}}]", MOUNT, "/certs/token", PRESENT, None),
        ("[{name: v, projected: {sources: [{downwardAPI: {items: [{path: labels}]}}]}}]", MOUNT, "/certs/labels", PRESENT, None),
        ("[{name: v, projected: {sources: [{serviceAccountToken: {path: token}}]}}]", MOUNT, "/certs/x", MISSING, None),
        ("[{name: v, downwardAPI: {items: [{path: a/b}]}}]", MOUNT, "/certs/a", DIRECTORY, None),
        ("[{name: v, projected: {}}]", MOUNT, "/certs/x", MISSING, "volume v has no source"),
        ("[{name: v, secret: {secretName: bad}}]", MOUNT, "/certs/k", UNKNOWN, "key k of Secret bad is not base64"),
    ],
)
def test_lookups(volumes: str, mounts: str, path: str, state: str, reason: str | None) -> None:
    objects = cluster(
        {
            "certs.yaml": secret("certs", CERTS),
            "issued.yaml": "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {secretName: issued}",
            "fetched.yaml": "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: fetched}\nspec: {dataFrom: [{a: b}]}",
            "conf.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {ca.pem: x}",
            "bad.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: bad}\ndata: {k: '%%'}",
        }
    )
    view = files(objects, volumes, mounts).lookup(path)
    assert view.state == state
    assert reason is None or view.reason == reason


def test_a_present_key_brings_content_place_and_mount() -> None:
    objects = cluster({"secret.yaml": secret("certs", CERTS, "milvus")})
    view = files(objects, SECRET_VOLUME, MOUNT, "milvus").lookup("/certs/tls.crt")
    assert view.content == PEM.encode()
    assert view.node is not None
    assert view.node.value == b64(PEM)
    assert view.path == "secret.yaml"
    assert view.mount is not None
    assert view.mount.text("mountPath") == "/certs"
    assert view.reason == "key tls.crt of Secret milvus/certs"
    other = files(objects, SECRET_VOLUME, MOUNT, "elsewhere").lookup("/certs/tls.crt")
    assert (other.state, other.reason) == (UNKNOWN, "Secret certs is not in the repository")


@pytest.mark.parametrize(
    ("volume", "mode"),
    [
        ("{secretName: certs}", 0o644),
        ("{secretName: certs, defaultMode: 0400}", 0o400),
        ("{secretName: certs, defaultMode: 256}", 0o400),
        ("{secretName: certs, defaultMode: 400}", 0o620),
        ("{secretName: certs, defaultMode: 0o600}", 0o600),
        ("{secretName: certs, defaultMode: '0400'}", 0o644),
        ("{secretName: certs, defaultMode: 4096}", 0o644),
        ("{secretName: certs, defaultMode: 0400, items: [{key: tls.key, path: tls.key, mode: 0640}]}", 0o640),
        ("{secretName: certs, defaultMode: 0400, items: [{key: tls.key, path: tls.key}]}", 0o400),
    ],
)
def test_modes(volume: str, mode: int) -> None:
    objects = cluster({"certs.yaml": secret("certs", CERTS)})
    volumes = f"[{{name: v, secret: {volume}}}]"
    assert files(objects, volumes, MOUNT).lookup("/certs/tls.key").mode == mode
    assert files(objects, volumes, MOUNT, fs_group=True).lookup("/certs/tls.key").mode == mode | 0o440


def test_an_init_container_may_fill_an_empty_dir() -> None:
    view = pod_files(
        cluster({}), None, read_volumes(root("[{name: v, emptyDir: {}}]")), read_mounts(root(MOUNT)), no_image, filled={"v"}
    ).lookup("/certs/a")
    assert view.state == UNKNOWN


def test_read_only() -> None:
    mounts = "[{name: v, mountPath: /a, readOnly: true}, {name: v, mountPath: /b}, {name: v, mountPath: /c, readOnly: no}]"
    assert [mount.read_only for mount in files(cluster({}), SECRET_VOLUME, mounts).mounts] == [True, False, False]


# --- what does not fit ---------------------------------------------------------------------------------------------


def test_check_volumes() -> None:
    volumes = read_volumes(
        root("[{name: a, emptyDir: {}}, {name: b, emptyDir: {}}, {name: a, secret: {secretName: s}}, {name: own}, x, {}]")
    )
    mounts = read_mounts(
        root(
            "[{name: a, mountPath: /a}, {name: gone, mountPath: /b}, {name: a, mountPath: /a/}, {name: own2, mountPath: /c}, "
            "{name: a, mountPath: /own}, {mountPath: /d}, {name: a}, {name: a, mountPath: ''}]"
        )
    )
    report = check_volumes(volumes, mounts, {"own", "own2"}, {"/own"})
    assert [mount.name for mount in report.missing] == ["gone"]
    assert [volume.name for volume in report.unused] == ["b", "own"]
    assert [(one.name, other.kind if other else None) for one, other in report.same_names] == [("a", "emptyDir"), ("own", None)]
    assert [(one.path, other is None) for one, other in report.same_paths] == [("/a", False), ("/own", True)]
    replaced = check_volumes(volumes, mounts, {"own", "own2"}, {"/own"}, replaces=True)
    assert replaced.same_names == ()
    assert replaced.same_paths == ()


def test_references() -> None:
    volumes = read_volumes(
        root(
            "[{name: a, secret: {secretName: s, optional: true}}, {name: b, configMap: {name: c}}, {name: d, secret: {}}, "
            "{name: p, projected: {sources: [{secret: {name: x}}, {configMap: {name: y}}, {serviceAccountToken: {}}]}}, {name: e}]"
        )
    )
    found = [(resource, name, optional) for volume in volumes for resource, name, _, optional in references(volume)]
    assert found == [(SECRET, "s", True), (CONFIG_MAP, "c", False), (SECRET, "x", False), (CONFIG_MAP, "y", False)]


@given(st.text(min_size=1, max_size=30))
def test_container_path_is_absolute_and_settled(path: str) -> None:
    once = container_path(path)
    assert once.startswith("/")
    assert not once.startswith("//")
    assert container_path(once) == once


@given(
    st.dictionaries(st.from_regex(r"[a-z][a-z.]{0,8}", fullmatch=True), st.binary(max_size=20), max_size=5), st.text(max_size=12)
)
def test_every_key_of_a_mounted_secret_is_there_and_nothing_else(keys: dict[str, bytes], other: str) -> None:
    data = "".join(f"  '{key}': '{base64.b64encode(content).decode()}'\n" for key, content in keys.items())
    objects = cluster({"s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: certs}}\ndata:\n{data}"})
    seen = files(objects, SECRET_VOLUME, MOUNT)
    for key, content in keys.items():
        view = seen.lookup(f"/certs/{key}")
        assert (view.state, view.content) == (PRESENT, content)
    view = seen.lookup(f"/certs/{other}")
    assert view.content is None or view.content in keys.values()
