"""GT107: the key pair of the image, which anyone can download."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import ERROR, NEVER, Example, Finding, Label, Rule, label
from ..systems.milvus.uses import CA, INTERNAL_CA, INTERNAL_SERVER, SERVER, Use, reads, uses

RULE = Rule(
    "GT107", "public-certificate", ERROR, "what is served or trusted is the key pair of the Milvus image",
    why="`configs/cert/` in every image holds a CA, a server and a client, with their private keys, and they are in public Git. "
    "They are the default of all paths, so `tlsMode: 1` alone \"works\": with a key that everybody has.",
    server="The connection is encrypted and worth nothing: anyone can read it or pose as the server. With the image's ca.pem in "
    "tlsMode 2 anyone can make a client certificate that Milvus accepts.",
    sources=("milvus configs/cert (2.3 to 3.0)", "milvus build/docker"),
    fixable=NEVER,
)  # fmt: skip

_COMPOSE = """services:
  standalone:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "standalone"]
    ports: ["19530:19530", "8080:8080"]
    volumes:
      - ./user.yaml:/milvus/configs/user.yaml
      - certs:/certs
"""
_USER = "proxy:\n  http:\n    port: 8080\n{}common:\n  security:\n    tlsMode: 1\n"

EXAMPLES = (
    Example(
        "tlsMode without paths",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _USER.format("")},
        good={
            "docker-compose.yml": _COMPOSE,
            "user.yaml": _USER.format("tls:\n  serverPemPath: /certs/server.pem\n  serverKeyPath: /certs/server.key\n"),
        },
    ),
)

_WHAT = {
    SERVER: "serves",
    INTERNAL_SERVER: "serves between its components",
    CA: "trusts clients of",
    INTERNAL_CA: "trusts between its components",
}


def check(facts: Facts) -> Iterator[Finding]:
    """Look at the certificates that are served and trusted; one finding a deployment and certificate role."""
    seen: set[tuple[int, str]] = set()
    for use in uses(facts.deployments):
        group = "internal" if use.role.startswith("internal") else "external"
        mark = (id(use.deployment), group)
        if use.role not in _WHAT or not reads(use) or mark in seen or not is_public_file(use):
            continue
        seen.add(mark)
        yield _finding(use)


def is_public_file(use: Use) -> bool:
    """Whether the file is one of the image's own, by its place or by its content."""
    from ..certs.public import is_public
    from ..certs.read import certificates
    from ..systems.milvus.image import is_public_default

    if use.view.content is None:
        return use.view.mount is None and is_public_default(use.component.files.absolute(use.path))
    return any(is_public(c) for c in certificates(use.view.content))


def _finding(use: Use) -> Finding:
    settings = use.component.settings
    switch = settings.get("common.security.internaltlsEnabled" if use.role.startswith("internal") else "common.security.tlsMode")
    related: tuple[Label, ...] = ()
    if use.setting.node is not None:
        anchor = label(use.setting.node)
        if switch.node is not None:
            related = (label(switch.node, "TLS is switched on here"),)
    else:
        anchor = label(switch.node) if switch.node is not None else label(use.deployment.node)
    paths = "internaltls.*Path" if use.role.startswith("internal") else "tls.*Path"
    unset = "" if use.setting.node is not None else f" (no file sets {use.setting.key})"
    message = f"Milvus {_WHAT[use.role]} the public key pair of its image{unset}: anyone has the private key"
    return RULE.at(anchor, message, caret=f"mount your own certificate and set `{paths}`", related=related)
