"""The account's broker, spoken to in our words.

Law of the file: an order is asked for once, and its answer is accepted, refused or unclear; a read that was
not understood counts as one that was not answered. What Alpaca calls things ends in `alpaca_words` and
`alpaca_activities`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar

from automated_trading.adapters import alpaca_words as words
from automated_trading.adapters.alpaca_activities import read_activity
from automated_trading.adapters.alpaca_client import AlpacaClient
from automated_trading.domain.errors import BrokerRefused, BrokerUnclear, BrokerUnreachable
from automated_trading.domain.market import Account, Activity, Asset, BrokerClock, Holding
from automated_trading.domain.orders import TICKER, BrokerOrder, Order
from automated_trading.domain.sessions import Calendar, Session, parse_utc, utc_text

PAGE: Final = 500
"""The most orders Alpaca tells at once."""

ACTIVITIES_PAGE: Final = 100
"""The most activities Alpaca tells at once."""

_OVERLAP: Final = timedelta(microseconds=1)
_NOT_FOUND: Final = 404
_NOT_POSSIBLE: Final = 422
_TAKEN: Final = "must be unique"
_THROUGH: Final = "stop price must be less than"
_CONFIGURATIONS: Final = "/account/configurations"
_SUSPEND: Final = "suspend_trade"
_BROKER_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")

T = TypeVar("T")


class AlpacaBroker:
    """Reads raise BrokerUnreachable, `submit`, `cancel` and `suspend` also BrokerUnclear and BrokerRefused.

    Any of them raises ConfigError where the broker does not accept the keys.
    """

    def __init__(self, client: AlpacaClient) -> None:
        self._client = client
        self._rows: dict[str, tuple[Any, BrokerOrder]] = {}

    def clock(self) -> BrokerClock:
        """The broker's time and whether the market is open now."""

        def understand(answer: Any) -> BrokerClock:
            row = words.fields(answer)
            now = parse_utc(words.text(row, "timestamp"))
            return BrokerClock(now, words.flag(row, "is_open"), self._client.skew)

        return self._ask("/clock", None, understand)

    def calendar(self, first: date, last: date) -> tuple[Session, ...]:
        """The sessions from `first` to `last`, both included; none where the exchange rests throughout."""

        def understand(answer: Any) -> tuple[Session, ...]:
            days = [words.read_session_times(row) for row in words.rows(answer)]
            return Calendar.from_times(days).sessions if days else ()

        return self._ask("/calendar", {"start": first.isoformat(), "end": last.isoformat()}, understand)

    def account(self) -> Account:
        """The account as it stands."""
        return self._ask("/account", None, words.read_account)

    def positions(self) -> tuple[Holding, ...]:
        """Every position of the account, whoever opened it."""
        return self._ask("/positions", None, lambda all_: tuple(map(words.read_holding, words.rows(all_))))

    def orders(self, after: datetime) -> tuple[BrokerOrder, ...]:
        """Every order submitted after a moment, whatever its status, oldest first, each once.

        Pages overlap by a microsecond, for orders may share a moment and Alpaca restamps some of them.
        """
        found: dict[str, BrokerOrder] = {}
        while True:
            known = len(found)
            query = {
                "status": "all",
                "direction": "asc",
                "limit": str(PAGE),
                "after": utc_text(after),
            }
            count, page = self._ask("/orders", query, self._page)
            found.update((order.broker_id, order) for order in page)
            if count < PAGE:
                return tuple(sorted(found.values(), key=lambda order: order.submitted_at))
            if len(found) == known:
                raise BrokerUnreachable("the list of orders does not go on: a full page told nothing new")
            after = max(order.submitted_at for order in page) - _OVERLAP

    def activities(self, after: datetime) -> tuple[Activity, ...]:
        """What moved the account beside trades and was put on record after a moment, oldest first, each once.

        What the broker has cancelled, or not booked yet, is left out. Alpaca is asked by the whole second, so that
        a little from before that moment may be told again.
        """
        found: dict[str, Activity | None] = {}
        query = {
            "category": "non_trade_activity",
            "direction": "asc",
            "page_size": str(ACTIVITIES_PAGE),
            "after": utc_text(after.replace(microsecond=0)),
        }
        while True:
            known = len(found)
            page = self._ask("/account/activities", query, _activities)
            found.update(page)
            if len(page) < ACTIVITIES_PAGE:
                booked = (activity for activity in found.values() if activity is not None)
                return tuple(sorted(booked, key=lambda activity: activity.at))
            if len(found) == known:
                raise BrokerUnreachable("the list of activities does not go on: a full page told nothing new")
            query["page_token"] = page[-1][0]

    def asset(self, symbol: str) -> Asset | None:
        """What the broker says of a symbol; None if it knows none of that name, as of what is no plain ticker."""
        if not TICKER.fullmatch(symbol):
            return None
        told = self._ask_if_there(f"/assets/{symbol}", None, words.read_asset)
        return told if told is not None and told.symbol == symbol else None

    def find(self, client_order_id: str) -> BrokerOrder | None:
        """The order of that id of ours; None if the broker does not know it now."""

        def understand(row: Any) -> BrokerOrder:
            return _same(words.read_order(row), client_order_id)

        query = {"client_order_id": client_order_id}
        return self._ask_if_there("/orders:by_client_order_id", query, understand)

    def follow(self, broker_id: str) -> BrokerOrder | None:
        """The order of the broker's own id; None if there is none."""
        return self._ask_if_there(_order_path(broker_id), None, words.read_order)

    def submit(self, order: Order) -> BrokerOrder:
        """Ask once. An id the broker says is taken is looked up and answered as accepted.

        A refusal that says where the price stands tells so (`through`). Raises BrokerRefused, BrokerUnclear (sent, no
        answer) or BrokerUnreachable (certainly not sent).
        """
        try:
            answer = self._client.send("/orders", words.order_body(order))
        except BrokerRefused as refusal:
            # The code of this refusal has changed before; its status and words have not.
            if refusal.status == _NOT_POSSIBLE and _TAKEN in refusal.words.lower():
                return self._taken(order.client_order_id)
            if refusal.status == _NOT_POSSIBLE and _THROUGH in refusal.words.lower():
                raise BrokerRefused(refusal.status, refusal.words, through=True) from refusal
            raise
        try:
            return _same(words.read_order(answer), order.client_order_id)
        except ValueError as error:
            raise BrokerUnclear(f"{order.client_order_id}: an answer not understood: {error}") from error

    def cancel(self, broker_id: str) -> None:
        """Ask for a cancel. What is past cancelling, or unknown, is no error: the order is read back."""
        try:
            self._client.remove(_order_path(broker_id))
        except BrokerRefused as refusal:
            if refusal.status not in (_NOT_FOUND, _NOT_POSSIBLE):
                raise

    def suspend(self, on: bool) -> None:
        """Have the broker refuse every new order of the account, or take them again. Raises as `submit` does."""
        answer = self._client.change(_CONFIGURATIONS, {_SUSPEND: on})
        try:
            stands = words.flag(words.fields(answer), _SUSPEND)
        except ValueError as error:
            raise BrokerUnclear(f"PATCH {_CONFIGURATIONS}: an answer not understood: {error}") from error
        if stands is not on:
            raise BrokerUnclear(f"PATCH {_CONFIGURATIONS}: the broker tells {_SUSPEND} as it was")

    def suspended(self) -> bool:
        """Whether the broker refuses every new order on the owner's word."""
        return self._ask(_CONFIGURATIONS, None, lambda answer: words.flag(words.fields(answer), _SUSPEND))

    def _taken(self, client_order_id: str) -> BrokerOrder:
        """The order that has this id already: it is there, so not finding it proves nothing."""
        try:
            found = self.find(client_order_id)
        except BrokerUnreachable as error:
            raise BrokerUnclear(f"{client_order_id}: the broker has it, but: {error}") from error
        if found is None:
            raise BrokerUnclear(f"{client_order_id}: the broker says it has it, and does not find it")
        return found

    def _page(self, answer: Any) -> tuple[int, list[BrokerOrder]]:
        all_rows = words.rows(answer)
        return len(all_rows), [self._order(row) for row in all_rows if words.has_own_symbol(row)]

    def _order(self, row: Any) -> BrokerOrder:
        """What a row says. Most rows of a list are those of the list before, word for word, and say the same again."""
        known = self._rows.get(str(row.get("id")))
        if known is None or known[0] != row:
            order = words.read_order(row)
            known = self._rows[order.broker_id] = row, order
        return known[1]

    def _ask(self, path: str, query: Mapping[str, str] | None, understand: Callable[[Any], T]) -> T:
        try:
            answer = self._client.read(path, query)
        except BrokerRefused as refusal:
            raise BrokerUnreachable(f"GET {path}: {refusal}") from refusal
        return _understood(path, answer, understand)

    def _ask_if_there(self, path: str, query: Mapping[str, str] | None, understand: Callable[[Any], T]) -> T | None:
        try:
            answer = self._client.read(path, query)
        except BrokerRefused as refusal:
            if refusal.status == _NOT_FOUND:
                return None
            raise BrokerUnreachable(f"GET {path}: {refusal}") from refusal
        return _understood(path, answer, understand)


def _understood(path: str, answer: Any, understand: Callable[[Any], T]) -> T:
    try:
        return understand(answer)
    except ValueError as error:
        raise BrokerUnreachable(f"GET {path}: an answer not understood: {error}") from error


def _activities(answer: Any) -> list[tuple[str, Activity | None]]:
    all_rows = words.rows(answer)
    return [(words.text(words.fields(row), "id"), read_activity(row)) for row in all_rows]


def _same(order: BrokerOrder, client_order_id: str) -> BrokerOrder:
    if order.client_order_id != client_order_id:
        raise ValueError("it tells of another order")
    return order


def _order_path(broker_id: str) -> str:
    # Nothing but a plain id: an empty or a dotted one would name the list of all orders.
    if not _BROKER_ID.fullmatch(broker_id):
        raise BrokerUnreachable("not asked: what should be the broker's id of an order is none")
    return f"/orders/{broker_id}"
