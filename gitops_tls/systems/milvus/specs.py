"""The shape's own object of a deployment, typed, without importing the shapes that are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .compose import ComposeSpec
    from .helm_values import HelmSpec
    from .model import Deployment
    from .operator_spec import OperatorSpec


def compose_spec(deployment: Deployment) -> ComposeSpec | None:
    """The Compose side of a deployment; None for other shapes."""
    return cast("ComposeSpec", deployment.spec) if _is(deployment, "ComposeSpec") else None


def helm_spec(deployment: Deployment) -> HelmSpec | None:
    """The chart's values of a deployment; None for other shapes."""
    return cast("HelmSpec", deployment.spec) if _is(deployment, "HelmSpec") else None


def operator_spec(deployment: Deployment) -> OperatorSpec | None:
    """The custom resource of a deployment; None for other shapes."""
    return cast("OperatorSpec", deployment.spec) if _is(deployment, "OperatorSpec") else None


def pod_spec(deployment: Deployment) -> HelmSpec | OperatorSpec | None:
    """Whichever of the two shapes runs it in Kubernetes; None for Compose."""
    return helm_spec(deployment) or operator_spec(deployment)


def _is(deployment: Deployment, name: str) -> bool:
    return type(deployment.spec).__name__ == name
