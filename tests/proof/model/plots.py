"""Plots: acts in the one order in which a certain fault would show, which chance alone seldom finds.

Law of the file: a plot begins at a desk that may act and has room, brings about one situation, and leaves it to the
next act whatever it made; what it judges itself is only what no watchman of the bench can know.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from itertools import count

from automated_trading.simulator.errors import Refused
from automated_trading.simulator.faults import Fault, FaultKind
from tests.proof.model import words, world
from tests.proof.model.bench import CALM, Model, Trouble
from tests.proof.model.ledger import CENT

PRICE = Decimal(100)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def ready(model: Model) -> None:
    """The next session's morning, calm, nothing halted or switched off, and room for two more."""
    model.set_switch(False)
    model.exchange.account_blocked = False
    model.exchange.untradable.clear()
    model.approve()
    model.until("09:40", days=1)
    for symbol in model.symbols:
        model.stand(symbol, world.price(model, symbol))
    model.monitor()
    if model.ledger.unexplained:
        words.count_cash(model)
    if len(model.ledger.ours) > min(model.limits.positions - 2, 4):
        for symbol in sorted(model.ledger.agreed()):
            words.ask_exit(model, symbol)
        model.later(timedelta(minutes=1))
        model.monitor()
    words.resume(model)


def fresh(model: Model, number: int = 1, *, rests: bool = False) -> list[str]:
    """Approved symbols nobody has traded yet, at a price that can be bought; or where the buy will rest."""
    names = (f"{LETTERS[one // 26 % 26]}{LETTERS[one % 26]}" for one in count())
    new = [next(name for name in names if name not in model.symbols) for _ in range(number)]
    for symbol in new:
        model.symbols.append(symbol)
        model.lay(symbol, PRICE)
        if rests:  # the last trade is so far under the ask that the limit does not reach it
            model.exchange.set_quote(symbol, PRICE - Decimal("1.4"), PRICE, last=PRICE - Decimal("1.5"))
    model.approve(*new)
    return new


def bought(model: Model, trouble: Trouble = CALM) -> str | None:
    """One more position, if the desk could get it."""
    (symbol,) = fresh(model)
    model.morning(trouble)
    model.later(timedelta(minutes=1))
    model.monitor()
    return symbol if symbol in model.ledger.agreed() else None


def sales(model: Model, symbol: str) -> int:
    """How many orders of ours have sold a symbol, or were to at once; a stop that rests has not."""
    mine = [one for one in model.bench.orders(symbol) if one.side == "sell" and model.ledger.is_ours(one)]
    return sum(one.type != "stop" or one.filled_qty > 0 for one in mine)


def one_print(model: Model, number: int) -> None:
    """The last trade alone falls through the stop, or leaps and comes back: nothing is sold, no stop is raised."""
    symbol = bought(model)
    if symbol is None:
        return
    before, stop = sales(model, symbol), model.stops[symbol][1]
    for factor in ("0.85", "1.5")[:: 1 if number % 2 else -1]:
        world.bad_print(model, symbol, Decimal(factor))
        model.later(timedelta(minutes=1))
        model.monitor()
        model.stand(symbol, PRICE)
    model.later(timedelta(minutes=1))
    model.monitor()
    model.door.must(sales(model, symbol) == before, f"{symbol} was sold on the word of one witness")
    model.door.must(symbol not in model.stops or model.stops[symbol][1] == stop, f"one witness raised {symbol}'s stop")


def room_taken(model: Model, number: int) -> None:
    """Buys rest and have their slots; more signals come."""
    fresh(model, 1 + number % 2, rests=True)
    model.morning()
    model.later(timedelta(minutes=number))
    fresh(model, 3)
    model.morning()


def off_between(model: Model, number: int) -> None:
    """The owner's hand falls between two cancels, or between two buys; what was held back goes later."""
    fresh(model, 2, rests=True)
    model.morning(Trouble(hand=(("switch", "halt")[number // 2], 1, "POST")) if number % 2 else CALM)
    model.later(timedelta(minutes=1))
    model.set_halt()
    model.monitor(Trouble(hand=("switch", 1, "DELETE")))
    model.later(timedelta(minutes=5))
    model.set_switch(False)
    model.monitor()


def replaced(model: Model, number: int) -> None:
    """The venue puts another order in the place of ours, and another in its place; a fill; a cancel of the last."""
    fresh(model, 1, rests=True)
    model.morning()
    for kind in ("replace", "replace less")[: 1 + number % 2]:
        world.behind_our_back(model, kind, number)
        model.later(timedelta(minutes=1))
        model.monitor()
        world.fill_in_part(model, number, Decimal("0.3"))
        model.later(timedelta(minutes=1))
        model.monitor()
    model.set_halt()
    model.monitor()


def regained(model: Model, number: int) -> None:
    """A day's loss, perhaps made good within the day: its halt stands, whatever is approved."""
    loss = (model.exchange.equity() * Decimal("0.065")).quantize(CENT)
    if model.exchange.ledger.cash < loss * 3:
        return
    model.exchange.pay("FEE", -loss)
    model.later(timedelta(minutes=1))
    model.monitor()
    if number % 2:
        model.exchange.pay("DIV", loss)
    fresh(model, 1)
    for _ in range(2):
        model.later(timedelta(minutes=1))
        model.morning()


def half_promised(model: Model, number: int) -> None:
    """The owner's own order sells a part of what is to leave: the rest goes, and no more."""
    symbol = bought(model)
    if symbol is None:
        return
    part = (model.ledger.ours[symbol] * (1 + number) / 6).to_integral_value()
    try:
        model.exchange.rest_by_hand(symbol, "sell", max(part, Decimal(1)), PRICE * Decimal("1.3"))
    except Refused:
        return
    model.later(timedelta(minutes=1))
    words.ask_exit(model, symbol)
    model.later(timedelta(minutes=1))
    model.monitor()


def unwanted(model: Model, number: int) -> None:
    """A symbol nobody holds is ignored, and approved of; later it is minded again."""
    (symbol,) = fresh(model)
    words.ignore(model, symbol)
    model.morning()
    if number % 2:
        model.later(timedelta(minutes=1))
        words.forget(model, symbol)
        model.morning()


def other_shares(model: Model, number: int) -> None:
    """What is held splits and is adopted: the stop moves along, and nothing is sold."""
    symbol = bought(model)
    if symbol is None:
        return
    before = sales(model, symbol)
    world.split(model, symbol, Decimal(2 + number % 2))
    model.later(timedelta(minutes=1))
    model.monitor()
    words.adopt(model, symbol)
    model.later(timedelta(minutes=1))
    model.monitor()
    model.door.must(sales(model, symbol) == before, f"a split sold {symbol}")


def asked_again(model: Model, number: int) -> None:
    """A buy whose answer is lost, and perhaps late itself; the folder lost too; the same signal at another minute."""
    (symbol,) = fresh(model)
    kind = (FaultKind.LATE, FaultKind.LOST_BEFORE, FaultKind.LATE, FaultKind.TWICE)[number]
    model.morning(Trouble((Fault(kind, "POST", "/v2/orders", 1, timedelta(minutes=20)),)))
    model.later(timedelta(minutes=3))
    model.new_folder()
    model.ledger.lost()
    model.monitor()
    words.resume(model)
    model.approve(symbol)
    for minutes in (4, 23):
        model.later(timedelta(minutes=minutes))
        model.morning()


def sold_again(model: Model, number: int) -> None:
    """A sale whose answer is lost, and perhaps late itself; the next runs find it, or ask for it again."""
    symbol = bought(model)
    if symbol is None:
        return
    words.ask_exit(model, symbol)
    kind = (FaultKind.LATE, FaultKind.LOST_AFTER, FaultKind.LATE, FaultKind.ERROR_504_BEFORE)[number]
    model.monitor(Trouble((Fault(kind, "POST", "/v2/orders", 1, timedelta(minutes=20)),)))
    for minutes in (5, 5, 20):
        model.later(timedelta(minutes=minutes))
        model.monitor()


PLOTS: dict[str, Callable[[Model, int], None]] = {
    "one print": one_print,
    "room taken": room_taken,
    "off between": off_between,
    "replaced": replaced,
    "regained": regained,
    "half promised": half_promised,
    "unwanted": unwanted,
    "other shares": other_shares,
    "asked again": asked_again,
    "sold again": sold_again,
}
