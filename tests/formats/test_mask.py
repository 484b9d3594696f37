"""No secret is ever quoted."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_tls.formats import mask

# not a key: the words around stand for one
BODY = base64.b64encode(bytes(range(48)) * 4).decode()
PEM = f"-----BEGIN PRIVATE KEY-----\n{BODY[:64]}\n{BODY[64:128]}\nabc=\n-----END PRIVATE KEY-----\n"


def indented(text: str, width: int = 4) -> str:
    return "".join(" " * width + line + "\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (PEM, "-----BEGIN PRIVATE KEY-----\n…\n…\n…\n-----END PRIVATE KEY-----\n"),
        (
            "key: |\n" + indented(PEM),
            "key: |\n    -----BEGIN PRIVATE KEY-----\n    …\n    …\n    …\n    -----END PRIVATE KEY-----\n",
        ),
        ("key: " + PEM.replace("\n", " ") + "\n", "key: -----BEGIN PRIVATE KEY----- …-----END PRIVATE KEY----- \n"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n", "-----BEGIN RSA PRIVATE KEY-----\n…\n"),
        (f"tls.key: {BODY}\n", "tls.key: …\n"),
        ("kind: Secret\ndata:\n  a: aHVudGVy\n  b: x\ntype: Opaque\n", "kind: Secret\ndata:\n  a: …\n  b: …\ntype: Opaque\n"),
        ("stringData:\n  a: |\n    hunter2\n    more: x\nkind: Secret\n", "stringData:\n  a: |\n    …\n    …\nkind: Secret\n"),
        ("kind: Secret\ndata: {a: aHVudGVy}\nx: 1\n", "kind: Secret\ndata: …\nx: 1\n"),
        (
            "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ndata:\n  a: b\n",
            "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\ndata:\n  a: …\n",
        ),
        ("kind: Secret\ndata:\n\n  # note\n  a: b\n", "kind: Secret\ndata:\n\n  # note\n  a: …\n"),
        ('{"kind":"Secret","data":{"a":"aHVudGVy"}}\n', '{"kind":"Secret","data":…\n'),
        ('{\n "kind": "Secret",\n "data": {\n  "a": "aHVudGVy"\n }\n}\n', '{\n "kind": "Secret",\n "data": …\n  …\n …\n…\n'),
        ("MINIO_SECRET_KEY: minioadmin # x\n", "MINIO_SECRET_KEY: … # x\n"),
        ("- MINIO_ROOT_PASSWORD=hunter2\n", "- MINIO_ROOT_PASSWORD=…\n"),
        ("secretAccessKey: 'hunter2'\n", "secretAccessKey: …\n"),
        ("url: redis://user:hunter2@host/\n", "url: redis://user:…@host/\n"),
        ("password: ${PASSWORD}\n", "password: ${PASSWORD}\n"),
        ("serverKeyPath: /milvus/tls/server.key\n", "serverKeyPath: /milvus/tls/server.key\n"),
        ("secretName: certs\n", "secretName: certs\n"),
        ("image: registry.example.com/team/subteam/milvus/milvus-server-standalone:v2\n",) * 2,
        ("path: /var/lib/docker/volumes/milvus/configs/certificates/server.pem\n",) * 2,
        ("# ----------------------------------------------------------------\n",) * 2,
    ],
)
def test_what_is_hidden(text, shown):
    assert mask.whole(text) == shown


def test_a_secret_with_crlf_and_its_lines_one_by_one():
    text = "kind: Secret\r\nstringData:\r\n  tls.key: hunter2\r\n"
    masked = mask.Masked(text)
    start = text.index("  tls.key")
    assert masked.line(start, "  tls.key: hunter2", 11, 18) == ("  tls.key: …", 11, 12)
    assert masked.line(start, "  tls.key: hunter2", 2, 9) == ("  tls.key: …", 2, 9)
    assert mask.whole(text) == "kind: Secret\r\nstringData:\r\n  tls.key: …\r\n"


def test_a_mark_behind_a_secret_moves_with_the_text():
    text = "a: {password: hunter2, port: 1}\n"
    low = text.index("port")
    shown, new_low, new_high = mask.Masked(text).line(0, text.rstrip("\n"), low, low + 4)
    assert shown[new_low:new_high] == "port"


@given(st.text(alphabet="ab:- \n|{}#=PRIVATEKY\"'", max_size=60))
def test_lines_stay_lines(text):
    shown = mask.whole(text)
    assert shown.count("\n") == text.count("\n")
    masked = mask.Masked(text)
    at = 0
    for line, expected in zip(text.split("\n"), shown.split("\n"), strict=True):
        assert masked.line(at, line, 0, len(line))[0] == expected
        at += len(line) + 1


def test_messages_hide_encoded_content():
    assert BODY not in mask.message(f"the key {BODY * 2} is bad, and more words to come to sixty characters")
    assert mask.message("`/milvus/tls/server.pem` is not mounted") == "`/milvus/tls/server.pem` is not mounted"
