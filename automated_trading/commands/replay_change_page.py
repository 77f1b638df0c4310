"""What other rules made of the same days, as a page for a person.

Law of the file: under the page of the changed rules stands each figure of both; what did not move is shown too.
"""

from __future__ import annotations

from decimal import Decimal

from automated_trading.commands.screen import Screen
from automated_trading.reports.replay_change import Amount, Comparison, End
from automated_trading.reports.words import money, signed


def show_change(screen: Screen, comparison: Comparison) -> None:
    """What the changed rules changed."""
    screen.say("COMPARED with the same days under the unchanged rules", "title")
    for name, (old, new) in comparison.rules.items():
        screen.say(f"{name}: {old} -> {new}")
    if not comparison.rules:
        screen.say("no rule has another value", "warn")
    rows = [
        (moved.name, _amount(moved.old), _amount(moved.new), _difference(moved.difference))
        for moved in comparison.figures
    ]
    screen.table("what changed", ("figure", "old", "new", "difference"), rows)
    _signals(screen, comparison)
    _positions(screen, comparison)
    if comparison.old.exit_code:
        screen.say(f"DOES NOT HOLD  the replay of the unchanged rules: exit code {comparison.old.exit_code}", "bad")
    else:
        screen.say("holds  the replay of the unchanged rules: entries, money, log and state", "good")


def _signals(screen: Screen, comparison: Comparison) -> None:
    rows = [(str(turned.day), turned.signal, str(turned.old), str(turned.new)) for turned in comparison.signals]
    screen.table("signals that met another fate", ("day", "signal", "old", "new"), rows)
    if not rows:
        screen.say("every signal met the same fate")


def _positions(screen: Screen, comparison: Comparison) -> None:
    rows = [(str(went.bought), went.symbol, _end(went.old), _end(went.new)) for went in comparison.positions]
    screen.table("positions that ended otherwise", ("bought", "symbol", "old", "new"), rows)
    if not rows:
        screen.say("every position ended the same")


def _end(end: End | None) -> str:
    if end is None:
        return "never bought"
    return f"{end.how} {signed(end.profit)}" if end.profit is not None else end.how


def _amount(amount: Amount) -> str:
    return money(amount) if isinstance(amount, Decimal) else str(amount)


def _difference(amount: Amount) -> str:
    if not amount:
        return "-"
    return signed(amount) if isinstance(amount, Decimal) else f"{amount:+d}"
