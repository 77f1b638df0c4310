"""The page of `status`: its document as lines and tables of eighty columns.

Law of the file: nothing is known here that is not in the document; what is grave comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from automated_trading.commands.screen import Screen
from automated_trading.domain.orders import Purpose
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules
from automated_trading.domain.sessions import parse_utc
from automated_trading.reports.amounts import bound, money, per_cent, price, signed
from automated_trading.reports.differences import CASH, at_words, name_of

Row = Mapping[str, Any]


def show(screen: Screen, mode: str, shown: Row, rules: ExitRules) -> None:
    """The document for a person."""
    open_word = {True: "market open", False: "market closed", None: "records only"}[shown["market_open"]]
    when = f"{_at(shown['at'])} New York" if shown["at"] else "no word from the broker yet"
    screen.say(f"{mode.upper()}  {when}  session {shown['session'] or 'none yet'}  {open_word}", "title")
    for words in _account(shown):
        screen.say(words)
    for words in _alarms(shown, rules):
        screen.say(words, "bad")
    for words in (*_bare(shown), *_owner(shown)):
        screen.say(words, "warn")
    if shown["next_due"]:
        screen.say(f"next due: {shown['next_due']['command']} from {_at(shown['next_due']['at'])} New York")
    _tables(screen, shown)


def _account(shown: Row) -> Iterator[str]:
    account, cash, breakers = shown["account"], shown["cash"], shown["breakers"]
    equity, told = (money(Decimal(account[name])) if account else "unknown" for name in ("equity", "cash"))
    yield f"equity {equity}  cash {told}  account {shown['account_id'] or 'not pinned yet'}"
    parts = [f"day {_finely(breakers['day_change'])}"]
    if Decimal(breakers["flows"]) != 0:
        parts.append(f"flows {signed(Decimal(breakers['flows']))}")
    if breakers["high_water"] is not None:
        fallen = Decimal(breakers["drawdown"] or 0)
        under = f" (-{fallen:.2%})" if fallen > 0 else ""
        parts.append(f"high-water mark {money(Decimal(breakers['high_water']))}{under}")
    parts.append(f"losing closes {breakers['losing_streak']}")
    if breakers["order_failures"]:
        parts.append(f"order failures {breakers['order_failures']}")
    yield "  ".join(parts)
    if cash["unexplained"] not in (None, "0"):
        ours, gap = money(Decimal(cash["ours"])), signed(Decimal(cash["unexplained"]))
        yield f"cash by our books {ours}; at the broker {gap} that nothing explains"


def _alarms(shown: Row, rules: ExitRules) -> Iterator[str]:
    for reason, detail in shown["halt_reasons"].items():
        yield f"HALTED {reason}: {detail}"
    if shown["trading_disabled"]:
        yield f"TRADING DISABLED: {shown['trading_disabled']}"
    if shown["account_blocked"]:
        yield f"BLOCKED AT THE BROKER ({shown['account_blocked']}): no new order is taken, sells and stops neither"
    for row in shown["differences"]:
        seen = "twice" if row["confirmed"] else "once"
        ours, theirs = (_amount(row, side) for side in ("ours", "theirs"))
        yield f"DIFFERS {name_of(row)}: ours {ours}, the broker's {theirs} (seen {seen})"
    for symbol, cycles in shown["undecided"].items():
        yield f"UNDECIDED {symbol}: one price alone says sell, {cycles} of {rules.undecided_cycles} cycles"
    for row in shown["missed"]:
        yield f"{'LATE' if row['late'] else 'MISSED'}: {row['words']}"
    for row in shown["unprotected"]:
        yield f"UNPROTECTED {row['symbol']}: {row['why']}"


def _bare(shown: Row) -> Iterator[str]:
    """Positions that no stop at the broker guards to their last share, in one line."""
    named = [(row["symbol"], row["protection"]["why"]) for row in shown["positions"] if row["protection"]["why"]]
    if named and any(why != Reason.MONITOR_ONLY.value for _, why in named):
        yield f"no stop at the broker: {', '.join(f'{symbol} ({why})' for symbol, why in named)}"


def _amount(row: Row, side: str) -> str:
    return money(Decimal(row[side])) if row["kind"] == CASH else str(row[side])


def _owner(shown: Row) -> Iterator[str]:
    if shown["leaving"]:
        yield f"to be sold on your word: {', '.join(shown['leaving'])}"
    if shown["blocked"]:
        told = (f"{symbol} ({words})" if words else symbol for symbol, words in shown["blocked"].items())
        yield f"blocked: {', '.join(told)}"
    if shown["ignored"]:
        yield f"ignored, your own: {', '.join(shown['ignored'])}"


def _tables(screen: Screen, shown: Row) -> None:
    held = [_figures(row) for row in shown["positions"]]
    _rows(screen, "positions", ("symbol", "book", "origin", "qty", "entry", "last", "gain", "profit"), held)
    names = ("symbol", "stop", "broker", "away", "rule", "high", "days", "next age rule")
    _rows(screen, "what would sell them", names, held)
    orders = [row for row in shown["orders"] if row["purpose"] != Purpose.PROTECT.value or row["status"] != "accepted"]
    _rows(screen, "open orders", ("symbol", "side", "qty", "filled", "limit_price", "status", "reason"), orders)
    _rows(screen, "queue", ("ticker", "book", "score", "reason", "session"), shown["queue"])
    runs = [
        {"command": command, **run, "started": _at(run["started"]), "outcome": run["outcome"] or "unfinished"}
        for command, run in sorted(shown["runs"].items(), key=lambda row: str(row[1]["started"]), reverse=True)
    ]
    _rows(screen, "last runs", ("command", "started", "outcome", "said"), runs)
    if not held:
        screen.say("no positions")


def _rows(screen: Screen, title: str, names: tuple[str, ...], rows: Sequence[Row]) -> None:
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    screen.table(title, [name.replace("_", " ") for name in names], cells)


def _figures(row: Row) -> Row:
    """A position with its money to the cent, its fractions in per cent and its next age rule in words."""
    stop, high, entry = (price(Decimal(row[name])) for name in ("stop", "high", "entry_price"))
    profit, coming, guard = row["open_profit"], row["next_age_rule"], row["protection"]
    return {
        **row,
        "entry": entry,
        "stop": stop,
        "high": high,
        "broker": price(Decimal(guard["stop"])) if guard["order"] else None,
        "last": price(Decimal(row["last_price"])) if row["last_price"] else None,
        "gain": _share(row["gain"]),
        "profit": signed(Decimal(profit)) if profit is not None else None,
        "away": _share(row["distance_to_stop"]).lstrip("+"),
        "rule": row["stop_rule"],
        "days": row["age_days"],
        "next age rule": _age_words(coming) if coming else None,
    }


def _age_words(coming: Row) -> str:
    when = f"in {coming['in_days']} days" if coming["in_days"] else "now"
    return f"{when}, if under {bound(Decimal(coming['sold_under_gain']))}"


def _share(fraction: str | None) -> str:
    return per_cent(Decimal(fraction)) if fraction is not None else "-"


def _finely(fraction: str | None) -> str:
    return f"{Decimal(fraction):+.2%}" if fraction is not None else "-"


def _at(text: str) -> str:
    return at_words(parse_utc(text))


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
