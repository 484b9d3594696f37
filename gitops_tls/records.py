"""Named tuples that are cheap to define.

``typing.NamedTuple`` compiles every annotation and a constructor for each class: with 70 classes that is a sixth of the
time of a check of one file. Type checkers see typing's; at run time this one does the same with less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

__all__ = ["NamedTuple"]

if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from _collections import _tuplegetter

    class _Meta(type):
        def __new__(meta, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
            if not bases:
                return type.__new__(meta, name, (tuple,), namespace)
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            namespace.update({field: _tuplegetter(index, field) for index, field in enumerate(fields)})
            namespace.update(__slots__=(), _fields=fields, _field_defaults=defaults, __match_args__=fields)
            return type.__new__(meta, name, bases, namespace)

    class NamedTuple(metaclass=_Meta):
        """A tuple whose items have names; see :class:`typing.NamedTuple`."""

        __slots__ = ()
        _fields: tuple[str, ...] = ()
        _field_defaults: ClassVar[dict[str, Any]] = {}

        def __new__(cls, /, *values: Any, **named: Any) -> Any:
            """Values in the order of the fields, or by name."""
            fields = cls._fields
            if not named and len(values) == len(fields):
                return tuple.__new__(cls, values)
            if len(values) > len(fields):
                raise TypeError(f"{cls.__name__} takes {len(fields)} values, not {len(values)}")
            rest = []
            for field in fields[len(values) :]:
                if field in named:
                    rest.append(named.pop(field))
                elif field in cls._field_defaults:
                    rest.append(cls._field_defaults[field])
                else:
                    raise TypeError(f"{cls.__name__} misses `{field}`")
            if named:
                raise TypeError(f"{cls.__name__} has no `{next(iter(named))}`, or has it twice")
            return tuple.__new__(cls, (*values, *rest))

        def _replace(self, /, **named: Any) -> Any:
            """A copy with some values changed."""
            values = [named.pop(field) if field in named else value for field, value in zip(self._fields, self)]  # noqa: B905
            if named:
                raise ValueError(f"{type(self).__name__} has no `{next(iter(named))}`")
            return tuple.__new__(type(self), values)

        def _asdict(self) -> dict[str, Any]:
            """The values by their names."""
            return dict(zip(self._fields, self))  # noqa: B905

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            return f"{type(self).__name__}({', '.join(f'{f}={v!r}' for f, v in zip(self._fields, self))})"  # noqa: B905
