"""What rules judge: everything that was read and worked out, and the day of the judgement."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .config import Config
from .records import NamedTuple
from .repo.workspace import Workspace
from .systems.claims import Claims
from .systems.kubernetes import Cluster
from .systems.milvus.model import Deployment

if TYPE_CHECKING:
    from .systems.apisix.model import Apisix, Gateway


class Facts(NamedTuple):
    """The input of every rule. ``now`` is UTC. ``cluster`` indexes the Kubernetes objects of the repository.

    ``apisix`` is None where the repository has no object of APISIX.
    """

    workspace: Workspace
    claims: Claims
    cluster: Cluster
    deployments: list[Deployment]
    config: Config
    now: datetime
    apisix: Apisix | None = None

    def cluster_of(self, deployment: Deployment) -> Cluster:
        """The Secrets and ConfigMaps that the pods of a deployment find."""
        return deployment.cluster if deployment.cluster is not None else self.cluster

    @property
    def gateways(self) -> tuple[Gateway, ...]:
        """The APISIX gateways of the repository."""
        return self.apisix.gateways if self.apisix is not None else ()
