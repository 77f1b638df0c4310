"""Giving voice to what is written.

Law of the room: nothing leaves before its ink is durable; an order is sent at most once a run, and its three answers,
accepted, refused and unclear, are each noted. The owner's switches are read again before every word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from automated_trading.domain.errors import BrokerError, BrokerRefused, BrokerUnclear, BrokerUnreachable
from automated_trading.domain.events import HaltSeen, OrderDoubted, OrderRefused, OrderUnclear, OrderUnsent
from automated_trading.domain.orders import Order
from automated_trading.domain.reasons import Reason
from automated_trading.engine.desk import Desk
from automated_trading.engine.hearing import accepted, hear
from automated_trading.engine.journal import Journal

CONFIRM_POLLS = 12
CONFIRM_WAIT = timedelta(milliseconds=500)
"""A cancel is usually confirmed within a second; after six the next cycle goes on with it."""


def send(desk: Desk, journal: Journal, orders: Sequence[Order], may_go: Callable[[], bool]) -> None:
    """Ask the broker for each order, in turn. `may_go` is asked before each one.

    One whose look-up got no answer in this run is left out: nothing is sent again before it was looked for. With no
    line to the broker the rest stays unsent; it is asked for again by the next cycle under the same ids.
    """
    orders = [order for order in orders if order.client_order_id not in journal.unheard]
    if not orders:
        return
    journal.durable()
    for order in orders:
        if desk.gate.disabled() is not None or not may_go():
            return
        if not _ask(desk, journal, order):
            return


def _ask(desk: Desk, journal: Journal, order: Order) -> bool:
    """One POST and its answer; False when there is no line."""
    journal.sent += 1
    key, attempt = order.client_order_id, order.attempts + 1
    try:
        told = desk.broker.submit(order)
    except BrokerRefused as refusal:
        if journal.intended_here(key):
            journal.note([OrderRefused(key, refusal.status, refusal.words, refusal.through)])
        else:
            _doubt(desk, journal, order, refusal)
    except BrokerUnclear as silence:
        journal.note([OrderUnclear(key, attempt, str(silence))])
    except BrokerUnreachable as silence:
        journal.note([OrderUnsent(key, attempt, str(silence))])
        journal.problems.append(f"{order.symbol}: not sent: {silence}")
        return False
    else:
        journal.note([accepted(order, told, journal.now, found=False)])
    return True


def _doubt(desk: Desk, journal: Journal, order: Order, refusal: BrokerRefused) -> None:
    """A refusal of a second sending says nothing of the first: only the broker's records do.

    A stop that they do not show and whose price is through is given up: were the first to arrive after all, it would be
    refused for that or for want of shares, and one that rests all the same is taken back for the sale.
    """
    key, asked = order.client_order_id, True
    try:
        told = desk.broker.find(key)
    except BrokerError:
        told, asked = None, False
    if told is not None:
        journal.note(hear(journal.state, [told], desk.rules, journal.now))
    elif asked and refusal.through and order.protects:
        journal.note([OrderRefused(key, refusal.status, refusal.words, through=True)])
    else:
        journal.note([OrderDoubted(key, refusal.words)])


def see_latch(desk: Desk, journal: Journal) -> bool:
    """Whether the owner's `halt` stands; one not seen before is noted."""
    latch = desk.gate.latch()
    if latch is None:
        return False
    standing = journal.state.halts.get(Reason.OWNER)
    if standing is None or standing.token != latch.token:
        journal.note([HaltSeen(latch.token, latch.reason, journal.now)])
    return True


def cancel(desk: Desk, journal: Journal, orders: Sequence[Order]) -> None:
    """Ask for each cancel, then read the orders back until every one has ended, the time is up or no answer comes.

    What is not confirmed here is heard by the next reading; waiting for a silent broker would only keep sells back.
    """
    if not orders:
        return
    journal.durable()
    waiting: dict[str, str] = {}
    for order in orders:
        if desk.gate.disabled() is not None:
            break
        if order.broker_id is None:
            continue
        journal.sent += 1
        waiting[order.client_order_id] = order.broker_id
        try:
            desk.broker.cancel(order.broker_id)
        except BrokerError as problem:
            journal.problems.append(f"{order.symbol}: cancel not confirmed: {problem}")
    for poll in range(CONFIRM_POLLS):
        if not _read_back(desk, journal, waiting) or not waiting:
            return
        if poll + 1 < CONFIRM_POLLS:
            desk.clock.wait(CONFIRM_WAIT.total_seconds())
    journal.problems += [f"{journal.state.orders[key].symbol}: its cancel is not confirmed yet" for key in waiting]


def _read_back(desk: Desk, journal: Journal, waiting: dict[str, str]) -> bool:
    """Take out of `waiting` what has ended; False when the broker gives no answer."""
    for key, broker_id in list(waiting.items()):
        try:
            told = desk.broker.follow(broker_id)
        except BrokerError as problem:
            journal.problems.append(f"{journal.state.orders[key].symbol}: cancel not confirmed: {problem}")
            return False
        if told is not None:
            journal.note(hear(journal.state, [told], desk.rules, journal.now))
        if journal.state.orders[key].status.ended:
            del waiting[key]
    return True
