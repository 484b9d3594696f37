"""``certs`` from end to end: the contract's JSON, thresholds, exit codes, paths, passwords, and no secret anywhere."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest

from gitops_tls.formats import load, names

AT = ("--at", "2026-11-22T01:00:00Z")
FORMATS = ("text", "json", "csv", "markdown", "prometheus", "ics")
COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/milvus/tls
    ports: ["19530:19530", "8080:8080"]
"""
USER = """tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
common:
  security:
    tlsMode: 1
proxy: {http: {port: 8080}}
"""


@pytest.fixture(scope="module")
def ca(pki):
    return pki.root()


@pytest.fixture
def made(pki, ca):
    """A server's certificate that ends in ``days`` of a lifetime of ``life`` days."""

    def make(days: float, life: float = 365):
        end = pki.NOW + timedelta(days=days)
        return pki.server(ca, not_before=end - timedelta(days=life), not_after=end)

    return make


def project(server: bytes, key: bytes) -> dict[str, str | bytes]:
    return {"prod/docker-compose.yml": COMPOSE, "prod/user.yaml": USER, "prod/tls/server.pem": server, "prod/tls/server.key": key}


def test_json_is_the_contract(repository, tool, made, ca):
    import jsonschema

    leaf = made(100)
    repository(project(leaf.pem + ca.pem, leaf.key))
    result = tool("certs", "--format", "json", *AT)
    assert (result.code, result.err) == (0, "")
    schema = json.loads((Path(__file__).parents[2] / "schemas" / "certs-output.schema.json").read_text())
    jsonschema.validate(result.json, schema)
    first, second = result.json["certificates"]
    assert first == {
        "path": "prod/tls/server.pem",
        "line": 1,
        "pointer": "",
        "subject": "CN=localhost,O=zilliz",
        "issuer": "CN=Milvus Test CA,O=zilliz",
        "dns_names": ["localhost"],
        "ip_addresses": [],
        "is_ca": False,
        "key": "EC P-256",
        "serial": "1267",
        "sha256": first["sha256"],
        "not_before": "2026-03-02T01:00:00Z",
        "not_after": "2027-03-02T01:00:00Z",
        "days_left": 100,
        "state": "ok",
        "used_by": [{"deployment": "standalone", "role": "server", "path": "prod/docker-compose.yml", "line": 2}],
    }
    assert (second["is_ca"], second["line"], second["dns_names"]) == (True, 1 + leaf.pem.count(b"\n"), [])
    assert tool("certs", "--format", "json", *AT).out == result.out


@pytest.mark.parametrize(
    ("days", "options", "state", "code"),
    [
        (100, (), "ok", 0),
        (10, (), "expiring", 0),
        (10, ("--fail-on", "warning"), "expiring", 1),
        (10, ("--expires-within", "5d"), "ok", 0),
        (10, ("--expires-within", "5d", "--fail-on", "info"), "ok", 0),
        (100, ("--expires-within", "30%"), "expiring", 0),
        (100, ("--expires-within", "27.5 %"), "expiring", 0),
        (100, ("--expires-within", "27%"), "ok", 0),
        (-1, (), "expired", 1),
        (-1, ("--fail-on", "never"), "expired", 0),
        (400, (), "not-yet-valid", 1),
        (400, ("--fail-on", "never"), "not-yet-valid", 0),
    ],
)
def test_thresholds_and_exit_codes(repository, tool, made, days, options, state, code):
    repository({"a.pem": made(days).pem})
    result = tool("certs", "--format", "json", *AT, *options)
    assert [each["state"] for each in result.json["certificates"]] == [state]
    assert result.code == code


def test_the_configuration_counts(repository, tool, made):
    repository(
        {
            "a.pem": made(10).pem,
            "b.pem": made(-1).pem,
            ".gitops-tls.yaml": "rules: {cert-expiring: error, GT301: off}\nexclude: [b.pem]\n",
        }
    )
    assert tool("certs", *AT).code == 1
    assert "b.pem" not in tool("certs", *AT).out
    repository({".gitops-tls.yaml": "rules: {GT301: off}\nexpires-within: 5d\n"})
    assert tool("certs", *AT).code == 0


@pytest.mark.parametrize(
    ("days", "given", "told"),
    [
        (12, None, "within `30d`"),
        (12, "2w", "within `2w`"),
        (12, "14", "within `14d`"),
        (12, "5d", None),
        (100, "30%", "in the last `30%` of its lifetime"),
        (100, "27.5 %", "in the last `27.5 %` of its lifetime"),
        (100, "27%", None),
        (1, "0%", None),
    ],
)
@pytest.mark.parametrize("configured", [False, True])
def test_one_threshold_for_every_command(repository, tool, made, days, given, told, configured):
    leaf = made(days)
    config = {".gitops-tls.yaml": f"expires-within: {given}\n"} if configured and given else {}
    repository({**project(leaf.pem, leaf.key), **config})
    options = (*AT, "--expires-within", given) if given and not configured else AT
    messages = [each["message"] for each in tool("check", "--format", "json", "--select", "GT302", *options).json["findings"]]
    assert len(messages) == (told is not None)
    assert not messages or f"ends in {days} days, on " in messages[0]
    assert not messages or f", {told}; standalone (server) needs a restart" in messages[0]
    status = tool("status", *options).out
    assert f"certificate localhost, {days} days left{f', {told}' if told else ''}\n" in status
    [listed] = tool("certs", "--format", "json", *options).json["certificates"]
    assert listed["state"] == ("expiring" if told else "ok")


@pytest.mark.parametrize("command", ["check", "status", "certs", "fix"])
def test_a_wrong_threshold_in_the_configuration_is_told_with_its_line(repository, tool, command):
    repository({".gitops-tls.yaml": "fail-on: error\nexpires-within: 130%\n"})
    assert tool(command) == (
        2,
        "",
        "error: .gitops-tls.yaml:2:17: expires-within is `130%`, more than a whole lifetime\nhelp: write `0%` to `100%`, or days as in `30d`\n",
    )


@pytest.mark.parametrize(
    ("given", "words"), [("130%", "more than a whole lifetime"), ("soon", "which is no duration"), ("-5%", "")]
)
def test_wrong_thresholds(repository, tool, given, words):
    repository({})
    result = tool("certs", f"--expires-within={given}")
    assert result.code == 2
    assert words in result.err


def test_malformed_and_missing_ones_are_warnings(repository, tool, made):
    leaf = made(100)
    repository(
        {**project(leaf.pem, leaf.key), "prod/user.yaml": USER.replace("server.pem", "gone.pem"), "cut.crt": leaf.pem[:200]}
    )
    result = tool("certs", *AT)
    assert result.code == 0
    assert "not read: cut.crt:1: malformed certificate: it is cut off: there is no END line\n" in result.out
    assert "not read: prod/user.yaml:2: missing file: `/milvus/tls/gone.pem`" in result.out
    assert "used by prod/standalone (server)\n" in result.out
    assert tool("certs", *AT, "--fail-on", "warning").code == 1
    result = tool("certs", *AT, "--format", "json")
    assert result.err.count("not read: ") == 2
    assert tool("certs", *AT, "--format", "json", "--quiet").err == ""
    prometheus = tool("certs", *AT, "--format", "prometheus").out
    assert "x509_read_errors 2\n" in prometheus
    assert prometheus.count("x509_cert_error{") == 3


def test_paths_say_what_is_listed(repository, tool, made):
    leaf = made(100)
    repository({**project(leaf.pem, leaf.key), "other/a.pem": leaf.pem, ".gitignore": "ignored/\n", "ignored/b.pem": leaf.pem})

    def listed(*paths: str) -> list[str]:
        return sorted(each["path"] for each in tool("certs", "--format", "json", *AT, *paths).json["certificates"])

    assert listed() == ["other/a.pem", "prod/tls/server.pem"]
    assert listed("prod") == ["prod/tls/server.pem"]
    assert listed("other/a.pem") == ["other/a.pem"]
    assert listed("ignored/b.pem") == ["ignored/b.pem"]
    assert tool("certs", "--format", "json", *AT, "prod/tls").json["certificates"][0]["used_by"]
    assert tool("certs", "nothing-here").code == 2


@pytest.mark.parametrize("form", ["pem", "der", "yaml"])
def test_standard_input(repository, tool, made, form):
    repository({})
    leaf = made(100)
    data = {"pem": leaf.pem, "der": leaf.der, "yaml": b"a: 1\nca: " + base64.b64encode(leaf.pem) + b"\n"}[form]
    [found] = tool("certs", "--format", "json", *AT, "-", stdin=data).json["certificates"]
    assert (found["path"], found["line"], found["pointer"]) == ("-", 2 if form == "yaml" else 1, "/ca" if form == "yaml" else "")


def test_several_formats_at_once(repository, tool, made):
    root = repository({"a.pem": made(100).pem})
    result = tool(
        "certs", *AT, "--format", "text", "--format", "csv=out/a.csv", "--format", "ics=a.ics", "--format", "prometheus=a.prom"
    )
    assert result.code == 0
    assert "a.pem:1" in result.out
    assert (root / "out/a.csv").read_bytes().count(b"\r\n") == 2
    assert b"BEGIN:VEVENT\r\n" in (root / "a.ics").read_bytes()
    assert "x509_cert_not_after{" in (root / "a.prom").read_text()
    assert tool("certs", "--format", "sarif").code == 2
    assert tool("check", "--format", "ics").code == 2


def test_an_empty_repository(repository, tool):
    repository({})
    assert tool("certs").out.startswith("No certificate found; looked at 0 files")
    assert tool("certs", "--quiet").out == ""
    assert tool("certs", "--format", "json").json == {"version": 1, "certificates": []}


def test_every_format_for_certs_is_known():
    assert {name for name in names() if hasattr(load(name), "certs")} == set(FORMATS)


def test_the_password_of_a_container(repository, tool, pki, made):
    leaf = made(100)
    root = repository({"store.p12": pki.pkcs12(leaf, b"correct horse")})
    for content in (b"correct horse", b"correct horse\n", b"correct horse\r\n", b"\xef\xbb\xbfcorrect horse\n"):
        (root / "password.txt").write_bytes(content)
        assert len(tool("certs", "--format", "json", "--pkcs12-password-file", "password.txt").json["certificates"]) == 1
    (root / "password.txt").write_bytes(b"wrong horse\n")
    result = tool("certs", "--pkcs12-password-file", "password.txt")
    assert "not read: store.p12:1: encrypted" in result.out
    assert "horse" not in result.out + result.err
    (root / "password.txt").write_bytes(b"x" * 5000)
    assert tool("certs", "--pkcs12-password-file", "password.txt").code == 2
    assert tool("certs", "--pkcs12-password-file", "none.txt").code == 2
    assert tool("certs", "--pkcs12-password", "correct horse").code == 2


def secrets(pki, leaf, rsa_pem: bytes) -> dict[str, bytes]:
    """What must never be seen again, by a name for the test's message."""
    body = b"".join(leaf.key.splitlines()[1:-1])
    rsa_body = b"".join(rsa_pem.splitlines()[1:-1])
    return {
        "key": body[20:60],
        "key's base64": base64.b64encode(leaf.key)[60:100],
        "rsa key": rsa_body[40:80],
        "value": b"hunter2-the-password",
        "value's base64": base64.b64encode(b"hunter2-the-password"),
        "container's password": b"pa55-of-the-container",
        "encrypted": b"AgBSEALEDSECRETTEXT",
    }


@pytest.mark.parametrize("traceback", [False, True])
def test_no_secret_gets_out(repository, tool, pki, ca, made, monkeypatch, traceback):
    leaf = made(100)
    rsa = pki.key_pem(pki.rsa_key(), "traditional")
    planted = secrets(pki, leaf, rsa)
    secret = base64.b64encode(planted["value"]).decode()
    root = repository(
        {
            **project(leaf.pem + leaf.key, leaf.key),
            "both.pem": rsa
            + leaf.pem
            + b"-----BEGIN CERTIFICATE-----\n"
            + b"".join(rsa.splitlines()[1:-1])
            + b"\n-----END CERTIFICATE-----\n",
            "swapped.crt": leaf.key,
            "cut.pem": b"-----BEGIN CERTIFICATE-----\n" + b"".join(leaf.key.splitlines()[1:-1]),
            "password.crt": planted["value"],
            "locked.p12": pki.pkcs12(leaf, planted["container's password"]),
            "secret.yaml": f"""apiVersion: v1
kind: Secret
metadata: {{name: certs}}
data:
  password: {secret}
  password.crt: {secret}
  tls.key: {base64.b64encode(leaf.key).decode()}
  swapped.crt: {base64.b64encode(leaf.key).decode()}
  both.pem: {base64.b64encode(leaf.pem + leaf.key).decode()}
  twice.crt: {base64.b64encode(base64.b64encode(leaf.key)).decode()}
stringData:
  plain.crt: {planted["value"].decode()}
  broken.crt: |
    -----BEGIN CERTIFICATE-----
    {planted["value"].decode()}
    -----END CERTIFICATE-----
""",
            "sealed.yaml": f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: s}}\nspec: {{encryptedData: {{tls.crt: {planted['encrypted'].decode()}}}}}\n",
            "broken.yaml": f"kind: Secret\ndata: [\npassword: {planted['value'].decode()}\n{leaf.key.decode()}{ca.pem.decode()}",
        }
    )
    (root / "pw").write_bytes(planted["container's password"])
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "exclude").write_text("pw\n")
    if traceback:
        monkeypatch.setenv("GITOPS_TLS_TRACEBACK", "1")
    for name in FORMATS:
        for options in ((), ("--verbose",), ("--pkcs12-password-file", "pw", "--verbose")):
            result = tool("certs", "--format", name, *AT, *options)
            assert result.code in (0, 1), result.err
            text = (result.out + result.err).replace("\r\n ", "").encode()
            for what, content in planted.items():
                assert content not in text, (name, options, what)
            assert b"PRIVATE KEY" not in text


def test_no_secret_is_in_the_values_themselves(pki, made):
    from gitops_tls.inventory.readers import Reader

    leaf = made(100)
    from gitops_tls.certs.search import in_file

    found = list(Reader([b"pa55"]).read(in_file(leaf.key + leaf.pem) + in_file(pki.pkcs12(leaf, b"pa55"))))
    assert len(found) == 2
    text = repr((found, Reader([b"pa55"])))
    assert "pa55" not in text


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--fail-on", "warning"), 1),
        (("--fail-on", "warning", "--ignore", "GT301"), 1),
        (("--fail-on", "warning", "--ignore", "GT301,GT302"), 0),
        (("--select", "GT302"), 0),
        (("--select", "GT302", "--fail-on", "warning"), 1),
        (("--select", "certificate-expired"), 1),
        (("--select", "GT303", "--fail-on", "info"), 0),
    ],
)
def test_the_chosen_rules_count(repository, tool, made, options, code):
    repository({"a.pem": made(10).pem, "b.pem": made(-1).pem})
    assert tool("certs", *AT, *options).code == code


def test_a_wrong_password_is_told_from_none(repository, tool, pki, made):
    root = repository({"store.p12": pki.pkcs12(made(100), b"correct horse")})
    (root / "password.txt").write_bytes(b"wrong horse")
    assert "name the file that holds it" in tool("certs").out
    assert "does not open" in tool("certs", "--pkcs12-password-file", "password.txt").out


def test_a_secret_with_folded_base64_is_told(repository, tool, made):
    packed = base64.b64encode(made(100).pem).decode()
    lines = "".join(f"    {packed[at : at + 64]}\n" for at in range(0, len(packed), 64))
    for style, told in ((">", True), ("", True), ("|", False)):
        repository({"s.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\ndata:\n  tls.crt: {style}\n{lines}"})
        result = tool("certs", *AT)
        assert "localhost" in result.out
        assert ("Secret s, key tls.crt: the value is not base64" in result.out) is told


def test_a_bundle_without_end_is_told(repository, tool, made):
    repository({"huge.pem": made(100).pem * 5001})
    result = tool("certs", *AT, "--quiet")
    assert "more than 5,000 certificates: what follows was not read" in result.out


def test_a_file_that_is_named_counts_whatever_its_name(repository, tool, monkeypatch):
    from gitops_tls.repo import files
    from gitops_tls.repo.disk import DiskFiles

    repository({"server.weird": b"x"})
    read = DiskFiles.read

    def refuse(self, path):
        if path == "server.weird":
            raise files.Unreadable("permission denied")
        return read(self, path)

    monkeypatch.setattr(DiskFiles, "read", refuse)
    assert "not read" not in tool("certs").out
    assert "not read: server.weird:1: permission denied" in tool("certs", "server.weird").out


@pytest.mark.parametrize("form", ["csv", "prometheus", "json", "markdown"])
def test_no_format_lets_a_file_name_reach_the_terminal_raw(repository, tool, made, monkeypatch, form):
    repository({"a\x1b[31m\u202e.pem": made(100).pem})
    assert "a" in tool("certs", *AT, "--format", form).out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    out = tool("certs", *AT, "--format", form).out
    assert "localhost" in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\r" not in out


def test_the_formats_of_certs_are_named(repository, tool):
    repository({})
    assert "`csv`, `ics`, `json`, `markdown`, `prometheus`, `text`" in tool("certs", "--format", "sarif").err


def test_a_file_without_a_certificate_is_called_what_it_is(repository, tool):
    repository({"a.crt": b"", "b.crt": b"\x00\x01\x02"})
    out = tool("certs").out
    assert "not read: a.crt:1: file without a certificate: it is an empty file\n" in out
    assert "not read: b.crt:1: file without a certificate: it is binary data\n" in out
