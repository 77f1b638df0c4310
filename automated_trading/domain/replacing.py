"""A value with some of its fields changed.

Law of the room: what `dataclasses.replace` does, at half its price, for a state of many fields is made anew for every
line of the log that is read back. The class is made of its fields in their order, as all of ours are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace as replace  # the type checker knows the fields of each class by it
else:

    def replace(value, **changes):
        """The value with those fields changed. Raises KeyError for what is no field of it."""
        kind = type(value)
        told, places = _fields(kind)
        values = list(told(value))
        for name, new in changes.items():
            values[places[name]] = new
        return kind(*values)


@cache
def _fields(kind: Any) -> tuple[Callable[[Any], tuple[Any, ...]], dict[str, int]]:
    """All fields of a value at once, and the place of each."""
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
