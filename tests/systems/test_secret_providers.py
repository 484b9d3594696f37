"""Every way in which a repository makes Secrets and certificates: what is known of names, namespaces, keys and contents."""

from __future__ import annotations

import base64
import json
import textwrap
from typing import NamedTuple

import pytest

from gitops_tls.repo.files import MemoryFiles
from gitops_tls.repo.workspace import Workspace
from gitops_tls.systems.claims import KUBERNETES
from gitops_tls.systems.files import DIRECTORY, MISSING, PRESENT, UNKNOWN, ContainerFiles, FileView
from gitops_tls.systems.kubernetes import CONFIG_MAP, SECRET, Cluster, build_cluster
from gitops_tls.systems.kubernetes_pods import pod_files
from gitops_tls.systems.kubernetes_volumes import read_mounts, read_volumes
from gitops_tls.systems.recognise import recognise
from gitops_tls.systems.secrets.vault import injected
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
CR = """\
apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {name: demo}
spec: {components: {volumes: [{name: certs, secret: {secretName: certs}}]}}
"""


def cluster(files: dict[str, str]) -> Cluster:
    """The objects of a repository as the tool finds them: by content, beside a Milvus that may use them."""
    contents = {path: textwrap.dedent(text).encode() for path, text in {"milvus.yaml": CR, **files}.items()}
    workspace = Workspace(MemoryFiles(contents))
    claims = recognise(workspace, list(workspace.files.paths()))
    assert claims.of(KUBERNETES)
    return build_cluster(workspace, claims)


def root(text: str) -> Node:
    node = parse(Source("milvus.yaml", textwrap.dedent(text))).documents[0].root
    assert node is not None
    return node


def mounted(objects: Cluster, volume: str, namespace: str | None = None) -> ContainerFiles:
    volumes, mounts = root(f"[{{name: v, {volume}}}]"), root("[{name: v, mountPath: /certs}]")
    return pod_files(objects, namespace, read_volumes(volumes), read_mounts(mounts), no_image)


def no_image(path: str) -> FileView | None:
    return None


class Expected(NamedTuple):
    """Keys with their content (bytes), or why it cannot be read (text); None where the keys are not known."""

    kind: str
    name: str
    namespace: str | None
    keys: dict[str, bytes | str] | None
    resource: str = SECRET


SEALED = "is sealed"
FETCHED = "comes from the secret store"
ISSUED = "is made by cert-manager in the cluster"
BUNDLED = "is put together by trust-manager in the cluster"
SOPS = "is encrypted with SOPS"
FILLED = "is filled in by another tool"
BY_ESO = "is a template that external-secrets fills in"

PROVIDERS: dict[str, tuple[str, list[Expected]]] = {
    "Secret": (
        """\
        apiVersion: v1
        kind: Secret
        metadata: {name: certs, namespace: milvus}
        type: kubernetes.io/tls
        data: {tls.crt: aGVsbG8=, empty: "", both: aGVsbG8=, later: "${TLS_KEY}", avp: "<path:secret/data/milvus#key>"}
        stringData: {ca.crt: "in clear", both: stronger}
        """,
        [
            Expected(
                "Secret", "certs", "milvus",
                {"tls.crt": b"hello", "empty": b"", "ca.crt": b"in clear", "both": b"stronger", "later": FILLED, "avp": FILLED},
            )
        ],
    ),
    "SOPS": (
        """\
        apiVersion: v1
        kind: Secret
        metadata: {name: certs, namespace: milvus}
        stringData:
          tls.crt: ENC[AES256_GCM,data:aGVsbG8=,iv:x,tag:y,type:str]
          tls.key: ENC[AES256_GCM,data:aGVsbG8=,iv:x,tag:y,type:str]
        sops: {mac: "ENC[AES256_GCM,data:x,type:str]", version: 3.9.0}
        """,
        [Expected("SOPS", "certs", "milvus", {"tls.crt": SOPS, "tls.key": SOPS})],
    ),
    "SOPS of some values": (
        """\
        apiVersion: v1
        kind: Secret
        metadata: {name: certs}
        stringData: {tls.crt: in clear, tls.key: "ENC[AES256_GCM,data:aGVsbG8=,type:str]"}
        sops: {mac: x, encrypted_regex: key$}
        """,
        [Expected("SOPS", "certs", None, {"tls.crt": b"in clear", "tls.key": SOPS})],
    ),
    "SealedSecret": (
        """\
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {name: certs, namespace: milvus}
        spec:
          encryptedData: {tls.crt: AgBy3i4OJSWK, tls.key: AgAR4lbtv}
          template:
            metadata: {name: certs, namespace: milvus}
            type: kubernetes.io/tls
            data: {note: as it stands, both.pem: '{{ index . "tls.crt" }}'}
        """,
        [
            Expected(
                "SealedSecret", "certs", "milvus",
                {
                    "tls.crt": SEALED, "tls.key": SEALED, "note": b"as it stands",
                    "both.pem": "is a template that the sealed-secrets controller fills in",
                },
            )
        ],
    ),
    "SealedSecret whose template has another name": (
        """\
        apiVersion: bitnami.com/v1alpha1
        kind: SealedSecret
        metadata: {name: sealed, namespace: milvus}
        spec: {encryptedData: {tls.crt: AgBy3i4OJSWK}, template: {metadata: {name: certs}}}
        """,
        [
            Expected("SealedSecret", "sealed", "milvus", {"tls.crt": SEALED}),
        ],
    ),
    "SealedSecret of the first format": (
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: certs}\nspec: {data: AgBy3i4OJSWK}\n",
        [Expected("SealedSecret", "certs", None, None)],
    ),
    "ExternalSecret": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: milvus, namespace: milvus}
        spec:
          refreshInterval: 1h
          secretStoreRef: {name: vault, kind: ClusterSecretStore}
          target: {name: certs, creationPolicy: Owner}
          data:
            - {secretKey: server.pem, remoteRef: {key: milvus/tls, property: crt}}
            - {secretKey: server.key, remoteRef: {key: milvus/tls, property: key}}
        """,
        [Expected("ExternalSecret", "certs", "milvus", {"server.pem": FETCHED, "server.key": FETCHED})],
    ),
    "ExternalSecret with a template": (
        """\
        apiVersion: external-secrets.io/v1beta1
        kind: ExternalSecret
        metadata: {name: certs}
        spec:
          target: {template: {type: kubernetes.io/tls, data: {tls.crt: "{{ .crt }}", note: x}}}
          data: [{secretKey: crt, remoteRef: {key: a}}]
        """,
        [Expected("ExternalSecret", "certs", None, {"tls.crt": BY_ESO, "note": b"x"})],
    ),
    "ExternalSecret with a template that adds": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: certs}
        spec:
          target: {template: {mergePolicy: Merge, data: {note: x}}}
          data: [{secretKey: crt, remoteRef: {key: a}}]
        """,
        [Expected("ExternalSecret", "certs", None, {"crt": FETCHED, "note": b"x"})],
    ),
    "ExternalSecret with a template for the type alone": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: certs}
        spec: {target: {template: {type: kubernetes.io/tls, data: {}}}, data: [{secretKey: tls.crt, remoteRef: {key: a}}]}
        """,
        [Expected("ExternalSecret", "certs", None, {"tls.crt": FETCHED})],
    ),
    "ExternalSecret with all that a store has": (
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: certs}\nspec: {dataFrom: [{extract: {key: a}}]}\n",
        [Expected("ExternalSecret", "certs", None, None)],
    ),
    "ExternalSecret that adds to a Secret elsewhere": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: certs}
        spec: {target: {creationPolicy: Merge}, data: [{secretKey: tls.key, remoteRef: {key: a}}]}
        """,
        [Expected("ExternalSecret", "certs", None, None)],
    ),
    "ExternalSecret that adds to a Secret in the repository": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: extra}
        spec: {target: {name: certs, creationPolicy: Merge}, data: [{secretKey: tls.key, remoteRef: {key: a}}]}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: certs}
        stringData: {tls.crt: x}
        """,
        [Expected("Secret", "certs", None, {"tls.crt": b"x", "tls.key": FETCHED})],
    ),
    "ExternalSecret that makes nothing": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ExternalSecret
        metadata: {name: certs}
        spec: {target: {creationPolicy: None}, data: [{secretKey: tls.key, remoteRef: {key: a}}]}
        """,
        [],
    ),
    "ClusterExternalSecret": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ClusterExternalSecret
        metadata: {name: cluster}
        spec:
          externalSecretName: milvus-es
          namespaceSelector: {matchLabels: {milvus: "true"}}
          externalSecretSpec: {target: {name: certs}, data: [{secretKey: ca.pem, remoteRef: {key: a}}]}
        """,
        [Expected("ExternalSecret", "certs", None, {"ca.pem": FETCHED})],
    ),
    "ClusterExternalSecret with namespaces by name": (
        """\
        apiVersion: external-secrets.io/v1
        kind: ClusterExternalSecret
        metadata: {name: certs}
        spec: {namespaces: [a, b], externalSecretSpec: {data: [{secretKey: ca.pem, remoteRef: {key: a}}]}}
        """,
        [Expected("ExternalSecret", "certs", one, {"ca.pem": FETCHED}) for one in ("a", "b")],
    ),
    "Certificate": (
        """\
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: milvus, namespace: milvus}
        spec:
          secretName: certs
          duration: 2160h
          renewBefore: 360h
          dnsNames: [milvus]
          additionalOutputFormats: [{type: CombinedPEM}, {type: DER}]
          keystores: {jks: {create: true, passwordSecretRef: {name: x, key: y}}, pkcs12: {create: false}}
          issuerRef: {name: ca, kind: ClusterIssuer}
        """,
        [
            Expected(
                "Certificate", "certs", "milvus",
                dict.fromkeys(
                    ("tls.crt", "tls.key", "ca.crt", "tls-combined.pem", "key.der", "keystore.jks", "truststore.jks"), ISSUED
                ),
            )
        ],
    ),
    "Bundle with its own text": (
        f"""\
        apiVersion: trust.cert-manager.io/v1alpha1
        kind: Bundle
        metadata: {{name: milvus-ca}}
        spec:
          sources: [{{inLine: {json.dumps(PEM)}}}]
          target: {{configMap: {{key: ca.pem}}, additionalFormats: {{pkcs12: {{key: ca.p12}}}}}}
        """,
        [Expected("Bundle", "milvus-ca", None, {"ca.pem": PEM.encode(), "ca.p12": BUNDLED}, CONFIG_MAP)],
    ),
    "Bundle of the system's CAs": (
        """\
        apiVersion: trust.cert-manager.io/v1alpha1
        kind: Bundle
        metadata: {name: milvus-ca}
        spec: {sources: [{useDefaultCAs: true}, {secret: {name: root, key: tls.crt}}], target: {secret: {key: ca.pem}}}
        """,
        [Expected("Bundle", "milvus-ca", None, {"ca.pem": BUNDLED})],
    ),
    "SecretProviderClass with Secrets": (
        """\
        apiVersion: secrets-store.csi.x-k8s.io/v1
        kind: SecretProviderClass
        metadata: {name: milvus-tls, namespace: milvus}
        spec:
          provider: vault
          secretObjects:
            - secretName: certs
              type: kubernetes.io/tls
              data: [{objectName: crt, key: tls.crt}, {objectName: key, key: tls.key}]
        """,
        [Expected("SecretProviderClass", "certs", "milvus", {"tls.crt": FETCHED, "tls.key": FETCHED})],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider(name: str) -> None:
    text, expected = PROVIDERS[name]
    objects = cluster({"secret.yaml": text})
    found = [*objects.objects(SECRET), *objects.objects(CONFIG_MAP)]
    said = [
        Expected(
            one.kind, one.name, one.namespace,
            None if one.keys is None else {key: value.why if value.content is None else value.content for key, value in one.keys.items()},
            one.resource,
        )
        for one in found
    ]  # fmt: skip
    assert said == expected
    assert all(not value.problem for one in found for value in (one.keys or {}).values())


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("not base64", "is not base64"),
        ("<base64 of server.pem>", "is not base64"),
        ("aGVsbG8", "is not base64"),
        ("|\n    " + PEM.replace("\n", "\n    "), "is not base64 but text, which belongs into `stringData`"),
        ("12345", "without quotes is not text"),
        ("true", "without quotes is not text"),
        ("{a: b}", "is not text"),
    ],
)
def test_values_that_the_api_server_refuses(value: str, problem: str) -> None:
    objects = cluster({"s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: certs}}\ndata:\n  tls.crt: {value}\n"})
    view = mounted(objects, "secret: {secretName: certs}").lookup("/certs/tls.crt")
    assert (view.state, view.reason) == (UNKNOWN, f"key tls.crt of Secret certs {problem}")
    assert "12345" not in view.reason


def test_words_of_what_cannot_be_read_reach_the_pod() -> None:
    objects = cluster({"s.yaml": PROVIDERS["SOPS"][0]})
    view = mounted(objects, "secret: {secretName: certs}").lookup("/certs/tls.key")
    assert (view.state, view.content, view.reason) == (PRESENT, None, "key tls.key of Secret milvus/certs is encrypted with SOPS")


# --- kustomize -----------------------------------------------------------------------------------------------------

GENERATOR = "secretGenerator:\n- {name: certs, literals: [tls.crt=x]}\n"
PLAIN = "generatorOptions: {disableNameSuffixHash: true}\n"


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        # kustomize leaves the names in a custom resource alone, though it is of the same build
        ({"app/kustomization.yaml": f"resources: [milvus.yaml]\n{GENERATOR}"}, False),
        ({"app/kustomization.yaml": f"resources: [milvus.yaml]\nconfigurations: [names.yaml]\n{GENERATOR}"}, True),
        ({"app/kustomization.yaml": f"resources: [milvus.yaml]\ncrds: [milvus.json]\n{GENERATOR}"}, True),
        ({"app/kustomization.yaml": f"configurations: [names.yaml]\n{GENERATOR}"}, False),
        ({"app/kustomization.yaml": f"{PLAIN}{GENERATOR}"}, True),
        ({"other/kustomization.yaml": f"{PLAIN}{GENERATOR}"}, True),
        ({"app/kustomization.yaml": GENERATOR.replace("literals", "options: {disableNameSuffixHash: true}, literals")}, True),
        # an overlay's build takes in the base
        ({"over/kustomization.yml": f"resources: [../app]\nconfigurations: [n.yaml]\n{GENERATOR}", "app/kustomization.yaml": "resources: [milvus.yaml]\n"}, True),
        ({"over/kustomization.yml": f"resources: [../app]\n{GENERATOR}", "app/kustomization.yaml": "resources: [milvus.yaml]\n"}, False),
        ({"over/kustomization.yml": f"patches: [{{path: ../app/milvus.yaml}}]\nconfigurations: [n.yaml]\n{GENERATOR}"}, True),
        ({"app/kustomization.yaml": f"helmCharts: [{{name: milvus, valuesFile: milvus.yaml}}]\n{GENERATOR}"}, True),
        ({"app/kustomization.yaml": f"resources: [., ../app, milvus.yaml, 'https://x/y', gone]\n{GENERATOR}"}, False),
    ],
)  # fmt: skip
def test_the_hash_of_a_generator(files: dict[str, str], seen: bool) -> None:
    objects = cluster(files)
    assert (objects.secret(None, "certs", "app/milvus.yaml") is not None) is seen
    assert (objects.hidden_by_hash(SECRET, None, "certs", "app/milvus.yaml") is None) is seen
    assert objects.secret(None, "certs") is not None, "asked from nowhere, the generator is what makes it"


def test_a_name_with_its_hash() -> None:
    objects = cluster({"app/kustomization.yaml": GENERATOR, "b/kustomization.yaml": PLAIN + GENERATOR.replace("certs", "plain")})
    assert objects.secret(None, "certs-k695gkmbtk", "x/milvus.yaml") is not None
    assert objects.secret(None, "certs-k695gkmbta", "x/milvus.yaml") is None
    assert objects.secret(None, "plain-k695gkmbtk", "x/milvus.yaml") is None


def test_an_overlay_adds_to_a_generator() -> None:
    objects = cluster(
        {
            "base/kustomization.yaml": PLAIN + GENERATOR,
            "over/kustomization.yaml": f"{PLAIN}resources: [../base]\n{GENERATOR}".replace("tls.crt=x", "tls.key=y").replace("literals", "behavior: merge, literals"),
        }
    )  # fmt: skip
    over, base = objects.secret(None, "certs", "over/milvus.yaml"), objects.secret(None, "certs", "base/milvus.yaml")
    assert over is not None
    assert base is not None
    assert (sorted(over.keys or ()), sorted(base.keys or ())) == (["tls.crt", "tls.key"], ["tls.crt"])


def test_encrypted_files_of_a_generator() -> None:
    objects = cluster(
        {
            "kustomization.yaml": "secretGenerator:\n- {name: certs, files: [tls.key=key.enc], envs: [vars.env]}\n",
            "key.enc": '{"data": "ENC[AES256_GCM,data:x,type:str]", "sops": {"mac": "x"}}',
            "vars.env": "A=ENC[AES256_GCM,data:x,type:str]\nB=clear\nsops_mac=x\n",
        }
    )
    found = objects.secret(None, "certs")
    assert found is not None
    assert {key: value.content or value.why for key, value in (found.keys or {}).items()} == {
        "tls.key": SOPS,
        "A": SOPS,
        "B": b"clear",
    }


# --- volumes that are no Secret ------------------------------------------------------------------------------------

PROVIDER_CLASSES = {
    "aws": 'objects: |\n      - objectName: "arn:tls"\n        jmesPath: [{path: crt, objectAlias: tls.crt}, {path: key, objectAlias: tls.key}]\n',
    "azure": "objects: |\n      array:\n        - |\n          objectName: tls.crt\n          objectType: secret\n        - |\n          objectName: k\n          objectAlias: tls.key\n",
    "gcp": 'secrets: |\n      - {resourceName: projects/p/secrets/a/versions/1, path: "tls.crt"}\n      - {resourceName: x, fileName: tls.key}\n',
    "vault": "objects: |\n      - {objectName: tls.crt, secretPath: secret/data/milvus, secretKey: crt}\n      - {objectName: tls.key, secretPath: x}\n",
}  # fmt: skip
STORE = "csi: {driver: secrets-store.csi.k8s.io, readOnly: true, volumeAttributes: {secretProviderClass: milvus-tls}}"


@pytest.mark.parametrize("provider", PROVIDER_CLASSES)
def test_secrets_store(provider: str) -> None:
    objects = cluster(
        {
            "class.yaml": "apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: {name: milvus-tls}\n"
            f"spec:\n  provider: {provider}\n  parameters:\n    {PROVIDER_CLASSES[provider]}"
        }
    )
    files = mounted(objects, STORE)
    for name in ("tls.crt", "tls.key"):
        view = files.lookup(f"/certs/{name}")
        assert (view.state, view.content) == (PRESENT, None), view.reason
        assert view.reason == "fetched from the secret store by SecretProviderClass milvus-tls"
    assert files.lookup("/certs").state == DIRECTORY
    missing = files.lookup("/certs/ca.crt")
    assert missing.state == MISSING
    assert missing.reason.startswith("SecretProviderClass milvus-tls makes no file ca.crt (it makes ")


@pytest.mark.parametrize(
    "parameters",
    ["{}", "{objects: ''}", "{objects: '[a'}", "{objects: '[[a]]'}", "{objects: 5}", "{secrets: '[{x: y}]'}", "text"],
)
def test_a_provider_class_that_says_nothing(parameters: str) -> None:
    text = f"apiVersion: secrets-store.csi.x-k8s.io/v1\nkind: SecretProviderClass\nmetadata: {{name: milvus-tls}}\nspec: {{parameters: {parameters}}}\n"
    view = mounted(cluster({"class.yaml": text}), STORE).lookup("/certs/tls.crt")
    assert (view.state, view.reason) == (UNKNOWN, "the files of SecretProviderClass milvus-tls are not known here")


def test_a_provider_class_elsewhere() -> None:
    view = mounted(Cluster([]), STORE).lookup("/certs/tls.crt")
    assert (view.state, view.reason) == (UNKNOWN, "SecretProviderClass milvus-tls is not in the repository")


@pytest.mark.parametrize(
    ("attributes", "present", "missing"),
    [
        ("{csi.cert-manager.io/dns-names: milvus}", ["tls.crt", "tls.key", "ca.crt"], ["server.pem"]),
        (
            (
                "{csi.cert-manager.io/certificate-file: server.pem, csi.cert-manager.io/privatekey-file: server.key, "
                "csi.cert-manager.io/ca-file: ca.pem}"
            ),
            ["server.pem", "server.key", "ca.pem"],
            ["tls.crt"],
        ),
        (
            '{csi.cert-manager.io/pkcs12-enable: "true", csi.cert-manager.io/pkcs12-filename: all.p12}',
            ["tls.crt", "all.p12"],
            ["keystore.p12"],
        ),
    ],
)
def test_the_csi_driver_of_cert_manager(attributes: str, present: list[str], missing: list[str]) -> None:
    files = mounted(Cluster([]), f"csi: {{driver: csi.cert-manager.io, volumeAttributes: {attributes}}}")
    for name in present:
        view = files.lookup(f"/certs/{name}")
        assert (view.state, view.content, view.reason) == (PRESENT, None, "made by cert-manager's CSI driver")
    assert [files.lookup(f"/certs/{name}").state for name in missing] == [MISSING] * len(missing)


@pytest.mark.parametrize(
    ("annotations", "states"),
    [
        ("{}", {"/vault/secrets/tls.crt": None}),
        ("{vault.hashicorp.com/agent-inject-secret-tls.crt: a}", {"/vault/secrets/tls.crt": None}),
        (
            '{vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/agent-inject-secret-tls.crt: a}',
            {"/vault/secrets/tls.crt": PRESENT, "/vault/secrets/tls.key": MISSING, "/vault/secrets": DIRECTORY, "/certs/x": None},
        ),
        (
            (
                '{vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/agent-inject-secret-a: p, '
                "vault.hashicorp.com/agent-inject-file-a: certs/server.pem, vault.hashicorp.com/agent-inject-template-a: x}"
            ),
            {"/vault/secrets/certs/server.pem": PRESENT, "/vault/secrets/certs": DIRECTORY, "/vault/secrets/a": MISSING},
        ),
        (
            (
                '{vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/secret-volume-path: /milvus/tls, '
                "vault.hashicorp.com/agent-inject-secret-server.pem: p, vault.hashicorp.com/agent-inject-secret-k: p, "
                "vault.hashicorp.com/secret-volume-path-k: /keys/}"
            ),
            {"/milvus/tls/server.pem": PRESENT, "/keys/k": PRESENT, "/vault/secrets/server.pem": None},
        ),
        (
            '{vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/agent-configmap: conf}',
            {"/vault/secrets/anything": UNKNOWN},
        ),
    ],
)
def test_vault_agent(annotations: str, states: dict[str, str | None]) -> None:
    files = ContainerFiles(injected([root(annotations), None]), no_image)
    for path, state in states.items():
        view = files.lookup(path)
        assert view.state == state or (state is None and view.reason == f"nothing is mounted at {path}"), (path, view)


# --- status and check, from end to end -------------------------------------------------------------------------------

OPERATOR = """\
apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {{name: demo}}
spec:
  config:
    proxy: {{http: {{port: 8080}}}}
    common: {{security: {{tlsMode: 1}}}}
    tls: {{serverPemPath: {folder}/tls.crt, serverKeyPath: {folder}/tls.key}}
  components:
    image: milvusdb/milvus:v2.6.20
    standalone: {{serviceRestfulPort: 8080}}
    {more}
"""
MOUNTED = "volumes: [{{name: certs, {volume}}}]\n    volumeMounts: [{{name: certs, mountPath: /certs}}]"
SECRET_VOLUME = MOUNTED.format(volume="secret: {secretName: certs}")
VAULT = "podAnnotations: {{vault.hashicorp.com/agent-inject: 'true', vault.hashicorp.com/agent-inject-secret-tls.crt: a{more}}}"


@pytest.mark.parametrize(
    ("folder", "more", "files", "server", "why"),
    [
        ("/certs", SECRET_VOLUME, {"s.yaml": PROVIDERS["SOPS"][0]}, "unknown", "is encrypted with SOPS"),
        ("/certs", SECRET_VOLUME, {"s.yaml": PROVIDERS["SealedSecret"][0]}, "unknown", "is sealed"),
        ("/certs", SECRET_VOLUME, {"s.yaml": PROVIDERS["Certificate"][0]}, "unknown", "is made by cert-manager in the cluster"),
        ("/certs", SECRET_VOLUME, {"s.yaml": PROVIDERS["ExternalSecret"][0]}, "fails", "has no key tls.crt (it has server.key, server.pem)"),
        ("/certs", MOUNTED.format(volume="csi: {driver: csi.cert-manager.io}"), {}, "unknown", "made by cert-manager's CSI driver"),
        ("/certs", MOUNTED.format(volume=STORE), {}, "unknown", "SecretProviderClass milvus-tls is not in the repository"),
        ("/vault/secrets", VAULT.format(more=""), {}, "fails", "the Vault agent writes no file tls.key into /vault/secrets (it writes tls.crt)"),
        ("/vault/secrets", VAULT.format(more=", vault.hashicorp.com/agent-inject-secret-tls.key: b"), {}, "unknown", "written by the Vault agent"),
        ("/certs", SECRET_VOLUME, {"kustomization.yaml": GENERATOR}, "unknown", "Secret certs is not in the repository"),
    ],
)  # fmt: skip
def test_status(folder: str, more: str, files: dict[str, str], server: str, why: str, repository, tool) -> None:
    repository({"milvus.yaml": OPERATOR.format(folder=folder, more=more), **{k: textwrap.dedent(v) for k, v in files.items()}})
    [said] = tool("status", "--format", "json").json["deployments"]
    assert said["server"] == server, said["why"]
    assert any(why in reason["message"] for reason in said["why"]), said["why"]


def test_status_of_the_chart_with_the_vault_agent(repository, tool) -> None:
    values = """\
    image: {all: {repository: milvusdb/milvus, tag: v2.6.20}}
    cluster: {enabled: false}
    standalone:
      annotations: {vault.hashicorp.com/agent-inject: "true", vault.hashicorp.com/agent-inject-secret-tls.crt: a}
    extraConfigFiles:
      user.yaml: |
        common: {security: {tlsMode: 1}}
        proxy: {http: {port: 8080}}
        tls: {serverPemPath: /vault/secrets/tls.crt, serverKeyPath: /vault/secrets/tls.key}
    """
    repository({"values.yaml": textwrap.dedent(values)})
    [said] = tool("status", "--format", "json").json["deployments"]
    assert said["server"] == "fails"
    assert any("the Vault agent writes no file tls.key" in reason["message"] for reason in said["why"])


def test_check_names_the_hash(repository, tool) -> None:
    repository({"milvus.yaml": OPERATOR.format(folder="/certs", more=SECRET_VOLUME), "kustomization.yaml": GENERATOR})
    [finding] = tool("check", "--select", "GT202", "--format", "json").json["findings"]
    assert "kustomize makes it as `certs-<hash>`" in finding["message"]


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("data", "no%", "is not base64: the API server refuses the object"),
        ("data", "'" + PEM.replace("\n", "\n\n      ") + "'", "is not base64 but text, which belongs into `stringData`"),
        ("data", "12345", "without quotes is not text: the API server refuses the object"),
        ("data", _b64(_b64(PEM)), "is base64 of a PEM file (encoded twice)"),
        ("stringData", _b64(PEM), "is base64 of a PEM file (encoded twice)"),
        ("data", "''", "is an empty file"),
        ("data", "", "is an empty file"),
        ("data", _b64("\n"), "is a file of blanks only"),
        ("data", _b64("changeme"), "is text without a PEM block"),
    ],
)
def test_check_has_words_for_a_broken_value(field: str, value: str, words: str, repository, tool) -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: certs}}\n{field}:\n  tls.crt: {value}\n"
    repository({"milvus.yaml": OPERATOR.format(folder="/certs", more=SECRET_VOLUME), "s.yaml": text})
    found = [
        each for each in tool("check", "--select", "GT314", "--format", "json").json["findings"] if "tls.crt" in each["message"]
    ]
    assert len(found) == 1, found
    assert words in found[0]["message"]
    assert (found[0]["path"], found[0]["line"]) == ("s.yaml", 5)
    assert value.strip("'") not in found[0]["message"] or not value.strip("'")


def test_check_names_a_missing_key(repository, tool) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\ndata: {server.pem: ''}\n"
    repository({"milvus.yaml": OPERATOR.format(folder="/certs", more=SECRET_VOLUME), "s.yaml": text})
    messages = [each["message"] for each in tool("check", "--select", "GT203", "--format", "json").json["findings"]]
    assert len(messages) == 2
    assert "Secret certs has no key tls.crt (it has server.pem)" in messages[0]


def test_values_that_another_tool_fills_in_are_no_finding(repository, tool) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\ndata: {tls.crt: '${CRT}', tls.key: '<path:a/b#c>'}\n"
    repository({"milvus.yaml": OPERATOR.format(folder="/certs", more=SECRET_VOLUME), "s.yaml": text})
    assert tool("check", "--select", "GT2,GT3", "--format", "json").json["findings"] == []
    [said] = tool("status", "--format", "json").json["deployments"]
    assert said["server"] == "unknown"
    assert any("is filled in by another tool" in reason["message"] for reason in said["why"])
