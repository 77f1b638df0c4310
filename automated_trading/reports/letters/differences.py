"""Where our books and the broker's differ, and that they agree again.

Law of the file: a difference counts once it was seen twice; it is told then, and once a session while it stands. What
could explain it and what would settle it is told with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automated_trading.domain.state import State
from automated_trading.reports.differences import (
    difference_rows,
    explanations,
    name_of,
    remedies,
    what_differs,
)
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, is_news, named, stamp, told_begins

COMMAND = "automated-trading reconcile"


def differences(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Everything that differs for certain, where something of it was not told this session, or not so."""
    rows = [row for row in difference_rows(state) if row["confirmed"]]
    matters = {f"{_name(state, row)}:{occasion.session}": _figures(row) for row in rows}
    if not is_news(state, matters):
        return
    lasting = all(told_begins(state, f"{_name(state, row)}:") for row in rows)
    subject = f"Books and broker {'still differ' if lasting else 'differ'}: {named(map(name_of, rows))}"
    yield Letter(
        kind="difference",
        session=occasion.session,
        level=Level.CRITICAL,
        subject=subject,
        short=f"{subject}. {what_differs(state, rows[0])}",
        matters=matters,
        facts={
            "said": _said(state),
            "rows": capped([_difference_row(state, row) for row in rows]),
            "explanations": capped([[name_of(row), words, ""] for row in rows for words in explanations(state, row)]),
            "remedies": capped(_remedies(state, rows)),
        },
    )


def _said(state: State) -> str:
    cash = state.cash_difference
    if cash is not None and cash.confirmed and cash.theirs < cash.ours:
        return "While cash is missing nothing opens. A symbol that differs is frozen: its stop is not acted on."
    return "What differs is frozen: nothing opens in it and its stop is not acted on. The rest goes on."


def _name(state: State, row: dict[str, Any]) -> str:
    """The name of a difference for as long as it lasts."""
    match row["kind"]:
        case "order":
            return f"difference:order-{row['order']}:{stamp(state.outside[row['order']].submitted)}"
        case "cash":
            since = state.cash_difference.since if state.cash_difference is not None else None
            return f"difference:cash:{stamp(since) if since is not None else ''}"
        case _:
            return f"difference:{row['symbol']}:{stamp(state.differences[row['symbol']].since)}"


def _figures(row: dict[str, Any]) -> str:
    """What would have to be told again; cash moves on both sides with every trade, the gap between them does not."""
    return digest(row["kind"]) if row["kind"] == "cash" else digest(row["ours"], row["theirs"])


def _difference_row(state: State, row: dict[str, Any]) -> Row:
    return [name_of(row), what_differs(state, row), ""]


def _remedies(state: State, rows: list[dict[str, Any]]) -> list[Row]:
    return [
        [f"{COMMAND} {option}" if option else "By hand", words, ""]
        for row in rows
        for option, words in remedies(state, row)
    ]


def settled(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Differences that were told and are none any more."""
    standing = {_name(state, row) for row in difference_rows(state)}
    told = {":".join(name.split(":")[:3]) for name in state.told if name.startswith("difference:")}
    matters = {f"settled:{name}": digest("settled") for name in sorted(told - standing)}
    matters = {name: words for name, words in matters.items() if is_news(state, {name: words})}
    if not matters:
        return
    names = [_called(name.split(":")[2]) for name in matters]
    subject = f"Settled: {named(names)}"
    yield Letter(
        kind="settled",
        session=occasion.session,
        level=Level.INFO,
        subject=subject,
        short=subject,
        matters=matters,
        facts={
            "said": "Our books and the broker agree in this again.",
            "rows": [[name, "", "settled"] for name in names],
        },
    )


def _called(name: str) -> str:
    return "an order that is not ours" if name.startswith("order-") else name
