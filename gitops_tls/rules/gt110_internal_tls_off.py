"""GT110: clients are encrypted, the links between the components are not."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import INFO, SOMETIMES, Example, Finding, Rule
from ..systems.files import DIRECTORY, MISSING
from ..systems.milvus.internal import INTERNAL_TLS, enabled
from ..systems.milvus.model import Component, Deployment
from ..text.edits import CannotEdit, Patch
from .shared import file_of, fix_or_none, fronts, related, same_key, set_setting, tls_on

RULE = Rule(
    "GT110", "internal-tls-off", INFO, "clients are served with TLS, the components talk in plaintext",
    why="`tlsMode` is about clients alone. In a cluster the same data crosses the network again between proxy, coordinators "
    "and nodes.",
    server="Internal links follow `common.security.internaltlsEnabled` (2.5 and newer), which is false by default.",
    sources=("milvus 484c6b5c44", "milvus issue 52091"),
    fixable=SOMETIMES,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  mode: cluster
  config:
    proxy:
      http:
        port: 8080
    common:
      security:
        tlsMode: 1{}
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
  components:
    proxy:
      serviceRestfulPort: 8080
    volumes:
      - name: certs
        secret:
          secretName: certs
    volumeMounts:
      - name: certs
        mountPath: /certs
"""

_COMPOSE = """services:
  proxy:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "proxy"]
    volumes: &files
      - ./user.yaml:/milvus/configs/user.yaml
      - ./tls:/milvus/tls
  mixcoord:
    image: milvusdb/milvus:v2.6.20
    command: ["milvus", "run", "mixcoord"]
    volumes: *files
"""
_USER = """proxy:
  http:
    port: 8080
tls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
common:
  security:
    tlsMode: 1
"""
_ON = """    internaltlsEnabled: true
internaltls:
  serverPemPath: /milvus/tls/server.pem
  serverKeyPath: /milvus/tls/server.key
  caPemPath: /milvus/tls/ca.pem
  sni: milvus.internal
"""
_TLS = {"tls/server.pem": "{cert:one-name}", "tls/ca.pem": "{ca}"}

EXAMPLES = (
    Example("a cluster", bad={"milvus.yaml": _CR.format("")}, good={"milvus.yaml": _CR.format("").replace("mode: cluster", "mode: standalone")}),
    Example(
        "every component has the files already",
        bad={"docker-compose.yml": _COMPOSE, "user.yaml": _USER, **_TLS},
        fixed={"user.yaml": _USER + _ON},
        good={"docker-compose.yml": _COMPOSE, "user.yaml": _USER + _ON, **_TLS},
        unsafe=True,
    ),
)  # fmt: skip


def check(facts: Facts) -> Iterator[Finding]:
    """Look at deployments of several components (a standalone talks to itself)."""
    for deployment, front in fronts(facts):
        settings = front.settings
        mode = settings.get("common.security.tlsMode")
        if len(deployment.components) < 2 or not tls_on(front) or settings.version < INTERNAL_TLS or mode.node is None:
            continue
        if not any(enabled(c.settings) for c in deployment.components):
            message = "tlsMode covers clients only: the links between the components are plaintext"
            fix = fix_or_none(
                "use the same certificates between the components", False, lambda d=deployment, f=front: _switch_on(d, f)
            )
            yield RULE.at(mode.node, message, caret="see `internaltlsEnabled`", related=related(settings, mode), fix=fix)


def _switch_on(deployment: Deployment, front: Component) -> Patch:
    """Internal TLS with the certificates of the clients' side, where every component has them and one name fits."""
    from ..certs.read import certificates
    from ..yamldoc.edit import set_value

    settings = front.settings
    mode = settings.get("common.security.tlsMode")
    home = file_of(settings, mode)
    paths = {leaf: settings.get(f"tls.{leaf}").text for leaf in ("serverPemPath", "serverKeyPath", "caPemPath")}
    views = [component.files.lookup(path) for component in deployment.components for path in paths.values()]
    if home is None or home.root is None or any(view.state in (MISSING, DIRECTORY) for view in views):
        raise CannotEdit("not every component has the certificates")
    leaf = next(iter(certificates(front.files.lookup(paths["serverPemPath"]).content or b"")), None)
    if leaf is None or len(leaf.dns_names) != 1 or "*" in leaf.dns_names[0]:
        raise CannotEdit("the name that the components should ask for is not certain")
    if any(settings.is_set(f"internaltls.{name}") for name in (*paths, "sni")):
        raise CannotEdit("internaltls is set up already")
    switch = set_setting(settings, "common.security.internaltlsEnabled", True, mode)
    return switch + set_value(home.root, ("internaltls",), {**paths, "sni": leaf.dns_names[0]}, same=same_key)
