"""Chains and their CA files in every form a repository keeps them, and the cases that must stay silent."""

from __future__ import annotations

import base64
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("rule_examples_chains", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples_chains"] = examples
_spec.loader.exec_module(examples)

from gitops_tls.repair import Repaired, repair  # noqa: E402
from gitops_tls.repo.files import MemoryFiles  # noqa: E402
from gitops_tls.rules import gt301_certificate_expired, gt309_sni_mismatch  # noqa: E402

COMPOSE, USER = gt301_certificate_expired.COMPOSE, gt301_certificate_expired.USER
WITH_CA = USER.replace("tls:\n", "tls:\n  caPemPath: /milvus/tls/ca.pem\n", 1)
MUTUAL = WITH_CA.replace("tlsMode: 1", "tlsMode: 2")
INTERNAL = gt309_sni_mismatch.USER.format("localhost")
CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
  namespace: milvus
spec:
  config:
    proxy:
      http:
        port: 8080
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
      caPemPath: /certs/ca.crt
    common:
      security:
        tlsMode: 1
  components:
    image: milvusdb/milvus:v2.6.20
    volumes:
      - name: certs
        secret:
          secretName: milvus-certs
    volumeMounts:
      - name: certs
        mountPath: /certs
"""
SECRET = """apiVersion: v1
kind: Secret
metadata:
  name: milvus-certs
  namespace: milvus
"""


def pem(*kinds: str) -> str:
    return "".join(examples.issued(kind).pem.decode() for kind in kinds)


def key(kind: str) -> str:
    return str(examples.issued(kind).key.decode())


def block(text: str) -> str:
    return "|\n" + "".join(f"    {line}\n" for line in text.splitlines())


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode() + "\n"


def run(files: dict[str, str], rule: str) -> tuple[list[Any], Repaired]:
    held = MemoryFiles({path: text.encode() for path, text in files.items()})
    report = examples.judge(held)
    assert not report.failed

    def one(changed: Any) -> Any:
        found = examples.judge(changed)
        return found._replace(findings=[f for f in found.findings if f.rule == rule])

    return [f for f in report.findings if f.rule == rule], repair(held, one, lambda path: True, unsafe=False)


def compose(user: str, **files: str) -> dict[str, str]:
    named = {f"tls/{name.replace('_', '.')}": text for name, text in files.items()}
    return {"docker-compose.yml": COMPOSE, "user.yaml": user, **named}


@pytest.mark.parametrize("form", [block, encoded])
def test_a_chain_in_a_secret_is_put_into_order(form: Any) -> None:
    field = "stringData" if form is block else "data"

    def secret(chain: str) -> str:
        return f"{SECRET}{field}:\n  tls.crt: {form(chain)}  tls.key: {form(key('below'))}  ca.crt: {form(pem('ca'))}"

    files = {"milvus.yaml": CR, "secret.yaml": secret(pem("between", "below"))}
    found, repaired = run(files, "GT305")
    assert len(found) == 1
    assert repaired.changed == {"secret.yaml": secret(pem("below", "between")).encode()}


@pytest.mark.parametrize("form", [block, encoded])
def test_the_intermediate_is_appended_in_a_secret(form: Any) -> None:
    field = "stringData" if form is block else "data"

    def secret(chain: str) -> str:
        return f"{SECRET}{field}:\n  tls.crt: {form(chain)}  tls.key: {form(key('below'))}  ca.crt: {form(pem('ca'))}"

    files = {"milvus.yaml": CR, "secret.yaml": secret(pem("below")), "pki/sub.crt": pem("between")}
    found, repaired = run(files, "GT306")
    assert len(found) == 1
    assert repaired.changed == {"secret.yaml": secret(pem("below", "between")).encode()}


def test_windows_line_ends_and_a_missing_last_one_are_kept() -> None:
    server = pem("between", "below").rstrip().replace("\n", "\r\n")
    found, repaired = run(compose(USER, server_pem=server, server_key=key("below")), "GT305")
    assert len(found) == 1
    assert repaired.changed == {"tls/server.pem": pem("below", "between").rstrip().replace("\n", "\r\n").encode()}
    files = compose(WITH_CA, server_pem=pem("below").rstrip().replace("\n", "\r\n"), ca_pem=pem("ca"), other_pem=pem("between"))
    found, repaired = run(files, "GT306")
    assert repaired.changed == {"tls/server.pem": pem("below", "between").replace("\n", "\r\n").encode()}


SILENT = {
    "a chain with its root": compose(WITH_CA, server_pem=pem("below", "between", "ca"), ca_pem=pem("ca")),
    "the intermediate as the CA": compose(MUTUAL, server_pem=pem("below"), ca_pem=pem("between"), client_pem=pem("client-below")),
    "a bundle of old and new CA": compose(
        MUTUAL, server_pem=pem("server"), ca_pem=pem("other-ca", "ca"), client_pem=pem("client")
    ),
    "self-signed, trusted for itself": compose(WITH_CA, server_pem=pem("self-signed"), ca_pem=pem("self-signed")),
    "self-signed, between components": {
        "docker-compose.yml": gt309_sni_mismatch.COMPOSE,
        "user.yaml": INTERNAL,
        "tls/server.pem": pem("self-signed"),
        "tls/ca.pem": pem("self-signed"),
    },
    "expired, but issued by the CA": compose(WITH_CA, server_pem=pem("expired"), ca_pem=pem("ca")),
    "wrong usage, but issued by the CA": compose(
        MUTUAL, server_pem=pem("server"), ca_pem=pem("ca"), client_pem=pem("client-serverauth")
    ),
    "a CA file that is no PEM": compose(MUTUAL, server_pem=pem("server"), ca_pem="nothing"),
    "without a CA file": compose(USER, server_pem=pem("below")),
}


@pytest.mark.parametrize("files", SILENT.values(), ids=SILENT)
def test_working_setups_and_other_rules_cases_are_left_alone(files: dict[str, str]) -> None:
    report = examples.report(files)
    assert not report.failed
    assert [f.message for f in report.findings if f.rule in ("GT305", "GT306", "GT307", "GT308")] == []


ONE_RULE = {
    "client of another CA": (compose(MUTUAL, server_pem=pem("server"), ca_pem=pem("ca"), client_pem=pem("client-of-other-ca")), "GT307", "error"),
    "server of another CA": (compose(WITH_CA, server_pem=pem("of-other-ca"), ca_pem=pem("ca")), "GT307", "warning"),
    "its root lies around": (compose(WITH_CA, server_pem=pem("of-other-ca"), ca_pem=pem("ca"), root_pem=pem("other-ca")), "GT307", "warning"),
    "another CA of the same name": (compose(WITH_CA, server_pem=pem("of-ca-false"), ca_pem=pem("ca")), "GT307", "warning"),
    "the server's leaf as the CA": (compose(MUTUAL, server_pem=pem("server"), ca_pem=pem("server"), client_pem=pem("client")), "GT308", "error"),
    "CA:FALSE in mode 1": (compose(WITH_CA, server_pem=pem("of-ca-false"), ca_pem=pem("ca-false")), "GT308", "warning"),
    "CA:FALSE in mode 2, no client known": (compose(MUTUAL, server_pem=pem("of-ca-false"), ca_pem=pem("ca-false")), "GT308", "error"),
    "a gap": (compose(WITH_CA, server_pem=pem("below"), ca_pem=pem("ca")), "GT306", "error"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "rule", "severity"), ONE_RULE.values(), ids=ONE_RULE)
def test_one_cause_is_told_once(files: dict[str, str], rule: str, severity: str) -> None:
    report = examples.report(files)
    told = [(f.rule, f.severity) for f in report.findings if f.rule in ("GT305", "GT306", "GT307", "GT308")]
    assert told == [(rule, severity)]


def _gt317(files: dict[str, str]) -> list[str]:
    return [f"{f.where.path}:{f.where.line}" for f in examples.report(files).findings if f.rule == "GT317"]


def test_the_key_of_the_ca_in_a_secret() -> None:
    files = {"milvus.yaml": CR}
    shared = f"  tls.crt: {encoded(pem('server'))}  tls.key: {encoded(key('server'))}  ca.crt: {encoded(pem('ca'))}"
    files["secret.yaml"] = f"{SECRET}data:\n{shared}  ca.key: {encoded(key('ca'))}"
    assert _gt317(files) == ["secret.yaml:10"]
    files["secret.yaml"] = f"{SECRET}data:\n{shared}"
    assert _gt317(files) == []


def test_a_server_that_is_its_own_ca_needs_its_key() -> None:
    server = examples.pki().root("milvus.example.com", seed=95, dns=("localhost",))
    held = {"server_pem": server.pem.decode(), "server_key": server.key.decode(), "ca_pem": server.pem.decode()}
    assert _gt317(compose(WITH_CA, **held)) == []
    assert _gt317(compose(WITH_CA, **held, root_key=key("ca"))) == []
    assert _gt317(compose(WITH_CA, **held, root_key=key("ca"), other_pem=pem("ca"))) == ["tls/root.key:1"]


@pytest.mark.parametrize("which", ["rsa1024", "sha1", "ed25519", "p521"])
def test_weak_and_odd_keys_are_told_once(which: str) -> None:
    report = examples.report(compose(WITH_CA, server_pem=pem(which), ca_pem=pem(which)))
    assert [f.severity for f in report.findings if f.rule in ("GT312", "GT315")] == ["warning"]


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


BENT = {
    "indented": _indented,
    "literal breaks": lambda text: text.replace("\n", "\\n"),
    "one line": lambda text: text.replace("\n", " "),
    "base64 of it": lambda text: base64.b64encode(text.encode()).decode(),
}


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT)
@pytest.mark.parametrize("which", ["server_pem", "server_key"])
def test_pem_that_is_written_wrongly_is_rewritten(bend: Any, which: str) -> None:
    good = {"server_pem": pem("below", "between"), "server_key": key("below")}
    found, repaired = run(compose(USER, **{**good, which: bend(good[which])}), "GT314")
    assert len(found) == 1
    assert repaired.changed == {f"tls/{which.replace('_', '.')}": good[which].encode()}


def test_a_secret_that_was_encoded_twice_is_decoded_once() -> None:
    def secret(chain: str) -> str:
        return f"{SECRET}data:\n  tls.crt: {chain.strip()} # twice\n  tls.key: {encoded(key('server'))}  ca.crt: {encoded(pem('ca'))}"

    files = {"milvus.yaml": CR, "secret.yaml": secret(encoded(encoded(pem("server")).strip()))}
    found, repaired = run(files, "GT314")
    assert len(found) == 1
    assert repaired.changed == {"secret.yaml": secret(encoded(pem("server"))).encode()}


def _folded(text: str) -> str:
    packed = encoded(text).strip()
    return ">-\n" + "".join(f"    {packed[at : at + 64]}\n" for at in range(0, len(packed), 64))


@pytest.mark.parametrize("form", [block, _folded])
@pytest.mark.parametrize("which", [0, 1])
def test_what_the_api_server_refuses_is_encoded(form: Any, which: int) -> None:
    def secret(*forms: Any) -> str:
        values = [one(text) for one, text in zip(forms, (pem("server"), key("server"), pem("ca")), strict=True)]
        return f"{SECRET}data:\n  tls.crt: {values[0]}  tls.key: {values[1]}  ca.crt: {values[2]}  other: eA== # stays\n"

    forms = [encoded, encoded, encoded]
    forms[which] = form
    found, repaired = run({"milvus.yaml": CR, "secret.yaml": secret(*forms)}, "GT314")
    assert len(found) == 1
    assert repaired.changed == {"secret.yaml": secret(encoded, encoded, encoded).encode()}


@pytest.mark.parametrize(
    "server",
    [
        "",
        pem("server")[:200],
        "words\n" + _indented(pem("server")),
        pem("server").replace(" CERT", " TRUSTED CERT"),
        key("server"),
    ],
)
def test_what_cannot_be_rewritten_with_certainty_is_left(server: str) -> None:
    found, repaired = run(compose(USER, server_pem=server or "\n"), "GT314")
    assert len(found) == 1
    assert repaired.changed == {}


def _lone(form: str) -> bytes:
    """A certificate or its own kind of file, as Milvus does not read it."""
    server = examples.issued("server")
    return {
        "DER": server.der,
        "trusted": server.pem.replace(b" CERT", b" TRUSTED CERT"),
        "old name": server.pem.replace(b" CERT", b" X509 CERT"),
        "mark": b"\xef\xbb\xbf" + server.pem,
        "container": examples.pki().pkcs12(server),
    }[form]


@pytest.mark.parametrize("form", ["DER", "trusted", "old name", "mark", "container"])
def test_a_certificate_is_judged_where_its_key_is_rightly_not_in_git(form: str) -> None:
    files = {path: text.encode() for path, text in compose(USER).items()}
    report = examples.judge(MemoryFiles({**files, "tls/server.pem": _lone(form)}))
    assert [finding.severity for finding in report.findings if finding.rule == "GT314"] == ["error"]
    report = examples.judge(MemoryFiles({**files, "tls/server.pem": pem("server").replace("\n", "\r\n").encode()}))
    assert [finding for finding in report.findings if finding.rule == "GT314"] == []


def _severities(files: dict[str, str], rule: str) -> list[str]:
    return [finding.severity for finding in run(files, rule)[0]]


def test_an_expired_ca_beside_one_that_does_the_work_is_a_warning() -> None:
    old, new = pem("expired-ca"), pem("ca")
    assert _severities(compose(MUTUAL, server_pem=pem("server"), ca_pem=new + old), "GT301") == ["warning"]
    assert _severities(compose(MUTUAL, server_pem=pem("server"), ca_pem=old), "GT301") == ["error"]
    # the only one of its name, and a certificate in use is from it
    below = compose(MUTUAL, server_pem=pem("below-expired-ca"), ca_pem=pem("other-ca") + old)
    assert _severities(below, "GT301") == ["error"]
    # a root sent along behind the certificate
    assert _severities(compose(USER, server_pem=pem("server") + old), "GT301") == ["warning"]
    assert _severities(compose(USER, server_pem=old + pem("server")), "GT301") == ["error"]


def test_an_intermediate_in_the_first_place_is_no_server_without_names() -> None:
    files = compose(USER, server_pem=pem("between", "below"), server_key=key("below"))
    assert _severities(files, "GT305") == ["error"]
    assert _severities(files, "GT310") == []


def _told(files: dict[str, str], rule: str) -> list[tuple[str, str]]:
    return [(finding.severity, finding.message) for finding in run(files, rule)[0]]


def test_dates_say_who_refuses_whom() -> None:
    client = compose(MUTUAL, server_pem=pem("server"), ca_pem=pem("ca"), client_pem=pem("expired"))
    ((_, message),) = _told(client, "GT301")
    assert "Milvus refuses this client in tlsMode 2" in message
    ((_, message),) = _told({**client, "tls/client.pem": pem("future")}, "GT303")
    assert "until then Milvus refuses this client" in message
    internal = {"docker-compose.yml": gt309_sni_mismatch.COMPOSE, "user.yaml": INTERNAL, "tls/ca.pem": pem("ca")}
    assert all(
        "the components refuse each other" in message
        for _, message in _told({**internal, "tls/server.pem": pem("expired")}, "GT301")
    )


def test_a_ca_that_is_there_before_its_time_is_a_warning() -> None:
    both = compose(MUTUAL, server_pem=pem("server"), ca_pem=pem("ca", "future-ca"))
    assert _severities(both, "GT303") == ["warning"]
    assert _severities({**both, "tls/ca.pem": pem("future-ca")}, "GT303") == ["error"]


def test_the_pair_of_a_client() -> None:
    files = compose(MUTUAL, server_pem=pem("server"), ca_pem=pem("ca"), client_pem=pem("client"), client_key=key("client"))
    assert _told(files, "GT304") == _told(files, "GT313") == []
    ((severity, message),) = _told({**files, "tls/client.key": key("server")}, "GT304")
    assert severity == "warning"
    assert "no client can use the two together" in message
    encrypted = examples.pki().key_pem(examples.issued("client").private, password=b"x").decode()
    ((severity, message),) = _told({**files, "tls/client.key": encrypted}, "GT313")
    assert severity == "warning"
    assert "pymilvus" in message


def test_an_address_that_stands_there_as_a_name() -> None:
    files = {
        "docker-compose.yml": gt309_sni_mismatch.COMPOSE,
        "user.yaml": gt309_sni_mismatch.USER.format("10.0.0.1"),
        "tls/server.pem": pem("address-as-name"),
        "tls/ca.pem": pem("ca"),
    }
    found, repaired = run(files, "GT309")
    assert "not in the certificate as an IP address" in found[0].message
    assert repaired.changed == {}
