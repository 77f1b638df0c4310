"""A replay's result as a page for a person.

Law of the file: figures come from the result as they are; what does not hold is said as loudly as what does.
"""

from __future__ import annotations

from automated_trading.commands.replay_tables_page import show_tables
from automated_trading.commands.screen import Screen
from automated_trading.reports.replay_fates import Kind, Reach, Tally
from automated_trading.reports.replay_result import Result
from automated_trading.reports.words import money, signed

SHOWN_PROBLEMS = 10
WITHIN = ((Reach.MORNING,), (Reach.MORNING, Reach.DAY), (Reach.MORNING, Reach.DAY, Reach.EVER))


def show(screen: Screen, result: Result) -> None:
    """The whole page."""
    _figures(screen, result)
    show_tables(screen, result)
    _signals(screen, result)
    _reach(screen, result)
    _proof(screen, result)


def _figures(screen: Screen, result: Result) -> None:
    found, change = result.figures, result.account.equity - result.start
    first, last = min(found.sessions), max(found.sessions)
    screen.say(f"REPLAY  {len(found.sessions)} days, {first} to {last}, {found.cycles:,} cycles", "title")
    screen.say(f"orders placed: {found.buys} to buy, {found.sells} to sell; entries filled: {found.entries_filled}")
    share = f" ({change / result.start:+.2%})"
    screen.say(
        f"equity {money(result.account.equity)}, {signed(change)}{share} on {money(result.start)}; "
        f"cash {money(result.account.cash)}"
    )
    screen.say(f"closed {signed(found.realised)} in {len(found.trades)} trades; open {signed(result.open_profit)}")
    for problem in result.problems[:SHOWN_PROBLEMS]:
        screen.say(f"problem: {problem}", "bad")
    if len(result.problems) > SHOWN_PROBLEMS:
        screen.say(f"and {len(result.problems) - SHOWN_PROBLEMS} more problems", "bad")


def _signals(screen: Screen, result: Result) -> None:
    kinds = [kind for kind in Kind if kind is not Kind.UNTOLD or result.total.of(kind)]
    names = ("day", "all", *(kind.value for kind in kinds), "priced")
    tallies = [*((str(day), tally) for day, tally in result.days.items()), ("in all", result.total)]
    rows = [(name, *_counts(tally, kinds)) for name, tally in tallies]
    screen.table("signal entries by their last fate of the day", names, rows)
    screen.say("their reasons", "title")
    for name, tally in tallies:
        screen.say(f"  {name:<10}  {_why(tally) or '-'}")


def _counts(tally: Tally, kinds: list[Kind]) -> list[str]:
    counts = [str(tally.of(kind) or "-") for kind in kinds]
    priced = "/".join(str(tally.within(*reaches)) for reaches in WITHIN)
    return [str(tally.entries), *counts, priced]


def _why(tally: Tally) -> str:
    reasons = ((fate.reason, count) for fate, count in tally.fates.items() if fate.reason)
    return ", ".join(f"{reason} {count}" for reason, count in sorted(reasons, key=_most_first))


def _most_first(reason: tuple[str, int]) -> tuple[int, str]:
    return -reason[1], reason[0]


def _reach(screen: Screen, result: Result) -> None:
    morning, day, ever = (result.total.within(*reaches) for reaches in WITHIN)
    screen.say(
        f"priced: could be bought at all: of {result.total.entries} entries {morning} have a recorded price in their "
        f"session's entry window, {day} on that day, {ever} on any day"
    )
    if result.signal_closes:
        words = "closes of the session before are signals' own prices: no price of that session is recorded"
        screen.say(f"closes: {result.signal_closes} {words}", "warn")
    if result.foreknown:
        words = "entries are dated after their session's entry window: no desk of that day could have had them"
        screen.say(f"foreknown: {result.foreknown} {words}", "warn")


def _proof(screen: Screen, result: Result) -> None:
    total, proof = result.total, result.proof
    words = f"entries: {result.counted} of {total.entries} in the files accounted for, each once"
    _held(screen, result.accounted, words)
    cash, by_fills = money(result.account.cash), money(proof.by_fills)
    books = "not counted" if proof.books is None else money(proof.books)
    words = f"money: the exchange's cash {cash}; the start and the desk's own fills {by_fills}; its books {books}"
    _held(screen, result.money_holds, words)
    _held(screen, not proof.broken, f"log: {proof.lines:,} lines, the chain verifies, every checkpoint is its fold")
    for problem in proof.broken[:SHOWN_PROBLEMS]:
        screen.say(f"  {problem}", "bad")
    _held(screen, proof.folds, "state: equals the fold of the log")
    screen.say(f"log head {proof.head[0]} {proof.head[1]}", "dim")


def _held(screen: Screen, holds: bool, words: str) -> None:
    screen.say(f"{'holds' if holds else 'DOES NOT HOLD'}  {words}", "good" if holds else "bad")
