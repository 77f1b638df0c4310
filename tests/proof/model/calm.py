"""Calm after every story: nothing is bent any more, the owner puts right what he did, and all must come to its end.

Law of the file: safe is not enough. What the desk holds and nobody disputes can be sold, what it is told to buy it
buys, every order ends, and nothing differs but what the story made differ by hand.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

from automated_trading.simulator.errors import Refused
from tests.proof.model import words
from tests.proof.model.bench import Model
from tests.proof.model.door import DRIFT
from tests.proof.model.ledger import ZERO
from tests.proof.model.world import price

NEW = "NEW"


def bring(model: Model) -> None:
    """Raises Wrong where the desk does not find its way back."""
    _undo(model)
    model.until("09:40", days=1)
    _ran(model, "monitor")
    words.resume(model)
    model.later(timedelta(minutes=5))
    _ran(model, "monitor")
    leaving = set(model.record.state.positions)
    for symbol in sorted(leaving):
        words.ask_exit(model, symbol)
    for _ in range(3):
        model.later(timedelta(minutes=6))
        _ran(model, "monitor")
    _ended(model, leaving)
    words.resume(model)  # five losing sales are a row
    _buys(model)
    _ended(model, set())
    model.bench.state()  # the whole proof, once


def _undo(model: Model) -> None:
    model.set_switch(False)
    model.exchange.account_blocked = False
    model.exchange.untradable.clear()
    for symbol in model.symbols:
        model.stand(symbol, price(model, symbol))
    for key in model.ledger.strangers():
        with suppress(Refused):
            model.exchange.cancel(key)
    model.approve()


def _ran(model: Model, name: str) -> None:
    """A calm command ends well; a buy of today that was never answered may wait for the close."""
    outcome = {"monitor": model.monitor, "eod": model.eod, "morning": model.morning}[name]()
    model.door.must(outcome is not None, f"{name} did not end")


def _ended(model: Model, leaving: set[str]) -> None:
    """After the close everything has ended: orders, unanswered intents, positions that were to leave and could."""
    model.until("16:30")
    _ran(model, "eod")
    state, say = model.record.state, model.door.must
    say(state.day.figures is not None, "the session was not closed")
    waiting = [one.client_order_id for one in state.open_orders() if not (one.protects and one.rests)]
    say(not waiting, f"not at their end: {waiting}")
    stays = set(model.ledger.differences()) | model.ledger.other_shares
    say(leaving & set(state.positions) <= stays, f"not sold: {leaving & set(state.positions) - stays}")
    model.judge("eod")


def _buys(model: Model) -> None:
    """The next morning's one signal is bought, unless cash is missing or others fill the room."""
    model.lay(NEW, Decimal(25))
    model.approve(NEW)
    model.until("09:35", days=1)
    model.lay(NEW, Decimal(25))
    _ran(model, "morning")
    ledger, equity, mark = model.ledger, model.exchange.equity(), model.exchange.mark
    missing = ledger.unexplained < -model.door.tolerance()
    more = {one: max(ledger.theirs[one], ledger.ours.get(one, ZERO)) for one in {*ledger.theirs, *ledger.ours} - {NEW}}
    worth = sum((qty * mark(one) for one, qty in more.items()), ZERO)
    crowded = worth + equity * model.limits.position * DRIFT > equity * model.limits.exposure
    poor = model.exchange.ledger.cash < equity / 5 or crowded
    full = len(ledger.ours) >= model.limits.positions
    bought = any(one.symbol == NEW for one in model.bench.orders())
    halted = set(model.door.halts)
    model.door.must(
        bought or missing or poor or full, f"{NEW} was not bought: {halted} {model.record.state.day.verdicts}"
    )
    model.judge("morning")
