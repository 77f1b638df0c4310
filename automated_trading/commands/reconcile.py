"""`reconcile`: where our books and the broker differ, what could explain it, and the owner's word that settles it.

Law of the file: nothing is settled that was not named, and only after a yes; a yes is to what was shown, and what has
moved since is not settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automated_trading.assembly import assembled
from automated_trading.commands.asked import Asked, in_new_york, read_ticker
from automated_trading.commands.consent import agreed, must_be_said
from automated_trading.commands.screen import Screen
from automated_trading.domain import events as e
from automated_trading.domain.market import Holding
from automated_trading.domain.state import LoggedEvent
from automated_trading.engine.desk import Outcome
from automated_trading.engine.owner import LOCK_WAIT_SECONDS
from automated_trading.engine.settling import Wish, as_shown, reconcile as settle
from automated_trading.reports.differences import at_its_stop, difference_rows, explanations, remedies, what_differs
from automated_trading.reports.words import tell
from automated_trading.settings import Settings

SETTLES = (e.PositionAdopted, e.PositionForgotten, e.SymbolIgnored, e.SymbolMinded, e.CashCounted)


@dataclass(frozen=True, slots=True)
class Words:
    """The options as typed."""

    adopt: tuple[str, ...]
    forget: tuple[str, ...]
    ignore: tuple[str, ...]
    book: str
    cash: bool

    def wish(self) -> Wish:
        """Raises UsageError on what is no ticker."""
        named = (tuple(map(read_ticker, symbols)) for symbols in (self.adopt, self.forget, self.ignore))
        adopt, forget, ignore = named
        return Wish(adopt, forget, ignore, self.book, self.cash)


def reconcile(asked: Asked, words: Words, yes: bool) -> int:
    """Explain every difference and settle what the owner wishes; returns 6 while anything differs, else 0.

    Raises UsageError, RunInProgress, BrokerUnreachable, StateError, AuditError.
    """
    wish, settings, screen = words.wish(), asked.settings(), Screen(asked)
    if not wish.empty:
        must_be_said(asked, yes)
    outcome, holdings = _run(screen, settings, wish if yes else Wish())
    if not yes:
        bound = as_shown(wish, outcome.state, holdings)
        if not bound.empty and agreed(asked, "Settle what you named?", yes):
            outcome, _ = _run(screen, settings, bound)
    if asked.json:
        screen.document(_document(settings, outcome))
    if outcome.exit_code:
        screen.wrong(f"{outcome.said}; nothing opens in any of it until it is settled")
    return outcome.exit_code


def _run(screen: Screen, settings: Settings, wish: Wish) -> tuple[Outcome, Mapping[str, Holding]]:
    asked = screen.asked
    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        outcome, holdings = settle(world.desk, wish)
    screen.say(f"{settings.mode.value.upper()} reconcile {in_new_york(outcome.at)}: {outcome.said}", "title")
    for event in _settled(outcome):
        screen.say(f"  {tell(event)}", "good")
        if isinstance(event, e.PositionAdopted) and (words := at_its_stop(event.position, holdings)) is not None:
            screen.say(f"  WARNING: {words}", "bad")
    for problem in outcome.problems:
        screen.say(f"  problem: {problem}", "bad")
    _explain(screen, outcome)
    return outcome, holdings


def _explain(screen: Screen, outcome: Outcome) -> None:
    command = _command(screen.asked)
    for row in difference_rows(outcome.state):
        screen.say(f"  {what_differs(outcome.state, row)}", "bad")
        for words in explanations(outcome.state, row):
            screen.say(f"      {words}")
        for option, words in remedies(outcome.state, row):
            screen.say(f"    {command} {option}" if option else f"    {words}")
            if option:
                screen.say(f"      {words}")


def _settled(outcome: Outcome) -> list[LoggedEvent]:
    return [event for event in outcome.events if isinstance(event, SETTLES)]


def _command(asked: Asked) -> str:
    """What to type: the data folder and the rules' file named as they were now."""
    given = [f" --data-dir {asked.data_dir}"] if asked.data_dir is not None else []
    given += [f" --config {asked.config}"] if asked.config is not None else []
    return f"automated-trading reconcile{''.join(given)}"


def _document(settings: Settings, outcome: Outcome) -> dict[str, Any]:
    state = outcome.state
    rows = [
        {
            **row,
            "said": what_differs(state, row),
            "explanations": explanations(state, row),
            "remedies": [{"option": option, "words": words} for option, words in remedies(state, row)],
        }
        for row in difference_rows(state)
    ]
    return {
        "schema": 1,
        "mode": settings.mode.value,
        "command": "reconcile",
        "exit_code": outcome.exit_code,
        "said": outcome.said,
        "differences": rows,
        "settled": [tell(event) for event in _settled(outcome)],
        "problems": list(outcome.problems),
        "log": {"seq": outcome.head[0], "hash": outcome.head[1]},
    }
