"""Trouble by hand over HTTP: what befalls orders, symbols, the account and the venue's clock.

Law of the file: a body is read, and one method of the exchange is called; bad input is a ValueError of one line. An
order is named by `order`, the venue's id or the client's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.simulator.spelling import moment, number

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

Body = Mapping[str, object]
_FARTHEST = timedelta(days=1)


def _reject(exchange: Exchange, body: Body) -> None:
    exchange.reject(text(body, "order"), str(body.get("why") or ""))


def _replace(exchange: Exchange, body: Body) -> None:
    exchange.replace_order(text(body, "order"), _above_zero(body, "qty"), _above_zero(body, "limit_price"))


def _aside(exchange: Exchange, body: Body) -> None:
    exchange.set_aside(text(body, "order"), text(body, "status"), _moment(body, "until"))


def _take_up(exchange: Exchange, body: Body) -> None:
    exchange.take_up(text(body, "order"))


def _lose_cancel(exchange: Exchange, body: Body) -> None:
    exchange.lose_cancel(text(body, "order"), _above_zero(body, "qty"))


def _stall_cancel(exchange: Exchange, body: Body) -> None:
    until = _moment(body, "until")
    if until is None:
        raise ValueError("until is required")
    exchange.stall_cancel(text(body, "order"), until)


def _halt(exchange: Exchange, body: Body) -> None:
    exchange.halt_symbol(text(body, "symbol"))


def _unhalt(exchange: Exchange, body: Body) -> None:
    exchange.unhalt(text(body, "symbol"))


def _quote(exchange: Exchange, body: Body) -> None:
    bid, ask = (number(body.get(name)) for name in ("bid", "ask"))
    if bid is None or ask is None or bid < 0 or ask < 0:
        raise ValueError("bid and ask must be numbers, nought or above")
    exchange.set_quote(text(body, "symbol"), bid, ask, _above_zero(body, "last"), _moment(body, "at"))


def _bad_print(exchange: Exchange, body: Body) -> None:
    price = _above_zero(body, "price")
    if price is None:
        raise ValueError("price must be a number above zero")
    exchange.bad_print(text(body, "symbol"), price)


def _rename(exchange: Exchange, body: Body) -> None:
    exchange.rename(text(body, "symbol"), text(body, "new"))


def _delist(exchange: Exchange, body: Body) -> None:
    exchange.delist(text(body, "symbol"))


def _block(exchange: Exchange, body: Body) -> None:
    account, trading = _flag(body, "account"), _flag(body, "trading")
    if account is None and trading is None:
        raise ValueError("wanted account or trading, or both, true or false")
    exchange.block(account=account, trading=trading)


def _skew(exchange: Exchange, body: Body) -> None:
    seconds = number(body.get("seconds"))
    if seconds is None or abs(seconds) > _FARTHEST.total_seconds():
        raise ValueError("seconds must be a number, a day at most")
    exchange.set_clock_apart(timedelta(microseconds=int(seconds * 1_000_000)))


def text(body: Body, name: str) -> str:
    """A field that must be there. Raises ValueError."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is required")
    return value


def _above_zero(body: Body, name: str) -> Decimal | None:
    if body.get(name) is None:
        return None
    value = number(body[name])
    if value is None or value <= 0:
        raise ValueError(f"{name} must be a number above zero")
    return value


def _flag(body: Body, name: str) -> bool | None:
    value = body.get(name)
    if not isinstance(value, bool | None):
        raise ValueError(f"{name} must be true or false")
    return value


def _moment(body: Body, name: str) -> datetime | None:
    raw = body.get(name)
    if raw is None:
        return None
    if not isinstance(raw, str) or moment(raw) is None or datetime.fromisoformat(raw).tzinfo is None:
        raise ValueError(f"{name} must be an ISO time with a zone")
    return moment(raw)


TROUBLES: Mapping[str, Callable[[Exchange, Body], None]] = {
    "/_sim/reject": _reject,
    "/_sim/replace": _replace,
    "/_sim/aside": _aside,
    "/_sim/take_up": _take_up,
    "/_sim/lose_cancel": _lose_cancel,
    "/_sim/stall_cancel": _stall_cancel,
    "/_sim/halt": _halt,
    "/_sim/unhalt": _unhalt,
    "/_sim/quote": _quote,
    "/_sim/bad_print": _bad_print,
    "/_sim/rename": _rename,
    "/_sim/delist": _delist,
    "/_sim/block": _block,
    "/_sim/skew": _skew,
}
