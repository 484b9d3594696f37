"""Opens connections with grpcio as pymilvus does; lines of JSON in (``port``, ``host``, ``roots``), lines of JSON out."""

from __future__ import annotations

import base64
import json
import os
import sys

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc

OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0), ("grpc.enable_http_proxy", 0)]


def ask(port: int, host: str, roots: bytes) -> str:
    """Empty where the server is accepted, else gRPC's words."""
    credentials = grpc.ssl_channel_credentials(roots)
    options = [*OPTIONS, ("grpc.ssl_target_name_override", host)]
    with grpc.secure_channel(f"127.0.0.1:{port}", credentials, options=options) as channel:
        try:
            channel.unary_unary("/none/none")(b"", timeout=20)
        except grpc.RpcError as error:
            return "" if error.code() == grpc.StatusCode.UNIMPLEMENTED else f"{error.code().name}: {error.details()}"
    return "answered"


for line in sys.stdin:
    question = json.loads(line)
    words = ask(question["port"], question["host"], base64.b64decode(question["roots"]))
    print(json.dumps(words), flush=True)
