"""Which document of the repository is what: claims by content, each candidate file read and parsed once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from posixpath import basename, dirname

from ..records import NamedTuple
from ..repo.prefilter import (
    APISIX as MAY_BE_APISIX,
)
from ..repo.prefilter import (
    BRACES,
    CERTIFICATES,
    CONFIG,
    MENTIONS,
    MILVUS,
    OBJECT,
    ROUTES,
    holds_certificates,
    is_script,
    is_yaml,
    marks,
    named_values,
)
from ..repo.workspace import Workspace
from ..yamldoc.node import MAPPING, SCALAR, SEQUENCE, Node
from ..yamldoc.parse import Parsed
from .apisix.signs import is_apisix, is_served, looks_like_tls, meant_for_apisix
from .claims import APISIX, COMPOSE, HELM_VALUES, KUBERNETES, MILVUS_CR, SETTINGS, Claim, Claims
from .milvus.signs import helm_values, is_compose, is_settings

_KINDS = {
    "Secret": ("",),
    "ConfigMap": ("",),
    "Service": ("",),
    "SealedSecret": ("bitnami.com",),
    "ExternalSecret": ("external-secrets.io", "kubernetes-client.io"),
    "ClusterExternalSecret": ("external-secrets.io",),
    "Certificate": ("cert-manager.io", "certmanager.k8s.io"),
    "Bundle": ("trust.cert-manager.io",),
    "SecretProviderClass": ("secrets-store.csi.x-k8s.io",),
    "Ingress": ("networking.k8s.io", "extensions"),
    "ServiceMonitor": ("monitoring.coreos.com",),
    "PodMonitor": ("monitoring.coreos.com",),
    "Kustomization": ("kustomize.config.k8s.io",),
}
_MILVUS_VERSIONS = ("milvus.io/v1beta1", "milvus.io/v1alpha1")
_MILVUS_KINDS = ("Milvus", "MilvusCluster")

_COMPOSE_NAME = r"(?i)(?:docker[-_.])?compose[^/]*\.ya?ml\Z|[^/]*[-_.](?:docker-)?compose\.ya?ml\Z"
_COMPOSE_TEXT = r"image:[^\n]*\bmilvus\b(?!-(?:backup|cdc))|\bmilvus\W+run\b"
_SETTINGS_NAME = r"(?i)(?:milvus[^/]*|user)\.ya?ml\Z"
_SETTINGS_TEXT = r"(?i)tls[-_]?mode|server[-_]?pem[-_]?path|internal[-_]?tls"
_NO_SETTINGS_TEXT = r"(?m)^\ufeff?(?:milvus|services|apiVersion|kind|extraConfigFiles)[ \t]*:"
_CR_TEXT = r"(?m)^apiVersion:[ \t]*[\"']?milvus\.io/v1(?:beta1|alpha1)\b"
_VALUES_TEXT = r"(?m)^extraConfigFiles[ \t]*:"
_VALUES_IMAGE = r"(?m)\brepository:[ \t]*[\"']?[^\s\"']*milvusdb/milvus[\"']?[ \t]*\r?$"

_OBJECT_NAME = r"[a-z0-9][-a-z0-9.]{1,252}\Z"
_NAMING_KEY = r"(?i)name(?!space)|secret|configmap"
_NAMES = rb"[nN]ame[\"']?:[ \t]*[\"']?([a-z0-9][-a-z0-9.]+)"

_ENCRYPTED = "encrypted"
_OF_MILVUS = (COMPOSE, MILVUS_CR, HELM_VALUES, SETTINGS)


class _Candidate(NamedTuple):
    path: str
    found: int


def recognise(workspace: Workspace, paths: Iterable[str]) -> Claims:
    """Claim every document of ``paths`` that a system of this tool reads, in the order of the paths.

    Templates, encrypted files and files that are no YAML become skips of the workspace, if they could have mattered.
    """
    return _Recogniser(workspace).run(paths)


class _Recogniser:
    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.claimed: list[Claim] = []
        self.objects: list[Claim] = []
        self.served: list[Claim] = []
        self.mentions: list[str] = []
        self.milvus = False
        self.apisix = False

    def run(self, paths: Iterable[str]) -> Claims:
        paths = list(paths)
        later: list[_Candidate] = []
        for path in paths:
            candidate = self._candidate(path)
            if candidate is None:
                continue
            if candidate.found & MENTIONS:
                self.mentions.append(path)
            if candidate.found & (MILVUS | MAY_BE_APISIX | CONFIG):
                self._read(candidate)
            else:
                later.append(candidate)
        self.milvus = any(claim.kind in _OF_MILVUS for claim in self.claimed)
        self.apisix = any(claim.kind == APISIX for claim in self.claimed)
        wanted = _Wanted(self.claimed)
        for candidate in later:
            if self._is_wanted(candidate, wanted):
                self._read(candidate)
            else:
                self.workspace.forget(candidate.path)
        self.claimed += [claim for claim in self.objects if self.milvus or self.apisix or _holds_certificate(claim)]
        if self.apisix:
            self.claimed += self.served
            self._leave_patches_out(paths)
        order = {path: index for index, path in enumerate(sorted({claim.path for claim in self.claimed}))}
        claims = Claims()
        # Claims.add compares with every claim; these are distinct by construction
        claims.all.extend(sorted(self.claimed, key=lambda claim: order[claim.path]))
        claims.mentions = self.mentions
        return claims

    def _leave_patches_out(self, paths: Iterable[str]) -> None:
        """Objects of APISIX that stand only in kustomize's patches are parts of others."""
        from .secrets.kustomize import FILES

        if any(path.endswith(FILES) for path in paths):
            from .kustomize.patches import patches_among

            parts = patches_among(self.workspace, paths, {claim.path for claim in self.claimed if claim.kind == APISIX})
            self.claimed = [claim for claim in self.claimed if claim.kind != APISIX or claim.path not in parts]

    def _candidate(self, path: str) -> _Candidate | None:
        if is_script(path):
            self._read_script(path)
        if not is_yaml(path):
            return None
        data = self.workspace.read(path)
        if data is None:
            return None
        found = marks(path, data)
        if found & ~BRACES:
            return _Candidate(path, found)
        self.workspace.forget(path)
        return None

    def _read_script(self, path: str) -> None:
        """A shell script can hold bodies for APISIX's Admin API."""
        data = self.workspace.read(path)
        if data is not None and b"apisix/admin/ssl" in data:
            from .apisix.admin_script import script_claims

            self.claimed += script_claims(self.workspace, path)
        else:
            self.workspace.forget(path)

    def _is_wanted(self, candidate: _Candidate, wanted: _Wanted) -> bool:
        if candidate.found & CERTIFICATES:
            return True
        if self.apisix and candidate.found & ROUTES:
            return True
        if not candidate.found & OBJECT or not (self.milvus or self.apisix):
            return False
        return wanted.covers(candidate.path, self.workspace.read(candidate.path) or b"")

    def _read(self, candidate: _Candidate) -> None:
        workspace, path = self.workspace, candidate.path
        source = workspace.source(path)
        if source is None:
            return
        if candidate.found & BRACES and _is_template(workspace, path, source.text):
            workspace.skip(path, "Helm template")
            return
        parsed = workspace.parsed(path)
        if parsed is None:
            return
        try:
            self._claim_documents(path, parsed, candidate.found)
        except RecursionError:
            workspace.skip(path, "too deeply nested")
            return
        if parsed.problem is not None:
            self._claim_problem(path, source.text, parsed)

    def _claim_documents(self, path: str, parsed: Parsed, found: int) -> None:
        roots = [document.root for document in parsed.documents if document.root is not None]
        if any(_encrypted(root) for root in roots):
            self.workspace.skip(path, _ENCRYPTED, "SOPS")
            self.objects += [Claim(KUBERNETES, path, node, parsed) for root in roots for node in _objects(root, path)]
            return
        for root in roots:
            self._claim_document(path, root, parsed)
            if found & MAY_BE_APISIX and root.kind == SCALAR and meant_for_apisix(root.raw):
                self.claimed.append(Claim(APISIX, path, root, parsed))
        if found & CONFIG:
            from .apisix.config_signs import gateway_claims

            self.claimed += gateway_claims(self.workspace, path, parsed)
        if not path.endswith(".json") and not named_values(path) and _holds_settings(path, roots):
            self.claimed.append(Claim(SETTINGS, path, roots[0], parsed))

    def _claim_document(self, path: str, root: Node, parsed: Parsed) -> None:
        if root.resolved().kind != MAPPING:
            return
        kustomization = basename(path).lower().startswith("kustomization.")
        if root.get("apiVersion") is not None or kustomization or looks_like_tls(root.text("kind")):
            self.claimed += [Claim(MILVUS_CR, path, node, parsed) for node in _items(root) if _is_milvus(node)]
            self.objects += [Claim(KUBERNETES, path, node, parsed) for node in _objects(root, path)]
            self.claimed += [Claim(APISIX, path, node, parsed) for node in _items(root) if is_apisix(node)]
            self.served += [Claim(APISIX, path, node, parsed) for node in _items(root) if is_served(node) and not is_apisix(node)]
        elif is_compose(root):
            self.claimed.append(Claim(COMPOSE, path, root, parsed))
        else:
            values = helm_values(root, named_values=named_values(path), about_milvus=_is_about_milvus(path))
            if values is not None:
                self.claimed.append(Claim(HELM_VALUES, path, values, parsed))

    def _claim_problem(self, path: str, text: str, parsed: Parsed) -> None:
        """A file that cannot be read to its end: a claim where the rest names its reader, else a skip."""
        problem = parsed.problem
        assert problem is not None
        claimed = {claim.kind for claim in self.claimed if claim.path == path}
        if SETTINGS in claimed:
            return
        rest = text[_end_of_documents(parsed) :]
        kind = None
        if re.match(_COMPOSE_NAME, basename(path)) and re.search(_COMPOSE_TEXT, rest):
            kind = COMPOSE
        elif re.search(_CR_TEXT, rest):
            kind = MILVUS_CR
        elif meant_for_apisix(rest):
            kind = APISIX
        elif re.search(_VALUES_TEXT, rest) or (named_values(path) and re.search(_VALUES_IMAGE, rest)):
            kind = HELM_VALUES
        elif not parsed.documents and re.match(_SETTINGS_NAME, basename(path)) and re.search(_SETTINGS_TEXT, text):
            kind = None if re.search(_NO_SETTINGS_TEXT, text) else SETTINGS
        else:
            from .apisix.config_signs import broken_kind

            kind = broken_kind(path, text)
        if kind is not None and kind not in claimed:
            self.claimed.append(Claim(kind, path, None, parsed, problem))
        elif kind is None:
            line = text.count("\n", 0, problem.offset) + 1
            self.workspace.skip(path, "not YAML", problem.message, line)


def _is_about_milvus(path: str) -> bool:
    """Whether the name or one of the nearest two folders says milvus, and means the server."""
    near = "/".join(path.lower().split("/")[-3:])
    return "milvus" in near and re.search("attu|backup|operator|cdc|etcd|minio|pulsar|kafka", near) is None


def _is_template(workspace: Workspace, path: str, text: str) -> bool:
    from ..repo.templates import is_template

    return is_template(path, text, workspace.files.exists)


def _end_of_documents(parsed: Parsed) -> int:
    return max((document.root.end for document in parsed.documents if document.root is not None), default=0)


def _holds_settings(path: str, roots: list[Node]) -> bool:
    """Whether a file is a settings file; a document after the first counts too, as its writer meant it to."""
    mappings = [root for root in roots if root.resolved().kind == MAPPING]
    if any(root.get("apiVersion") is not None or root.get("kind") is not None for root in mappings):
        return False
    named = basename(path).lower() in ("milvus.yaml", "user.yaml", "milvus.yml", "user.yml")
    return any(is_settings(root, named=named) for root in mappings)


def _items(root: Node) -> Iterator[Node]:
    """The Kubernetes objects of a document: itself, or the items of a List."""
    items = root.get("items")
    if items is not None and items.kind == SEQUENCE and (root.text("kind") or "").endswith("List"):
        for item in items.items:
            if item.resolved().kind == MAPPING:
                yield item.resolved()
    else:
        yield root


def _is_milvus(node: Node) -> bool:
    return node.text("apiVersion") in _MILVUS_VERSIONS and node.text("kind") in _MILVUS_KINDS


def _objects(root: Node, path: str) -> Iterator[Node]:
    for node in _items(root):
        version, kind = node.text("apiVersion"), node.text("kind")
        if version is None and kind is None:
            if basename(path).lower() in ("kustomization.yaml", "kustomization.yml"):
                yield node
        elif (version or "").rpartition("/")[0] in _KINDS.get(kind or "", ()):
            yield node


def _encrypted(root: Node) -> bool:
    return root.get("sops", "mac") is not None


def _holds_certificate(claim: Claim) -> bool:
    return claim.root is not None and holds_certificates(claim.root.raw.encode())


class _Wanted:
    """Which Kubernetes objects the Milvus of this repository may use: those it names, and those that stand near it."""

    def __init__(self, claimed: list[Claim]) -> None:
        names: set[bytes] = set()
        self._folders: set[str] = set()
        self._parents: set[str] = set()
        for claim in claimed:
            if claim.root is None or claim.kind not in (MILVUS_CR, HELM_VALUES, APISIX):
                continue
            folder = dirname(claim.path)
            self._folders.add(folder)
            if dirname(folder):
                self._parents.add(dirname(folder))
            names |= _names(claim.root)
        self._names = names

    def covers(self, path: str, data: bytes) -> bool:
        folder = dirname(path)
        if folder in self._folders or any(f"{folder}/".startswith(f"{parent}/") for parent in self._parents):
            return True
        if any(near.startswith(f"{folder}/") or (near and folder.startswith(f"{near}/")) for near in self._folders):
            return True
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return True
        if b"milvus" in data:
            return True
        return not self._names.isdisjoint(re.findall(_NAMES, data))


def _names(root: Node) -> set[bytes]:
    """What a Milvus object or values file may call a Secret, a ConfigMap or itself."""
    found: set[bytes] = set()
    for node in root.walk():
        if node.kind != SCALAR or not isinstance(node.key, Node) or node.key is node:
            continue
        if re.search(_NAMING_KEY, node.key.value) and re.match(_OBJECT_NAME, node.value):
            found.add(node.value.encode())
    return found
