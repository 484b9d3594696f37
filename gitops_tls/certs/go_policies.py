"""Certificate policies of a chain as Go checks them since 1.24 (RFC 5280 6.1, RFC 9618), where any policy will do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .go_extensions import Policies

_ANY = bytes.fromhex("551d2000")


class _Node:
    """A policy that is valid at some depth of the chain."""

    __slots__ = ("children", "expected", "parents", "policy")

    def __init__(self, policy: bytes, parents: Iterable[_Node]) -> None:
        self.policy = policy
        self.expected: list[bytes] = [policy]
        self.parents = set(parents)
        self.children: set[_Node] = set()
        for parent in self.parents:
            parent.children.add(self)


class _Graph:
    """The valid policies, depth by depth. Its size is bounded by the policies the certificates name."""

    def __init__(self) -> None:
        self.strata: list[dict[bytes, _Node]] = [{_ANY: _Node(_ANY, ())}]

    @property
    def leaves(self) -> dict[bytes, _Node]:
        return self.strata[-1]

    def descend(self, asserted: Sequence[bytes], *, any_counts: bool) -> None:
        """One certificate further down: the policies it asserts, where they follow from those above it."""
        above = self.strata[-1]
        expecting: dict[bytes, list[_Node]] = {}
        for node in above.values():
            for policy in node.expected:
                expecting.setdefault(policy, []).append(node)
        self.strata.append({})
        for policy in asserted:
            if policy != _ANY:
                parents = expecting.get(policy) or ([above[_ANY]] if _ANY in above else [])
                if parents:
                    self.leaves[policy] = _Node(policy, parents)
        if any_counts:
            for policy, parents in expecting.items():
                if policy not in self.leaves:
                    self.leaves[policy] = _Node(policy, parents)
        self.prune()

    def prune(self) -> None:
        """Drop the nodes without children above the last depth."""
        for stratum in self.strata[-2:0:-1]:
            for node in [each for each in stratum.values() if not each.children]:
                _remove(stratum, node)

    def map(self, mappings: Sequence[tuple[bytes, bytes]], *, allowed: bool) -> bool:
        """Apply policy mappings, or where they are not allowed forget the policies they map. False for invalid ones."""
        targets: dict[bytes, list[bytes]] = {}
        for issuer, subject in mappings:
            if not allowed:
                if issuer in self.leaves:
                    _remove(self.leaves, self.leaves[issuer])
            elif _ANY in (issuer, subject):
                return False
            else:
                targets.setdefault(issuer, []).append(subject)
        self.prune()
        for issuer, subjects in targets.items():
            if issuer not in self.leaves and _ANY in self.leaves:
                self.leaves[issuer] = _Node(issuer, [self.leaves[_ANY]])
            if issuer in self.leaves:
                self.leaves[issuer].expected = subjects
        return True

    def has_valid(self) -> bool:
        """Whether any policy is left that the chain as a whole is good for."""
        if _ANY in self.leaves:
            return True
        nodes = (node for stratum in self.strata for node in stratum.values())
        return any(node.policy != _ANY and [each.policy for each in node.parents] == [_ANY] for node in nodes)


def _remove(stratum: dict[bytes, _Node], node: _Node) -> None:
    for parent in node.parents:
        parent.children.discard(node)
    del stratum[node.policy]


class _Limits:
    """How many certificates may still follow before a policy must be there, mappings end and anyPolicy ends."""

    def __init__(self, length: int) -> None:
        self.explicit = self.mapping = self.any = length

    def step(self, policies: Policies, *, self_issued: bool) -> None:
        """Count an authority, and lower the limits to those that it sets."""
        if not self_issued:
            self.explicit, self.mapping, self.any = (max(0, each - 1) for each in (self.explicit, self.mapping, self.any))
        self.explicit = _lower(self.explicit, policies.require_explicit)
        self.mapping = _lower(self.mapping, policies.inhibit_mapping)
        self.any = _lower(self.any, policies.inhibit_any)


def _lower(limit: int, to: int | None) -> int:
    return to if to is not None and 0 <= to < limit else limit


def valid(chain: Sequence[tuple[Policies, bool]]) -> bool:
    """Whether the policies of a chain hold together. ``chain``: policies and self-issued flag, leaf first, with the root."""
    if len(chain) == 1:
        return True
    graph: _Graph | None = _Graph()
    limits = _Limits(len(chain))
    for i in range(len(chain) - 2, -1, -1):
        policies, self_issued = chain[i]
        if not policies.asserted:
            graph = None
        if graph is None and limits.explicit == 0:
            return False
        if graph is not None:
            any_counts = _ANY in policies.asserted and (limits.any > 0 or (i > 0 and self_issued))
            graph.descend(policies.asserted, any_counts=any_counts)
            if i and not graph.map(policies.mappings, allowed=limits.mapping > 0):
                return False
        if i:
            limits.step(policies, self_issued=self_issued)
    must = limits.explicit <= 1 or chain[0][0].require_explicit == 0
    return not must or (graph is not None and graph.has_valid())
