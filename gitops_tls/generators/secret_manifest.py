"""A Kubernetes Secret of a server's files, in clear; and the same made unreadable by ``sops`` or ``kubeseal``.

The two programs are called as their documentation says (sops: ``--filename-override`` since 3.9, its issues 594 and 1422).
Tests put stand-ins in their place: neither comes from a package registry. What they give back is checked, not trusted.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping

from ..errors import UsageError
from ..text.source import Source
from ..yamldoc.parse import parse
from ..yamldoc.render import Value, mapping_lines

KEYS: Mapping[str, tuple[str, tuple[str, str, str]]] = {
    "milvus": ("Opaque", ("server.pem", "server.key", "ca.pem")),
    "tls": ("kubernetes.io/tls", ("tls.crt", "tls.key", "ca.crt")),
}
"""``--keys``: the type of the Secret, and the keys of certificate, private key and CA.

``milvus`` are the file names of the Milvus documentation, ``tls`` those of cert-manager and ``kubectl create secret tls``.
"""

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_SECONDS = 60


def object_name(given: str, option: str) -> str:
    """Judge the name of an object (a DNS subdomain). Raises UsageError."""
    name = given.strip()
    if len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
        raise UsageError(
            f"{option} is `{name[:80]}`, which Kubernetes does not accept as a name",
            "lower-case letters, digits, `-` and `.` are allowed",
        )
    return name


def namespace_name(given: str) -> str:
    """Judge ``--namespace``. Raises UsageError."""
    name = given.strip()
    if not _LABEL.match(name):
        raise UsageError(
            f"--namespace is `{name[:80]}`, which Kubernetes does not accept as a name",
            "lower-case letters, digits and `-` are allowed",
        )
    return name


def keys_named(given: str | None) -> str:
    """Judge ``--keys``. Raises UsageError."""
    if given is None:
        return "milvus"
    if given not in KEYS:
        raise UsageError(
            f"--keys is `{given}`, which is neither `milvus` nor `tls`",
            "milvus: server.pem, server.key, ca.pem; tls: tls.crt, tls.key, ca.crt",
        )
    return given


def metadata(name: str, namespace: str | None) -> dict[str, Value]:
    """The metadata of an object."""
    return {"name": name, "namespace": namespace} if namespace else {"name": name}


def render(name: str, namespace: str | None, keys: str, certificate: bytes, key: bytes, ca: bytes) -> bytes:
    """The manifest in clear."""
    kind, names = KEYS[keys]
    data: dict[str, Value] = {
        each: b64encode(content).decode("ascii") for each, content in zip(names, (certificate, key, ca), strict=True)
    }
    manifest: dict[str, Value] = {
        "apiVersion": "v1", "kind": "Secret", "metadata": metadata(name, namespace), "type": kind, "data": data,
    }  # fmt: skip
    return ("\n".join(mapping_lines(manifest)) + "\n").encode("ascii")


def find_program(option: str) -> str:
    """The program behind ``--sops`` or ``--sealed``. Raises UsageError where it is not on PATH."""
    from shutil import which

    program = {"--sops": "sops", "--sealed": "kubeseal"}[option]
    found = which(program)
    if found is None:
        raise UsageError(
            f"{option} needs the program `{program}`, which is not on PATH",
            "install it, or leave the option away: the Secret is then in clear",
        )
    return found


def encrypted(manifest: bytes, path: str, folder: str) -> bytes:
    """The manifest as ``sops`` encrypts it by the rules of the repository for ``path`` (in ``folder``).

    The clear text goes through a pipe and never to the disk. Raises UsageError with what sops said.
    """
    command = [
        find_program("--sops"), "--encrypt", "--encrypted-regex", "^(data|stringData)$", "--input-type", "yaml",
        "--output-type", "yaml", "--filename-override", path, "/dev/stdin",
    ]  # fmt: skip
    return _checked(_run(command, manifest, folder), manifest, "sops", _is_encrypted)


def sealed(manifest: bytes, folder: str) -> bytes:
    """The manifest as a SealedSecret. Raises UsageError with what kubeseal said."""
    command = [find_program("--sealed"), "--format", "yaml"]
    return _checked(_run(command, manifest, folder), manifest, "kubeseal", _is_sealed)


def _run(command: list[str], manifest: bytes, folder: str) -> bytes:
    import os
    import subprocess

    program = os.path.basename(command[0])
    try:
        done = subprocess.run(command, input=manifest, capture_output=True, check=False, cwd=folder, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise UsageError(f"{program} did not answer within {_SECONDS} seconds; nothing was written") from None
    except OSError as error:
        raise UsageError(f"{program} cannot be run: {(error.strerror or 'error').lower()}") from None
    if done.returncode:
        said = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        old = program == "sops" and b"-filename-override" in done.stderr
        raise UsageError(
            f"{program} failed, and nothing was written: {' '.join(said)[:300] or f'exit code {done.returncode}'}",
            "sops 3.9 or newer is needed" if old else "",
        )
    return done.stdout


def _checked(output: bytes, manifest: bytes, program: str, fits: Callable[[bytes], bool]) -> bytes:
    """The output, where it is what was asked for and holds nothing of the clear text."""
    values = [value.split(b": ", 1)[1].strip() for value in manifest.splitlines() if value.startswith(b"  ") and b": " in value]
    secret = [value for value in values if len(value) > 100]
    if not fits(output) or any(value[:100] in output for value in secret):
        raise UsageError(f"{program} gave something else than an encrypted Secret; nothing was written")
    return output


def _is_encrypted(output: bytes) -> bool:
    documents = parse(Source.from_bytes("sops", output)).documents
    root = documents[0].root if len(documents) == 1 else None
    data = root.get("data") if root is not None else None
    if root is None or data is None or root.get("sops") is None:
        return False
    return bool(data.pairs) and all(value.value.startswith("ENC[") for _, value in data.pairs)


def _is_sealed(output: bytes) -> bool:
    documents = [document.root for document in parse(Source.from_bytes("sealed", output)).documents if document.root is not None]
    return (
        len(documents) == 1
        and documents[0].text("kind") == "SealedSecret"
        and documents[0].get("spec", "encryptedData") is not None
    )
