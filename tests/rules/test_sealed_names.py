"""The name of the Secret that comes out of a SealedSecret: its own, never its template's; GT202 where the wrong one is mounted."""

from __future__ import annotations

import pytest

SEALED = """apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: sealed-one, namespace: milvus}
spec:
  encryptedData: {tls.crt: AgBy3i4OJSWK, tls.key: AgAR4lbtv}
  template:
    metadata: {name: certs, namespace: elsewhere}
"""
CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {{name: demo, namespace: {}}}
spec:
  config:
    proxy: {{http: {{port: 8080}}}}
    tls: {{serverPemPath: /certs/tls.crt, serverKeyPath: /certs/tls.key}}
    common: {{security: {{tlsMode: 1}}}}
  components:
    image: milvusdb/milvus:v2.6.20
    volumes: [{{name: certs, secret: {{secretName: {}}}}}]
    volumeMounts: [{{name: certs, mountPath: /certs}}]
"""
APISIX = """apiVersion: apisix.apache.org/v2
kind: ApisixTls
metadata: {{name: tls, namespace: milvus}}
spec:
  ingressClassName: apisix
  hosts: [api.example.com]
  secret: {{name: {}, namespace: milvus}}
"""
PLAIN = "apiVersion: v1\nkind: Secret\nmetadata: {name: certs, namespace: milvus}\ndata: {}\n"


def gt202(tool) -> list[str]:
    return [each["message"] for each in tool("check", "--select", "GT202", "--format", "json").json["findings"]]


@pytest.mark.parametrize(
    ("namespace", "name", "more", "told"),
    [
        ("milvus", "sealed-one", {}, None),
        ("milvus", "certs", {}, "sealed-secrets makes it as `sealed-one`"),
        ("milvus", "certs", {"plain.yaml": PLAIN}, None),
        ("elsewhere", "certs", {}, "Secret `elsewhere/certs` is not in the repository"),
        ("elsewhere", "sealed-one", {}, "did you mean milvus/sealed-one?"),
    ],
)
def test_a_pod_finds_the_secret_by_the_name_of_the_sealed_one(repository, tool, namespace, name, more, told):
    repository({"milvus.yaml": CR.format(namespace, name), "sealed.yaml": SEALED, **more})
    found = gt202(tool)
    assert len(found) == (told is not None)
    assert not told or told in found[0]


def test_the_places_that_matter_are_shown(repository, tool):
    root = repository({"milvus.yaml": CR.format("milvus", "certs"), "sealed.yaml": SEALED})
    [finding] = tool("check", "--select", "GT202", "--format", "json").json["findings"]
    assert (finding["path"], finding["line"]) == ("milvus.yaml", 11)
    assert [(each["path"], each["line"], each["message"]) for each in finding["related"]] == [
        ("sealed.yaml", 3, "its name"),
        ("sealed.yaml", 7, "this one is ignored"),
    ]
    assert tool("fix", "--unsafe", "--select", "GT202").code == 0
    assert "secretName: sealed-one}" in (root / "milvus.yaml").read_text()
    assert gt202(tool) == []


def test_a_gateway_too(repository, tool):
    repository({"tls.yaml": APISIX.format("certs"), "sealed.yaml": SEALED})
    [message] = gt202(tool)
    assert "sealed-secrets makes it as `sealed-one`" in message
    assert "`tlsv1 alert internal error`" in message
    repository({"tls.yaml": APISIX.format("sealed-one")})
    assert gt202(tool) == []


def test_the_inventory_tells_of_it_once(repository, tool):
    repository({"sealed.yaml": SEALED})
    assert tool("certs").out.count("Sealed Secrets") == 1
