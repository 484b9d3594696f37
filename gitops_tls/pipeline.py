"""The core: (workspace, configuration, day) -> Report. Nothing here writes, prints or knows the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from . import rules
from .config import Config
from .findings import ERROR, INFO, WARNING, Finding, Skip
from .records import NamedTuple
from .repo.workspace import Workspace

if TYPE_CHECKING:
    from .facts import Facts
    from .suppress import Unused
    from .systems.apisix.model import Apisix
    from .systems.claims import Claims
    from .systems.hosts import HostAnswer
    from .systems.kubernetes import Cluster
    from .systems.milvus.model import Deployment

Reported = Callable[[str], bool]
"""Whether findings at a path are reported."""


class Summary(NamedTuple):
    """The counts of the contract's ``summary``."""

    files: int
    documents: int
    deployments: int
    certificates: int
    errors: int
    warnings: int
    infos: int
    fixable: int
    suppressed: int


class Report(NamedTuple):
    """Everything one run found out. ``failed`` tells that a part of the tool crashed (exit 3)."""

    facts: Facts
    findings: list[Finding]
    skips: list[Skip]
    suppressed: int
    summary: Summary
    failed: bool = False
    host: HostAnswer | None = None
    """The answer to ``status --host``."""


class Selection(NamedTuple):
    """Which rules run: all (``select`` None) or some, without ``ignore`` and without those the configuration turns off."""

    select: frozenset[str] | None = None
    ignore: frozenset[str] = frozenset()

    def ids(self, config: Config) -> list[str]:
        """The ids of the rules to run, in order."""
        severities = dict(config.severities)
        chosen: list[str] = []
        for rule_id in rules.entries():
            if self.select is not None:
                wanted = rule_id in self.select
            else:
                wanted = severities.get(rule_id) != "off" and (rule_id not in rules.ON_REQUEST or rule_id in severities)
            if wanted and rule_id not in self.ignore:
                chosen.append(rule_id)
        return chosen


ALL_RULES = Selection()


def everywhere(path: str) -> bool:
    """Report findings at every path."""
    del path
    return True


def analyse(
    workspace: Workspace,
    paths: Iterable[str],
    config: Config,
    now: datetime,
    selection: Selection = ALL_RULES,
    reported: Reported = everywhere,
    *,
    judge: bool = True,
) -> Report:
    """Read the repository, predict what its deployments will do, and judge it.

    ``paths`` are all files of the repository; ``reported`` says which of them findings are wanted for. Without ``judge``
    no rule runs: facts and predictions only.
    """
    paths = list(paths)
    crashes: list[Finding] = []
    facts = gather(workspace, paths, config, now, crashes)
    chosen = selection.ids(config) if judge else []
    findings, ran = _run_rules(facts, chosen, crashes)
    severities = dict(config.severities)
    findings = [_with_severity(f, severities.get(f.rule)) for f in findings if reported(f.where.path)]
    suppressed = 0
    marked = _marked(workspace, {*filter(reported, paths), *(finding.where.path for finding in findings)}) if judge else []
    if marked or (config.ignore and findings):
        from . import suppress

        outcome = suppress.apply(findings, workspace, marked, config, ran)
        findings, suppressed = outcome.kept, outcome.suppressed
        if outcome.unused and rules.UNUSED_IGNORE in chosen:
            more = [_with_severity(f, severities.get(f.rule)) for f in _unused_ignores(outcome.unused)]
            again = suppress.apply(more, workspace, marked, config, ())
            findings += again.kept
            suppressed += again.suppressed
    findings = sorted({*findings, *crashes}, key=_order)
    skips = sorted(skip for skip in workspace.skips if reported(skip.path))
    summary = _summary(facts, [path for path in paths if reported(path)], findings, suppressed, reported, judged=judge)
    return Report(facts, findings, skips, suppressed, summary, bool(crashes))


def _marked(workspace: Workspace, paths: Iterable[str]) -> list[str]:
    """The YAML files that may hold an ignore comment. UTF-16 hides the mark from a search of bytes."""
    marked: list[str] = []
    for path in paths:
        if path.endswith(_YAML):
            data = workspace.read(path)
            if data is not None and (b"gitops-tls" in data or data[:2] in (b"\xff\xfe", b"\xfe\xff")):
                marked.append(path)
    return marked


_YAML = (".yaml", ".yml", ".json", ".YAML", ".YML")


def gather(workspace: Workspace, paths: list[str], config: Config, now: datetime, crashes: list[Finding]) -> Facts:
    """The facts of a repository, with a prediction for each deployment. Parts that crash are told in ``crashes``."""
    from .facts import Facts
    from .systems.recognise import recognise

    claims = recognise(workspace, paths)
    from .systems.kubernetes import build_cluster

    cluster = build_cluster(workspace, claims)
    deployments = sorted(
        _deployments(workspace, claims, cluster, config, crashes), key=lambda d: (d.path, d.node.position(), d.name)
    )
    for deployment in deployments:
        _predict(deployment, now, crashes)
    predicted = [deployment for deployment in deployments if deployment.prediction is not None]
    apisix = _apisix(workspace, claims, cluster, config, now, crashes)
    return Facts(workspace, claims, cluster, predicted, config, now, apisix)


def _apisix(
    workspace: Workspace, claims: Claims, cluster: Cluster, config: Config, now: datetime, crashes: list[Finding]
) -> Apisix | None:
    from .systems.claims import APISIX

    if not claims.of(APISIX):
        return None
    from .systems.apisix.gateways import build

    try:
        return build(workspace, claims, cluster, config, now)
    except Exception as error:
        crashes.append(_crash("reading APISIX objects", error))
        return None


def _deployments(
    workspace: Workspace, claims: Claims, cluster: Cluster, config: Config, crashes: list[Finding]
) -> list[Deployment]:
    from .systems.claims import COMPOSE, HELM_VALUES, MILVUS_CR, SETTINGS

    found: list[Deployment] = []
    if claims.of(COMPOSE):
        from .systems.milvus import compose

        found += _guarded("reading compose files", compose.deployments(workspace, claims, cluster, config), crashes)
    if claims.of(MILVUS_CR):
        from .systems.milvus import operator

        found += _guarded("reading Milvus resources", operator.deployments(workspace, claims, cluster, config), crashes)
    if claims.of(HELM_VALUES):
        from .systems.milvus import helm

        found += _guarded("reading Helm values", helm.deployments(workspace, claims, cluster, config), crashes)
    if claims.of(SETTINGS):
        from .systems.milvus import bare

        used = _settings_files(found)
        found += _guarded("reading settings files", bare.deployments(workspace, claims, config, used), crashes)
    return found


def _settings_files(deployments: list[Deployment]) -> set[str]:
    return {
        file.path
        for deployment in deployments
        for component in deployment.components
        for file in (*component.settings.files, *component.settings.ignored)
        if file.path is not None
    }


def _guarded(part: str, made: Iterator[Deployment], crashes: list[Finding]) -> list[Deployment]:
    found: list[Deployment] = []
    try:
        for deployment in made:
            found.append(deployment)  # one by one: those before a crash count
    except Exception as error:
        crashes.append(_crash(part, error))
    return found


def _predict(deployment: Deployment, now: datetime, crashes: list[Finding]) -> None:
    from .systems.milvus.predict import predict

    try:
        deployment.prediction = predict(deployment, now)
    except Exception as error:
        crashes.append(_crash(f"predicting {deployment.name}", error, deployment.path))


def _crash(part: str, error: Exception, path: str = ".") -> Finding:
    import os

    if os.environ.get("GITOPS_TLS_TRACEBACK") == "1":
        raise error
    from .rules import gt904_internal_error

    return gt904_internal_error.finding(part, error, path)


def triggers(facts: Facts) -> frozenset[str]:
    """The words of ``rules.NEEDS`` that are true of a repository."""
    words = {"files"}
    if facts.claims.all:
        words.add("claims")
    if facts.deployments:
        words.add("deployments")
    if any(deployment.merged for deployment in facts.deployments):
        words.add("merged")
    words.update(_TRIGGERS.get(claim.kind, "") for claim in facts.claims.all)
    return frozenset(words)


_TRIGGERS = {
    "compose": "compose",
    "milvus-cr": "operator",
    "helm-values": "helm",
    "settings": "settings",
    "kubernetes": "kubernetes",
    "apisix": "apisix",
    "apisix-config": "gateway-config",
    "apisix-values": "gateway-values",
    "apisix-ssl": "gateway-ssl",
}
"""The triggers that claims of a kind are."""


def _run_rules(facts: Facts, chosen: list[str], crashes: list[Finding]) -> tuple[list[Finding], set[str]]:
    """Run the rules; also the ids of those that ran, of which rules that nothing triggers are part."""
    findings: list[Finding] = []
    ran: set[str] = set()
    there = triggers(facts)
    for rule_id in chosen:
        needed = rules.needed(rule_id)
        if rule_id in rules.MADE_BY_PIPELINE or (needed and not there.intersection(needed)):
            ran.add(rule_id)
            continue
        try:
            module = rules.load(rule_id)
            for finding in module.check(facts):
                findings.append(finding)  # one by one: those before a crash count
            ran.add(rule_id)
        except Exception as error:
            crashes.append(_crash(f"rule {rule_id} ({rules.entries()[rule_id].name})", error))
    return findings, ran


def _unused_ignores(unused: list[Unused]) -> Iterator[Finding]:
    from .rules import gt901_unused_ignore

    return gt901_unused_ignore.findings(unused)


def _with_severity(finding: Finding, severity: str | None) -> Finding:
    return finding if severity is None or severity == "off" else finding._replace(severity=severity)


def _order(finding: Finding) -> tuple[object, ...]:
    return (*finding.sort_key, finding.severity, finding.where, finding.related)


def _summary(
    facts: Facts, paths: list[str], findings: list[Finding], suppressed: int, reported: Reported, *, judged: bool
) -> Summary:
    levels = [finding.severity for finding in findings]
    documents = {
        (claim.path, id(claim.parsed)): len(claim.parsed.documents) for claim in facts.claims.all if reported(claim.path)
    }
    deployments = [d for d in facts.deployments if d.shape != "file" and reported(d.path)]
    return Summary(
        len(paths),
        sum(documents.values()),
        len(deployments) + sum(reported(gateway.path) for gateway in facts.gateways),
        _certificates(facts, reported) if judged else 0,
        levels.count(ERROR),
        levels.count(WARNING),
        levels.count(INFO),
        sum(finding.fix is not None for finding in findings),
        suppressed,
    )


def _certificates(facts: Facts, reported: Reported) -> int:
    """How many certificates the deployments use in the files that are reported."""
    if not facts.deployments and not facts.gateways and not facts.claims.of("apisix-ssl"):
        return 0
    from .rules.certificates import used_certificates

    try:
        return len({used.certificate.sha256 for used in used_certificates(facts) if reported(used.place.path)})
    except Exception:
        # the rules that read the same certificates have told of it
        return 0
