"""What the ledger foretells, laid beside what the desk says.

Law of the file: nothing is asked of the desk but its own state; every figure it is held to is the ledger's or the
exchange's. What does not fit is said at the door, all of it, and ends the story there.
"""

from __future__ import annotations

from datetime import time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.domain.orders import OrderStatus
from automated_trading.domain.state import State
from automated_trading.engine.desk import Outcome
from automated_trading.simulator.calendar import NEW_YORK, session_on

if TYPE_CHECKING:
    from tests.proof.model.bench import Model

WORDS = ("resume", "exit", "block", "unblock")
"""Commands that put the owner's word on record without hearing the broker."""


def codes(model: Model, name: str, outcome: Outcome) -> set[int]:
    """The exit codes that DESIGN allows an undisturbed command."""
    ledger = model.ledger
    code = 4 if any(order.status.unanswered for order in outcome.state.open_orders()) else 0
    if name == "reconcile" and code:
        return {code}  # nobody can say that the books agree
    if name == "reconcile":
        cash = ledger.counted and abs(ledger.unexplained) > model.door.tolerance()
        orders = [one for one in model.exchange.blotter.open() if one.id in ledger.strangers()]
        minded = [one for one in orders if one.symbol not in ledger.ignored]
        return {6 if ledger.differences() or minded or cash or other_shares(model, outcome.state) else 0}
    routine = name.removeprefix("dry ")
    if name in WORDS:
        return {0}
    if not model.garbage or routine == "eod":
        return {code}
    hour = model.exchange.now.astimezone(NEW_YORK).time()
    asked = routine == "morning" and model.is_open and time(9, 35) <= hour < time(12)
    return {3} if asked else {3, code}


def other_shares(model: Model, state: State) -> set[str]:
    """Symbols shown as different though the figures agree, because their shares became others."""
    return {
        symbol
        for symbol, seen in state.differences.items()
        if seen.ours == seen.theirs and symbol in model.ledger.other_shares
    }


def compare(model: Model, state: State, with_orders: bool = True) -> None:
    """The desk's books as the ledger has them: shares, differences, cash, orders, stops."""
    ledger, say = model.ledger, model.door.must
    told = {symbol: held.qty for symbol, held in state.positions.items()}
    say(told == ledger.ours, f"books {told}, the ledger's {ledger.ours}")
    seen = {symbol: (one.ours, one.theirs) for symbol, one in state.differences.items()}
    for symbol in other_shares(model, state):
        seen.pop(symbol)
    say(seen == ledger.differences(), f"differences {seen}, the ledger's {ledger.differences()}")
    say(all(one.confirmed for one in state.differences.values()), "a difference was seen but once")
    cash(model, state)
    strangers = {key for key, one in state.outside.items() if one.is_open}
    say(strangers == ledger.strangers(), f"outside orders {strangers}, the ledger's {ledger.strangers()}")
    if with_orders:
        orders(model, state)
    stops(model, state)


def cash(model: Model, state: State) -> None:
    """Cash to the cent; what nothing explains is named once it is more than may stay unexplained."""
    ledger, apart = model.ledger, state.cash_difference is not None
    model.door.must(state.cash == ledger.cash(), f"cash {state.cash}, the ledger's {ledger.cash()}")
    due = abs(ledger.unexplained) > model.door.tolerance()
    model.door.must(apart == due, f"{ledger.unexplained} of cash is unexplained, told: {apart}")


def orders(model: Model, state: State) -> None:
    """Every open order of ours stands on both sides with the same fills; none is at the broker alone."""
    theirs = {one.id: one.filled_qty for one in model.exchange.blotter.open() if model.ledger.is_ours(one)}
    ours = {str(one.broker_id): one for one in state.open_orders() if not one.status.unanswered}
    filled = {key: one.filled_qty - one.carried_qty for key, one in ours.items()}
    model.door.must(filled == theirs, f"open orders {filled}, the exchange's {theirs}")
    for order in state.open_orders():
        there = model.exchange.blotter.by_client_id(order.client_order_id)
        model.door.must(not (order.status.unanswered and there), f"{order.client_order_id} is there, not on our books")


def stops(model: Model, state: State) -> None:
    """Every position has a stop, no further under its entry than any tier allows, and no stop falls."""
    for symbol, held in state.positions.items():
        least = model.ledger.stop(symbol)
        model.door.must(held.stop >= least, f"the stop of {symbol} is {held.stop}, at least {least} is due")
        opened, before = model.stops.get(symbol, (None, held.stop))
        kept = opened != held.opened or held.stop >= before
        model.door.must(kept, f"the stop of {symbol} fell from {before} to {held.stop}")
    model.stops = {symbol: (held.opened, held.stop) for symbol, held in state.positions.items()}


def cancelled(model: Model, state: State) -> None:
    """While anything halts, no buy of ours is left open by an undisturbed run in session."""
    if not state.halted or not model.is_open or model.door.silence is not None or model.exchange.account_blocked:
        return
    for one in model.exchange.blotter.open():
        left = one.side == "buy" and model.ledger.is_ours(one) and str(one.status) != "pending_cancel"
        model.door.must(not left, f"{one.client_order_id} is left open, halted: {sorted(model.door.halts)}")


def sold(model: Model, state: State) -> None:
    """What stands at or under its stop, or is to leave, is on sale after one undisturbed run in session."""
    if not model.is_open or model.door.silence is not None or model.exchange.account_blocked:
        return
    others = [one for one in model.exchange.blotter.open() if not model.ledger.is_ours(one)]
    resting = {one.symbol for one in others if one.side == "buy"}  # a sale could trade with it
    waiting = (order for order in state.open_orders() if order.status.unanswered)
    stuck = {one.symbol for one in waiting if one.status is OrderStatus.UNCLEAR or one.intended_at < model.run_began}
    for symbol in model.ledger.agreed() - resting - stuck - model.exchange.untradable - model.door.odd:
        held = state.positions.get(symbol)
        price = model.exchange.board.last(symbol, model.exchange.now)
        if held is None or price is None:
            continue
        # A wish is for what was held then, or what a buy open then has brought; not for what was bought anew.
        wished = symbol in model.leaving and held.opened - model.leaving[symbol] < timedelta(days=2)
        if price > held.stop and not wished:
            continue
        if held.qty <= sum((one.rest for one in others if one.symbol == symbol), Decimal(0)):
            continue  # the owner's own orders sell all of it
        sells = model.exchange.blotter.open_in(symbol, "sell")
        mine = [one for one in sells if model.ledger.is_ours(one)]
        mine = [one for one in mine if one.type != "stop" or not wished]  # that waits for its price
        on_sale = sum((one.rest for one in mine), Decimal(0))
        model.door.must(on_sale > 0, f"{symbol} at {price} is not on sale: stop {held.stop}, wished {wished}")


def day_loss(model: Model) -> None:
    """A day that has lost more than it may is halted by the run that sees it."""
    before = model.exchange.ledger.balance_asof
    session = model.session()
    if before is None or session is None or not model.ledger.counted or model.door.odd:
        return
    closed = session_on(before)
    assert closed is not None
    change = model.ledger.change_since(closed.close)
    if change < Decimal("-0.055"):
        model.door.must("day_loss" in model.door.halts, f"lost {change:.2%} and not halted")
