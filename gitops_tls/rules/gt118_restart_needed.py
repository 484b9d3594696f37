"""GT118: a change of the configuration alone restarts nothing."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import INFO, NEVER, Example, Finding, Rule, label
from ..systems.milvus.internal import enabled
from ..systems.milvus.specs import operator_spec
from .shared import fronts, tls_on

RULE = Rule(
    "GT118", "restart-needed", INFO, "with updateConfigMapOnly the operator restarts no pod when spec.config changes",
    why="Since v1.3.6 the operator only updates the ConfigMap by default. TLS settings are read once, at the start.",
    server="A merged TLS change is in the ConfigMap and not in the running servers, until something restarts them. Renewed "
    "certificates need a restart as well, in every shape.",
    sources=("milvus-operator 00c2d65", "milvus pkg/util/paramtable: refreshable false"),
    fixable=NEVER,
)  # fmt: skip

_CR = """apiVersion: milvus.io/v1beta1
kind: Milvus
metadata:
  name: demo
spec:
  config:
    proxy:
      http:
        port: 8080
    common:
      security:
        tlsMode: 1
  components:
    standalone:
      serviceRestfulPort: 8080
"""

EXAMPLES = (Example("the default", bad={"milvus.yaml": _CR}, good={"milvus.yaml": _CR + "    updateConfigMapOnly: false\n"}),)


def check(facts: Facts) -> Iterator[Finding]:
    """Look at custom resources that switch TLS on."""
    for deployment, front in fronts(facts):
        spec = operator_spec(deployment)
        if spec is None or not spec.config_map_only or spec.config is None:
            continue
        for key, on in (
            ("common.security.tlsMode", tls_on(front)),
            ("common.security.internaltlsEnabled", enabled(front.settings)),
        ):
            setting = front.settings.get(key)
            if on and setting.node is not None:
                related = (label(spec.config_map_only_node, "asked for here"),) if spec.config_map_only_node is not None else ()
                message = (
                    "the operator updates the ConfigMap and restarts nothing: this takes effect at the next restart of the pods"
                )
                yield RULE.at(setting.node, message, caret="see updateConfigMapOnly", related=related)
                break
