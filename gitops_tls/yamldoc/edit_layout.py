"""How a document is laid out: its indentation step and where its lists stand."""

from __future__ import annotations

from .edit_base import column, first_dash
from .node import MAPPING, SEQUENCE, Document


def step_of(document: Document) -> int:
    """Columns from a key to the keys below it: what most mappings of the document use, else 2."""
    return _layout(document)[0]


def dash_of(document: Document) -> int:
    """Columns from a key to the ``-`` of the list below it: what most lists of the document use, else 2."""
    return _layout(document)[1]


def _layout(document: Document) -> tuple[int, int]:
    steps: dict[int, int] = {}
    dashes: dict[int, int] = {}
    text = document.text
    for node in document.root.walk() if document.root is not None else ():
        if node.kind != MAPPING or node.style != "block":
            continue
        for key, value in node.pairs:
            if value.style != "block":
                continue
            if value.kind == MAPPING and value.pairs:
                width = column(text, value.pairs[0][0].start) - column(text, key.start)
                steps[width] = steps.get(width, 0) + 1
            elif value.kind == SEQUENCE and value.items and value.anchor is None and value.tag is None:
                width = column(text, first_dash(value)) - column(text, key.start)
                dashes[width] = dashes.get(width, 0) + 1
    step = _most(steps, 1) or 2
    dash = _most(dashes, 0)
    return step, (step if dash is None else dash)


def _most(counts: dict[int, int], least: int) -> int | None:
    good = [(count, -width) for width, count in counts.items() if least <= width <= 8]
    return -max(good)[1] if good else None
