"""What rules judge: everything that was read and worked out, and the day of the judgement."""

from __future__ import annotations

from datetime import datetime

from .config import Config
from .records import NamedTuple
from .repo.workspace import Workspace
from .systems.claims import Claims
from .systems.kubernetes import Cluster
from .systems.milvus.model import Deployment


class Facts(NamedTuple):
    """The input of every rule. ``now`` is UTC. ``cluster`` indexes the Kubernetes objects of the repository."""

    workspace: Workspace
    claims: Claims
    cluster: Cluster
    deployments: list[Deployment]
    config: Config
    now: datetime
