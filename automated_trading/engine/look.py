"""Looking without touching.

Law of the room: only reads; nothing is noted, nothing is locked.
"""

from __future__ import annotations

from automated_trading.domain.market import Market
from automated_trading.domain.state import State
from automated_trading.engine.contact import refuse_another, sessions_at
from automated_trading.engine.desk import Desk


def look(desk: Desk, state: State) -> Market:
    """The broker's view at this moment, with prices for what is held.

    Raises BrokerUnreachable, MarketDataError, StateError if the books are another account's.
    """
    clock = desk.broker.clock()
    account = desk.broker.account()
    refuse_another(state, account)
    session, previous, following = sessions_at(desk.broker, clock.now)
    holdings = {holding.symbol: holding for holding in desk.broker.positions()}
    symbols = sorted({*state.positions, *holdings})
    return Market(
        now=clock.now,
        session=session,
        previous=previous,
        is_open=clock.is_open,
        account=account,
        holdings=holdings,
        prices=desk.prices.snapshots(symbols) if symbols else {},
        disabled=desk.gate.disabled(),
        skew=clock.skew,
        following=following,
    )
