"""Events and states as plain JSON, and back.

Law of the room: one canonical spelling. Money is a decimal string, times are UTC with Z, dates New York dates,
enums their values. A field the form did not have yet takes its default; a value that does not fit is a ValueError.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from automated_trading.domain import events
from automated_trading.domain.money import amount, spell
from automated_trading.domain.sessions import parse_utc, utc_text
from automated_trading.domain.state import Checkpoint, LoggedEvent

Plain = Any
"""JSON: str, int, bool, None, list, dict. Never a float."""


def encode(value: Any) -> Plain:
    """A dataclass, mapping, tuple or scalar of ours as plain JSON. Raises ValueError for anything else."""
    return _encoder(value.__class__)(value)


@cache
def _encoder(kind: type) -> Callable[[Any], Plain]:
    for known, spelling in SPELLINGS.items():
        if issubclass(kind, known):
            return spelling
    if dataclasses.is_dataclass(kind):
        names = _names(kind)
        return lambda value: {name: encode(getattr(value, name)) for name in names}
    raise ValueError(f"no spelling for {kind.__name__}")


def _as_it_is(value: Any) -> Plain:
    return value


SPELLINGS: dict[type, Callable[[Any], Plain]] = {
    types.NoneType: _as_it_is,
    Enum: lambda value: value.value,
    int: _as_it_is,
    str: _as_it_is,
    Decimal: spell,
    datetime: utc_text,
    date: date.isoformat,
    Mapping: lambda value: {_key(key): encode(item) for key, item in value.items()},
    tuple: lambda value: [encode(item) for item in value],
    timedelta: lambda value: spell(Decimal(value // timedelta(microseconds=1)) / 1_000_000),
}
"""How a value of each type is written; of two that fit, the first."""


def decode(kind: Any, plain: Plain) -> Any:
    """The value of type `kind` that `encode` spelled as `plain`. Raises ValueError where it does not fit."""
    return _decoder(kind)(plain)


def _key(key: object) -> str:
    return key.value if isinstance(key, Enum) else str(key)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)


SCALARS: dict[Any, Callable[[Any], Any]] = {
    Decimal: amount,
    datetime: parse_utc,
    date: date.fromisoformat,
    timedelta: lambda text: timedelta(microseconds=int(amount(text) * 1_000_000)),
}


@cache
def _decoder(kind: Any) -> Callable[[Plain], Any]:
    if kind in SCALARS:
        return _text(SCALARS[kind])
    if kind in (str, int, bool):
        return _exactly(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (_decoder(arg) for arg in args if arg is not type(None))
        return lambda plain: None if plain is None else inner(plain)
    if origin is tuple:
        item = _decoder(args[0])
        return lambda plain: tuple(item(one) for one in _exactly(list)(plain))
    if origin is Mapping:
        key, item = _decoder(args[0]), _decoder(args[1])
        return lambda plain: {key(name): item(one) for name, one in _exactly(dict)(plain).items()}
    raise ValueError(f"no reader for {kind}")


def _text(read: Callable[[str], Any]) -> Callable[[Plain], Any]:
    def scalar(plain: Plain) -> Any:
        if not isinstance(plain, str):
            raise ValueError(f"expected text, found {type(plain).__name__}")
        return read(plain)

    return scalar


def _exactly(kind: type) -> Callable[[Plain], Any]:
    def checked(plain: Plain) -> Any:
        if type(plain) is not kind:
            raise ValueError(f"expected {kind.__name__}, found {type(plain).__name__}")
        return plain

    return checked


def _dataclass(kind: Any) -> Callable[[Plain], Any]:
    hints = get_type_hints(kind)
    readers = [(name, _decoder(hints[name])) for name in _names(kind)]

    def read(plain: Plain) -> Any:
        if not isinstance(plain, dict):
            raise ValueError(f"{kind.__name__}: expected an object")
        try:
            return kind(**{name: reader(plain[name]) for name, reader in readers if name in plain})
        except (TypeError, ValueError) as problem:
            raise ValueError(f"{kind.__name__}: {problem}") from None

    return read


def _slug(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


KINDS: dict[str, type] = {_slug(kind): kind for kind in (*get_args(events.Event), Checkpoint)}
"""Every event by the name it has in the log."""


def event_name(event: LoggedEvent) -> str:
    return _slug(type(event))


def encode_event(event: LoggedEvent) -> tuple[str, dict[str, Plain]]:
    """An event as its name and its data."""
    return event_name(event), encode(event)


def decode_event(name: str, data: Plain) -> LoggedEvent:
    """The event of a log line. Raises ValueError on a name or a form nobody here knows."""
    if name not in KINDS:
        raise ValueError(f"unknown event {name[:40]!r}")
    event: LoggedEvent = decode(KINDS[name], data)
    return event
