"""Where our books and the broker's differ, and that they agree again.

Law of the file: a difference counts once it was seen twice; it is told then, and once a session while it stands. What
could explain it and what would settle it is told with it. One that comes and goes, as cash at the edge of what may stay
unexplained does, is told once more in the session after it was told to be settled, and then not again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automated_trading.domain.sessions import new_york_date
from automated_trading.domain.state import State
from automated_trading.reports.differences import (
    difference_rows,
    explanations,
    name_of,
    remedies,
    what_differs,
)
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, is_news, named

COMMAND = "automated-trading reconcile"


def differences(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Everything that differs for certain, where something of it was not told this session, or not so."""
    rows = [row for row in difference_rows(state) if row["confirmed"]]
    matters = {_matter(state, _name(row), occasion): _figures(row) for row in rows}
    if not is_news(state, matters):
        return
    lasting = all(_lasts(state, row, occasion) for row in rows)
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


def _name(row: dict[str, Any]) -> str:
    """The name of a difference, however often it comes and goes."""
    match row["kind"]:
        case "order":
            return f"difference:order-{row['order']}"
        case "cash":
            return "difference:cash"
        case _:
            return f"difference:{row['symbol']}"


def _matter(state: State, name: str, occasion: Occasion) -> str:
    """What is told of it in a session; told to be settled, it is another matter for the rest of the session."""
    told = f"{name}:{occasion.session}"
    return f"{told}:again" if f"settled:{told}" in state.told else told


def _lasts(state: State, row: dict[str, Any], occasion: Occasion) -> bool:
    """Whether it was told before, and has stood since."""
    match row["kind"]:
        case "order":
            since = state.outside[row["order"]].submitted
        case "cash":
            since = state.cash_difference.since if state.cash_difference is not None else occasion.now
        case _:
            since = state.differences[row["symbol"]].since
    name = f"{_name(row)}:"
    told = (matter.removeprefix(name) for matter in state.told if matter.startswith(name))
    return any(session >= str(new_york_date(since)) for session in told)


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
    standing = {_name(row) for row in difference_rows(state)}
    told = sorted(name.split(":")[:3] for name in state.told if name.startswith("difference:"))
    last = {f"{kind}:{name}": session for kind, name, session in told}
    matters = {f"settled:{name}:{last[name]}": digest("settled") for name in sorted(last.keys() - standing)}
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
