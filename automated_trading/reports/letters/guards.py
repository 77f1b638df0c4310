"""Positions whose stop nobody watches, or could not sell.

Law of the file: a position is told with why; for each why once, then once a session.
"""

from __future__ import annotations

from collections.abc import Iterator

from automated_trading.domain.state import State
from automated_trading.reports.amounts import counted, price, shares
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, is_news, named
from automated_trading.reports.status import unprotected as rows_of


def unprotected(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Every position without protection, where one of them was not told this session."""
    rows = rows_of(state, occasion.market, occasion.rules, occasion.disabled)
    matters = {f"unprotected:{row['symbol']}:{digest(row['why'])}:{occasion.session}": digest("open") for row in rows}
    if not is_news(state, matters):
        return
    subject = f"{counted(len(rows), 'position')} unprotected: {named(row['symbol'] for row in rows)}"
    yield Letter(
        kind="unprotected",
        session=occasion.session,
        level=Level.CRITICAL,
        subject=subject,
        short=f"{subject}. {rows[0]['why']}",
        matters=matters,
        facts={
            "said": "If these fall now, nothing sells them by itself.",
            "rows": capped([_row(state, row) for row in rows]),
            "todo": "automated-trading status tells how they stand. To sell one: automated-trading exit SYMBOL, "
            "or by hand at the broker.",
        },
    )


def _row(state: State, row: dict[str, str]) -> Row:
    position = state.positions[row["symbol"]]
    held = f"{shares(position.qty)} shares, stop {price(position.stop)}"
    return [row["symbol"], f"{held}: {row['why']}", ""]
