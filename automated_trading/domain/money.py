"""Money and quantities: Decimal in, Decimal out, and the one door where they are rounded or spelled.

Law of the room: nothing else quantises, and nothing else turns a number into text. A value that could
not be written down and read back unchanged (NaN, infinity, an absurd size) is a ValueError, never data.
"""

from __future__ import annotations

import re
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Clamped,
    Context,
    Decimal,
    DecimalException,
    Overflow,
    Rounded,
    localcontext,
)
from functools import lru_cache
from typing import Final

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")

_ONE_DOLLAR: Final = Decimal(1)
_TINY_TICK: Final = Decimal("0.0001")

_MOST_DIGITS: Final = 40
_LEAST_EXPONENT: Final = -60
_LONGEST_TEXT: Final = 80
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

# Refuses to write a number down where digits would be lost.
_SANE: Final = Context(
    prec=_MOST_DIGITS,
    Emax=_MOST_DIGITS - 1,
    Emin=_LEAST_EXPONENT + _MOST_DIGITS - 1,
    traps=[Rounded, Clamped, Overflow],
)

# Wide enough for a quotient of any two sane values, so that no division or rounding here is ever inexact.
_EXACT: Final = Context(prec=_MOST_DIGITS * 2 - _LEAST_EXPONENT)


def amount(text: object) -> Decimal:
    """The number that a string, an int or a Decimal stands for; zero loses its sign.

    At most 40 significant digits, below 1e40, at most 60 decimals. A float or a bool is refused: by the
    time it arrives here it has already lost what was meant. Raises ValueError.
    """
    match text:
        case str():
            return _read(text)
        case bool() | float():
            raise ValueError(f"not an exact number: {text!r}")
        case Decimal():
            return _sane(text) or ZERO
        case int():
            # Measured before it becomes digits: turning a huge int into a Decimal is what takes long.
            if text.bit_length() > _MOST_DIGITS * 4:
                raise ValueError("the number is too large")
            return _sane(Decimal(text))
        case _:
            raise ValueError(f"not a number but a {type(text).__name__}")


def spell(value: Decimal) -> str:
    """The one spelling of a value in JSON and on the wire: no exponent, no idle zeros, "0" for zero.

    What it spells, `amount` reads back as the same value. Raises ValueError for what it could not.
    """
    if not _sane(value):
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def cents(value: Decimal) -> Decimal:
    """The value in whole cents, halves to the even cent. Raises ValueError on NaN or infinity."""
    return _sane(value).quantize(CENT, ROUND_HALF_EVEN, _EXACT)


def tick_size(price: Decimal) -> Decimal:
    """The smallest step of a price: a cent from one dollar up, 0.0001 below (SEC Rule 612)."""
    return CENT if _price(price) >= _ONE_DOLLAR else _TINY_TICK


def floor_to_tick(price: Decimal) -> Decimal:
    """The highest allowed price that is not above this one."""
    return price.quantize(tick_size(price), ROUND_FLOOR, _EXACT)


def whole_shares(money: Decimal, price: Decimal) -> Decimal:
    """How many whole shares the money buys; none when there is none. Raises ValueError unless price > 0."""
    if _price(price) == 0:
        raise ValueError("a price of zero buys no number of shares")
    if _sane(money) <= 0:
        return ZERO
    with localcontext(_EXACT):
        return money // price


@lru_cache(maxsize=4096)
def _read(text: str) -> Decimal:
    """Of the thousands of numbers a run reads most stand there many times."""
    if len(text) > _LONGEST_TEXT or not _NUMBER.fullmatch(text):
        raise ValueError(f"not a number: {text[:_LONGEST_TEXT]!r}")
    return _sane(Decimal(text)) or ZERO


def _price(price: Decimal) -> Decimal:
    if _sane(price) < 0:
        raise ValueError(f"a price is not negative: {price}")
    return price


def _sane(value: Decimal) -> Decimal:
    """The value as it came, if it is finite and of a size that can be written down."""
    if not value.is_finite():
        raise ValueError(f"not a finite number: {value}")
    try:
        return _SANE.plus(value)
    except DecimalException:
        raise ValueError("the number is too large, too small or too long") from None
