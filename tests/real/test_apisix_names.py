"""Names and real handshakes: which certificate comes back, by APISIX's own measured runs and for any names at all."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
from pathlib import Path
from typing import Any

from apisix_handshake_keys import Keys
from apisix_peer import Caller, Seen, Ssl, call, first_der

from gitops_tls.systems.apisix.sni import Entry, Router

WORLDS = int(os.environ.get("GITOPS_TLS_SNI_WORLDS", "100"))


def _runs() -> list[tuple[tuple[Entry, ...], str, str]]:
    """What APISIX's own code answered: the table of the router's test."""
    path = Path(__file__).parents[1] / "systems" / "test_apisix_sni.py"
    spec = importlib.util.spec_from_file_location("apisix_sni_runs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [case.values for case in module._cases()]


def test_the_peer_answers_as_apisix_did(keys: Keys, peer: Any) -> None:
    """All 55 measured runs, as handshakes: this holds the peer, and once more the router, against APISIX's own code."""
    made: dict[object, Any] = {
        number: keys.server(keys.root, f"number-{number}.example", seed=40 + number) for number in range(3)
    }
    runs = _runs()
    worlds = [
        [
            Ssl(entry.names, made[entry.owner].pem, made[entry.owner].key, single=entry.single)
            for entry in entries
            if entry.enabled
        ]
        for entries, _, _ in runs
    ]
    for path, (entries, host, outcome) in zip(peer(worlds), runs, strict=True):
        number = outcome.split()[0]
        expected = made[int(number)].der if number.isdigit() else None
        assert _asked(path, host, keys) == expected, (host, outcome)
        found = Router(entries).match(host).entry
        assert (made[found.owner].der if found is not None else None) == expected


def _asked(path: str, host: str, keys: Keys) -> bytes | None:
    """The certificate for a name; None for the alert. Python refuses to ask for some names, OpenSSL does not."""
    if not host.startswith(".") and not host.replace(".", "").isdigit():
        seen = call(path, host, Caller(keys.root.pem), verify=False)
        assert seen.outcome == ("ok" if seen.certificate else "internal error"), seen
        return seen.certificate
    command = ["openssl", "s_client", "-unix", path, "-servername", host]
    text = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False).stdout
    start = text.find("-----BEGIN CERTIFICATE-----")
    return first_der(text[start:].encode()) if start >= 0 else None


def test_any_names(keys: Keys, peer: Any) -> None:
    """Random objects: the tool's router and real handshakes agree. ``GITOPS_TLS_SNI_WORLDS=2000`` asks for more, and new ones."""
    chosen = random.Random(None if "GITOPS_TLS_SNI_WORLDS" in os.environ else 4711)
    made: dict[object, Any] = {
        number: keys.server(keys.root, f"number-{number}.example", seed=40 + number) for number in range(4)
    }
    worlds = [_world(chosen) for _ in range(WORLDS)]
    served = 0
    paths = peer([[Ssl(names, made[at].pem, made[at].key) for at, names in enumerate(world)] for world in worlds])
    for path, world in zip(paths, worlds, strict=True):
        router = Router([Entry(number, names) for number, names in enumerate(world)])
        for host in {_host(chosen) for _ in range(4)} | {chosen.choice(chosen.choice(world)).replace("*", "ab")}:
            found = router.match(host).entry
            seen = call(path, host, Caller(keys.root.pem), verify=False)
            assert seen.certificate == (made[found.owner].der if found is not None else None), (world, host, seen)
            served += found is not None
    assert served > WORLDS


def _host(chosen: random.Random) -> str:
    return ".".join(chosen.choice(["a", "b", "ab", "x", "example", "com", "WWW"]) for _ in range(chosen.randint(1, 4)))


def _world(chosen: random.Random) -> list[tuple[str, ...]]:
    names = [_host(chosen) for _ in range(8)]
    marked = [chosen.choice(["", "", "*.", "*"]) + name for name in names]
    return [tuple(marked[at : at + chosen.randint(1, 3)]) for at in range(0, chosen.choice([3, 6, 8]), 3)][:4]


def test_no_name_at_all(keys: Keys, peer: Any) -> None:
    """A client that connects by address sends no SNI: APISIX has nothing for it without ``fallback_sni``."""
    issued = keys.server(keys.root, "api.example.com")
    [path] = peer([[Ssl(("api.example.com", "10.0.0.1"), issued.pem, issued.key)]])
    for version in ("TLSv1_2", "TLSv1_3"):
        assert call(path, None, Caller(keys.root.pem), version, verify=False) == Seen("internal error")
