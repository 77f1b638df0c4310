"""What moves the account beside our orders, in plain words.

Law of the file: the broker's kinds are told by what they mean to an owner; one nobody here knows is told as it is.
"""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.market import FLOWS, Activity
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import OutsideOrder
from automated_trading.domain.state import CONFIRMED_READINGS
from automated_trading.reports.amounts import money, shares, signed

KINDS = {"FEE": "fee", "CFEE": "fee", "PTC": "fee", "DIVFEE": "fee", "SPLIT": "split", "SSP": "split"}
FAMILIES = {"DIV": "dividend", "INT": "interest"}
"""Many kinds of one word begin alike: DIV, DIVNRA, DIVROC, ..."""

TellsOfAccount = e.ActivityHeard | e.CashCounted | e.OutsideOrderSeen | e.CashDifferenceSeen | e.CashDifferenceSettled


def kind_word(activity: Activity) -> str:
    """An activity's kind as an owner calls it; its own word where there is none."""
    if activity.kind in FLOWS:
        return "taken out" if activity.amount < 0 else "paid in"
    family = next((word for start, word in FAMILIES.items() if activity.kind.startswith(start)), None)
    return KINDS.get(activity.kind) or family or f"other ({activity.kind})"


def activity_words(activity: Activity) -> str:
    """`paid in 500.00`, `dividend AAA +1.20`, `split AAA, 10 shares`."""
    word = kind_word(activity)
    if activity.kind in FLOWS:
        return f"{word} {money(abs(activity.amount))}"
    named = f"{word} {activity.symbol}" if activity.symbol else word
    parts = [named if activity.amount == 0 else f"{named} {signed(activity.amount)}"]
    parts += [f"{shares(activity.qty)} shares"] if activity.qty != 0 and (activity.amount == 0) else []
    return ", ".join(parts)


def outside_words(order: OutsideOrder) -> str:
    """`buy 5 BOLT, 2 of them filled for 40.10, open`."""
    parts = [f"{order.side.value} {shares(order.qty)} {order.symbol}"]
    if order.filled_qty > 0:
        parts.append(f"{shares(order.filled_qty)} filled for {money(order.filled_value)}")
    return ", ".join([*parts, "open" if order.is_open else "ended"])


def cash_gap(ours: Decimal, theirs: Decimal) -> str:
    """`ours 100.00, the broker's 90.00: 10.00 missing`."""
    gap = theirs - ours
    what = f"{money(-gap)} missing" if gap < ZERO else f"{money(gap)} more than our books know of"
    return f"ours {money(ours)}, the broker's {money(theirs)}: {what}"


def tell_account(event: TellsOfAccount) -> str:
    """One line about the account."""
    match event:
        case e.CashCounted():
            return f"cash counted: our books go on from {money(event.cash)}"
        case e.ActivityHeard():
            return activity_words(event.activity)
        case e.OutsideOrderSeen():
            again = " (seen twice)" if event.order.is_open and event.order.readings >= CONFIRMED_READINGS else ""
            return f"an order that is not ours: {outside_words(event.order)}{again}"
        case e.CashDifferenceSeen():
            seen = "seen twice" if event.readings >= CONFIRMED_READINGS else "first reading"
            return f"CASH DIFFERENCE: {cash_gap(event.ours, event.theirs)} ({seen})"
        case e.CashDifferenceSettled():
            return f"cash difference settled: {event.words}"
        case _:
            assert_never(event)
