"""A seeded repository of mixed Kubernetes manifests: the same number and seed give the same bytes."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from pathlib import Path

_WORDS = (
    *("api", "auth", "billing", "cache", "catalog", "events", "export", "feed", "gateway", "index"),
    *("ingest", "ledger", "mail", "media", "orders", "portal", "queue", "search", "session", "sync"),
)


def write(folder: Path, count: int, seed: int = 7) -> int:
    """Write ``count`` files below ``folder`` (50 a sub-folder); returns their size in bytes."""
    total = 0
    for number, text in enumerate(manifests(count, seed)):
        place = folder / f"team-{number // 50:03}"
        place.mkdir(parents=True, exist_ok=True)
        total += (place / f"{number:05}.yaml").write_text(text, encoding="utf-8")
    return total


def manifests(count: int, seed: int = 7) -> Iterator[str]:
    """In every 20: 2 Milvus objects and their Certificates, 6 Deployments, 3 Services with a policy, 4 ConfigMaps, 3 Secrets."""
    chance = random.Random(seed)  # noqa: S311  # nothing here is secret
    names = ""
    for number in range(count):
        maker = _MAKERS[number % len(_MAKERS)]
        if maker is not _certificate:
            names = f"{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{number}"
        yield maker(chance, names)


def _head(kind: str, version: str, name: str, chance: random.Random) -> str:
    return f"""apiVersion: {version}
kind: {kind}
metadata:
  name: {name}
  namespace: {name.partition("-")[0]}
  labels:
    app.kubernetes.io/name: {name}
    app.kubernetes.io/part-of: {chance.choice(_WORDS)}
    app.kubernetes.io/managed-by: git
  annotations:
    example.com/owner: team-{chance.choice(_WORDS)}
    example.com/revision: "{chance.randrange(10**6)}"
"""


def _deployment(chance: random.Random, name: str) -> str:
    text = _head("Deployment", "apps/v1", name, chance)
    text += f"spec:\n  replicas: {chance.randrange(1, 9)}\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {name}\n"
    text += f"  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: {name}\n    spec:\n      containers:\n"
    for number in range(chance.randrange(1, 3)):
        text += f"""        - name: {chance.choice(_WORDS)}-{number}
          image: registry.example.com/{chance.choice(_WORDS)}/{chance.choice(_WORDS)}:1.{chance.randrange(40)}.{chance.randrange(9)}
          imagePullPolicy: IfNotPresent
          ports:
            - name: http
              containerPort: {chance.randrange(1024, 60000)}   # behind the service
              protocol: TCP
          resources:
            requests: {{cpu: {chance.randrange(50, 900)}m, memory: {chance.randrange(64, 900)}Mi}}
            limits: {{memory: {chance.randrange(900, 4000)}Mi}}
          readinessProbe:
            httpGet:
              path: /ready
              port: http
            periodSeconds: 10
          env:
"""
        for _ in range(chance.randrange(14, 30)):
            text += f"            - name: {chance.choice(_WORDS).upper()}_{chance.choice(_WORDS).upper()}\n"
            text += f'              value: "{chance.choice(_WORDS)}-{chance.randrange(10**5)}"\n'
    return text + f"      volumes:\n        - name: config\n          configMap:\n            name: {name}\n"


def _service(chance: random.Random, name: str) -> str:
    text = _head("Service", "v1", name, chance) + "spec:\n  type: ClusterIP\n  ports:\n"
    for number in range(chance.randrange(2, 6)):
        text += f"    - name: port-{number}\n      port: {8000 + number}\n      targetPort: {chance.randrange(1024, 60000)}\n      protocol: TCP\n"
    text += f"  selector:\n    app.kubernetes.io/name: {name}\n---\n"
    text += _head("NetworkPolicy", "networking.k8s.io/v1", name, chance)
    text += f"spec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: {name}\n  ingress:\n"
    for _ in range(chance.randrange(4, 14)):
        text += (
            f"    - from:\n        - namespaceSelector:\n            matchLabels:\n              team: {chance.choice(_WORDS)}\n"
        )
        text += f"      ports:\n        - port: {chance.randrange(1024, 60000)}\n          protocol: TCP\n"
    return text


def _config_map(chance: random.Random, name: str) -> str:
    text = _head("ConfigMap", "v1", name, chance) + "data:\n"
    for number in range(chance.randrange(2, 5)):
        text += f"  {chance.choice(_WORDS)}-{number}.properties: |\n"
        for _ in range(chance.randrange(10, 40)):
            text += f"    {chance.choice(_WORDS)}.{chance.choice(_WORDS)}={chance.randrange(10**6)}\n"
    return text


def _secret(chance: random.Random, name: str) -> str:
    text = _head("Secret", "v1", name, chance) + "type: Opaque\ndata:\n"
    for number in range(chance.randrange(3, 9)):
        text += f"  {chance.choice(_WORDS)}-{number}: {base64.b64encode(chance.randbytes(chance.randrange(60, 500))).decode()}\n"
    return text


def _milvus(chance: random.Random, name: str) -> str:
    text = _head("Milvus", "milvus.io/v1beta1", name, chance)
    return (
        text
        + f"""spec:
  mode: {chance.choice(("standalone", "cluster"))}
  config:
    log:
      level: {chance.choice(("info", "warn"))}
    common:
      security:
        tlsMode: {chance.choice((0, 1, 2))}
    tls:
      serverPemPath: /certs/tls.crt
      serverKeyPath: /certs/tls.key
      caPemPath: /certs/ca.crt
    proxy:
      http:
        port: 8080
  components:
    image: milvusdb/milvus:v2.6.{chance.randrange(21)}
    resources:
      requests:
        memory: {chance.randrange(1, 64)}Gi
    volumes:
      - name: certs
        secret:
          secretName: {name}-tls
    volumeMounts:
      - name: certs
        mountPath: /certs
        readOnly: true
    proxy:
      serviceRestfulPort: 8080
    standalone:
      serviceRestfulPort: 8080
  dependencies:
    msgStreamType: woodpecker
    etcd:
      inCluster:
        deletionPolicy: Retain
        values:
          replicaCount: {chance.choice((1, 3))}
    storage:
      inCluster:
        deletionPolicy: Retain
"""
    )


def _certificate(chance: random.Random, name: str) -> str:
    text = _head("Certificate", "cert-manager.io/v1", f"{name}-tls", chance)
    return (
        text
        + f"""spec:
  secretName: {name}-tls
  dnsNames:
    - {name}.example.com
  issuerRef:
    kind: ClusterIssuer
    name: platform-ca
"""
    )


_Maker = Callable[[random.Random, str], str]

_MAKERS: tuple[_Maker, ...] = (
    *(_milvus, _certificate, _milvus, _certificate),
    *(_deployment, _config_map, _secret, _service) * 3,
    *(_deployment, _deployment, _deployment, _config_map),
)
