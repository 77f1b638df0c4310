"""The cycle's one picture of the world.

Law of the room: that of the engine. What a decision will need is asked for here, once; what cannot be had is missing,
and said. What only openings need is asked after everything that closes, and only where nothing known speaks against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from automated_trading.decisions import entries, redeployment, sending
from automated_trading.decisions.routines import Routine, may_open, may_redeploy
from automated_trading.domain.errors import BrokerUnreachable, MarketDataError
from automated_trading.domain.events import AssetsSeen
from automated_trading.domain.market import Asset, Market, Price
from automated_trading.domain.state import State
from automated_trading.engine.contact import Contact
from automated_trading.engine.desk import Desk
from automated_trading.engine.journal import Journal

ASKED_AT_MOST = 20
"""Symbols looked up in one run; the rest is not yet known and looked up by the next."""


def photograph(desk: Desk, journal: Journal, contact: Contact, routine: Routine) -> Market:
    """Everything this cycle decides from; signals are in it when the routine may buy on them."""
    rules = desk.rules
    market = replace(contact.market(), disabled=desk.gate.disabled(), assets=journal.state.day.assets)
    if not market.is_open:
        return market
    market = replace(market, redeploying=may_redeploy(routine, market, rules.entries, rules.redeployment))
    if may_open(routine, journal.state, market, rules.entries):
        market = replace(market, signals=desk.signals.read(market.now), opening=True)
    return replace(market, prices=_prices(desk, journal, *_symbols(journal.state, market)))


def _symbols(state: State, market: Market) -> tuple[set[str], set[str]]:
    """What is priced: what is ours, and what may be bought. What the owner ignores has the broker's mark."""
    ours = {*state.positions, *(order.symbol for order in state.open_orders())}
    listed = {signal.ticker for signal in market.signals.signals}
    queued = {queued.signal.ticker for queued in state.queue.values()} if market.redeploying else set[str]()
    return ours, listed | queued


def asked_about(desk: Desk, journal: Journal, market: Market) -> Market:
    """The photograph with what only openings need: what the broker says of the symbols, and their official closes."""
    state, rules, news = journal.state, desk.rules, list[Asset]()
    candidates = entries.candidates(state, market, rules) + redeployment.candidates(state, market, rules)
    wanted = list(dict.fromkeys(sending.openings_to_judge(state, market) + candidates))
    for symbol in [symbol for symbol in wanted if symbol not in market.assets][:ASKED_AT_MOST]:
        try:
            told = desk.broker.asset(symbol)
        except BrokerUnreachable as problem:
            journal.problems.append(f"{symbol}: the broker was not asked about it: {problem}")
            break
        news.append(told if told is not None else Asset(symbol, active=False, tradable=False, known=False))
    if news:
        journal.note([AssetsSeen(market.session.date, tuple(news))])
    assets = journal.state.day.assets
    traded = [symbol for symbol in wanted if symbol in assets and assets[symbol].tradable]
    return replace(market, assets=assets, closes=_closes(desk, journal, market, traded))


def _closes(desk: Desk, journal: Journal, market: Market, symbols: list[str]) -> Mapping[str, Decimal]:
    if not symbols:
        return {}
    try:
        return desk.prices.previous_closes(symbols, market.session.date)
    except MarketDataError as problem:
        journal.problems.append(f"no closes for {len(symbols)} symbols: {problem}")
        return {}


def _prices(desk: Desk, journal: Journal, ours: set[str], wanted: set[str]) -> Mapping[str, Price]:
    """Prices in one request; where that fails, of what is ours alone: no signal's name may blind a stop."""
    for symbols in (ours | wanted, ours) if wanted - ours else (ours,):
        if not symbols:
            break
        try:
            return desk.prices.snapshots(sorted(symbols))
        except MarketDataError as problem:
            journal.problems.append(f"no prices for {len(symbols)} symbols: {problem}")
    return {}
