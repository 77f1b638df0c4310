"""The owner's hand over HTTP: look at the exchange, move its clock, its prices, its cash, trade, lay a fault.

Never reachable through the port a client under test talks to. Bad input is one line and 400; a bad fault is 422.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from automated_trading.simulator.admin_troubles import TROUBLES
from automated_trading.simulator.api import Api, Request, Response
from automated_trading.simulator.errors import Refused
from automated_trading.simulator.fault_words import BadFault, read_fault
from automated_trading.simulator.spelling import as_json, moment, number, stamp
from automated_trading.simulator.ticket import read_object
from automated_trading.simulator.views import order_view

if TYPE_CHECKING:
    from automated_trading.simulator.exchange import Exchange

Body = Mapping[str, object]
_FARTHEST = timedelta(days=3660)


def answer_admin(api: Api, request: Request) -> Response:
    """One request to the admin port."""
    if (request.method, request.path) == ("GET", "/_sim/state"):
        return _response(200, _state(api))
    act = _ACTS.get(request.path) if request.method == "POST" else None
    trouble = TROUBLES.get(request.path) if request.method == "POST" else None
    if act is None and trouble is None:
        return _response(404, {"message": f"no such endpoint: {request.method} {request.path}"})
    try:
        body = read_object(request.body)
        if trouble is not None:
            trouble(api.exchange, body)
        elif act is not None:
            act(api, body)
    except Refused as refused:
        return _response(400, refused.body)
    except BadFault as bad:
        return _response(422, {"message": str(bad)})
    except ValueError as error:
        return _response(400, {"message": str(error)})
    api.keep()
    return _response(200, {"now": stamp(api.exchange.now)})


def _response(status: int, view: object) -> Response:
    return Response(status, {"Content-Type": "application/json"}, as_json(view).encode("ascii"))


def _state(api: Api) -> dict[str, object]:
    exchange = api.exchange
    exchange.match()
    api.keep()
    orders = [order_view(order) for order in exchange.blotter.rows]
    return {"now": stamp(exchange.now), "orders": orders, "requests": api.asked}


def _clock(api: Api, body: Body) -> None:
    exchange: Exchange = api.exchange
    match body:
        case {"at": str(raw)} if moment(raw) is not None:
            at = datetime.fromisoformat(raw)
            if at.tzinfo is None:
                raise ValueError(f"at carries no zone: {raw}")
        case {"advance_seconds": int() | Decimal() as seconds} if 0 <= seconds <= _FARTHEST.total_seconds():
            at = exchange.now + timedelta(microseconds=int(seconds * 1_000_000))
        case _:
            raise ValueError('wanted {"at": an ISO time} or {"advance_seconds": a number of seconds}')
    if at - exchange.now > _FARTHEST:
        raise ValueError("more than ten years at once")
    api.advance_to(at)


def _price(api: Api, body: Body) -> None:
    raw = body.get("price")
    api.exchange.set_price(_symbol(body), None if raw is None else _above_zero(body, "price"))


def _close(api: Api, body: Body) -> None:
    api.exchange.set_close(_symbol(body), _above_zero(body, "price"))


def _fault(api: Api, body: Body) -> None:
    api.faults.append(read_fault(body))


def _cash(api: Api, body: Body) -> None:
    api.exchange.move_cash(_amount(body))


def _activity(api: Api, body: Body) -> None:
    kind = body.get("kind")
    if not isinstance(kind, str):
        raise ValueError("kind is required")
    api.exchange.pay(kind, _amount(body), "" if body.get("symbol") is None else _symbol(body))


def _trade(api: Api, body: Body) -> None:
    side = body.get("side")
    if side not in ("buy", "sell"):
        raise ValueError("side must be buy or sell")
    api.exchange.trade_by_hand(_symbol(body), str(side), _above_zero(body, "qty"))


def _split(api: Api, body: Body) -> None:
    in_lieu = body.get("cash_in_lieu", False)
    if not isinstance(in_lieu, bool):
        raise ValueError("cash_in_lieu must be true or false")
    api.exchange.split(_symbol(body), _above_zero(body, "ratio"), in_lieu)


def _amount(body: Body) -> Decimal:
    amount = number(body.get("amount"))
    if amount is None:
        raise ValueError("amount must be a number")
    return amount


def _above_zero(body: Body, name: str) -> Decimal:
    value = number(body.get(name))
    if value is None or value <= 0:
        raise ValueError(f"{name} must be a number above zero")
    return value


def _symbol(body: Body) -> str:
    symbol = body.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise ValueError("symbol is required")
    return symbol


_ACTS: Mapping[str, Callable[[Api, Body], None]] = {
    "/_sim/clock": _clock,
    "/_sim/price": _price,
    "/_sim/fault": _fault,
    "/_sim/cash": _cash,
    "/_sim/close": _close,
    "/_sim/activity": _activity,
    "/_sim/trade": _trade,
    "/_sim/split": _split,
}
