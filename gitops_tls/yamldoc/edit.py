"""The edits that fixes are made of: each returns a ``Patch`` or raises ``CannotEdit`` with the reason."""

from __future__ import annotations

from .edit_empty import set_in_empty
from .edit_insert import append_item, append_items, put_below, put_pairs, set_value
from .edit_merge import merge_duplicates
from .edit_move import move_pair
from .edit_remove import remove_item, remove_pair
from .edit_scalar import block_scalar, mapping_to_block_scalar, rename_key, replace_scalar

__all__ = [
    "append_item",
    "append_items",
    "block_scalar",
    "mapping_to_block_scalar",
    "merge_duplicates",
    "move_pair",
    "put_below",
    "put_pairs",
    "remove_item",
    "remove_pair",
    "rename_key",
    "replace_scalar",
    "set_in_empty",
    "set_value",
]
