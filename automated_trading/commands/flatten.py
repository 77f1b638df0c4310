"""`flatten`: close everything now, and stay out.

Law of the file: the owner's halt is set first, for a desk that buys again tomorrow is not flat; what is to be sold is
on record before anything is sent; the selling is the monitor's own.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.commands.asked import Asked
from automated_trading.commands.consent import agreed, must_be_said
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import BrokerError, ConfigError, MarketDataError, RunInProgress
from automated_trading.domain.sessions import utc_text

if TYPE_CHECKING:
    from automated_trading.domain.market import Market
    from automated_trading.domain.state import State
    from automated_trading.engine.flatten import Flattened
    from automated_trading.settings import Settings


def flatten(asked: Asked, yes: bool) -> int:
    """Sell all our books hold, cancel all that is open, and follow it to its end; returns its exit code.

    Raises UsageError, ConfigError where trading is disabled, RunInProgress, StateError, AuditError.
    """
    from automated_trading.adapters.latch import Latch
    from automated_trading.assembly import assembled, mode_folder, owners_hand
    from automated_trading.engine.flatten import ask_exits, follow
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS

    settings, screen = asked.settings(), Screen(asked)
    mode, hand = settings.mode.value, owners_hand(settings, asked.cwd)
    must_be_said(asked, yes)
    if (disabled := hand.disabled()) is not None:
        raise ConfigError(f"trading is disabled ({disabled}): nothing can be sold, and nothing was changed")
    for line in _shown(settings, asked):
        screen.say(f"  {line}")
    if not agreed(asked, f"{mode.upper()}: sell all of it at the market, cancel all that is open, and halt?", yes):
        _said(screen, mode, "nothing was done", 0)
        return 0
    Latch(mode_folder(settings)).set(secrets.token_hex(8), "flatten", utc_text(asked.now))
    try:
        with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
            ask_exits(world.desk)
        with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
            done = follow(world.desk)
    except RunInProgress as busy:
        raise RunInProgress(
            f"halted, but {busy}; what was put on record before is sold by that run or the next"
        ) from None
    return _told(screen, mode, done)


def _shown(settings: Settings, asked: Asked) -> Iterator[str]:
    """What is held and open, with what it is worth where the broker can be asked."""
    from automated_trading.assembly import assembled
    from automated_trading.engine.look import look

    with assembled(settings, asked.cwd, now=asked.now, keep=False) as world:
        state, _ = world.folder.peek()
        try:
            seen = look(world.desk, state)
        except (BrokerError, MarketDataError):
            yield from _lines(state, None)
        else:
            yield from _lines(seen.state, seen.market)


def _lines(state: State, market: Market | None) -> Iterator[str]:
    from automated_trading.decisions.flattening import held
    from automated_trading.reports.amounts import counted, money, shares
    from automated_trading.reports.order_words import order_words

    total = Decimal(0)
    for symbol in sorted(held(state)):
        qty = state.positions[symbol].qty
        last = market.last_price(symbol) if market is not None else None
        total += qty * last if last is not None else 0
        yield f"{shares(qty)} {symbol}, worth {money(qty * last) if last is not None else 'unknown'}"
    yield (
        f"{counted(len(held(state)), 'position')}, worth {money(total)}"
        if market is not None
        else "the broker was not reached"
    )
    for order in state.open_orders():
        yield f"open: {order_words(order)}"


def _told(screen: Screen, mode: str, done: Flattened) -> int:
    """Say how it ended."""
    from automated_trading.domain.events import PositionClosed
    from automated_trading.reports.words import tell

    sold = [event for event in done.last.events if isinstance(event, PositionClosed)]
    for event in sold:
        screen.say(f"  {tell(event)}")
    for symbol, why in done.left.items():
        screen.say(f"  left: {symbol}: {why}", "warn")
    for problem in done.last.problems:
        screen.say(f"  problem: {problem}", "bad")
    rest = (
        f"{len(done.left)} left ({', '.join(done.left)})" if done.left else "flat, nothing is held and no order is open"
    )
    said = f"{len(sold)} sold; {rest}; halted until `automated-trading resume`"
    _said(screen, mode, said, done.code, done)
    if done.code:
        screen.wrong(next(iter(done.last.problems), said))
    return done.code


def _said(screen: Screen, mode: str, said: str, code: int, done: Flattened | None = None) -> None:
    screen.say(f"{mode.upper()} flatten: {said}")
    if screen.asked.json:
        left = dict(done.left) if done is not None else {}
        told = {"schema": 1, "mode": mode, "command": "flatten", "exit_code": code, "said": said}
        screen.document({**told, "flat": done is not None and not left, "left": left})
