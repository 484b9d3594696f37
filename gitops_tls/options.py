"""The options of every command in one table: the typer app and the fast parser are both made from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone

from .config import FAIL_ON, Within, threshold
from .errors import UsageError
from .records import NamedTuple

Value = str | bool | None | tuple[str, ...]
Values = Mapping[str, Value]
"""What was given on the command line, by ``Option.dest``; as text, not yet judged."""

FLAG, TEXT, LIST = "flag", "text", "list"

READERS = ("check", "fix", "status", "certs")
"""The commands that read a repository."""

CERT_MAKERS = ("cert new", "cert renew")
"""The commands that sign certificates."""


class Option(NamedTuple):
    """One option. ``kind``: FLAG (takes no value), TEXT (the last one counts) or LIST (may be given several times)."""

    name: str
    kind: str
    help: str
    commands: tuple[str, ...]
    metavar: str = ""

    @property
    def dest(self) -> str:
        """The key of its value."""
        return self.name[2:].replace("-", "_")

    @property
    def default(self) -> Value:
        """The value where it is not given."""
        return {FLAG: False, TEXT: None, LIST: ()}[self.kind]


class Argument(NamedTuple):
    """The positional arguments of a command. ``kind`` is TEXT (at most one) or LIST."""

    dest: str
    kind: str
    metavar: str
    help: str
    required: bool = False


OPTIONS: tuple[Option, ...] = (
    Option(
        "--format",
        LIST,
        "Output: text, concise, json, sarif, github; of certs: text, json, csv, markdown, prometheus, ics. NAME=FILE writes a file. "
        "May be repeated.",
        READERS,
        "NAME[=FILE]",
    ),
    Option("--config", TEXT, "Configuration file; default .gitops-tls.yaml at the repository root.", READERS, "FILE"),
    Option("--select", LIST, "Only these rules: ids (GT101), prefixes (GT1) or names, comma separated.", READERS, "RULES"),
    Option("--ignore", LIST, "All but these rules.", READERS, "RULES"),
    Option("--fail-on", TEXT, "Exit 1 from this severity on: error, warning, info or never.", READERS, "SEVERITY"),
    Option("--at", TEXT, "Judge as of that day: an ISO date or date-time, UTC; default now.", READERS, "DATE"),
    Option(
        "--expires-within",
        TEXT,
        "Warn of certificates that end within this time (12h, 30d, 4w), or in this last part of their lifetime (20%); default 30d.",
        READERS,
        "DURATION",
    ),
    Option("--host", TEXT, "Follow one host: what answers it, and what a client meets.", ("status",), "HOST"),
    Option("--pkcs12-password-file", TEXT, "File with the password of PKCS#12 containers.", ("certs",), "FILE"),
    Option("--baseline", TEXT, "Report only what is not in this file.", ("check", "fix"), "FILE"),
    Option("--write-baseline", FLAG, "Write all findings into the --baseline file.", ("check",)),
    Option("--diff", FLAG, "Show what would change; write nothing.", ("fix",)),
    Option("--unsafe", FLAG, "Also apply fixes that need a person's judgement.", ("fix",)),
    Option("--jobs", TEXT, "Number of processes; accepted for scripts, one is enough.", READERS, "N"),
    Option("--ci", LIST, "Also write the job for this CI system. May be repeated.", ("init",), "NAME"),
    Option("--name", LIST, "DNS name of the server; may be repeated. Default localhost.", ("cert new",), "NAME"),
    Option("--ip", LIST, "IP address of the server; may be repeated.", ("cert new",), "ADDRESS"),
    Option("--client-name", TEXT, "Name in the client's certificate; default client.", ("cert new",), "NAME"),
    Option("--key", TEXT, "Kind of keys: ec:p256 (default), ec:p384, rsa:2048, rsa:3072, rsa:4096.", ("cert new",), "KIND"),
    Option("--days", TEXT, "Lifetime of the server's and the client's certificate; default 365.", ("cert new",), "DAYS"),
    Option("--days", TEXT, "Lifetime of the new certificate; default that of the old one.", ("cert renew",), "DAYS"),
    Option("--ca-days", TEXT, "Lifetime of the CA; default 3650.", ("cert new",), "DAYS"),
    Option("--ca", TEXT, "Sign under this CA instead of a new one.", ("cert new",), "FILE"),
    Option("--ca", TEXT, "The CA that signed the old certificate; default ca.pem beside it.", ("cert renew",), "FILE"),
    Option("--ca-key", TEXT, "The CA's key; default the CA's file name with .key.", CERT_MAKERS, "FILE"),
    Option("--keep-key", FLAG, "Keep the private key; only the certificate is new.", ("cert renew",)),
    Option("--at", TEXT, "First day of the new certificates: an ISO date or date-time, UTC; default now.", CERT_MAKERS, "DATE"),
    Option("--cert", TEXT, "The certificate (PEM), its intermediates after it.", ("cert verify",), "FILE"),
    Option("--ca", TEXT, "The CA file that the other side trusts (PEM).", ("cert verify",), "FILE"),
    Option("--name", TEXT, "DNS name or IP address that clients ask for; with --usage server.", ("cert verify",), "HOST"),
    Option("--usage", TEXT, "What it is presented as: server (default) or client.", ("cert verify",), "USAGE"),
    Option("--at", TEXT, "Judge as of that day: an ISO date or date-time, UTC; default now.", ("cert verify",), "DATE"),
    Option("--format", TEXT, "Output: text or json.", ("cert verify",), "NAME"),
    Option("--secret", TEXT, "Also write a Kubernetes Secret of this name, in clear.", ("cert new",), "NAME"),
    Option("--namespace", TEXT, "Namespace of the Kubernetes objects.", ("cert new",), "NAME"),
    Option("--keys", TEXT, "Keys in the Secret: milvus (server.pem, …; default) or tls (tls.crt, …).", ("cert new",), "STYLE"),
    Option(
        "--sops",
        FLAG,
        "Encrypt the Secret with the program sops (3.9 or newer), by the rules of the repository. Tried with a stand-in for sops only.",
        ("cert new",),
    ),
    Option(
        "--sealed",
        FLAG,
        "Write a SealedSecret instead, with the program kubeseal. Tried with a stand-in for kubeseal only.",
        ("cert new",),
    ),
    Option("--cert-manager", FLAG, "Write manifests for cert-manager instead of keys.", ("cert new",)),
    Option("--gitignore", FLAG, "Make Git ignore the private keys.", ("cert new",)),
    Option("--force", FLAG, "Overwrite files that are there, keys included.", ("cert new",)),
    Option("--dry-run", FLAG, "Show the files; write nothing.", ("init", *CERT_MAKERS)),
    Option("--no-color", FLAG, "No colour; NO_COLOR does the same.", READERS),
    Option("--quiet", FLAG, "Findings only; no closing line.", READERS),
    Option("--verbose", FLAG, "Also list what was skipped.", READERS),
)

_PATHS = Argument(
    "paths", LIST, "[PATHS]...", "Files and folders to report; `-` reads standard input. Default: the whole repository."
)

ARGUMENTS: dict[str, Argument] = {
    "check": _PATHS,
    "fix": _PATHS,
    "status": _PATHS,
    "certs": _PATHS,
    "cert new": Argument("dir", TEXT, "[DIR]", "Folder for the files, made where it is missing. Default: tls."),
    "cert renew": Argument(
        "paths", LIST, "PATH...", "Certificates to renew (PEM; the key is found beside), or Secret manifests.", required=True
    ),
    "explain": Argument("rule", TEXT, "RULE", "Id or name of a rule.", required=True),
    "schema": Argument("name", TEXT, "[NAME]", "Name of the schema to print; without it they are listed."),
}

GROUPS: dict[str, str] = {"cert": "Make, renew and verify certificates."}
"""Words that stand before a command's own, and what their commands do."""

COMMANDS: dict[str, str] = {
    "check": "Validate: say what is wrong, where, and what happens because of it.",
    "fix": "Repair in place what can be repaired.",
    "status": "Say what each deployment will do: plaintext, one-way, mutual, or fail to start, and why.",
    "certs": "List every certificate of the repository: who uses it, and when it ends.",
    "init": "Generate the pipeline: pre-commit, CI jobs, editor schema mapping, configuration.",
    "cert new": "Make a CA, a server's and a client's certificate as Milvus and its clients need them.",
    "cert renew": "Renew certificates under the same CA, with the same names and usages.",
    "cert verify": "Say what Go, OpenSSL and gRPC each make of a certificate, and why.",
    "explain": "Explain a rule: why, bad, good, fixed, what the real server does, sources.",
    "rules": "List the rules.",
    "schema": "Print or list the JSON Schemas.",
}


def of(command: str) -> tuple[Option, ...]:
    """The options of a command, in the order of the table."""
    return tuple(option for option in OPTIONS if command in option.commands)


def defaults(command: str) -> dict[str, Value]:
    """The values of a command where nothing is given."""
    values = {option.dest: option.default for option in of(command)}
    argument = ARGUMENTS.get(command)
    if argument is not None:
        values[argument.dest] = () if argument.kind == LIST else None
    return values


class Output(NamedTuple):
    """One ``--format``: the format's name, and the file it goes to (None for standard output)."""

    format: str
    file: str | None


class Options(NamedTuple):
    """The options of the commands that read a repository, judged. ``None`` leaves the choice to the configuration."""

    paths: tuple[str, ...]
    outputs: tuple[Output, ...]
    config: str | None
    select: frozenset[str] | None
    ignore: frozenset[str]
    fail_on: str | None
    now: datetime
    expires_within: Within | None
    baseline: str | None
    write_baseline: bool
    diff: bool
    unsafe: bool
    color: bool | None
    quiet: bool
    verbose: bool


def judge(values: Values, formats: frozenset[str]) -> Options:
    """Turn what was given into options. Raises UsageError with what would be right."""
    expires = _text(values, "expires_within")
    within = threshold(expires, "--expires-within") if expires is not None else None
    fail_on = _text(values, "fail_on")
    if fail_on is not None and fail_on not in FAIL_ON:
        raise UsageError(f"--fail-on is `{fail_on}`, which is none of {', '.join(FAIL_ON)}", _near(fail_on, FAIL_ON))
    jobs = _text(values, "jobs")
    if jobs is not None and not (jobs.isascii() and jobs.isdigit()):
        raise UsageError(f"--jobs is `{jobs}`, which is no number of processes")
    write_baseline = bool(values.get("write_baseline"))
    baseline = _text(values, "baseline")
    if write_baseline and baseline is None:
        raise UsageError("--write-baseline needs a file to write", "add `--baseline FILE`")
    at = _text(values, "at")
    return Options(
        _list(values, "paths"),
        _outputs(_list(values, "format"), formats),
        _text(values, "config"),
        _rules(_list(values, "select")) if values.get("select") else None,
        _rules(_list(values, "ignore")),
        fail_on,
        parse_date(at) if at is not None else datetime.now(timezone.utc),
        within,
        baseline,
        write_baseline,
        bool(values.get("diff")),
        bool(values.get("unsafe")),
        False if values.get("no_color") else None,
        bool(values.get("quiet")),
        bool(values.get("verbose")),
    )


def parse_date(text: str) -> datetime:
    """An ISO date or date-time as UTC; without a zone it is UTC. Raises UsageError."""
    given = text.strip()
    if given[-1:] in "zZ" and len(given) > 10:
        given = given[:-1] + "+00:00"
    try:
        moment = datetime.fromisoformat(given)
        return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise UsageError(f"--at is `{text}`, which is no date", "write `2026-11-22` or `2026-11-22T08:00:00Z`") from None


def _outputs(given: tuple[str, ...], formats: frozenset[str]) -> tuple[Output, ...]:
    outputs: list[Output] = []
    for text in given or ("text",):
        name, equals, file = text.partition("=")
        if name not in formats:
            raise UsageError(f"no format is called `{name}`", _near(name, tuple(sorted(formats))))
        if equals and not file:
            raise UsageError(
                f"--format {text} names no file", f"write `--format {name}=FILE`, or `--format {name}` for standard output"
            )
        outputs.append(Output(name, file or None))
    if sum(output.file is None for output in outputs) > 1:
        raise UsageError(
            "two formats cannot both go to standard output", "write one of them to a file: `--format sarif=out.sarif`"
        )
    return tuple(outputs)


def _rules(selectors: tuple[str, ...]) -> frozenset[str]:
    from . import rules

    found: frozenset[str] = frozenset()
    for selector in selectors:
        found |= rules.resolve(selector)
    return found


def _near(word: str, allowed: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), allowed, 1, 0.5)
    return f"did you mean `{close[0]}`?" if close else "right are " + ", ".join(f"`{w}`" for w in allowed)


def _text(values: Values, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _list(values: Values, key: str) -> tuple[str, ...]:
    value = values.get(key)
    return value if isinstance(value, tuple) else ()
