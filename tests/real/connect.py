"""Opens a connection with pymilvus, and no more; run beside the real server: ``connect.py SECONDS URI NAME=VALUE...``."""

from __future__ import annotations

import sys

from pymilvus import MilvusClient

SECONDS, URI, *WORDS = sys.argv[1:]
client = MilvusClient(uri=URI, timeout=float(SECONDS), **dict(word.split("=", 1) for word in WORDS))
print("connected", client.list_collections())
