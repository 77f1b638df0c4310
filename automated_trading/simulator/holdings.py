"""The account and its positions as Alpaca spells them.

Every figure is worked out from the ledger and the marks of this moment; nothing here is kept.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from automated_trading.simulator.orders import ZERO
from automated_trading.simulator.spelling import money, stamp
from automated_trading.simulator.views import asset_id

if TYPE_CHECKING:
    from automated_trading.simulator.account import Position
    from automated_trading.simulator.exchange import Exchange

_SIX = Decimal("0.000001")
_TWO = Decimal(2)
_MAINTENANCE = Decimal("0.3")


def account_view(exchange: Exchange) -> dict[str, object]:
    """The account: a margin account like every paper account, without short selling."""
    ledger, settings = exchange.ledger, exchange.configurations
    value = exchange.market_value()
    equity = ledger.cash + value
    power = money(exchange.buying_power())
    name = uuid5(NAMESPACE_URL, f"exchange/{exchange.seed}/account")
    return {
        "account_blocked": exchange.account_blocked,
        "account_number": f"PA{name.int % 10**10:010d}",
        "accrued_fees": "0",
        "balance_asof": None if ledger.balance_asof is None else ledger.balance_asof.isoformat(),
        "buying_power": power,
        "cash": money(ledger.cash),
        "created_at": stamp(exchange.opened),
        "currency": "USD",
        "effective_buying_power": power,
        "equity": money(equity),
        "id": str(name),
        "initial_margin": money((value / _TWO).quantize(_SIX)),
        "intraday_adjustments": "0",
        "last_equity": money(ledger.last_equity),
        "last_maintenance_margin": money((ledger.last_market_value * _MAINTENANCE).quantize(_SIX)),
        "long_market_value": money(value),
        "maintenance_margin": money((value * _MAINTENANCE).quantize(_SIX)),
        "multiplier": settings["max_margin_multiplier"],
        "non_marginable_buying_power": money(max(ZERO, ledger.cash)),
        "pending_reg_taf_fees": "0",
        "portfolio_value": money(equity),
        "position_market_value": money(value),
        "regt_buying_power": power,
        "short_market_value": "0",
        "shorting_enabled": False,
        "sma": money(equity),
        "status": "ACTIVE",
        "trade_suspended_by_user": settings["suspend_trade"],
        "trading_blocked": exchange.trading_blocked,
        "transfers_blocked": False,
    }


def reserved_shares(exchange: Exchange) -> dict[str, Decimal]:
    """Shares that open sells hold, by symbol."""
    held: dict[str, Decimal] = {}
    for order in exchange.blotter.open():
        if order.side == "sell":
            held[order.symbol] = held.get(order.symbol, ZERO) + order.rest
    return held


def position_view(exchange: Exchange, position: Position, reserved: Decimal) -> dict[str, object]:
    """One position at the mark of now."""
    symbol, qty = position.symbol, position.qty
    price = exchange.mark(symbol)
    yesterday = exchange.board.previous_close(symbol, exchange.now) or price
    cost, value = qty * position.avg_entry_price, qty * price
    change = (price / yesterday - 1) if yesterday else ZERO
    return {
        "asset_class": "us_equity",
        "asset_id": asset_id(exchange.board.first_name(symbol)),
        "asset_marginable": True,
        "avg_entry_price": money(position.avg_entry_price),
        "change_today": money(change.quantize(_SIX)),
        "cost_basis": money(cost.quantize(_SIX)),
        "current_price": money(price),
        "exchange": "NYSE",
        "lastday_price": money(yesterday),
        "market_value": money(value.quantize(_SIX)),
        "qty": money(qty),
        "qty_available": money(qty - reserved),
        "side": "long",
        "symbol": symbol,
        "unrealized_intraday_pl": money((value - qty * yesterday).quantize(_SIX)),
        "unrealized_intraday_plpc": money(change.quantize(_SIX)),
        "unrealized_pl": money((value - cost).quantize(_SIX)),
        "unrealized_plpc": money(((value - cost) / cost if cost else ZERO).quantize(_SIX)),
    }
