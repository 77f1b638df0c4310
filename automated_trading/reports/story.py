"""How one symbol stands, by the records alone.

Law of the file: the state is asked and nobody else; each thing that keeps the symbol from being bought or sold is told,
with what would end it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automated_trading.domain.codec import encode
from automated_trading.domain.reasons import SENTENCES
from automated_trading.domain.rules import Rules
from automated_trading.domain.state import QueuedSignal, State, Verdict
from automated_trading.reports.amounts import counted, price, shares
from automated_trading.reports.differences import Row, at_words, difference_rows, remedies, what_differs
from automated_trading.reports.held import age_in_days, position_row, would_sell
from automated_trading.reports.order_words import order_words
from automated_trading.reports.protection import at_broker, why_bare, words_of
from automated_trading.reports.signal_words import because
from automated_trading.reports.status import order_row

COMMAND = "automated-trading"


def standing(state: State, rules: Rules, symbol: str) -> list[str]:
    """How the symbol stands now, a line for each thing there is to say; none where nothing is on record."""
    return [
        *_held(state, rules, symbol),
        *_orders(state, symbol),
        *_verdicts(state, symbol),
        *_queued(state, rules, symbol),
        *_cool_down(state, rules, symbol),
        *_owner(state, symbol),
        *_differences(state, symbol),
    ]


def document(state: State, rules: Rules, symbol: str) -> dict[str, Any]:
    """The same for `--json`."""
    held = symbol in state.positions
    until = state.sold[symbol] + rules.entries.cool_down if symbol in state.sold else None
    return {
        "position": position_row(state, None, rules.exits, symbol) if held else None,
        "orders": [order_row(state, order.client_order_id) for order in state.open_orders(symbol)],
        "queued": [encode(queued) for queued in _waiting(state, symbol)],
        "verdicts": {book: encode(verdict) for book, verdict in _said(state, symbol)},
        "not_bought_before": encode(until),
        "blocked": state.blocked.get(symbol),
        "ignored_since": encode(state.ignored.get(symbol)),
        "exit_asked": encode(state.leaving.get(symbol)),
        "undecided": state.undecided.get(symbol, 0),
        "differences": _rows(state, symbol),
        "said": standing(state, rules, symbol),
    }


def _held(state: State, rules: Rules, symbol: str) -> Iterator[str]:
    position = state.positions.get(symbol)
    if position is None:
        return
    age = age_in_days(position, state.day.session)
    score = f", score {shares(position.score)}" if position.score is not None else ""
    came = f"{position.origin.value}, tier {position.tier}{score}"
    yield f"held: {shares(position.qty)} at {price(position.entry_price)} by {position.book} ({came})"
    aged = f"{counted(age, 'day')} old"
    yield f"since {at_words(position.opened)}, {aged}; high {price(position.high)}, stop {price(position.stop)}"
    if symbol in state.leaving:
        yield f"to be sold: the owner said exit, {at_words(state.leaving[symbol])}"
    if cycles := state.undecided.get(symbol):
        least = rules.exits.undecided_cycles
        yield f"UNDECIDED: one price alone says sell, {cycles} in a row; after {least} it is sold by limit"
    yield from (f"would sell it: {words}" for words in would_sell(position, rules.exits, age))
    guard, bare = at_broker(state, symbol), why_bare(state, None, rules.exits, symbol)
    if guard is not None:
        yield f"a stop rests at the broker at {price(guard)}"
    if bare is not None:
        yield f"not guarded by a stop at the broker: {words_of(bare)}"


def _orders(state: State, symbol: str) -> Iterator[str]:
    for order in state.open_orders(symbol):
        filled = f", {shares(order.filled_qty)} filled" if order.filled_qty > 0 else ""
        cancelling = f", being cancelled ({order.cancelling})" if order.cancelling else ""
        yield f"open order: {order_words(order)} ({order.reason}), {order.status.value}{filled}{cancelling}"


def _said(state: State, symbol: str) -> list[tuple[str, Verdict]]:
    """What was said of the symbol this session, by book."""
    named = ((key.partition("/"), verdict) for key, verdict in state.day.verdicts.items())
    return [(book, verdict) for (book, _, label), verdict in named if label == symbol]


def _verdicts(state: State, symbol: str) -> Iterator[str]:
    for _, verdict in _said(state, symbol):
        said = verdict.said.replace("_", " ")
        yield f"session {state.day.session}: {said}: {because(verdict.reason, verdict.detail)}"
        yield f"    {SENTENCES[verdict.reason]}"


def _waiting(state: State, symbol: str) -> list[QueuedSignal]:
    return [queued for queued in state.queue.values() if queued.signal.ticker == symbol]


def _queued(state: State, rules: Rules, symbol: str) -> Iterator[str]:
    for queued in _waiting(state, symbol):
        signal, again = queued.signal, rules.redeployment
        yield f"queued since {queued.session}, score {shares(signal.score)}, for lack of room ({queued.reason.value})"
        if not again.enabled:
            yield "    redeployment is switched off: it is dropped after one session"
            continue
        near = f"within {again.price_tolerance:.1%} of {price(signal.entry_price)}"
        yield f"    bought if room comes free in session and the ask is {near}; dropped after one session"


def _cool_down(state: State, rules: Rules, symbol: str) -> Iterator[str]:
    sold, today = state.sold.get(symbol), state.day.session
    if sold is None or today is None:
        return
    until = sold + rules.entries.cool_down
    yield f"left on {sold}: {'not bought before' if until > today else 'may be bought again since'} {until}"


def _owner(state: State, symbol: str) -> Iterator[str]:
    if symbol in state.blocked:
        words = f" ({state.blocked[symbol]})" if state.blocked[symbol] else ""
        yield f"BLOCKED{words}: not bought until `{COMMAND} unblock {symbol}`"
    if symbol in state.ignored:
        since = at_words(state.ignored[symbol])
        yield f"ignored since {since}: the owner's own; `{COMMAND} reconcile --forget {symbol}` ends that"


def _rows(state: State, symbol: str) -> list[Row]:
    return [row for row in difference_rows(state) if row["symbol"] == symbol]


def _differences(state: State, symbol: str) -> Iterator[str]:
    for row in _rows(state, symbol):
        yield f"DIFFERS: {what_differs(state, row)}"
        for option, words in remedies(state, row):
            yield f"    `{COMMAND} reconcile {option}`: {words}" if option else f"    {words}"
