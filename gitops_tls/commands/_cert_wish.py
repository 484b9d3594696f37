"""The options of ``cert new``, judged: what is asked for, before anything is made."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..certs import keyfiles, wanted
from ..certs.issue import CA_NAME
from ..certs.keyfiles import KeyKind
from ..errors import UsageError
from ..generators import secret_manifest
from ..options import Values, parse_date
from . import _cert_words as words

FOLDER = "tls"
LEAF_DAYS, CA_DAYS = 365, 3650

_NEEDS = {
    "namespace": ("secret", "cert_manager"),
    "keys": ("secret",),
    "sops": ("secret",),
    "sealed": ("secret", "namespace"),
    "ca_key": ("ca",),
}
"""Options that mean something only beside others: beside one of them, for ``sealed`` beside both."""

_EXCLUDE = (
    ("sops", "sealed"), ("ca", "ca_days"), ("cert_manager", "ca"), ("cert_manager", "keys"), ("cert_manager", "sops"),
    ("cert_manager", "sealed"), ("cert_manager", "at"), ("cert_manager", "gitignore"),
)  # fmt: skip


class Wish(NamedTuple):
    """The options, judged. ``days`` is None where the default may be shortened to the CA's end."""

    folder: str
    names: wanted.Names
    client_name: str
    key: KeyKind
    days: int | None
    ca_days: int
    at: datetime | None
    ca: str | None
    ca_key: str
    force: bool
    secret: str | None
    namespace: str | None
    keys: str


def judge(values: Values) -> Wish:
    """Turn what was given into what is to be made. Raises UsageError with what would be right."""
    _refuse_combinations(values)
    text = {key: value for key, value in values.items() if isinstance(value, str)}
    folder = text.get("dir", FOLDER)
    if not folder.strip() or "\0" in folder:
        raise UsageError("the name of the folder is empty", f"leave it away for `{FOLDER}`")
    names = wanted.wanted(_several(values, "name"), _several(values, "ip"))
    client = wanted.common_name(text.get("client_name", "client"), "--client-name")
    for name, option in ((client, "--client-name"), (names.common_name, "--name")):
        if name.casefold() == CA_NAME.casefold():
            raise UsageError(
                f"{option} is `{name}`, the name of the CA: the two could be mistaken for each other", "choose another name"
            )
    days = wanted.day_count(text.get("days"), "--days", LEAF_DAYS) if "days" in text else None
    ca_days = wanted.day_count(text.get("ca_days"), "--ca-days", CA_DAYS)
    if "ca" not in text and (days or LEAF_DAYS) > ca_days:
        raise UsageError(
            f"the certificates would end after their CA: --days is {days or LEAF_DAYS:,}, --ca-days {ca_days:,}",
            f"write `--days {ca_days}`, or a greater --ca-days",
        )
    return Wish(
        folder,
        names,
        client,
        keyfiles.key_kind(text.get("key", "ec:p256")),
        days,
        ca_days,
        parse_date(text["at"]) if "at" in text else None,
        text.get("ca"),
        text.get("ca_key") or words.key_beside(text.get("ca", "")),
        bool(values.get("force")),
        secret_manifest.object_name(text["secret"], "--secret") if "secret" in text else None,
        secret_manifest.namespace_name(text["namespace"]) if "namespace" in text else None,
        secret_manifest.keys_named(text.get("keys")),
    )


def _several(values: Values, key: str) -> tuple[str, ...]:
    value = values.get(key)
    return value if isinstance(value, tuple) else ()


def _refuse_combinations(values: Values) -> None:
    for option, others in _NEEDS.items():
        have = [bool(values.get(other)) for other in others]
        if values.get(option) and not (all(have) if option == "sealed" else any(have)):
            joined = (" and " if option == "sealed" else " or ").join(_option(other) for other in others)
            why = ": a SealedSecret can be opened in one namespace only" if option == "sealed" else ""
            raise UsageError(f"{_option(option)} means something only beside {joined}{why}", f"add {joined}, or leave it away")
    for one, other in _EXCLUDE:
        if values.get(one) and values.get(other):
            raise UsageError(f"{_option(one)} and {_option(other)} exclude each other", "leave one of them away")


def _option(dest: str) -> str:
    return "--" + dest.replace("_", "-")
