"""Positions whose stop nobody watches or could not sell, and those that no stop at the broker guards.

Law of the file: a position is told with why; for each why once, then once a session. What passes by itself, and what
the owner has chosen, is no letter.
"""

from __future__ import annotations

from collections.abc import Iterator

from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from automated_trading.reports.amounts import counted, price, shares
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, capped, digest, is_news, named
from automated_trading.reports.protection import unguarded as bare
from automated_trading.reports.status import unprotected as rows_of

LASTING = frozenset(
    {
        Reason.ACCOUNT_BLOCKED,
        Reason.ASSET_INACTIVE,
        Reason.FRACTION,
        Reason.NOT_TRADABLE,
        Reason.OUTSIDE_ORDER,
        Reason.STOP_REFUSED,
    }
)
"""What keeps a stop from the broker and does not pass by itself; a difference has a letter of its own."""


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


def unguarded(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Every position that cannot have a stop at the broker for its last share, where one was not told this session."""
    if occasion.market is None:
        return
    rows = [row for row in bare(state, occasion.market, occasion.rules) if row[1] in LASTING]
    matters = {f"unguarded:{symbol}:{reason.value}:{occasion.session}": digest("open") for symbol, reason, _ in rows}
    if not is_news(state, matters):
        return
    subject = f"No stop at the broker: {named(symbol for symbol, _, _ in rows)}"
    yield Letter(
        kind="unguarded",
        session=occasion.session,
        level=Level.WARNING,
        subject=subject,
        short=f"{subject}. {rows[0][2]}",
        matters=matters,
        facts={
            "said": "The desk's own stop watches these, but only while monitor runs.",
            "rows": capped([_row(state, {"symbol": symbol, "why": words}) for symbol, _, words in rows]),
            "todo": "automated-trading status tells how they stand. To sell one: automated-trading exit SYMBOL.",
        },
    )


def _row(state: State, row: dict[str, str]) -> Row:
    position = state.positions[row["symbol"]]
    held = f"{shares(position.qty)} shares, stop {price(position.stop)}"
    return [row["symbol"], f"{held}: {row['why']}", ""]
