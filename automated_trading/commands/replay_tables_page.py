"""A replay's tables for a person: trades, positions, and the sums by rule, score and origin.

Law of the file: an empty table is said in a line, never left out in silence.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.commands.screen import Screen
from automated_trading.domain.sessions import new_york_date
from automated_trading.reports.amounts import per_cent
from automated_trading.reports.replay_report import Turn
from automated_trading.reports.replay_result import Held, Result, profit_of
from automated_trading.reports.replay_tables import Closed, Row, by_origin, by_rule, by_score
from automated_trading.reports.words import price, signed


def show_tables(screen: Screen, result: Result) -> None:
    """Every table but that of the signals by day."""
    _trades(screen, result)
    _positions(screen, result)
    _by_rule(screen, result)
    _rows(screen, "by score", "listed", by_score(result))
    _rows(screen, "by origin", "ordered", by_origin(result))
    _redeployments(screen, result)
    _raises(screen, result)
    _alarms(screen, result)


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
    if not rows:
        screen.say("no closed trades")


def _positions(screen: Screen, result: Result) -> None:
    columns = ("symbol", "qty", "bought", "at", "stop", "last price", "of", "open profit")
    screen.table("open positions", columns, [_position(held) for held in result.held])
    if not result.held:
        screen.say("no open positions")
    if result.old_prices:
        words = f"{len(result.old_prices)} of {len(result.held)} have no recorded price of the last session"
        screen.say(f"  {words}: {signed(profit_of(result.old_prices))} of the open profit is on old prices", "warn")


def _position(held: Held) -> tuple[str, ...]:
    position, profit = held.position, held.open_profit
    return (
        position.symbol,
        str(position.qty),
        str(position.session),
        price(position.entry_price),
        price(position.stop),
        price(held.mark) if held.mark is not None else "-",
        str(held.priced or "-"),
        signed(profit) if profit is not None else "-",
    )


def _by_rule(screen: Screen, result: Result) -> None:
    rows = [(rule, *_closed(found)) for rule, found in by_rule(result.figures.trades).items()]
    screen.table("by exit rule", ("rule", "closed", "wins", "profit", "average", "worst"), rows)


def _closed(found: Closed) -> tuple[str, ...]:
    return str(found.count), str(found.wins), signed(found.profit), _share(found.average), _share(found.worst)


def _share(value: Decimal | None) -> str:
    return per_cent(value) if value is not None else "-"


def _rows(screen: Screen, title: str, asked: str, rows: list[Row]) -> None:
    columns = (title.split()[1], asked, "bought", "closed", "wins", "profit", "held", "open profit")
    screen.table(title, columns, [_row(row) for row in rows])


def _row(row: Row) -> tuple[str, ...]:
    count, wins, profit = _closed(row.closed)[:3]
    return row.name, str(row.asked), str(row.bought), count, wins, profit, str(row.held), signed(row.open_profit)


def _redeployments(screen: Screen, result: Result) -> None:
    rows = [
        (str(again.day), again.ticker, str(again.queued), str(again.ordered), str(again.filled))
        for again in result.figures.redeployments
    ]
    screen.table("redeployments", ("day", "symbol", "queued", "ordered", "filled"), rows)
    if not rows:
        screen.say("no redeployments")


def _raises(screen: Screen, result: Result) -> None:
    rows = [(found.why, str(found.times), str(found.symbols)) for found in result.figures.raises]
    screen.table("stops raised", ("by", "times", "symbols"), rows)
    if not rows:
        screen.say("no stop was raised")


def _alarms(screen: Screen, result: Result) -> None:
    for alarm in result.figures.alarms:
        screen.say(
            f"{alarm.turn.value} {alarm.day}: {alarm.why}: {alarm.detail}", "" if alarm.turn is Turn.LIFTED else "warn"
        )
    if not result.figures.alarms:
        screen.say("no halt, no warning")
