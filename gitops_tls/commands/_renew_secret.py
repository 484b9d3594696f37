"""Renewing certificates inside Secret manifests: only the values with certificate and key change, by edits of the text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from ..certs import renew
from ..certs.authority import Authority
from ..certs.content import double_encoded
from ..certs.issue import complaints
from ..certs.pem import Block, blocks
from ..certs.search import in_base64
from ..errors import UsageError
from ..systems.kubernetes_objects import decode
from ..text.apply import apply_edits
from ..text.edits import CannotEdit, Patch
from ..text.source import Source
from ..text.write import Change
from ..yamldoc.edit import block_scalar, replace_scalar
from ..yamldoc.node import MAPPING, SCALAR, Node
from ..yamldoc.parse import parse
from ..yamldoc.verify import verify
from .cert_renew import Changes, Done, Target, Wish, authority_for


class _Value:
    """One value of a Secret: its node, what it decodes to, and what it becomes. ``plain`` is one of ``stringData``.

    ``unfit`` says of PEM that is written wrongly what is wrong with it.
    """

    __slots__ = ("data", "edits", "key", "node", "plain", "unfit")

    def __init__(self, key: str, node: Node, data: bytes, *, plain: bool, unfit: str = "") -> None:
        self.key = key
        self.node = node
        self.data = data
        self.plain = plain
        self.unfit = unfit
        self.edits: list[tuple[Block, bytes]] = []

    @property
    def after(self) -> bytes:
        return renew.replaced(self.data, self.edits)


def renew_manifest(target: Target, wish: Wish, changes: Changes) -> list[Done]:
    """Renew every certificate in the Secrets of a manifest. Raises UsageError where that cannot be done with certainty."""
    source = Source.from_bytes(target.path, target.data)
    parsed = parse(source)
    if parsed.problem is not None:
        line, _ = source.position(parsed.problem.offset)
        raise UsageError(f"`{target.shown}` is no YAML: {parsed.problem.message} on line {line}", "repair the file first")
    roots = [document.root for document in parsed.documents if document.root is not None]
    secrets = list(_secrets(roots, target))
    if not any(_leaves(values) for values in secrets):
        for value in (value for values in secrets for value in values if value.unfit):
            raise UsageError(f"`{value.key}` in `{target.shown}` {value.unfit}", "write it right first, then renew it")
        raise UsageError(
            f"`{target.shown}` holds no Secret with a certificate to renew", "name a PEM file, or a manifest of kind Secret"
        )
    authority, ca_path = authority_for(target, wish)
    done = [one for values in secrets for one in _renew_secret(values, target, wish, authority, ca_path)]
    after = _edited(source, [value for values in secrets for value in values if value.edits], target)
    changes.setdefault(target.root, {})[target.path] = Change(after, target.data)
    return done


def _secrets(roots: Iterable[Node], target: Target) -> Iterable[list[_Value]]:
    for root in _flattened(roots):
        kind = root.text("kind")
        if kind == "SealedSecret":
            raise UsageError(
                f"`{target.shown}` is sealed: what is in it cannot be read", "renew the certificate's files and seal them again"
            )
        if kind != "Secret":
            continue
        if root.get("sops", "mac") is not None:
            raise UsageError(f"`{target.shown}` is encrypted with SOPS", "decrypt it first, renew, and encrypt it again")
        yield [*_values(root.get("data"), plain=False), *_values(root.get("stringData"), plain=True)]


def _flattened(roots: Iterable[Node]) -> Iterable[Node]:
    for root in roots:
        items = root.get("items") if root.text("kind") == "List" else None
        yield from [item.resolved() for item in items.items] if items is not None else [root]


def _values(holder: Node | None, *, plain: bool) -> Iterable[_Value]:
    if holder is None or holder.kind != MAPPING:
        return
    for key, value in holder.effective():
        if value.resolved().kind != SCALAR:
            continue
        text = value.resolved().value
        data, problem = (text.encode("utf-8", "surrogatepass"), "") if plain else decode(value.resolved())
        if data:
            unfit = "is base64 twice: the server sees base64 where it wants PEM" if double_encoded(data) else ""
            yield _Value(key.value, value, data, plain=plain, unfit=unfit)
        elif problem and in_base64(text.encode("utf-8", "surrogatepass")):
            blanks = ": it has blanks in it, as folded lines get them" if len(text.split(" ")) > 1 else ""
            yield _Value(
                key.value, value, b"", plain=plain, unfit=f"{problem} to the API server, which refuses the Secret{blanks}"
            )


def _leaves(values: list[_Value]) -> list[tuple[_Value, renew.Leaf]]:
    found: list[tuple[_Value, renew.Leaf]] = []
    for value in values:
        if any(block.type == "CERTIFICATE" for block in blocks(value.data)):
            try:
                found.append((value, renew.leaf_of(value.data, value.key)))
            except UsageError:
                continue  # a CA, or nothing that can be read: not what is renewed here
    return found


def _renew_secret(values: list[_Value], target: Target, wish: Wish, authority: Authority, ca_path: str) -> list[Done]:
    """Renew each certificate once, however many keys of the Secret hold a copy of it or of its private key."""
    copies: dict[str, list[tuple[_Value, renew.Leaf]]] = {}
    for value, leaf in _leaves(values):
        copies.setdefault(leaf.facts.sha256, []).append((value, leaf))
    return [_renew_copies(found, values, target, wish, (authority, ca_path)) for found in copies.values()]


def _renew_copies(
    copies: list[tuple[_Value, renew.Leaf]], values: list[_Value], target: Target, wish: Wish, ca: tuple[Authority, str]
) -> Done:
    """Renew one certificate in all the values that hold it, and its key in all that hold that."""
    authority, ca_path = ca
    first, leaf = copies[0]
    where = f"`{first.key}` in `{target.shown}`"
    keys = [(each, block) for each in values if (block := renew.key_block(each.data, leaf.facts)) is not None]
    if not keys and not wish.keep_key:
        raise UsageError(f"the key of {where} is not in the same Secret", "add --keep-key to renew the certificate alone")
    renew.refuse_other_authority(leaf, authority, where, ca_path)
    issued, notes = renew.renew(leaf, authority, wish.start, wish.days, keep_key=wish.keep_key, where=where)
    for value, each in copies:
        value.edits.append((each.block, issued.pem))
    for key, block in keys if issued.key is not None else ():
        if any(block.start == taken.start for taken, _ in key.edits):
            raise UsageError(f"two certificates in `{target.shown}` share the key `{key.key}`", "add --keep-key")
        key.edits.append((block, issued.key or b""))
    notes += complaints(issued.facts, first.after, authority.bundle, issued.facts.not_before)
    key_names = _joined(key for key, _ in keys) if issued.key is not None else ""
    return Done(
        f"{target.shown} ({_joined(value for value, _ in copies)})",
        f"{target.shown} ({key_names})" if key_names else "",
        leaf.facts,
        issued.facts,
        notes,
    )


def _joined(values: Iterable[_Value]) -> str:
    return ", ".join(dict.fromkeys(value.key for value in values))


def _edited(source: Source, values: list[_Value], target: Target) -> bytes:
    try:
        patches = [_patch(value) for value in values]
        text = apply_edits(source.text, [edit for patch in patches for edit in patch.edits])
    except CannotEdit as why:
        raise UsageError(f"`{target.shown}` cannot be edited with certainty: {why}; nothing was written") from None
    except ValueError:
        raise UsageError(f"`{target.shown}` cannot be edited with certainty; nothing was written") from None
    wrong = verify(source, text, [address for patch in patches for _, address in patch.changes])
    if wrong is not None or not _reads_back(source, text, values):
        raise UsageError(
            f"`{target.shown}` cannot be edited with certainty; nothing was written", "renew the certificate's files instead"
        )
    return source.to_bytes(text)


def _patch(value: _Value) -> Patch:
    if value.plain:
        text = value.after.decode("utf-8", "surrogatepass")
        return block_scalar(value.node, text) if value.node.style == "|" else replace_scalar(value.node, text)
    packed = b64encode(value.after).decode("ascii")
    written = value.node.value.split("\n")
    if value.node.style == "|" and len(written) > 1 and len(written[0]) < len(packed):
        width = max(len(written[0]), 16)
        lines = [packed[at : at + width] for at in range(0, len(packed), width)]
        return block_scalar(value.node, "\n".join(lines) + ("\n" if value.node.value.endswith("\n") else ""))
    return replace_scalar(value.node, packed)


def _reads_back(source: Source, text: str, values: list[_Value]) -> bool:
    """Whether the new text holds what it was to hold, as the API server would decode it."""
    documents = parse(Source(source.path, text)).documents
    for value in values:
        document = documents[value.node.document.index]
        node = _at(document.root, value.node)
        if node is None:
            return False
        found = node.value.encode("utf-8", "surrogatepass") if value.plain else decode(node)[0]
        if found != value.after:
            return False
    return True


def _at(root: Node | None, old: Node) -> Node | None:
    way: list[str | int] = []
    node = old
    while node.parent is not None:
        key = node.key
        way.append(key if isinstance(key, int) else key.value if key is not None else "")
        node = node.parent
    return root.get(*reversed(way)) if root is not None else None
