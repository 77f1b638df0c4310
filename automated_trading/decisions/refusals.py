"""What speaks against a signal, in the fixed order of the rule book.

Law of the room: facts about the signal, the account and what is held refuse; facts of the moment are "not yet". A
fact that could not be had is "not yet" too. Each answer carries its reason and the figures behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

from automated_trading.decisions.breakers import why_nothing_opens
from automated_trading.decisions.quotes import Why, why_not_on_this_quote
from automated_trading.domain.market import Market
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Signal
from automated_trading.domain.state import State


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule about signals looks at."""

    state: State
    market: Market
    rules: Rules
    book: str


def why_stale(case: Case, signal: Signal) -> Why | None:
    """A signal from before the previous session's close is old news; one dated behind this one's close is a mistake."""
    if signal.generated > case.market.session.closes:
        return Reason.FUTURE, f"generated {signal.generated:%Y-%m-%d %H:%M} UTC"
    if signal.generated < case.market.previous.closes:
        return Reason.STALE, f"generated {signal.generated:%Y-%m-%d %H:%M} UTC"
    return None


def why_refused(case: Case, signal: Signal) -> Why | None:
    """Facts about the signal, the account and what is held that speak against it, the first that does."""
    least = case.rules.entries.min_signal_score
    if signal.score < least:
        return Reason.LOW_SCORE, f"{signal.score} < {least}"
    if case.market.account.blocked is not None:
        return Reason.ACCOUNT_BLOCKED, case.market.account.blocked
    return _symbol(case, signal.ticker) or _holdings(case, signal.ticker) or _cooling(case, signal.ticker)


def _symbol(case: Case, ticker: str) -> Why | None:
    if ticker in case.state.blocked:
        return Reason.BLOCKED, case.state.blocked[ticker]
    if ticker in case.state.ignored:
        return Reason.IGNORED, ""
    if ticker in case.state.leaving:
        return Reason.OWNER_EXIT, ""
    asset = case.market.assets.get(ticker)
    if asset is None:
        return None  # not asked: that is for `why_not_yet`
    if not asset.known:
        return Reason.ASSET_UNKNOWN, ""
    if not asset.active:
        return Reason.ASSET_INACTIVE, ""
    return None if asset.tradable else (Reason.NOT_TRADABLE, "")


def _holdings(case: Case, ticker: str) -> Why | None:
    position = case.state.positions.get(ticker)
    orders = case.state.open_orders(ticker)
    owners = {order.book for order in orders} | ({position.book} if position else set())
    if owners - {case.book}:
        return Reason.OTHER_BOOK, f"held by {', '.join(sorted(owners - {case.book}))}"
    if position is not None:
        return Reason.HELD, f"{position.qty} shares"
    if orders:
        return Reason.ORDER_OPEN, orders[0].client_order_id
    return None


def _cooling(case: Case, ticker: str) -> Why | None:
    sold = case.state.sold.get(ticker)
    if sold is None or case.market.session.date - sold >= case.rules.entries.cool_down:
        return None
    return Reason.COOL_DOWN, f"sold on {sold}, free again on {sold + case.rules.entries.cool_down}"


def why_not_yet(case: Case, ticker: str) -> Why | None:
    """Facts of the moment that speak against buying a ticker now, the first that does."""
    barred = why_nothing_opens(case.state, case.market, case.rules.breakers)
    if barred is not None:
        return barred
    if ticker not in case.market.assets:
        return Reason.ASSET_NOT_ASKED, ""
    if ticker in case.state.differences or case.market.held_qty(ticker) != 0:
        return Reason.FROZEN, f"the broker holds {case.market.held_qty(ticker)}"
    if resting := case.state.outside_orders(ticker):
        return Reason.OUTSIDE_ORDER, f"{resting[0].side.value} {resting[0].qty}"
    return why_not_on_this_quote(case.market, ticker, case.rules.entries)
