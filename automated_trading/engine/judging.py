"""What would be done with signals now, without doing it.

Law of the room: the photograph and the rules are those of `morning`, the entry window is taken to be open for the whole
session; nothing is written and nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from automated_trading.decisions import breakers, entries
from automated_trading.decisions.equity import soundly
from automated_trading.decisions.routines import Routine
from automated_trading.domain.events import Event
from automated_trading.domain.market import Market
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import SignalList
from automated_trading.domain.state import State
from automated_trading.engine.contact import Contact
from automated_trading.engine.desk import Desk
from automated_trading.engine.execution import see_latch
from automated_trading.engine.journal import Journal
from automated_trading.engine.look import heard, unwritten
from automated_trading.engine.photograph import asked_about, photograph

ROUNDS = 10
"""The photograph asks about a few symbols at a time; a long list is asked about in so many rounds."""

LATE = time(23, 59)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The books and the photograph that were judged from, the answers by book, and what could not be had.

    Without a photograph of an open market there are no answers.
    """

    state: State
    market: Market
    answers: tuple[tuple[str, tuple[Event, ...]], ...]
    problems: tuple[str, ...]


def judge(desk: Desk, state: State, listed: SignalList) -> Judgement:
    """What `morning` would answer to a list of signals at this moment, signals already used up left out.

    Raises BrokerUnreachable, StateError if the books are another account's.
    """
    desk = replace(desk, signals=_Given(listed), rules=_all_session_long(desk.rules))
    journal = unwritten(desk, state, "signals")
    contact = heard(desk, journal)
    market = _whole_photograph(desk, journal, contact)
    see_latch(desk, journal)
    sound = soundly(market, desk.rules.exits.price_max_age)
    journal.note(breakers.decide(journal.state, sound, desk.rules.breakers))
    fresh = _unanswered(journal.state)
    answers = tuple((book, tuple(entries.decide(fresh, market, desk.rules, book))) for book in desk.rules.books)
    return Judgement(journal.state, market, answers, tuple(journal.problems))


def _whole_photograph(desk: Desk, journal: Journal, contact: Contact) -> Market:
    """Photographs until every symbol that matters has been asked about, or the broker answers no more."""
    market = photograph(desk, journal, contact, Routine.MORNING)
    for _ in range(ROUNDS):
        market = asked_about(desk, journal, market)
        wanted = entries.candidates(journal.state, market, desk.rules)
        if journal.problems or all(symbol in market.assets for symbol in wanted):
            break
    return market


def _all_session_long(rules: Rules) -> Rules:
    return replace(rules, entries=replace(rules.entries, opens_after=timedelta(0), until=LATE))


def _unanswered(state: State) -> State:
    """The state as if nothing had been answered this session but by an order or a place in the queue."""
    queued = {key: verdict for key, verdict in state.day.verdicts.items() if verdict.said == "queued"}
    return replace(state, day=replace(state.day, verdicts=queued, remarks={}))


@dataclass(frozen=True, slots=True)
class _Given:
    listed: SignalList

    def read(self, now: datetime) -> SignalList:
        return self.listed
