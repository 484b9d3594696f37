"""Taking stock: every place a certificate may stand, what is told of those that cannot be read, and who uses them."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.config import Config, Within
from gitops_tls.inventory import Inventory, take
from gitops_tls.inventory.model import EXPIRED, EXPIRING, NOT_YET_VALID, OK, Holder, state_of
from gitops_tls.inventory.names import part, parts
from gitops_tls.pipeline import gather
from gitops_tls.repo.files import MemoryFiles, Unreadable
from gitops_tls.repo.workspace import Workspace


def stock(files: dict[str, str | bytes], now, passwords=(), within: Within = Within()) -> Inventory:  # noqa: B008
    contents = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    return stock_of(MemoryFiles(contents), now, passwords, within)


def stock_of(files, now, passwords=(), within=Within()) -> Inventory:  # noqa: B008
    workspace = Workspace(files)
    crashes: list = []
    facts = gather(workspace, list(files.paths()), Config(), now, crashes)
    assert crashes == []
    return take(facts, files.paths(), within, passwords)


def places(inventory: Inventory) -> list[tuple[str, int, str]]:
    return sorted((entry.place.path, entry.place.line, entry.place.pointer) for entry in inventory.entries)


def told(inventory: Inventory) -> list[tuple[str, int, str]]:
    return [(each.place.path, each.place.line, each.reason) for each in inventory.unread]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def indented(pem: bytes, width: int) -> str:
    return "".join(" " * width + line + "\n" for line in pem.decode().splitlines())


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.fixture(scope="module")
def leaf(pki, ca):
    return pki.server(ca)


def test_files_by_name_and_by_content(pki, ca, leaf):
    inventory = stock(
        {
            "tls/server.pem": leaf.pem + ca.pem,
            "tls/server.der": leaf.der,
            "tls/store.p12": pki.pkcs12(leaf),
            "tls/bundle": b"# the CA\n" + ca.pem,
            "tls/binary": leaf.der,
            "docs/README.md": "Trust this:\n\n" + indented(ca.pem, 4),
            "tls/server.key": leaf.key,
            "image.png": b"\x89PNG\0" + ca.pem,
            "src/main.go": 'const x = "-----BEGIN CERTIFICATE-----\\n..."',
        },
        pki.NOW,
    )
    assert places(inventory) == [
        ("docs/README.md", 3, ""),
        ("tls/binary", 1, ""),
        ("tls/bundle", 2, ""),
        ("tls/server.der", 1, ""),
        ("tls/server.pem", 1, ""),
        ("tls/server.pem", 1 + leaf.pem.count(b"\n"), ""),
        ("tls/store.p12", 1, ""),
    ]
    assert inventory.unread == []
    assert inventory.files == 9


def test_values_of_yaml(pki, ca, leaf):
    inventory = stock(
        {
            "secret.yaml": f"""apiVersion: v1
kind: Secret
metadata: {{name: certs, namespace: milvus}}
data:
  tls.crt: {b64(leaf.pem + ca.pem)}
  wrapped.crt: |
    {b64(ca.pem)[:76]}
    {b64(ca.pem)[76:]}
  server.der: {b64(leaf.der)}
  store.p12: {b64(pki.pkcs12(leaf))}
stringData:
  ca.pem: |
    # comment
{indented(ca.pem, 4)}  quoted.pem: "{ca.pem.decode().strip()}"
  escaped.pem: "{ca.pem.decode().replace(chr(10), chr(92) + "n")}"
""",
            "map.yaml": f"""apiVersion: v1
kind: ConfigMap
metadata: {{name: trust}}
binaryData: {{ca.crt: {b64(ca.pem)}}}
data:
  values.yaml: |
    tls:
      ca: |
{indented(ca.pem, 8)}      bundle: {b64(ca.pem)}
""",
            "webhook.yaml": f"""apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {{name: cert-manager-webhook}}
webhooks:
  - name: webhook.cert-manager.io
    clientConfig: {{caBundle: {b64(ca.pem)}}}
""",
            "compose.yaml": f"services: {{}}\nconfigs:\n  ca:\n    content: |\n{indented(ca.pem, 6)}",
            "values.json": '{"tls": {"ca": "' + ca.pem.decode().replace("\n", "\\n") + '"}}',
        },
        pki.NOW,
    )
    assert places(inventory) == [
        ("compose.yaml", 5, "/configs/ca/content"),
        ("map.yaml", 4, "/binaryData/ca.crt"),
        ("map.yaml", 9, "/data/values.yaml/tls/ca"),
        ("map.yaml", 9 + ca.pem.count(b"\n"), "/data/values.yaml/tls/bundle"),
        ("secret.yaml", 5, "/data/tls.crt"),
        ("secret.yaml", 5, "/data/tls.crt"),
        ("secret.yaml", 7, "/data/wrapped.crt"),
        ("secret.yaml", 9, "/data/server.der"),
        ("secret.yaml", 10, "/data/store.p12"),
        ("secret.yaml", 14, "/stringData/ca.pem"),
        ("secret.yaml", 14 + ca.pem.count(b"\n"), "/stringData/quoted.pem"),
        ("secret.yaml", 14 + 2 * ca.pem.count(b"\n"), "/stringData/escaped.pem"),
        ("values.json", 1, "/tls/ca"),
        ("webhook.yaml", 6, "/webhooks/0/clientConfig/caBundle"),
    ]
    assert inventory.unread == []
    holders = {entry.place.pointer: entry.place.holder for entry in inventory.entries}
    assert holders["/data/tls.crt"] == Holder("Secret", "milvus", "certs", "tls.crt")
    assert holders["/binaryData/ca.crt"] == Holder("ConfigMap", "", "trust", "ca.crt")
    assert holders["/data/values.yaml/tls/ca"] == Holder("ConfigMap", "", "trust", "values.yaml")
    assert holders["/webhooks/0/clientConfig/caBundle"] == Holder(
        "ValidatingWebhookConfiguration", "", "cert-manager-webhook", "webhook.cert-manager.io"
    )
    assert holders["/configs/ca/content"] is None


def test_templates_and_broken_yaml_lose_no_certificate(pki, ca):
    template = f"{{{{- if .Values.tls }}}}\nkind: Secret\ndata:\n  ca.crt: {b64(ca.pem)}\nstringData:\n  ca: |\n{indented(ca.pem, 4)}{{{{- end }}}}\n"
    inventory = stock({"templates/secret.yaml": template, "broken.yaml": f"a: [\n{ca.pem.decode()}"}, pki.NOW)
    assert places(inventory) == [("broken.yaml", 2, ""), ("templates/secret.yaml", 4, ""), ("templates/secret.yaml", 7, "")]


def test_lists_anchors_and_several_documents(pki, ca):
    text = f"""kind: List
apiVersion: v1
items:
  - kind: Secret
    apiVersion: v1
    metadata: {{name: a}}
    stringData:
      ca.crt: &ca |
{indented(ca.pem, 8)}      again.crt: *ca
---
ca: {b64(ca.pem)}
"""
    inventory = stock({"a.yaml": text}, pki.NOW)
    assert [entry.place.pointer for entry in inventory.entries] == ["/items/0/stringData/ca.crt", "/ca"]
    assert inventory.entries[0].place.holder == Holder("Secret", "", "a", "ca.crt")
    assert inventory.unread == []


def test_what_cannot_be_read_is_told(pki, ca, leaf):
    secret = f"""apiVersion: v1
kind: Secret
metadata: {{name: certs}}
data:
  empty.crt: ""
  wrong.crt: "not base64!"
  twice.crt: {b64(b64(ca.pem).encode())}
  key.crt: {b64(leaf.key)}
  text.crt: {b64(b"<put the certificate here>")}
  username: {b64(b"root")}
"""
    sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s, namespace: n}\nspec:\n  encryptedData:\n    tls.crt: AgBy3i4OJSWK\n    tls.key: AgBy3i4OJSWK\n"
    sops = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  tls.crt: ENC[AES256_GCM,data:AAAA,iv:A,tag:A,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:AAAA]\n"
    inventory = stock(
        {
            "cut.pem": leaf.pem[:300],
            "empty.crt": "",
            "git.crt": b"\0GITCRYPT\0abcdef",
            "cut.jks": b"\xfe\xed\xfe\xed\0\0\0\2",
            "empty.jks": b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\0" + bytes(20),
            "aes.jceks": b"\xce\xce\xce\xce\0\0\0\2\0\0\0\1\0\0\0\3\0\1k" + bytes(40),
            "java.bks": b"\0\0\0\2\0\0\0\x14" + bytes(20),
            "message.p7b": b"-----BEGIN CMS-----\nMAMCAQE=\n-----END CMS-----\n",
            "key.key": leaf.key,
            "key.pem": leaf.key,
            "lfs.p12": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "locked.p12": pki.pkcs12(leaf, b"geheim"),
            "noise.crt": bytes(range(128, 256)),
            "odd.der": leaf.der[:-8],
            "parse.pem": leaf.pem.replace(leaf.pem[64:128], base64.b64encode(bytes(48))),
            "request.pem": pki.csr_pem(leaf.private),
            "sealed.yaml": sealed,
            "secret.yaml": secret,
            "sops.pem": '{"data": "ENC[AES256_GCM,data:AAAA]", "sops": {}}',
            "sops.yaml": sops,
        },
        pki.NOW,
    )
    assert told(inventory) == [
        ("aes.jceks", 1, "keystore of another format"),
        ("cut.jks", 1, "malformed certificate"),
        ("cut.pem", 1, "malformed certificate"),
        ("empty.crt", 1, "file without a certificate"),
        ("empty.jks", 1, "file without a certificate"),
        ("git.crt", 1, "encrypted"),
        ("java.bks", 1, "keystore of another format"),
        ("lfs.p12", 1, "Git LFS pointer"),
        ("locked.p12", 1, "encrypted"),
        ("message.p7b", 1, "file without a certificate"),
        ("noise.crt", 1, "file without a certificate"),
        ("odd.der", 1, "file without a certificate"),
        ("parse.pem", 1, "malformed certificate"),
        ("sealed.yaml", 6, "encrypted"),
        ("secret.yaml", 5, "value without a certificate"),
        ("secret.yaml", 6, "value without a certificate"),
        ("secret.yaml", 7, "value without a certificate"),
        ("secret.yaml", 8, "value without a certificate"),
        ("secret.yaml", 9, "value without a certificate"),
        ("sops.pem", 1, "encrypted"),
        ("sops.yaml", 5, "encrypted"),
    ]
    details = {each.place.pointer: each.detail for each in inventory.unread if each.place.path == "secret.yaml"}
    assert details == {
        "/data/empty.crt": "Secret certs, key empty.crt: the value is empty",
        "/data/wrong.crt": "Secret certs, key wrong.crt: the value is not base64",
        "/data/twice.crt": "Secret certs, key twice.crt: the value is base64 twice: the server sees base64 where it wants PEM",
        "/data/key.crt": "Secret certs, key key.crt: the value is a private key, not a certificate",
        "/data/text.crt": "Secret certs, key text.crt: the value is text without a PEM block",
    }
    # what was encoded twice can be told all the same
    assert places(inventory) == [("secret.yaml", 7, "/data/twice.crt")]


def jks(*certificates: bytes) -> bytes:
    """A keystore of trusted certificates, with a sum of zeros."""
    entries = [b"\0\0\0\2\0\2ca" + bytes(8) + b"\0\5X.509" + len(each).to_bytes(4, "big") + each for each in certificates]
    return b"\xfe\xed\xfe\xed\0\0\0\2" + len(entries).to_bytes(4, "big") + b"".join(entries) + bytes(20)


def test_containers_of_pkcs7_and_java_wherever_they_stand(pki, ca, leaf):
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    binary, text = (pkcs7.serialize_certificates([ca.certificate], encoding) for encoding in (Encoding.DER, Encoding.PEM))
    inventory = stock(
        {
            "a/bundle.p7b": binary,
            "a/bundle.p7c": text,
            "a/cacerts": jks(ca.der),
            "a/notes.txt": b"the CA:\n" + text,
            "a/store.jks": jks(ca.der, leaf.der, ca.der),
            "a/store.keystore": pki.pkcs12(leaf),
            "map.yaml": f"""apiVersion: v1
kind: ConfigMap
metadata: {{name: trust}}
binaryData:
  truststore.jks: {b64(jks(ca.der))}
data:
  bundle.pem: |
{indented(text, 4)}""",
            "secret.yaml": f"""apiVersion: v1
kind: Secret
metadata: {{name: certs}}
data:
  bundle.p7b: {b64(binary)}
  ca.crt: {b64(text)}
  cut.jks: {b64(jks(ca.der)[:-8])}
stringData:
  other: |
{indented(text, 4)}""",
            "values.yaml": f"tls:\n  truststore: {b64(jks(ca.der))}\n  ca: |\n{indented(text, 4)}",
        },
        pki.NOW,
    )
    assert places(inventory) == [
        ("a/bundle.p7b", 1, ""),
        ("a/bundle.p7c", 1, ""),
        ("a/cacerts", 1, ""),
        ("a/notes.txt", 2, ""),
        ("a/store.jks", 1, ""),
        ("a/store.jks", 1, ""),
        ("a/store.keystore", 1, ""),
        ("map.yaml", 5, "/binaryData/truststore.jks"),
        ("map.yaml", 8, "/data/bundle.pem"),
        ("secret.yaml", 5, "/data/bundle.p7b"),
        ("secret.yaml", 6, "/data/ca.crt"),
        ("secret.yaml", 7, "/data/cut.jks"),
        ("secret.yaml", 10, "/stringData/other"),
        ("values.yaml", 2, "/tls/truststore"),
        ("values.yaml", 4, "/tls/ca"),
    ]
    assert [(each.place.pointer, each.reason, each.detail) for each in inventory.unread] == [
        ("/data/cut.jks", "malformed certificate", "a Java keystore: it is cut off")
    ]


def test_a_password_opens_containers_and_goes_nowhere(pki, leaf):
    files = {
        "a.p12": pki.pkcs12(leaf, b"geheim"),
        "s.yaml": f"kind: Secret\napiVersion: v1\nmetadata: {{name: s}}\ndata:\n  a.p12: {b64(pki.pkcs12(leaf, b'geheim'))}\n",
    }
    assert [each.reason for each in stock(files, pki.NOW).unread] == ["encrypted", "encrypted"]
    inventory = stock(files, pki.NOW, [b"geheim"])
    assert places(inventory) == [("a.p12", 1, ""), ("s.yaml", 5, "/data/a.p12")]
    assert b"geheim" not in repr(inventory).encode()


def test_files_that_cannot_be_opened_count_where_their_name_matters(pki):
    class Closed(MemoryFiles):
        def read(self, path: str) -> bytes:
            raise Unreadable("permission denied")

    inventory = stock_of(Closed({"a.pem": b"", "b.txt": b"", "c.yaml": b""}), pki.NOW)
    assert told(inventory) == [("a.pem", 1, "permission denied"), ("c.yaml", 1, "permission denied")]


@pytest.mark.parametrize(
    ("start", "end", "within", "expected"),
    [
        (-10, 31, Within(30), OK),
        (-10, 30, Within(30), EXPIRING),
        (-10, 0, Within(0), EXPIRING),
        (-10, -1, Within(30), EXPIRED),
        (1, 10, Within(30), NOT_YET_VALID),
        (0, 100, Within(0), OK),
        (-80, 20, Within(0, 20), EXPIRING),
        (-79, 21, Within(999, 20), OK),
        (-80, 20, Within(0, 19.9), OK),
        (-1, 99, Within(0, 100), EXPIRING),
    ],
)
def test_states(pki, ca, start, end, within, expected):
    certificate = stock(
        {"a.pem": pki.server(ca, not_before=pki.NOW + timedelta(days=start), not_after=pki.NOW + timedelta(days=end)).pem}, pki.NOW
    ).entries[0].certificate  # fmt: skip
    assert state_of(certificate, pki.NOW, within) == expected


COMPOSE = """services:
  {name}:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - {tls}:/milvus/tls
    ports: ["19530:19530", "8080:8080"]
"""
USER = """tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
common:
  security:
    tlsMode: 2
proxy: {http: {port: 8080}}
"""


def test_who_uses_what(pki, ca, leaf):
    client = pki.client(ca)
    inventory = stock(
        {
            "a/docker-compose.yml": COMPOSE.format(name="one", tls="../tls"),
            "a/user.yaml": USER,
            "b/docker-compose.yml": COMPOSE.format(name="two", tls="../tls"),
            "b/user.yaml": USER.replace("server.pem", "gone.pem"),
            "tls/ca.pem": ca.pem,
            "tls/server.pem": leaf.pem,
            "tls/server.key": leaf.key,
            "tls/client.pem": client.pem,
            "tls/other.pem": leaf.pem,
        },
        pki.NOW,
    )
    used = {entry.place.path: [(use.title, use.role, use.path, use.line) for use in entry.used_by] for entry in inventory.entries}
    one, two = ("a/one", "a/docker-compose.yml", 3), ("b/two", "b/docker-compose.yml", 3)
    assert {path: {(title, role) for title, role, _, _ in each} for path, each in used.items()} == {
        "tls/ca.pem": {(one[0], "CA"), (two[0], "CA")},
        "tls/server.pem": {(one[0], "server")},
        "tls/client.pem": {(one[0], "client"), (two[0], "client")},
        "tls/other.pem": set(),
    }
    assert used["tls/server.pem"][0][2] == "a/docker-compose.yml"
    [missing] = inventory.unread
    assert (missing.reason, missing.place.path, missing.place.line) == ("missing file", "b/user.yaml", 2)
    assert "gone.pem" in missing.detail
    assert [use.title for use in missing.used_by] == ["b/two"]


def test_a_secret_that_an_operator_mounts_is_used(pki, ca, leaf):
    inventory = stock(
        {
            "secret.yaml": f"""apiVersion: v1
kind: Secret
metadata: {{name: certs}}
stringData:
  server.pem: |
{indented(leaf.pem, 4)}  server.key: |
{indented(leaf.key, 4)}""",
            "milvus.yaml": """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {name: prod}
spec:
  components:
    volumes: [{name: certs, secret: {secretName: certs}}]
    volumeMounts: [{name: certs, mountPath: /certs}]
  config:
    common: {security: {tlsMode: 1}}
    tls: {serverPemPath: /certs/server.pem, serverKeyPath: /certs/server.key}
    proxy: {http: {port: 8080}}
""",
        },
        pki.NOW,
    )
    [entry] = inventory.entries
    assert [(use.deployment, use.role) for use in entry.used_by] == [("prod", "server")]


def test_what_will_exist_in_the_cluster_is_noted(pki):
    certificate = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: c, namespace: n}\nspec: {secretName: s, dnsNames: [a.example.com], duration: 2160h}\n"
    external = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: e}\nspec: {target: {name: t}, data: [{secretKey: tls.crt}]}\n"
    inventory = stock({"c.yaml": certificate, "e.yaml": external}, pki.NOW)
    assert [note.message for note in inventory.notes] == [
        "cert-manager makes a.example.com (valid for 2160h) into Secret n/s",
        "Secret t comes from outside of the repository",
    ]
    assert inventory.entries == []


def test_yaml_without_certificates_is_not_parsed(pki, monkeypatch):
    import gitops_tls.repo.workspace as module

    def refuse(source):
        raise AssertionError(source.path)

    monkeypatch.setattr(module, "parse", refuse)
    inventory = stock({"a.yaml": "a: 1\nkind: Deployment\n", "b.json": "{}", "c.yaml": "MIDDLE: [MIT]\n"}, pki.NOW)
    assert inventory.entries == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CN=a\\,b,O=x+OU=y\\+z,C=DE", (("C", "DE"), ("OU", "y+z"), ("O", "x"), ("CN", "a,b"))),
        ("", ()),
        ("1.2.3=#0401,CN=\\22q\\22", (("CN", "\\22q\\22"), ("1.2.3", "#0401"))),
        ("CN=\\", (("CN", "\\"),)),
    ],
)
def test_parts_of_names(text, expected):
    assert parts(text) == expected


@given(st.text(max_size=30))
def test_any_common_name_comes_back(value):
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "o"), x509.NameAttribute(NameOID.COMMON_NAME, value)])
    except ValueError:
        return
    if "\0" not in value:
        assert part(name.rfc4514_string(), "CN") == value


def test_every_file_of_the_cryptography_vectors_is_read_or_refused(pki):
    package = pytest.importorskip("cryptography_vectors")
    folder = Path(package.__file__).parent
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".pem", ".der", ".crt", ".cer", ".p12", ".key", ".crl", "")
    ]
    assert len(files) > 1000
    entries = unread = 0
    for path in files:
        name = path.relative_to(folder).as_posix()
        inventory = stock({name: path.read_bytes()}, pki.NOW)
        entries += len(inventory.entries)
        unread += len(inventory.unread)
        if path.suffix == ".crt":
            assert inventory.entries or inventory.unread, name
    assert entries > 500
    assert unread > 300
