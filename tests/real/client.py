"""Connects with pymilvus as an application would; run beside the real server: ``client.py URI NAME=VALUE...``."""

from __future__ import annotations

import sys

from pymilvus import MilvusClient

URI, *WORDS = sys.argv[1:]
client = MilvusClient(uri=URI, timeout=20, **dict(word.split("=", 1) for word in WORDS))
client.create_collection("greetings", dimension=4)
client.insert("greetings", [{"id": 1, "vector": [0.1, 0.2, 0.3, 0.4]}])
print("connected", client.list_collections())
