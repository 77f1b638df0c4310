"""The morning's letter: what was ordered, queued, refused or is not yet decided, each with its reason.

Law of the file: nothing is called bought here; a fill is another letter. Whichever run comes first after the morning
began tells it; only a later `morning` tells it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Order, OrderStatus, Purpose
from automated_trading.domain.state import State, Verdict
from automated_trading.reports.amounts import counted, money, price, shares
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, named
from automated_trading.reports.letters.reasons import because_of, refused_matter, unclear_matter

SECTIONS = ("queued", "not_yet", "refused")

TROUBLES = {
    OrderStatus.UNCLEAR: "unclear",
    OrderStatus.INTENDED: "not sent yet",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.WITHDRAWN: "never arrived",
    OrderStatus.LOST: "lost",
}
WORDS = {
    OrderStatus.UNCLEAR: "No answer came; the broker's records will settle it",
    OrderStatus.INTENDED: "The next run goes on with it",
    OrderStatus.REJECTED: "The broker took it and then rejected it",
    OrderStatus.WITHDRAWN: "The broker does not know it",
    OrderStatus.LOST: "The broker does not show it any more",
}


def morning(state: State, occasion: Occasion) -> Iterator[Letter]:
    """The letter, once the session's morning began."""
    day = state.day
    if not day.morning_began or day.session is None:
        return
    matter = f"morning:{day.session}"
    if matter in state.told and occasion.command != "morning":
        return
    orders = [
        order
        for order in state.orders.values()
        if order.decision.session == day.session and order.decision.purpose is Purpose.ENTRY
    ]
    said = {name: _verdicts(day.verdicts, name) for name in SECTIONS}
    remarks = [_verdict_row(key, reason, "") for key, reason in sorted(day.remarks.items())]
    told = [*_placed(orders), *(f"{len(rows)} {name.replace('_', ' ')}" for name, rows in said.items() if rows)]
    subject = f"Morning: {', '.join(told) or _nothing(occasion)}"
    yield Letter(
        kind="morning",
        session=day.session,
        level=Level.WARNING if any(map(_trouble, orders)) or _broken(occasion) else Level.INFO,
        subject=subject,
        short=subject,
        matters={
            matter: digest(*map(_order_digest, orders), *_verdict_digests(day.verdicts)),
            **{refused_matter(order): digest(order.refusal) for order in orders if order.refusal},
            **{unclear_matter(order): digest("unclear") for order in orders if order.status is OrderStatus.UNCLEAR},
        },
        facts={
            "said": _said(orders, occasion),
            "ordered": capped([_order_row(order) for order in orders]),
            **{name: capped(rows) for name, rows in said.items()},
            "remarks": capped(remarks),
        },
    )


def _placed(orders: list[Order]) -> list[str]:
    """How many orders the broker has, by name, and what became of the others."""
    placed = [order.symbol for order in orders if _trouble(order) is None]
    others = Counter(trouble for order in orders if (trouble := _trouble(order)) is not None)
    parts = [f"{counted(len(placed), 'order')} placed ({named(placed)})"] if placed else []
    return [*parts, *(f"{count} {words}" for words, count in sorted(others.items()))]


def _trouble(order: Order) -> str | None:
    """Why it cannot be said that the broker has an order."""
    return "refused by the broker" if order.refusal else TROUBLES.get(order.status)


def _nothing(occasion: Occasion) -> str:
    signals = occasion.market.signals if occasion.market is not None else None
    if signals is not None and signals.broken is not None:
        return "nothing ordered, the signals file cannot be used"
    missing = signals is not None and signals.missing is not None
    return "nothing ordered, there is no signals file yet" if missing else "nothing ordered, there was no usable signal"


def _broken(occasion: Occasion) -> bool:
    return occasion.market is not None and occasion.market.signals.broken is not None


def _said(orders: list[Order], occasion: Occasion) -> str:
    if occasion.market is not None and occasion.market.signals.broken is not None:
        return f"The signals file cannot be used: {occasion.market.signals.broken}."
    if not orders:
        return "Nothing was ordered. What is not yet decided is judged again until noon in New York."
    return "An order is a wish: what becomes of it is told when its fill or its end is heard."


def _order_digest(order: Order) -> str:
    where = "open" if order.status in (OrderStatus.ACCEPTED, OrderStatus.FILLED) else order.status.value
    ended_later = order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED)
    limit = price(order.limit_price)
    return f"{order.client_order_id} {shares(order.qty)} {limit} {'open' if ended_later else where}"


def _order_row(order: Order) -> Row:
    terms = f"buy {shares(order.qty)} at {price(order.limit_price)} or less, good for the day"
    if order.terms is not None and order.terms.score is not None:
        terms += f"; score {shares(order.terms.score)}, tier {order.terms.tier}"
    trouble = _trouble(order)
    if trouble is None:
        return [order.symbol, terms, f"{money(order.qty * (order.limit_price or ZERO))} at most"]
    words = f"The broker: {order.refusal}" if order.refusal else WORDS[order.status]
    return [order.symbol, f"{terms}. {words}", trouble]


def _verdicts(verdicts: Mapping[str, Verdict], said: str) -> list[Row]:
    mine = {key: told for key, told in verdicts.items() if told.said == said}
    return [_verdict_row(key, told.reason.value, told.detail) for key, told in sorted(mine.items())]


def _verdict_row(key: str, reason: str, detail: str) -> Row:
    return [key.partition("/")[2], because_of(reason, detail), reason]


def _verdict_digests(verdicts: Mapping[str, Verdict]) -> list[str]:
    return [f"{key} {told.said} {told.reason.value}" for key, told in sorted(verdicts.items())]
