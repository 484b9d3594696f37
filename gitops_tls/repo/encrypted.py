"""Files that a repository keeps encrypted: what they hold is known only to those with the key."""

from __future__ import annotations

SOPS = "SOPS"

_MARKS = (
    (b"ENC[AES256_GCM", SOPS),
    (b"\0GITCRYPT\0", "git-crypt"),
    (b"$ANSIBLE_VAULT;", "Ansible Vault"),
    (b"age-encryption.org/v1", "age"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    (b"-----BEGIN PGP MESSAGE-----", "PGP"),
)


def encrypted_by(data: bytes) -> str:
    """The tool that a file is encrypted with, by its first 2 KiB; empty where it is none of those known.

    SOPS writes YAML, JSON and .env files with the keys in clear, and any other file as JSON with its content in ``data``.
    """
    start = data[:2048]
    return next((tool for mark, tool in _MARKS if mark in start), "")


def is_sops_value(text: str) -> bool:
    """Whether a single value is one that SOPS encrypted."""
    return text.startswith("ENC[AES256_GCM")
