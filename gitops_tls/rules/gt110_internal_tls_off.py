"""GT110: clients are encrypted, the links between the components are not."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import INFO, NEVER, Example, Finding, Rule
from ..systems.milvus.internal import INTERNAL_TLS, enabled
from .shared import fronts, related, tls_on

RULE = Rule(
    "GT110", "internal-tls-off", INFO, "clients are served with TLS, the components talk in plaintext",
    why="`tlsMode` is about clients alone. In a cluster the same data crosses the network again between proxy, coordinators "
    "and nodes.",
    server="Internal links follow `common.security.internaltlsEnabled` (2.5 and newer), which is false by default.",
    sources=("milvus 484c6b5c44", "milvus issue 52091"),
    fixable=NEVER,
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

EXAMPLES = (
    Example(
        "a cluster",
        bad={"milvus.yaml": _CR.format("")},
        good={"milvus.yaml": _CR.format("").replace("mode: cluster", "mode: standalone")},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at deployments of several components (a standalone talks to itself)."""
    for deployment, front in fronts(facts):
        settings = front.settings
        mode = settings.get("common.security.tlsMode")
        if len(deployment.components) < 2 or not tls_on(front) or settings.version < INTERNAL_TLS or mode.node is None:
            continue
        if not any(enabled(c.settings) for c in deployment.components):
            message = "tlsMode covers clients only: the links between the components are plaintext"
            yield RULE.at(mode.node, message, caret="see `internaltlsEnabled`", related=related(settings, mode))
