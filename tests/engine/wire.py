"""The wire between desk and exchange, bent by hand: answers changed, made up, or followed by something else.

Law of the file: an act sees one request and the way on to the exchange, and nothing of the desk.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from automated_trading.simulator.api import Api, Request, Response
from automated_trading.simulator.exchange import Exchange

Act = Callable[[Request, Callable[[Request], Response]], Response]


class Wire(Api):
    """The exchange's front with hands in between: each act may answer, change or lose what passes."""

    acts: tuple[tuple[str, str, Act], ...] = ()

    def handle(self, request: Request) -> Response:
        for method, path, act in self.acts:
            if request.method == method and request.path.startswith(path):
                return act(request, super().handle)
        return super().handle(request)

    def on(self, method: str, path: str, act: Act) -> None:
        """From now on such requests go through `act` (the latest wins)."""
        self.acts = ((method, path, act), *self.acts)


def answering(status: int, body: object) -> Act:
    """An act: the exchange never sees it, the answer is this."""
    return lambda request, handle: Response(status, {}, json.dumps(body).encode())


def refusing(exchange: Exchange) -> Act:
    """An act: the venue refuses every order, though it said the symbol was tradable when it was asked about it."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        symbol = json.loads(request.body)["symbol"]
        exchange.untradable.add(symbol)
        told = handle(request)
        exchange.untradable.discard(symbol)
        return told

    return act


def rewording(change: Callable[[Any], Any]) -> Act:
    """An act: the exchange's own answer with its JSON changed."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        told = handle(request)
        return Response(told.status, told.headers, json.dumps(change(json.loads(told.body))).encode())

    return act


def then(do: Callable[[], object]) -> Act:
    """An act: the request goes through, and something else happens before its answer is read."""
    return lambda request, handle: (handle(request), do())[0]
