"""Dates as every output writes them."""

from __future__ import annotations

from datetime import datetime, timezone


def iso(moment: datetime) -> str:
    """``2026-11-22T00:00:00Z``, in whole seconds."""
    moment = moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
