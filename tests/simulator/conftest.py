"""One exchange for a test, reached through alpaca-py's own client over a loopback socket or in-process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from alpaca.common.exceptions import APIError
from alpaca.common.rest import RESTClient

from automated_trading.simulator.api import Api
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.in_process import InProcessSession
from automated_trading.simulator.market import SeededTape
from automated_trading.simulator.memory import Memory
from automated_trading.simulator.server import serve

MORNING = datetime(2026, 2, 3, 14, 35, tzinfo=UTC)  # 09:35 in New York, a Tuesday
PRICES = {"AAA": Decimal(50), "BBB": Decimal(20), "CCC": Decimal("0.80")}


def new_exchange(start: datetime = MORNING, **options: Any) -> Exchange:
    """An exchange where AAA stands at 50.00, BBB at 20.00 and CCC at 0.80."""
    exchange = Exchange(SeededTape(1), start=start, **options)
    for symbol, price in PRICES.items():
        exchange.set_price(symbol, price)
    return exchange


@dataclass
class Venue:
    """An Api and a client that talks to it; `restart` is the venue dying and coming back from its memory."""

    api: Api
    client: RESTClient
    restart: Callable[[], Venue]

    @property
    def exchange(self) -> Exchange:
        return self.api.exchange

    def order(self, symbol: str = "AAA", side: str = "buy", qty: str = "10", **more: Any) -> Any:
        """Send an order; a DAY market order unless told otherwise."""
        body = {"symbol": symbol, "side": side, "qty": qty, "type": "market", "time_in_force": "day"}
        return self.client.post("/orders", {**body, **more})

    def refusal(self, symbol: str = "AAA", side: str = "buy", qty: str = "10", **more: Any) -> tuple[int, Any]:
        """Status and body of an order that must be refused."""
        with pytest.raises(APIError) as caught:
            self.order(symbol, side, qty, **more)
        return caught.value.status_code, caught.value._http_error.response.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def hold(self, symbol: str = "AAA", qty: str = "10") -> None:
        """Buy shares and let the order fill."""
        self.order(symbol, qty=qty)
        assert self.get(f"/positions/{symbol}")["qty"] == qty


def _client(url: str) -> RESTClient:
    client = RESTClient(url, api_key="key", secret_key="secret", raw_data=True)
    client._session.trust_env = False
    return client


@pytest.fixture(params=["socket", "in_process"])
def open_venue(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Venue]]:
    """Opens venues of the wanted kind over exchanges; all are closed at the end."""
    endings: list[Callable[[], None]] = []

    def open_one(exchange: Exchange | None = None, **options: Any) -> Venue:
        memory = Memory(tmp_path / "exchange")
        api = Api(exchange or new_exchange(), memory=memory, **options)
        api.keep()
        stop: Callable[[], None] = lambda: None  # noqa: E731
        if request.param == "socket":
            server = serve(api)
            server.start()
            client, stop = _client(server.url), server.stop
        else:
            client = _client("http://127.0.0.1:1")
            client._session.close()
            client._session = InProcessSession(api)  # type: ignore[assignment]
        endings.extend((stop, client._session.close))

        def restart() -> Venue:
            stop()
            again = Exchange(SeededTape(1), start=MORNING)
            kept = memory.load()
            assert kept is not None
            again.restore(kept)
            return open_one(again, **options)

        return Venue(api, client, restart)

    yield open_one
    for end in reversed(endings):
        with suppress(requests.RequestException):
            end()


@pytest.fixture
def venue(open_venue: Callable[..., Venue]) -> Venue:
    """A venue at 09:35 on a Tuesday."""
    return open_venue()
