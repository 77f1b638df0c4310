"""What the account is worth, by prices that may speak.

Law of the room: the broker marks a holding at its last trade, a false one too. Here no holding counts for more than
sound fresh prices vouch for, so that one false print makes no order larger and hides no loss. A mark that is too low is
believed: it only opens less.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from automated_trading.decisions.witnesses import vouched
from automated_trading.domain.market import Holding, Market
from automated_trading.domain.money import ZERO

NOTHING_KNOWN: Mapping[str, Decimal] = {}


def sound_equity(market: Market, max_age: timedelta, known: Mapping[str, Decimal] = NOTHING_KNOWN) -> Decimal:
    """The broker's equity, less what its marks of what is held are over the prices that vouch for them.

    Where no fresh price vouches, a price `known` from before does; where there is none, the mark is all there is.
    """
    over = (_over(market, holding, max_age, known) for holding in market.holdings.values())
    return market.account.equity - sum(over, ZERO)


def _over(market: Market, holding: Holding, max_age: timedelta, known: Mapping[str, Decimal]) -> Decimal:
    most = vouched(market, holding.symbol, max_age)
    most = known.get(holding.symbol) if most is None else most
    if most is None or holding.mark is None or holding.qty <= 0:
        return ZERO
    return holding.qty * max(ZERO, holding.mark - most)


def soundly(market: Market, max_age: timedelta) -> Market:
    """The photograph with its sound equity in the place of the broker's."""
    return replace(market, account=replace(market.account, equity=sound_equity(market, max_age)))
