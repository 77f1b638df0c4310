"""What would be done with each entry of a signals file.

Law of the file: every entry has its row. What was judged by the file and the records alone says so; what would be done
is told by the very answers the rules gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from automated_trading.decisions.entries import used_up
from automated_trading.decisions.refusals import Case, why_refused, why_stale
from automated_trading.domain import events as e
from automated_trading.domain.codec import encode
from automated_trading.domain.market import Market
from automated_trading.domain.money import spell
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Malformed, Signal, SignalList
from automated_trading.domain.state import State, signal_key
from automated_trading.reports.amounts import price, shares
from automated_trading.reports.signal_words import because

NOW, RECORDS = "now", "records"
HOUR = timedelta(hours=1)

Row = dict[str, Any]
Answers = Mapping[str, tuple[e.Event, ...]]


def checked_now(listed: SignalList, state: State, market: Market, answers: Answers) -> list[Row]:
    """A row for each entry and book, by what the rules answered in an open market."""
    rows: list[Row] = []
    for book, events in answers.items():
        for signal in listed.signals:
            told = _answer(signal, events) or _already(state, market, book, signal)
            rows.append(_row(signal, market, book, NOW, told))
    return [*rows, *map(_unusable, listed.malformed)]


def checked_by_records(listed: SignalList, state: State, market: Market, rules: Rules) -> list[Row]:
    """A row for each entry and book where no market can be asked: what the coming session would begin with."""
    coming = market
    if market.now >= market.session.closes and market.following is not None:
        coming = replace(market, session=market.following, previous=market.session)
    rows: list[Row] = []
    for book in rules.books:
        case = Case(state, coming, rules, book)
        for signal in listed.signals:
            why = why_stale(case, signal) or why_refused(case, signal)
            told = _told("refuse", *why) if why is not None else _already(state, coming, book, signal)
            rows.append(_row(signal, market, book, RECORDS, told))
    return [*rows, *map(_unusable, listed.malformed)]


def _answer(signal: Signal, events: Iterable[e.Event]) -> Row | None:
    """What the rules answered to a signal; a remark goes with it."""
    found: Row | None = None
    remarks: list[str] = []
    for event in events:
        match event:
            case e.SignalRefused() if event.signal == signal.ticker:
                found = _told("refuse", event.reason, event.detail)
            case e.SignalNotYet() if event.signal == signal.ticker:
                found = _told("not_yet", event.reason, event.detail)
            case e.SignalQueued() if event.signal.ticker == signal.ticker:
                found = _told("queue", event.reason, event.detail)
            case e.SignalRemarked() if event.signal == signal.ticker:
                remarks.append(because(event.reason, event.detail))
            case e.OrderIntended() if event.order.symbol == signal.ticker:
                order = event.order
                detail = f"{shares(order.qty)} at {price(order.limit_price)}"
                found = _told("order", Reason.ENTRY, detail)
    return {**found, "remarks": remarks} if found is not None else None


def _already(state: State, market: Market, book: str, signal: Signal) -> Row:
    """A signal that has had its order or its place in the queue this session, or that nobody can judge yet."""
    ticker = signal.ticker
    verdict = state.day.verdicts.get(signal_key(book, ticker))
    if ticker not in used_up(state, market, book):
        return _told("wait", None, "")
    if verdict is not None and verdict.said == "queued":
        return _told("queued_already", verdict.reason, verdict.detail)
    orders = [order for order in state.entries_of(market.session.date) if (order.book, order.symbol) == (book, ticker)]
    detail = f"{shares(orders[-1].qty)} at {price(orders[-1].limit_price)}, {orders[-1].status.value}" if orders else ""
    return _told("ordered_already", Reason.ENTRY, detail)


def _told(would: str, reason: Reason | None, detail: str) -> Row:
    slug = reason.value if reason is not None else None
    return {"would": would, "reason": slug, "detail": detail, "remarks": []}


def _row(signal: Signal, market: Market, book: str, judged_by: str, told: Row) -> Row:
    tenths = (market.now - signal.generated) // (HOUR / 10)
    return {
        "what": "signal",
        "label": signal.ticker,
        "ticker": signal.ticker,
        "score": spell(signal.score),
        "tier": signal.tier,
        "sector": signal.sector,
        "price": spell(signal.entry_price),
        "generated": encode(signal.generated),
        "age_hours": spell(Decimal(tenths) / 10),
        "book": book,
        "judged_by": judged_by,
        **told,
    }


def _unusable(bad: Malformed) -> Row:
    empty = dict.fromkeys(("ticker", "score", "tier", "sector", "price", "generated", "age_hours", "book"))
    told = _told("refuse", bad.reason, bad.detail)
    return {"what": bad.reason.value, "label": bad.label, **empty, "judged_by": RECORDS, **told}


def in_words(row: Row) -> str:
    """What would be done with an entry, for a table."""
    reason = f"{row['reason']} ({row['detail']})" if row["detail"] else row["reason"]
    said = {
        "order": f"order {row['detail']}",
        "queue": f"queue: {reason}",
        "not_yet": f"not yet: {reason}",
        "refuse": f"refuse: {reason}",
        "queued_already": f"queued already: {reason}",
        "ordered_already": f"ordered already: {row['detail'] or 'this session'}",
        "wait": "would be judged at the open",
    }[row["would"]]
    by_records = row["judged_by"] == RECORDS and row["what"] == "signal"
    return "; ".join([f"by file and records: {said}" if by_records else said, *row["remarks"]])
