"""GT903: an encrypted file that was not judged."""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts
from ..findings import INFO, NEVER, Example, Finding, Rule
from .gt301_certificate_expired import COMPOSE, USER
from .skipped import first_mark, skips_of

RULE = Rule(
    id="GT903",
    name="encrypted-skipped",
    severity=INFO,
    summary="an encrypted file is not judged (told on request only)",
    why=(
        "What SOPS, git-crypt, Ansible Vault, age or PGP encrypted is known only to those with the key: a certificate in it may "
        "have ended, and nobody sees it here. The file is counted in the closing line, listed by --verbose, and stands under "
        "`skipped` in JSON; status answers `unknown` where it decides. `rules: {GT903: info}` in .gitops-tls.yaml (or --select "
        "GT903) makes a finding of each; by itself the rule says nothing, since encrypting secrets is right."
    ),
    server="the server reads what the deployment decrypts; where nothing does, it finds no PEM and does not start",
    sources=("the documentation of SOPS", "the section on skipped files in the documentation of gitops-tls"),
    fixable=NEVER,
)

_SOPS = '{"data": "ENC[AES256_GCM,data:bm90IGEga2V5,iv:bm9uZQ==,tag:bm9uZQ==,type:str]", "sops": {"mac": "ENC[AES256_GCM,data:eA==]"}}\n'

EXAMPLES = (
    Example(
        title="asked for in the configuration",
        bad={
            ".gitops-tls.yaml": "rules: {GT903: info}\n",
            "docker-compose.yml": COMPOSE,
            "user.yaml": USER,
            "tls/server.pem": _SOPS,
        },
        good={"docker-compose.yml": COMPOSE, "user.yaml": USER, "tls/server.pem": _SOPS},
    ),
)


def check(facts: Facts) -> Iterator[Finding]:
    """Tell of every encrypted file that was skipped."""
    for skip in skips_of(facts, "encrypted"):
        place = first_mark(facts, skip.path, "ENC[")
        tool = f" by {skip.detail}" if skip.detail else ""
        yield RULE.at(place, f"this file is encrypted{tool} and is not judged", caret="readable with the key only")
