"""GT205, GT207, GT208, GT211 and GT212 beyond their examples: above all where they have to be silent."""

from __future__ import annotations

import importlib.util
import os
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from gitops_tls.repo.disk import DiskFiles
from gitops_tls.repo.files import MemoryFiles
from gitops_tls.rules.gt211_folded_pem import folded, reflow

_spec = importlib.util.spec_from_file_location("rule_examples", Path(__file__).with_name("examples.py"))
assert _spec is not None
assert _spec.loader is not None
examples = importlib.util.module_from_spec(_spec)
sys.modules["rule_examples"] = examples
_spec.loader.exec_module(examples)

SERVICE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    volumes:
"""
USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
common:
  security:
    tlsMode: 1
"""


def said(files: Mapping[str, str], rule: str, ignored: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    report = examples.judge(MemoryFiles(examples.contents(files), ignored))
    assert not report.failed
    return [(finding.severity, finding.message) for finding in report.findings if finding.rule == rule]


def compose(*volumes: str, **files: str) -> dict[str, str]:
    text = SERVICE + "".join(f"      - {volume}\n" for volume in volumes)
    return {"docker-compose.yml": text, **{name.replace("__", "/").replace("_", "."): one for name, one in files.items()}}


@pytest.mark.parametrize(
    ("volume", "files", "severity"),
    [
        ("./configs:/milvus/configs", {"configs/milvus.yaml": "log:\n  level: info\n"}, None),
        ("./configs:/milvus/configs", {"configs/user.yaml": USER}, "error"),
        ("./configs:/milvus/configs", {}, "warning"),
        ("./configs:/milvus/configs", {"configs": "log:\n  level: info\n"}, "error"),
        ("/srv/configs:/milvus/configs", {}, None),
        ("${CONFIGS}:/milvus/configs", {}, None),
        ("configs:/milvus/configs", {}, "warning"),
        ("data:/var/lib/milvus", {}, None),
        ("data:/milvus", {}, "warning"),
        ("/srv/milvus:/milvus", {}, "warning"),
        ("./milvus:/milvus", {"milvus/notes.txt": "x"}, "error"),
        ("./milvus:/milvus", {"milvus/bin/milvus": "x"}, None),
        ("./lib:/milvus/lib", {"lib/x.so": "x"}, "error"),
        ("./tls:/milvus/tls", {"tls/server.pem": "{cert:server}"}, None),
    ],
)
def test_mounts_over_the_image(volume: str, files: dict[str, str], severity: str | None) -> None:
    found = said({**compose(volume), **files}, "GT212")
    assert [level for level, _ in found] == ([severity] if severity else [])


def test_a_moved_configuration_directory_may_be_mounted_over() -> None:
    text = compose("./configs:/milvus/configs")["docker-compose.yml"] + "    environment:\n      MILVUSCONF: /etc/milvus\n"
    assert said({"docker-compose.yml": text, "configs/x.yaml": "a: 1\n"}, "GT212") == []


def test_a_config_map_with_a_complete_file_may_be_mounted_over_the_directory() -> None:
    cr = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  components:
    volumes:
      - {{name: conf, {}}}
    volumeMounts:
      - {{name: conf, mountPath: /milvus/configs}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: conf
data:
  {}: "log: {{}}"
"""
    assert said({"m.yaml": cr.format("configMap: {name: conf}", "milvus.yaml")}, "GT212") == []
    assert [level for level, _ in said({"m.yaml": cr.format("configMap: {name: conf}", "user.yaml")}, "GT212")] == ["error"]
    assert said({"m.yaml": cr.format("configMap: {name: elsewhere}", "x")}, "GT212") == []
    assert said({"m.yaml": cr.format("persistentVolumeClaim: {claimName: c}", "x")}, "GT212") == []


@pytest.mark.parametrize(
    ("volumes", "files", "ignored", "words"),
    [
        (["./user.yaml:/milvus/configs/user.yaml"], {}, (), "drops its whole configuration"),
        (["./milvus.yaml:/milvus/configs/milvus.yaml"], {}, (), "the container is not created"),
        (["./user.yaml:/milvus/configs/user.yaml"], {"user.yaml/x": "y"}, (), "`./user.yaml` is a folder"),
        (["./user.yaml:/milvus/configs/user.yaml"], {}, ("user.yaml",), ""),
        (["/srv/user.yaml:/milvus/configs/user.yaml"], {}, (), ""),
        (["./notes.yaml:/milvus/configs/notes.yaml"], {}, (), ""),
        (["./tls:/milvus/tls"], {}, (), ""),
        (["./tls:/milvus/tls"], {"tls/server.key": "{key:server}"}, (), "/milvus/tls/server.pem is `./tls/server.pem`"),
        (["./tls:/milvus/tls"], {"tls/server.key": "{key:server}"}, ("tls/server.pem",), ""),
        (["./tls:/milvus/tls"], {"tls/server.pem": "{cert:server}"}, (), ""),
        (["certs:/milvus/tls"], {}, (), ""),
    ],
)
def test_bind_sources(volumes: list[str], files: dict[str, str], ignored: tuple[str, ...], words: str) -> None:
    known = {"user.yaml": USER} if not any("user.yaml" in one for one in (*volumes, *files)) else {}
    mounted = volumes if not known else [*volumes, "./user.yaml:/milvus/configs/user.yaml"]
    found = said({**compose(*mounted), **known, **files}, "GT207", ignored)
    assert len(found) == bool(words), found
    assert words in "".join(message for _, message in found)


def test_the_long_form_that_makes_no_folder() -> None:
    entry = "{type: bind, source: ./user.yaml, target: /milvus/configs/user.yaml, bind: {create_host_path: false}}"
    [(_, message)] = said(compose(entry), "GT207")
    assert message.endswith("Docker does not create the container")


@pytest.mark.skipif(os.name == "nt", reason="permission bits")
@pytest.mark.parametrize(
    ("tag", "user", "key_mode", "own_mode", "found"),
    [
        ("v3.0.0", "", 0o600, 0o644, True),
        ("v3.0.0", "", 0o644, 0o644, False),
        ("v3.0.0", "", 0o600, 0o600, False),
        ("v3.0.0", "0:0", 0o600, 0o644, False),
        ("v2.6.20", "", 0o600, 0o644, False),
        ("v2.6.20", "1000:1000", 0o600, 0o644, True),
    ],
)
def test_keys_on_disk(tmp_path: Path, tag: str, user: str, key_mode: int, own_mode: int, found: bool) -> None:
    files = compose("./user.yaml:/milvus/configs/user.yaml", "./tls:/milvus/tls")
    files["docker-compose.yml"] = files["docker-compose.yml"].replace("v2.6.20", tag)
    if user:
        files["docker-compose.yml"] += f'    user: "{user}"\n'
    files |= {"user.yaml": USER, "tls/server.pem": "{cert:server}", "tls/server.key": "{key:server}"}
    (tmp_path / "tls").mkdir()
    for path, content in examples.contents(files).items():
        (tmp_path / path).write_bytes(content)
    (tmp_path / "tls/server.key").chmod(key_mode)
    (tmp_path / "docker-compose.yml").chmod(own_mode)
    report = examples.judge(DiskFiles(str(tmp_path)))
    assert ("GT208" in {finding.rule for finding in report.findings}) == found


INTERNAL = """    internaltls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
      caPemPath: /certs/ca.crt
    common:
      security:
        internaltlsEnabled: true
"""


def test_external_files_below_an_idle_component_are_told_once() -> None:
    cr = f"""apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  config:
    proxy:
      http:
        port: 8080
{"".join(f"    {line}" + chr(10) for line in USER.splitlines()[3:])}
  components:
    proxy:
      volumes:
        - name: certs
          secret:
            secretName: certs
        - name: other
          emptyDir: {{}}
      volumeMounts:
        - name: certs
          mountPath: /milvus/tls
"""
    assert said({"m.yaml": cr}, "GT201") == []
    [(_, message)] = said({"m.yaml": cr}, "GT205")
    assert "below `proxy`, which the mode standalone does not start" in message
    assert examples.fixed({"m.yaml": cr}, unsafe=False, rule="GT205").changed == {}  # a second volume: its purpose is not known
    assert "GT205" not in {f.rule for f in examples.fixed({"m.yaml": cr}, unsafe=True, rule="GT205").after.findings}


def test_nothing_is_moved_over_another_components_own_volumes() -> None:
    cr = f"""apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: cluster
  config:
{INTERNAL}  components:
    image: milvusdb/milvus:v2.6.20
    queryNode:
      volumes:
        - name: cache
          emptyDir: {{}}
    proxy:
      volumes:
        - name: certs
          secret: {{secretName: certs}}
      volumeMounts:
        - {{name: certs, mountPath: /certs}}
"""
    [(_, message)] = said({"m.yaml": cr}, "GT205")
    assert "mixcoord, datanode, querynode, streamingnode" in message
    assert examples.fixed({"m.yaml": cr}, unsafe=True, rule="GT205").changed == {}
    moved = cr.replace("    queryNode:\n      volumes:\n        - name: cache\n          emptyDir: {}\n", "")
    assert examples.fixed({"m.yaml": moved}, unsafe=False, rule="GT205").after.findings == []


def pem(kind: str, width: int = 64) -> str:
    lines = str(examples.fill("{" + kind + "}")).splitlines()
    body = "".join(lines[1:-1])
    return "\n".join([lines[0], *(body[at : at + width] for at in range(0, len(body), width)), lines[-1]]) + "\n"


def test_folded_text_is_put_right_whatever_its_lines_were() -> None:
    for text in (pem("cert:server"), pem("key:server") + pem("cert:server")):
        assert folded(text) is None
        assert folded(text.replace("\n", " ")) is not None
        assert reflow(text.replace("\n", " ")) == text
    assert reflow(pem("cert:server", 76).replace("\n", " ")) == pem("cert:server")


@pytest.mark.parametrize("text", ["-----BEGIN X----- change me -----END X-----", "note {} note", "{}\\n"])
def test_what_is_no_clean_pem_is_left_alone(text: str) -> None:
    assert reflow(text.replace("{}", pem("cert:server").replace("\n", " "))) is None


def test_json_and_literal_blocks_are_not_folded() -> None:
    escaped = pem("cert:server").replace("\n", "\\n")
    head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n"
    assert said({"s.yaml": f'{head}stringData: {{"a": "{escaped}"}}\n'}, "GT211") == []
    one_line = pem("cert:server").replace("\n", " ").strip()
    assert len(said({"s.yaml": f"{head}stringData:\n  a: {one_line}\n"}, "GT211")) == 1
    assert said({"s.yaml": f"{head}data:\n  a: {one_line}\n"}, "GT211") == []


SHARED = "volumes:\n- name: certs\n  secret: {secretName: certs}\nvolumeMounts:\n- {name: certs, mountPath: /certs}\n"


@pytest.mark.parametrize(
    ("proxy", "fixable"),
    [
        ("volumes:\n- {name: certs, secret: {secretName: certs}}\n", [True]),
        ("volumes:\n- {name: certs, secret: {secretName: others}}\n", [False]),
        ("volumeMounts:\n- {name: certs, mountPath: /certs}\n", [True]),
        ("volumeMounts:\n- {name: certs, mountPath: /certs, readOnly: true}\n", [False]),
        (SHARED, [True, True]),
    ],
)
def test_the_proxys_lists_repeat_the_shared_ones(proxy: str, fixable: list[bool]) -> None:
    text = "cluster:\n  enabled: true\n" + SHARED + "proxy:\n" + textwrap.indent(proxy, "  ")
    text += "extraConfigFiles:\n  user.yaml: |\n" + textwrap.indent(USER, "    ")
    report = examples.judge(MemoryFiles(examples.contents({"values.yaml": text}), ()))
    found = [finding for finding in report.findings if finding.rule == "GT204"]
    assert [finding.fix is not None and finding.fix.safe for finding in found] == fixable


@pytest.mark.parametrize(
    ("shared", "proxy"),
    [
        ("&v [{name: certs, secret: {secretName: certs}}]", "*v"),
        ("[&v {name: certs, secret: {secretName: certs}}]", "[*v]"),
    ],
)
def test_an_anchored_list_is_not_touched(shared: str, proxy: str) -> None:
    text = f"cluster:\n  enabled: true\nvolumes: {shared}\nvolumeMounts:\n- {{name: certs, mountPath: /certs}}\n"
    text += f"proxy:\n  volumes: {proxy}\nextraConfigFiles:\n  user.yaml: |\n" + textwrap.indent(USER, "    ")
    report = examples.judge(MemoryFiles(examples.contents({"values.yaml": text}), ()))
    assert [finding.fix for finding in report.findings if finding.rule == "GT204"] == [None]


def test_a_twin_in_the_same_list_stays() -> None:
    text = "cluster:\n  enabled: true\n" + SHARED.replace(
        "volumeMounts", "- name: certs\n  secret: {secretName: certs}\nvolumeMounts"
    )
    text += "extraConfigFiles:\n  user.yaml: |\n" + textwrap.indent(USER, "    ")
    report = examples.judge(MemoryFiles(examples.contents({"values.yaml": text}), ()))
    assert [finding.fix for finding in report.findings if finding.rule == "GT204"] == [None]


def test_a_component_without_the_certificates_is_named_once() -> None:
    settings = "internaltls:\n  serverPemPath: /c/a\n  serverKeyPath: /c/b\n  caPemPath: /c/c\n"
    settings += "common:\n  security:\n    internaltlsEnabled: true\n"
    text = "services:\n"
    for name in ("proxy", "querynode", "datanode"):
        text += f"  {name}:\n    image: milvusdb/milvus:v2.6.20\n    command: [milvus, run, {name}]\n    volumes:\n"
        text += "      - ./user.yaml:/milvus/configs/user.yaml\n" + ("      - ./tls:/c:ro\n" if name == "proxy" else "")
    ((_, message),) = said({"docker-compose.yml": text, "user.yaml": settings}, "GT205")
    assert message.count("querynode") == message.count("datanode") == 1
