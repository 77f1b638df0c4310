"""A replay's result as a page for a person.

Law of the file: figures come from the result as they are; what does not hold is said as loudly as what does.
"""

from __future__ import annotations

from automated_trading.commands.screen import Screen
from automated_trading.domain.sessions import new_york_date
from automated_trading.reports.replay_document import Result
from automated_trading.reports.replay_report import Kind, Reach, Tally
from automated_trading.reports.words import money, price, signed

SHOWN_PROBLEMS = 10
WITHIN = ((Reach.MORNING,), (Reach.MORNING, Reach.DAY), (Reach.MORNING, Reach.DAY, Reach.EVER))


def show(screen: Screen, result: Result) -> None:
    """The whole page."""
    _figures(screen, result)
    _trades(screen, result)
    _positions(screen, result)
    _signals(screen, result)
    _reach(screen, result)
    _proof(screen, result)


def _figures(screen: Screen, result: Result) -> None:
    found, change = result.figures, result.account.equity - result.start
    first, last = min(found.sessions), max(found.sessions)
    screen.say(f"REPLAY  {len(found.sessions)} days, {first} to {last}, {found.cycles:,} cycles", "title")
    exits = ", ".join(f"{reason} {count}" for reason, count in sorted(found.exits.items())) or "none"
    screen.say(f"orders placed: {found.buys} to buy, {found.sells} to sell; entries filled: {found.entries_filled}")
    screen.say(f"exits: {exits}; realised {signed(found.realised)} in {len(found.trades)} closed trades")
    share = f" ({change / result.start:+.2%})"
    screen.say(
        f"equity {money(result.account.equity)}, {signed(change)}{share} on {money(result.start)}; "
        f"cash {money(result.account.cash)}"
    )
    for halt in found.halts:
        screen.say(f"halted {new_york_date(halt.now)}: {halt.reason.value}: {halt.detail}", "warn")
    for problem in result.problems[:SHOWN_PROBLEMS]:
        screen.say(f"problem: {problem}", "bad")
    if len(result.problems) > SHOWN_PROBLEMS:
        screen.say(f"and {len(result.problems) - SHOWN_PROBLEMS} more problems", "bad")


def _trades(screen: Screen, result: Result) -> None:
    rows = [
        (
            trade.symbol,
            str(trade.qty),
            str(new_york_date(trade.opened)),
            price(trade.entry_price),
            str(new_york_date(trade.closed)),
            price(trade.exit_price),
            signed(trade.realised),
            trade.reason,
        )
        for trade in result.figures.trades
    ]
    screen.table("closed trades", ("symbol", "qty", "bought", "at", "sold", "at", "realised", "reason"), rows)


def _positions(screen: Screen, result: Result) -> None:
    rows = []
    for held in result.positions:
        holding = result.holdings.get(held.symbol)
        mark = holding.mark if holding is not None else None
        profit = signed(held.qty * mark - held.cost) if mark is not None else "-"
        shown = price(mark) if mark is not None else "-"
        rows.append((held.symbol, str(held.qty), str(held.session), price(held.entry_price), shown, profit))
    screen.table("open positions", ("symbol", "qty", "bought", "at", "last price", "open profit"), rows)
    if not rows:
        screen.say("no open positions")


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
    if result.foreknown:
        words = "entries are dated after their session's entry window: no desk of that day could have had them"
        screen.say(f"foreknown: {result.foreknown} {words}", "warn")


def _proof(screen: Screen, result: Result) -> None:
    total = result.total
    counted = sum(total.fates.values()) - total.of(Kind.UNTOLD)
    _held(screen, result.accounted, f"entries: {counted} of {total.entries} in the files accounted for, each once")
    cash, own = money(result.account.cash), money(result.cash_by_fills)
    _held(screen, result.money_holds, f"money: the exchange's cash {cash}; the start and the desk's own fills {own}")
    _held(screen, not result.broken, f"log: {result.lines:,} lines, the chain verifies, every checkpoint is its fold")
    for problem in result.broken[:SHOWN_PROBLEMS]:
        screen.say(f"  {problem}", "bad")
    _held(screen, result.folds, "state: equals the fold of the log")
    screen.say(f"log head {result.head[0]} {result.head[1]}", "dim")


def _held(screen: Screen, holds: bool, words: str) -> None:
    screen.say(f"{'holds' if holds else 'DOES NOT HOLD'}  {words}", "good" if holds else "bad")
