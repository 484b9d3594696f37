"""Keystores that the JDK's own keytool writes are read as the builder of the format says. Skipped without keytool."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from gitops_tls.certs import jks, pkcs12

pytestmark = [pytest.mark.real, pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool is not installed")]
PASSWORD = "changeit"


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.mark.parametrize("kind", ["jks", "jceks", "pkcs12"])
def test_a_private_key_with_its_chain_and_a_trusted_ca(kind, ca, tmp_path):
    store = tmp_path / f"store.{kind}"

    def keytool(*arguments: str) -> None:
        command = ["keytool", *arguments, "-keystore", str(store), "-storetype", kind, "-storepass", PASSWORD, "-noprompt"]
        subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "LC_ALL": "C"})

    (tmp_path / "ca.pem").write_bytes(ca.pem)
    keytool("-genkeypair", "-alias", "me", "-keyalg", "EC", "-dname", "CN=made by keytool", "-keypass", PASSWORD)
    keytool("-importcert", "-alias", "ca", "-file", str(tmp_path / "ca.pem"))
    data = store.read_bytes()
    found = pkcs12.opened(data, [PASSWORD.encode()]) if kind == "pkcs12" else jks.read(data)
    assert found.problem == ""
    assert len(found.certificates) == 2
    assert ca.der in found.certificates
    assert any(b"made by keytool" in each for each in found.certificates)
    if kind != "pkcs12":
        assert jks.read(data[: len(data) - 21]).problem == jks.CUT
        assert jks.read(data[:-20] + b"x" * 21).problem == jks.DAMAGED


def test_the_inventory_lists_them(ca, tmp_path, repository, tool):
    """One keystore as a file and in a Secret; its password, its key and its sum stand in no output."""
    import base64

    store = tmp_path / "store.jks"
    command = ["keytool", "-genkeypair", "-alias", "me", "-keyalg", "RSA", "-dname", "CN=by keytool", "-validity", "10"]
    command += ["-keystore", str(store), "-storetype", "jks", "-storepass", PASSWORD, "-keypass", PASSWORD]
    subprocess.run(command, check=True, capture_output=True, timeout=120, env={**os.environ, "LC_ALL": "C"})
    data = store.read_bytes()
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata:\n  keystore.jks: " + base64.b64encode(data).decode() + "\n"
    repository({"java/store.jks": data, "secret.yaml": secret})
    listed = tool("certs", "--format", "json").json["certificates"]
    assert [(each["path"], each["subject"], each["state"]) for each in listed] == [
        ("java/store.jks", "CN=by keytool", "expiring"),
        ("secret.yaml", "CN=by keytool", "expiring"),
    ]
