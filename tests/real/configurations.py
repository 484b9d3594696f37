"""Configurations as people write them, get them wrong, and as an unlucky editor leaves them: a hypothesis strategy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import strategies as st


class Configuration(NamedTuple):
    """The files of the configuration folder and the variables of the container."""

    files: dict[str, bytes]
    environment: dict[str, str]

    def __str__(self) -> str:
        parts = [f"{name}: {value!r}" for name, value in self.environment.items()]
        for name, content in self.files.items():
            parts += [f"--- {name}", content.decode("utf-8", "backslashreplace")]
        return "\n".join(parts)


def _words(text: str) -> list[str]:
    """The words of a text; a middle dot stands for a space inside a word."""
    return [word.replace("·", " ") for word in text.split()]


MODES = _words(
    """
    0 1 2 3 -1 10 01 02 010 +1 +2 -0 0x1 0x2 0X2 0b1 0b10 0o1 1.0 2.0 1.5 1. 1e0 2E0 1_0 0_1 1_ _1 1:00 .5 .inf
    99999999999999999999 '1' "2" "1.0" ' 1' "2 " '' "" true yes on Y y TRUE True "true" no off false one null ~ Null [1]
    [2,] [1,2] [] {} {a:·1} !!str·2 !!int·"2" !!float·1 &mode·2 2001-01-01 "1\\n" "\\x31" '１' １ 1# 1·#·one-way 2
    """
)

PORTS = _words(
    """
    8080 8080 8080 '8080' "8080" 8080.0 0x1F90 08080 8_080 017620 +8080 ' 8080' 8080/tcp "8080/tcp" 19530 '19530' 0 -1
    65535 65536 70000 9091 19529 53100 13333 8081 http null ~ '' [8080] [8080,1] {} true 8080.5 1e4 &p·8080
    """
)

SWITCHES = _words(
    """
    true false True FALSE t f T F yes no on off y n 1 0 '1' "0" 'true' "false" "no" "False" 'off' null ~ '' [] {} 1.0 tRue
    """
)

PATHS = _words(
    """
    /milvus/tls/{} /milvus/tls/{} /milvus/tls/{} '/milvus/tls/{}' "/milvus/tls/{}" [/milvus/tls/{}] /milvus//tls/./{}
    /milvus/tls/../tls/{} tls/{} ./tls/{} ../milvus/tls/{} configs/cert/{} /nope/{} {} "/milvus/tls/{}·" /milvus/tls/{}/
    /milvus/tls /milvus/tls/ca.pem /milvus/tls/server.key /milvus/tls/server.pem /milvus/tls/client.pem '' null ~ true 1
    ${TLS}/{} file:///milvus/tls/{} /milvus/tls/{}#old /milvus/tls/{}·#·old /milvus/configs/milvus.yaml /milvus/TLS/{}
    ~/{} \\milvus\\tls\\{} &x·/milvus/tls/{}
    """
)


def _chance(draw: st.DrawFn, percent: int) -> bool:
    """True in so many of a hundred draws. (Hypothesis prefers the ends of a range: they mean no.)"""
    return 3000 <= draw(st.integers(0, 9999)) < 3000 + percent * 70


def _tokens(words: list[str], usual: list[str]) -> st.SearchStrategy[str]:
    """One of ``usual`` about half the time, else any of ``words``."""
    return st.one_of(st.sampled_from(usual), st.sampled_from(words))


def _path(name: str) -> st.SearchStrategy[str]:
    usual = st.just(f"/milvus/tls/{name}")
    odd = st.sampled_from(PATHS).map(lambda word: word.replace("{}", name))
    return st.one_of(usual, usual, usual, usual, usual, odd, usual)


_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.lower,
    str.upper,
    lambda key: "".join(f"_{c.lower()}" if c.isupper() else c for c in key),
    lambda key: "".join(f"-{c.lower()}" if c.isupper() else c for c in key),
    lambda key: key[0].upper() + key[1:],
    lambda key: f'"{key}"',
    lambda key: f"'{key}'",
    lambda key: f"{key}_",
    lambda key: f"_{key}",
    lambda key: f"{key} ",
    lambda key: f"? {key}\n",
    lambda key: key.replace("Path", ""),
    lambda key: key.replace("Pem", "Cert"),
)


@st.composite
def _spelt(draw: st.DrawFn, key: str) -> str:
    """A key as it is, or now and then in another spelling."""
    if not _chance(draw, 7):
        return key
    word = draw(st.sampled_from(_SPELLINGS))(key)
    return key if "\n" in word else word


_Pair = tuple[tuple[str, ...], str]

_WRONG_PLACES: dict[str, tuple[tuple[str, ...], ...]] = {
    "tlsMode": (("tlsMode",), ("security", "tlsMode"), ("common", "tlsMode"), ("proxy", "tlsMode"), ("tls", "tlsMode")),
    "port": (("proxy", "httpPort"), ("http", "port"), ("proxy", "http"), ("proxy", "http.port"), ("proxy", "restPort")),
    "enabled": (("http", "enabled"), ("proxy", "enabled"), ("proxy", "http", "enable")),
    "serverPemPath": (
        ("common", "tls", "serverPemPath"),
        ("proxy", "tls", "serverPemPath"),
        ("common", "security", "tls", "serverPemPath"),
    ),
    "serverKeyPath": (("common", "tls", "serverKeyPath"), ("serverKeyPath",)),
    "caPemPath": (("common", "tls", "caPemPath"), ("internaltls", "caPemPath")),
}


@st.composite
def _setting(draw: st.DrawFn, path: tuple[str, ...], values: st.SearchStrategy[str], *, usual: int) -> list[_Pair]:
    """A setting that is there ``usual`` times in a hundred, in its place or not."""
    if _chance(draw, 100 - usual):
        return []
    if _chance(draw, 6):
        path = draw(st.sampled_from(_WRONG_PLACES[path[-1]]))
    return [((*path[:-1], draw(_spelt(path[-1]))), draw(values))]


_NOISE: tuple[_Pair, ...] = (
    (("log", "level"), "info"),
    (("common", "security", "authorizationEnabled"), "false"),
    (("common", "security", "internaltlsEnabled"), "true"),
    (("common", "security", "tlsEnabled"), "true"),
    (("internaltls", "serverPemPath"), "/nope"),
    (("proxy", "http", "debug_mode"), "false"),
    (("proxy", "maxNameLength"), "255"),
    (("proxy", "port"), "19530"),
    (("tls", "clientPemPath"), "/milvus/tls/client.pem"),
    (("unknown",), "[1, {a: b}]"),
    (("nothing",), ""),
)


def _tree(pairs: list[_Pair]) -> dict[str, object]:
    """Nested mappings; a later value at the same place replaces the earlier one."""
    tree: dict[str, object] = {}
    for path, value in pairs:
        inner = tree
        for part in path[:-1]:
            below = inner.get(part)
            if not isinstance(below, dict):
                below = {}
                inner[part] = below
            inner = below
        inner[path[-1]] = value
    return tree


@st.composite
def _lines(draw: st.DrawFn, tree: dict[str, object], indent: int, width: int) -> list[str]:
    lines = []
    for key, value in tree.items():
        pad = " " * indent
        if not isinstance(value, dict):
            lines.append(f"{pad}{key}: {value}".rstrip(" "))
        elif _chance(draw, 8):
            lines.append(f"{pad}{key}: {_flow(value)}")
        elif len(value) == 1 and _chance(draw, 8):
            joint = draw(st.sampled_from((".", "/")))
            inner = {f"{key}{joint}{name}": below for name, below in value.items()}
            lines += draw(_lines(inner, indent, width))
        else:
            lines.append(f"{pad}{key}:")
            lines += draw(_lines(value, indent + width, width))
    return lines


def _flow(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    return "{" + ", ".join(f"{key}: {_flow(below)}" for key, below in value.items()) + "}"


_EXTRA_BLOCKS = (
    "common:\n  security:\n    authorizationEnabled: false",
    "common:\n  security:\n    tlsMode: 2",
    "common:\n  security:\n    tlsMode: 0",
    "common: {}",
    "common:",
    "proxy:\n  http:\n    enabled: true",
    "proxy:\n  http:\n    port: 8080",
    "proxy:\n  maxNameLength: 255",
    "tls:\n  serverPemPath: /milvus/tls/server.pem\n  serverKeyPath: /milvus/tls/server.key\n  caPemPath: /milvus/tls/ca.pem",
    "tls:\n  caPemPath: /milvus/tls/ca.pem",
    "internaltls:\n  sni: localhost",
    "# common:\n#   security:\n#     tlsMode: 2",
)


@st.composite
def _whole(draw: st.DrawFn) -> str:
    """A configuration file before any accident."""
    pairs: list[_Pair] = []
    mode = _tokens(MODES, ["1", "2", "1", "2"])
    pairs += draw(_setting(("common", "security", "tlsMode"), mode, usual=94))
    for key, name in (("serverPemPath", "server.pem"), ("serverKeyPath", "server.key"), ("caPemPath", "ca.pem")):
        pairs += draw(_setting(("tls", key), _path(name), usual=94))
    pairs += draw(_setting(("proxy", "http", "port"), _tokens(PORTS, ["8080"]), usual=85))
    pairs += draw(_setting(("proxy", "http", "enabled"), _tokens(SWITCHES, ["true"]), usual=20))
    pairs += draw(st.lists(st.sampled_from(_NOISE), max_size=3, unique=True))
    parents = {part: draw(_spelt(part)) for path, _ in pairs for part in path[:-1]}
    pairs = [((*(parents[part] for part in path[:-1]), path[-1]), value) for path, value in draw(st.permutations(pairs))]
    lines = draw(_lines(_tree(pairs), 0, draw(st.sampled_from((2, 2, 2, 4, 1, 3)))))
    text = "\n".join(lines)
    for block in draw(st.lists(st.sampled_from(_EXTRA_BLOCKS), max_size=1 if _chance(draw, 30) else 0)):
        text = f"{text}\n{block}" if draw(st.booleans()) else f"{block}\n{text}"
    return text + draw(st.sampled_from(("\n", "\n", "\n", "", "\n\n", "\n# end\n", "\n...\n")))


def _edit_line(change: Callable[[str], str]) -> Callable[[str, int], str]:
    def edit(text: str, at: int) -> str:
        lines = text.split("\n")
        lines[at % len(lines)] = change(lines[at % len(lines)])
        return "\n".join(lines)

    return edit


def _insert(piece: str) -> Callable[[str, int], str]:
    return lambda text, at: text[: at % (len(text) + 1)] + piece + text[at % (len(text) + 1) :]


_ACCIDENTS: tuple[Callable[[str, int], str], ...] = (
    _edit_line(lambda line: f" {line}"),
    _edit_line(lambda line: line[1:]),
    _edit_line(lambda line: f"\t{line}"),
    _edit_line(lambda line: line.replace("  ", "\t", 1)),
    _edit_line(lambda line: f"{line}\t# why"),
    _edit_line(lambda line: f"{line} # why"),
    _edit_line(lambda line: f"#{line}"),
    _edit_line(lambda line: line.replace(": ", ":", 1)),
    _edit_line(lambda line: line.replace(": ", ":\t", 1)),
    _edit_line(lambda line: line.replace(": ", " : ", 1)),
    _edit_line(lambda line: line.replace(":", "：", 1)),
    _edit_line(lambda line: line.replace(": ", ": |-\n        ", 1)),
    _edit_line(lambda line: line.replace(": ", ": >\n        ", 1)),
    _edit_line(lambda line: line.replace(": ", ":\n        ", 1)),
    _edit_line(lambda line: f"{line}\n{line}"),
    _edit_line(lambda line: f"{line}\n"),
    _edit_line(lambda line: f"{line}\n---"),
    _edit_line(lambda line: f"{line}\r"),
    _edit_line(lambda line: f"- {line}"),
    lambda text, at: text[: at % (len(text) + 1)] + text[at % (len(text) + 1) + 1 :],
    lambda text, at: f"---\n{text}",
    lambda text, at: f"%YAML 1.1\n---\n{text}",
    lambda text, at: f"%YAML 1.2\n---\n{text}",
    lambda text, at: f"# comment\n---\n{text}",
    lambda text, at: f"{text}---\ncommon:\n  security:\n    tlsMode: 2\n",
    lambda text, at: f"{text}---\n\t: [\n",
    *map(_insert, ('"', "'", "{", "}", "[", "]", ":", ": ", "#", " #", "\t", " ", "%", "@", "`", "*x ", "&x ", "!x ", "|", ">", ",")),
    *map(_insert, ("- ", "\n", "\x07", "\x85", "\u2028", "\ufeff", "\u00a0", "é", "😀", "<<: ")),
)  # fmt: skip

_ENCODINGS: tuple[Callable[[str], bytes], ...] = (
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(),
    lambda text: b"\xff\xfe" + text.encode("utf-16-le"),
    lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    lambda text: text.encode("utf-16-le"),
    lambda text: b"\xff\xfe\0\0" + text.encode("utf-32-le"),
    lambda text: b"# caf\xe9\n" + text.encode(),
    lambda text: text.encode() + b"# \xc3\x28\n",
    lambda text: text.encode() + b"\0",
)


@st.composite
def settings_files(draw: st.DrawFn) -> bytes:
    """The bytes of a milvus.yaml."""
    if _chance(draw, 3):
        return draw(
            st.sampled_from((b"", b"\n", b"- a\n", b"text\n", b"{}\n", b"null\n", b"# nothing\n", b"---\n", b"1\n", b'""\n'))
        )
    text = draw(_whole())
    if _chance(draw, 3):
        text = json.dumps(_tree([(("common", "security", "tlsMode"), "1"), (("proxy", "http", "port"), "8080")]))
    accidents = draw(st.sampled_from((0, 0, 1, 1, 1, 2)))
    for accident in draw(st.lists(st.sampled_from(_ACCIDENTS), min_size=accidents, max_size=accidents)):
        text = accident(text, draw(st.integers(0, 400)))
    if _chance(draw, 8):
        return draw(st.sampled_from(_ENCODINGS))(text)
    return text.encode("utf-8", "surrogatepass")


_VARIABLES: dict[str, tuple[str, ...]] = {
    "COMMON_SECURITY_TLSMODE": ("0", "1", "2", "3", "true", "", " 1", "1.0", "01"),
    "common_security_tlsmode": ("0", "1", "2"),
    "COMMON.SECURITY.TLS_MODE": ("1",),
    "MILVUS_COMMON_SECURITY_TLSMODE": ("1",),
    "MILVUS_CONF_COMMON_SECURITY_TLSMODE": ("1",),
    "milvus.common.security.tlsMode": ("1",),
    "TLSMODE": ("1",),
    "TLS_SERVERPEMPATH": ("/milvus/tls/server.pem", "/nope", "", "tls/server.pem"),
    "TLS_SERVER_KEY_PATH": ("/milvus/tls/server.key", "/nope"),
    "TLS_CAPEMPATH": ("/milvus/tls/ca.pem", "", "/nope"),
    "PROXY_HTTP_PORT": ("8080", "", "19530", "http"),
    "PROXY_HTTP_ENABLED": ("true", "false", "no", "", "1"),
    "ROOTCOORD_PORT": ("19530", "8081"),
}


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """What a deployment of 2.3.5 may bring along; settings that decide TLS are in the files or in the environment."""
    files = {"milvus.yaml": draw(settings_files())}
    if _chance(draw, 12):
        files[draw(st.sampled_from(("user.yaml", "default.yaml", "_test.yaml")))] = draw(settings_files())
    environment: dict[str, str] = {}
    if _chance(draw, 25):
        for name in draw(st.lists(st.sampled_from(sorted(_VARIABLES)), min_size=1, max_size=2, unique_by=_key)):
            environment[name] = draw(st.sampled_from(_VARIABLES[name]))
    return Configuration(files, environment)


def _key(variable: str) -> str:
    """Two variables that set one key would race."""
    return variable.lower().replace("_", "").replace(".", "").removeprefix("milvus")
