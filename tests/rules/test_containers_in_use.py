"""PKCS#7, Java keystores and PKCS#12 where a certificate or a CA belongs: the server cannot read them, and GT314 says so."""

from __future__ import annotations

import base64
import struct

import pytest

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes: ["./user.yaml:/milvus/configs/user.yaml", "./tls:/milvus/tls"]
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
CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {name: demo, namespace: milvus}
spec:
  config:
    proxy: {http: {port: 8080}}
    tls: {serverPemPath: /certs/tls.crt, serverKeyPath: /certs/tls.key, caPemPath: /certs/ca.crt}
    common: {security: {tlsMode: 2}}
  components:
    image: milvusdb/milvus:v2.6.20
    volumes: [{name: certs, secret: {secretName: milvus-certs}}]
    volumeMounts: [{name: certs, mountPath: /certs}]
"""
WORDS = {
    "pkcs7": "a PKCS#7 container",
    "p7b": "a DER PKCS#7 container (binary, not PEM)",
    "jks": "a Java keystore (binary, not PEM)",
    "pkcs12": "a PKCS#12 container (binary, not PEM)",
}


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.fixture(scope="module")
def leaf(pki, ca):
    return pki.server(ca)


def packed(pki, issued, kind: str) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    if kind == "pkcs12":
        return pki.pkcs12(issued)
    if kind == "jks":
        entry = struct.pack(">IHQH", 2, 0, 0, 5) + b"X.509" + struct.pack(">I", len(issued.der)) + issued.der
        return b"\xfe\xed\xfe\xed" + struct.pack(">II", 2, 1) + entry + bytes(20)
    return pkcs7.serialize_certificates([issued.certificate], Encoding.DER if kind == "p7b" else Encoding.PEM)


@pytest.mark.parametrize(
    ("kind", "shape"), [*((kind, shape) for kind in WORDS for shape in ("files", "data")), ("pkcs7", "stringData")]
)
@pytest.mark.parametrize("role", ["server", "CA"])
def test_a_container_is_no_certificate_to_the_server(repository, tool, pki, ca, leaf, kind, role, shape):
    server = packed(pki, leaf, kind) if role == "server" else leaf.pem
    trusted = packed(pki, ca, kind) if role == "CA" else ca.pem
    if shape == "files":
        files = {"tls/server.pem": server, "tls/server.key": leaf.key, "tls/ca.pem": trusted}
        repository({"docker-compose.yml": COMPOSE, "user.yaml": USER, **files})
    else:
        values = {"tls.crt": server, "tls.key": leaf.key, "ca.crt": trusted}
        if shape == "data":
            body = "".join(f"  {key}: {base64.b64encode(value).decode()}\n" for key, value in values.items())
        else:
            body = "".join(f"  {key}: |\n    " + "    ".join(value.decode().splitlines(True)) for key, value in values.items())
        secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: milvus-certs, namespace: milvus}}\n{shape}:\n{body}"
        repository({"milvus.yaml": CR, "secret.yaml": secret})
    found = [each for each in tool("check", "--format", "json").json["findings"] if each["rule"].startswith("GT3")]
    assert [each["rule"] for each in found] == ["GT314"]
    [finding] = found
    assert f"({role}) is {WORDS[kind]}; Milvus does not start" in finding["message"]
    [status] = tool("status", "--format", "json").json["deployments"]
    assert (status["server"], status["grpc"]["tls"]) == ("fails", "fails")
    # the inventory reads what the server cannot
    listed = tool("certs", "--format", "json").json["certificates"]
    assert {each["sha256"] for each in listed} == {each["sha256"] for each in listed if each["used_by"]}
    assert len(listed) == 2
