"""Figures as people read them.

Law of the file: numbers become text here and are never read back; rounding for the eye happens nowhere before.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.domain.money import cents


def money(value: Decimal) -> str:
    """Dollars with cents and thousands."""
    return f"{cents(value):,.2f}"


def signed(value: Decimal) -> str:
    """Dollars with their sign."""
    return f"{cents(value):+,.2f}"


def price(value: Decimal | None) -> str:
    """A price as it stands, at least two decimals."""
    if value is None:
        return "market"
    exact = f"{value.normalize():f}"
    decimals = len(exact.partition(".")[2])
    return f"{value:.2f}" if decimals <= 2 else f"{value:.4f}"


def shares(value: Decimal) -> str:
    """A number of shares without idle zeros."""
    return f"{value.normalize():f}"


def per_cent(value: Decimal) -> str:
    """A fraction as a percentage with its sign."""
    return f"{value:+.1%}"


def finely(value: Decimal) -> str:
    """The same with two decimals."""
    return f"{value:+.2%}"


def bound(value: Decimal) -> str:
    """A fraction of a rule as a percentage, without idle decimals."""
    return f"{shares(value * 100)}%"


def counted(number: int, noun: str) -> str:
    """`1 position`, `2 positions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
