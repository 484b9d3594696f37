"""No secret of a repository comes out of any command, in any format, whatever is wrong around it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gitops_tls import rules

WORD = "hunter2Zq"
"""A short secret, with nothing about it that looks encoded."""

KEY = (
    ec.derive_private_key(0xBADC0DE, ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
BODY = KEY.splitlines()[1:-1]
ENCODED = base64.b64encode(KEY.encode()).decode()
HIDDEN = (WORD, base64.b64encode(WORD.encode()).decode(), *BODY, ENCODED[60:100], ENCODED[140:180], BODY[0][20:44])

COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    environment:
      MINIO_ACCESS_KEY_ID: hunter2Zq
      MINIO_SECRET_ACCESS_KEY: hunter2Zq
      MINIO_SECRETACCESSKEY: hunter2Zq
      KAFKA_SASLPASSWORD: "hunter2Zq"
      ETCD_PASSWORD: hunter2Zq
      COMMON_SECURITY_DEFAULTROOTPASSWORD: hunter2Zq
      COMMON_SECURITY_TLSMODE: "0"
    configs: [{source: settings, target: /milvus/configs/user.yaml}]
    secrets: [server.key]
    volumes: ["./user.yaml:/milvus/configs/milvus.yaml", "./tls:/milvus/tls"]
secrets:
  server.key:
    content: hunter2Zq
configs:
  settings:
    content: |
      tls-mode: 1
      minio: {accessKeyID: hunter2Zq, secretAccessKey: hunter2Zq}
      common: {security: {tlsMode: true, defaultRootPassword: hunter2Zq}}
"""
USER = """kafka:
  saslUsername: a
  saslPassword: hunter2Zq
  sasl-password: hunter2Zq
  securityProtocol: PLAINTEXT
  ssl: {enabled: true, tlsKeyPassword: hunter2Zq}
minio:
  secretAccessKey: hunter2Zq
  secretAccessKey: hunter2Zq
  ssl: {enabled: true}
pulsar:
  authParams: 'token:hunter2Zq'
etcd:
  auth: {enabled: true, userName: a, password: hunter2Zq}
mysql:
  password: hunter2Zq
  address: root:hunter2Zq@tcp(mysql)
common:
  security:
    tlsMode: true
    defaultRootPassword: hunter2Zq
    default_root_password: hunter2Zq
"""


def block(text: str, indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in text.splitlines())


def secret(*lines: str) -> str:
    return "apiVersion: v1\nkind: Secret\nmetadata: {name: certs}\n" + "".join(lines)


CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata: {name: my}
spec:
  components:
    volumes: [{name: certs, secret: {secretName: certs}}]
    volumeMounts: [{name: certs, mountPath: /milvus/tls}]
  config:
    tls: {serverPemPath: /milvus/tls/server.pem, serverKeyPath: /milvus/tls/server.key, caPemPath: /milvus/tls/ca.pem}
    common: {security: {tlsMode: 2}}
"""
FOLDED = "".join(f"  server.key:\n{block(KEY, 4)}")
SECRETS: dict[str, str] = {
    "plain": secret("stringData:\n", f"  server.key: {WORD}\n", f"  server.pem: {WORD}\n", f"  password: {WORD}\n"),
    "duplicate": secret("stringData:\n", f"  server.key: {WORD}\n", f"  server.key: {WORD}x\n", f"  other: |\n    {WORD}\n"),
    "encoded": secret("data:\n", f"  server.key: {ENCODED}\n", f"  server.pem: {base64.b64encode(WORD.encode()).decode()}\n"),
    "not-base64": secret("data:\n", f"  server.key: '{WORD}!'\n", f"  server.pem: [{WORD}]\n", f"  ca.pem: {{a: {WORD}}}\n"),
    "twice-encoded": secret("data:\n", f"  server.key: {base64.b64encode(ENCODED.encode()).decode()}\n"),
    "folded": secret("stringData:\n", FOLDED, f"  server.pem: {WORD}\n"),
    "cut": secret("stringData:\n", "  server.key: |\n", block("\n".join(KEY.splitlines()[:-1]), 4)),
    "syntax-at-the-value": secret("stringData:\n", f'  server.key: "{WORD}\n', "  ca.pem: x\n"),
    "syntax-in-the-value": secret("stringData:\n", f"  server.key: {WORD}: {WORD}\n"),
    "syntax-after-a-tab": secret("stringData:\n", f"  server.key: x\n\t{WORD}\n"),
    "syntax-alias": secret("stringData:\n", f"  server.key: *{WORD}\n"),
    "syntax-tag": secret("stringData:\n", f"  server.key: !!{WORD}<> x\n"),
    "syntax-indicator": secret("stringData:\n", f"  server.key: @{WORD}\n"),
    "key-without-indent": secret("stringData:\n", "  server.key: |\n", KEY),
    "flow": f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "certs"}}, "stringData": {{"server.key": "{WORD}"}}}}\n',
    "flow-broken": f'{{apiVersion: v1, kind: Secret, metadata: {{name: certs}}, stringData: {{server.key: "{WORD}", [}}\n',
    "list": "apiVersion: v1\nkind: List\nitems:\n- kind: Secret\n  apiVersion: v1\n  metadata: {name: certs}\n"
    f"  stringData:\n    server.key: {WORD}\n    server.key: {WORD}\n",
    "in-a-key": secret("stringData:\n", f"  {WORD}: x\n", f"  {WORD}: y\n").replace(WORD, "named"),
    "typographic": secret("stringData:\n", f"  server.key： {WORD}\n", f"  ca.pem: “{WORD}”\n"),
    "config-map": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: certs}}\ndata:\n  server.key: |\n{block(KEY, 4)}",
    "two-spellings": secret("data:\n", f"  server.key: {ENCODED}\n", "stringData:\n", "  server.key: |\n", block(KEY, 4)),
    "ignored": secret("stringData:\n", f"  password: {WORD} # gitops-tls: ignore[GT101]\n"),
}
HELM = f"""cluster: {{enabled: true}}
image: {{all: {{repository: milvusdb/milvus, tag: v2.6.20}}}}
minio: {{secretKey: {WORD}, rootPassword: {WORD}}}
externalS3: {{accessKey: {WORD}, secretKey: {WORD}}}
extraEnv: [{{name: KAFKA_SASLPASSWORD, value: {WORD}}}]
proxy:
  tls:
    enabled: true
    secretName: x
    crt: x
    key: |
{block(KEY, 6)}common:
  security: {{defaultRootPassword: {WORD}, tlsMode: 1}}
extraConfigFiles:
  user.yaml:
    kafka: {{saslPassword: {WORD}}}
    common: {{security: {{tlsMode: true, defaultRootPassword: {WORD}}}}}
"""
PROJECTS: dict[str, dict[str, str]] = {
    "compose": {"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.key": KEY, "tls/server.pem": KEY + WORD},
    "settings": {"milvus.yaml": USER},
    "settings-broken": {"milvus.yaml": USER + f"x: [{WORD}\n"},
    "environment-file": {
        "docker-compose.yml": COMPOSE.replace("    environment:\n", "    env_file: a.env\n    environment:\n"),
        "a.env": f"MINIO_SECRET_ACCESS_KEY={WORD}\nCOMMON_SECURITY_DEFAULTROOTPASSWORD={WORD}\nTLS_SERVERKEYPATH {WORD}\n",
        "user.yaml": USER,
    },
    "helm": {"values.yaml": HELM},
    **{f"secret-{name}": {"milvus.yaml": CR, "secret.yaml": text} for name, text in SECRETS.items()},
    "secret-two-documents": {"all.yaml": CR + "---\n" + SECRETS["plain"] + "---\n" + SECRETS["syntax-in-the-value"]},
    "settings-in-a-secret": {
        "values.yaml": "extraConfigFiles:\n  user.yaml: |\n" + block(USER, 4),
        "secret.yaml": secret("stringData:\n", "  user.yaml: |\n", block(USER, 4)),
    },
}
AT = ("--at", "2026-11-22")
RUNS = [
    *(("check", *AT, "--verbose", "--format", name) for name in ("text", "concise", "json", "sarif", "github")),
    ("check", *AT, "--baseline", "known.json", "--write-baseline"),
    ("check", *AT, "secret.yaml"),
    ("status", *AT),
    ("status", *AT, "--format", "json"),
    *(("certs", *AT, "--format", name) for name in ("text", "json", "csv", "markdown", "prometheus", "ics")),
    ("fix", *AT, "--diff", "--unsafe"),
    ("fix", *AT, "--unsafe"),
]


def leaks(text: str) -> list[str]:
    """The lines of an output that hold a secret."""
    return [line for line in text.splitlines() if any(one in line for one in HIDDEN)]


@pytest.mark.parametrize("project", PROJECTS)
def test_no_command_shows_a_secret(repository, tool, project: str) -> None:
    root: Path = repository(PROJECTS[project])
    for arguments in RUNS:
        if arguments[-1] == "secret.yaml" and not (root / "secret.yaml").exists():
            continue
        result = tool(*arguments)
        assert result.code in (0, 1), (arguments, result)
        assert leaks(result.out + result.err) == [], arguments
    assert leaks((root / "known.json").read_text()) == []


@pytest.mark.parametrize("project", ["compose", "helm", "secret-plain", "secret-folded"])
def test_a_crash_shows_no_secret(repository, tool, project: str, monkeypatch: pytest.MonkeyPatch) -> None:
    repository(PROJECTS[project])

    def broken(facts):
        raise ValueError(WORD, KEY, [facts.workspace.source(path).text for path in PROJECTS[project]])
        yield

    monkeypatch.setattr(rules.load("GT101"), "check", broken)
    for arguments in RUNS:
        result = tool(*arguments)
        assert leaks(result.out + result.err) == [], arguments
        assert "Traceback" not in result.err

    def worse(*arguments, **more):
        raise KeyError(KEY, WORD)

    from gitops_tls.commands import check

    monkeypatch.setattr(check, "open_session", worse)
    result = tool("check")
    assert (result.code, result.out, leaks(result.err)) == (3, "", [])


@pytest.mark.parametrize("project", ["settings", "settings-broken", "secret-plain", "secret-syntax-at-the-value"])
def test_standard_input_shows_no_secret(repository, tool, project: str) -> None:
    repository({})
    text = list(PROJECTS[project].values())[-1].encode()
    for name in ("text", "json", "sarif", "github", "concise"):
        result = tool("check", "-", "--format", name, stdin=text)
        assert leaks(result.out + result.err) == []
    result = tool("fix", "-", "--diff", "--unsafe", stdin=text)
    assert leaks(result.out + result.err) == []


def test_a_broken_configuration_or_baseline_is_quoted_without_secrets(repository, tool) -> None:
    root: Path = repository({"known.json": '{"version": 1, "findings": ["' + WORD, ".gitops-tls.yaml": f"token: {WORD}: x\n"})
    assert leaks(tool("check").err) == []
    (root / ".gitops-tls.yaml").unlink()
    result = tool("check", "--baseline", "known.json")
    assert (result.code, leaks(result.err)) == (2, [])
