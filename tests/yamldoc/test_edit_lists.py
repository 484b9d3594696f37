"""Copying list items and moving lists one level up, as they are written."""

from __future__ import annotations

import pytest

from gitops_tls.text.apply import apply_edits
from gitops_tls.text.edits import CannotEdit
from gitops_tls.text.source import Source
from gitops_tls.yamldoc.edit_lists import copy_items, pull_up
from gitops_tls.yamldoc.node import Node
from gitops_tls.yamldoc.parse import parse
from gitops_tls.yamldoc.verify import verify

TOP = """a: 1
proxy: # the front
  replicas: 2
  volumes:
    # made by hand
    - name: certs # x
      secret: {secretName: s}

  # not ours
  tls: {}
  volumeMounts:
  - name: certs
    mountPath: /certs
queryNode: {}
"""
RAISED = """a: 1
proxy: # the front
  replicas: 2

  # not ours
  tls: {}
volumes:
  # made by hand
  - name: certs # x
    secret: {secretName: s}
volumeMounts:
- name: certs
  mountPath: /certs
queryNode: {}
"""
ONLY = "a: 1\nproxy:\n  volumes:\n  - name: c\n  volumeMounts: [{name: c, mountPath: /c}]\n"


def root(text: str) -> Node:
    found = parse(Source("x.yaml", text)).documents[0].root
    assert found is not None
    return found


def pulled(text: str, *keys: str) -> str:
    node = root(text).get(*keys)
    assert node is not None
    patch = pull_up(node, ("volumes", "volumeMounts"))
    after = apply_edits(text, list(patch.edits))
    assert verify(Source("x.yaml", text), after, [address for _, address in patch.changes]) is None
    return after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_lists_move_behind_their_owner(newline: str) -> None:
    assert pulled(TOP.replace("\n", newline), "proxy") == RAISED.replace("\n", newline)


def test_the_owner_goes_with_its_last_key() -> None:
    assert pulled(ONLY, "proxy") == "a: 1\nvolumes:\n- name: c\nvolumeMounts: [{name: c, mountPath: /c}]\n"


def test_nothing_is_added_where_the_file_ends_without_a_line_break() -> None:
    assert pulled(ONLY.rstrip("\n"), "proxy") == "a: 1\nvolumes:\n- name: c\nvolumeMounts: [{name: c, mountPath: /c}]"


@pytest.mark.parametrize(
    "text",
    [
        ONLY + "volumes: []\n",
        ONLY.replace("proxy:", "proxy: # why"),
        ONLY.replace("  volumes:", "  # why\n  volumes:"),
        ONLY.replace("proxy:", "proxy: &p") + "other: *p\n",
        ONLY.replace("- name: c\n", "- &v {name: c}\n") + "b: *v\n",
        "proxy: {volumes: [], volumeMounts: []}\n",
        "proxy:\n  volumes: []\n",
    ],
)
def test_what_cannot_move_is_refused(text: str) -> None:
    node = root(text).get("proxy")
    assert node is not None
    with pytest.raises(CannotEdit):
        pull_up(node, ("volumes", "volumeMounts"))


LISTS = """shared:
    - name: certs   # comment
      secret:
          secretName: "s"
          defaultMode: 0400
    - name: data
      emptyDir: {}
own:
- name: cache
  emptyDir: {}
last: 1
"""


def test_items_are_copied_with_their_comments() -> None:
    tree = root(LISTS)
    shared, own = tree.get("shared"), tree.get("own")
    assert shared is not None
    assert own is not None
    patch = copy_items(shared.items, own)
    after = apply_edits(LISTS, list(patch.edits))
    added = """- name: certs   # comment
  secret:
      secretName: "s"
      defaultMode: 0400
- name: data
  emptyDir: {}
"""
    assert after == LISTS.replace("last:", added + "last:")
    assert verify(Source("x.yaml", LISTS), after, [address for _, address in patch.changes]) is None


@pytest.mark.parametrize(
    "text",
    [
        "shared: [{name: a}]\nown:\n- name: b\n",
        "shared:\n- &a {name: a}\nown:\n- name: b\n",
        "x: &a {name: a}\nshared:\n- *a\nown:\n- name: b\n",
        "shared:\n- name: a\nown: []\n",
        "shared:\n-\n  name: a\nown:\n- name: b\n",
    ],
)
def test_items_that_cannot_be_copied_are_refused(text: str) -> None:
    tree = root(text)
    shared, own = tree.get("shared"), tree.get("own")
    assert shared is not None
    assert own is not None
    with pytest.raises(CannotEdit):
        copy_items(shared.items, own)
