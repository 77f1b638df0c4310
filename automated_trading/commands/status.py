"""`status`: how things stand. Read only, no lock.

Law of the file: the log tells our side, the broker its own; where the broker cannot be asked the records are shown
and said to be stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from automated_trading.assembly import assembled
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.decisions import reconciliation
from automated_trading.domain.errors import BrokerError, MarketDataError
from automated_trading.domain.evolve import fold
from automated_trading.engine.look import look
from automated_trading.reports.status import document, exit_code
from automated_trading.reports.words import price
from automated_trading.settings import Settings


def status(asked: Asked) -> int:
    """Show how things stand; returns 0, 4 (broker not reached), 6 (books differ) or 5 (halted)."""
    settings, screen = asked.settings(), Screen(asked)
    with assembled(settings, asked.cwd, now=asked.now, keep=False) as world:
        state, head = world.folder.peek()
        try:
            market = look(world.desk, state)
        except (BrokerError, MarketDataError) as problem:
            market = None
            screen.wrong(f"the broker could not be asked, what is shown is the record: {problem}")
        if market is not None:
            seen = reconciliation.decide(state, market.holdings, market.now)
            state = fold(seen, state)
        latch = world.hand.latch()
        shown = document(state, settings.mode.value, market, settings.rules, world.hand.disabled(), head)
        if latch is not None:
            shown["halted"] = True
            shown["halt_reasons"].setdefault("owner", latch.reason)
        code = exit_code(state, stale=market is None, halted=shown["halted"])
    if code == 6:
        apart = ", ".join(row["symbol"] for row in shown["differences"] if row["confirmed"])
        screen.wrong(f"our books and the broker differ in {apart}; nothing trades there until they agree")
    if code == 5:
        screen.wrong(f"halted ({', '.join(shown['halt_reasons'])}); `automated-trading resume` lifts an owner's halt")
    if asked.json:
        screen.document(shown)
    else:
        show(screen, settings, shown)
    return code


def show(screen: Screen, settings: Settings, shown: Mapping[str, Any]) -> None:
    """The document as tables."""
    account = shown["account"]
    open_word = {True: "market open", False: "market closed", None: "records only"}[shown["market_open"]]
    when = f"{shown['at'] or 'no word from the broker yet'}  session {shown['session'] or 'none yet'}"
    screen.say(f"{settings.mode.value.upper()}  {when}  {open_word}", "title")
    equity, cash = (f"{Decimal(account[name]):,.2f}" if account else "unknown" for name in ("equity", "cash"))
    screen.say(f"equity {equity}  cash {cash}  account {shown['account_id'] or 'not pinned yet'}")
    for reason, detail in shown["halt_reasons"].items():
        screen.say(f"HALTED {reason}: {detail}", "bad")
    if shown["trading_disabled"]:
        screen.say(f"TRADING DISABLED: {shown['trading_disabled']}", "bad")
    if shown["next_due"]:
        screen.say(f"next due: {shown['next_due']['command']} from {shown['next_due']['at'][:16]}Z")
    for row in shown["unprotected"]:
        screen.say(f"UNPROTECTED {row['symbol']}: {row['why']}", "bad")
    _tables(screen, shown)


def _tables(screen: Screen, shown: Mapping[str, Any]) -> None:
    names = ("symbol", "book", "qty", "entry_price", "last_price", "open_profit", "stop", "to_stop", "high")
    _rows(screen, "positions", names, [_figures(row) for row in shown["positions"]])
    _rows(
        screen, "open orders", ("symbol", "side", "qty", "filled", "limit_price", "status", "reason"), shown["orders"]
    )
    _rows(screen, "queue", ("ticker", "book", "score", "reason", "session"), shown["queue"])
    apart = [{**row, "seen": "twice: frozen" if row["confirmed"] else "once"} for row in shown["differences"]]
    _rows(screen, "differences", ("symbol", "ours", "theirs", "seen"), apart)
    runs = [
        {"command": command, **run, "started": f"{run['started'][:19]}Z", "outcome": run["outcome"] or "unfinished"}
        for command, run in sorted(shown["runs"].items())
    ]
    _rows(screen, "last runs", ("command", "started", "outcome", "said"), runs)
    if not shown["positions"]:
        screen.say("no positions")


def _rows(screen: Screen, title: str, names: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    screen.table(title, [name.replace("_", " ") for name in names], cells)


def _figures(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """A position with its money to the cent and its distance in per cent."""
    profit, distance = row["open_profit"], row["distance_to_stop"]
    figures = ("entry_price", "last_price", "stop", "high")
    prices = {name: None if row[name] is None else price(Decimal(row[name])) for name in figures}
    return {
        **row,
        **prices,
        "open_profit": None if profit is None else f"{Decimal(profit):+,.2f}",
        "to_stop": None if distance is None else f"{Decimal(distance):.1%}",
    }


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
