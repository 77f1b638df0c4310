"""What letters make of the state: what was told, and what will be wanted for the next one.

Law of the room: a matter told is told for good, unless its letter was lost. What one session tells of is kept until the
next run had its chance to tell it, and let go at a session's beginning.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import assert_never

from automated_trading.domain.events import SessionClosed
from automated_trading.domain.letter_events import LetterEvent, LetterKept, LetterLost, LetterSent
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.state import Closing, LetterRow, State, Told, without

TOLD_KEPT = timedelta(days=30)
TRADES_KEPT = timedelta(days=7)
CLOSINGS_KEPT = 90


def letter(state: State, event: LetterEvent) -> State:
    """The state after a letter was written, lost or sent."""
    match event:
        case LetterKept():
            told = {name: Told(digest, event.session) for name, digest in event.matters.items()}
            row = state.letters.get(event.key) or LetterRow(event.kind, event.session)
            return replace(
                state,
                told={**state.told, **told},
                letters={**state.letters, event.key: row},
                keeping={**state.keeping, event.key: tuple(sorted(event.matters))},
            )
        case LetterLost():
            names = state.keeping.get(event.key, ())
            return replace(
                state,
                told={name: told for name, told in state.told.items() if name not in names},
                letters=without(state.letters, event.key),
                keeping=without(state.keeping, event.key),
            )
        case LetterSent():
            kept = state.letters.get(event.key)
            if kept is None or kept.sent:
                return state
            return replace(state, letters={**state.letters, event.key: replace(kept, sent=True)})
        case _:
            assert_never(event)


def evening_matter(session: date) -> str:
    """The name under which a session's closing figures are told."""
    return f"evening:{session}"


def remembered(state: State, session: date) -> State:
    """The state at a session's beginning: old tellings let go, a day whose evening was not told kept once more."""
    day = state.day
    since = (day.session or session) - TOLD_KEPT  # what a desk that lay idle still holds, it has still told
    untold = day.figures is not None and evening_matter(day.figures.session) not in state.told
    return replace(
        state,
        told={name: told for name, told in state.told.items() if told.session >= since},
        letters={key: row for key, row in state.letters.items() if row.session >= since},
        trades=tuple(
            trade for trade in state.trades if trade.session is None or trade.session >= session - TRADES_KEPT
        ),
        owed=replace(day, assets={}) if untold else None,
    )


def closing(state: State, event: SessionClosed) -> State:
    """The state with one more closing equity for the curve."""
    earlier = tuple(known for known in state.closings if known.session < event.session)
    return replace(state, closings=(*earlier, Closing(event.session, event.equity))[-CLOSINGS_KEPT:])


def traded(state: State, trade: ClosedTrade) -> State:
    """The state with one more closed position to tell of."""
    return replace(state, trades=(*state.trades, trade))
