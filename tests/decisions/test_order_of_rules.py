"""The fixed order of the rules: of two that speak against a signal, the earlier is its reason.

Law of the file: the chain is written down here once, each rule as what must be so for it to speak; the tests lay
neighbours, and whole tails of the chain, over one another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from automated_trading.domain.market import Asset, Market, Price, Quote, Trade
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import OutsideOrder, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules
from automated_trading.domain.signals import Signal, SignalList, read_signals
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    NOW,
    RULES,
    TODAY,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_quote,
    a_signal,
    a_state,
    an_account,
    an_asset,
    ny,
    resting,
)
from tests.decisions.answers import ORDERED, said

R = Reason
OLD = ny("15:59:59", YESTERDAY)


@dataclass(frozen=True, slots=True)
class Scene:
    """One signal, and everything that may speak against it. The book already holds BBB, of the signal's sector."""

    state: State
    market: Market
    rules: Rules
    signal: Signal

    def answer(self) -> tuple[str, Reason | str]:
        market = replace(self.market, signals=SignalList((self.signal,)))
        (answer,) = said(self.state, market, self.rules)
        return answer


SCENE = Scene(a_state(a_position("BBB", sector="Tech")), a_market(), RULES, a_signal(sector="Tech"))
Change = Callable[[Scene], Scene]


def signal(**changes: Any) -> Change:
    return lambda scene: replace(scene, signal=replace(scene.signal, **changes))


def state(**changes: Any) -> Change:
    return lambda scene: replace(scene, state=replace(scene.state, **changes))


def market(**changes: Any) -> Change:
    return lambda scene: replace(scene, market=replace(scene.market, **changes))


def account(**changes: Any) -> Change:
    return lambda scene: market(account=replace(scene.market.account, **changes))(scene)


def caps(**changes: Any) -> Change:
    return lambda scene: replace(scene, rules=replace(scene.rules, caps=replace(scene.rules.caps, **changes)))


def asset(**changes: Any) -> Change:
    def change(scene: Scene) -> Scene:
        known: Asset = scene.market.assets.get("AAA", an_asset())
        return market(assets={"AAA": replace(known, **changes)})(scene)

    return change


def quote(**changes: Any) -> Change:
    def change(scene: Scene) -> Scene:
        known: Quote = scene.market.price("AAA").quote or a_quote()
        return market(prices={"AAA": Price(replace(known, **changes), Trade(D(10), NOW))})(scene)

    return change


def row(make: Callable[[], Any]) -> Change:
    """One more position or order."""

    def change(scene: Scene) -> Scene:
        more = a_state(make())
        positions = {**scene.state.positions, **more.positions}
        return state(positions=positions, orders={**scene.state.orders, **more.orders})(scene)

    return change


def cash_missing(scene: Scene) -> Scene:
    return state(cash_difference=Difference(D(100), D(90), 1, NOW))(scene)


CHAIN: list[tuple[str, Reason, Change]] = [
    ("refused", R.STALE, signal(generated=OLD)),
    ("refused", R.LOW_SCORE, signal(score=D("5.99"))),
    ("refused", R.ACCOUNT_BLOCKED, account(blocked="trading blocked")),
    ("refused", R.BLOCKED, state(blocked={"AAA": "by hand"})),
    ("refused", R.IGNORED, state(ignored={"AAA": NOW})),
    ("refused", R.OWNER_EXIT, state(leaving={"AAA": NOW})),
    ("refused", R.ASSET_UNKNOWN, asset(known=False)),
    ("refused", R.ASSET_INACTIVE, asset(active=False)),
    ("refused", R.NOT_TRADABLE, asset(tradable=False)),
    ("refused", R.OTHER_BOOK, row(lambda: resting(a_buy(book="rotation")))),
    ("refused", R.HELD, row(a_position)),
    ("refused", R.ORDER_OPEN, row(lambda: a_buy(day=YESTERDAY))),
    ("refused", R.COOL_DOWN, state(sold={"AAA": YESTERDAY})),
    ("notyet", R.TRADING_DISABLED, market(disabled="TRADING_ENABLED=false")),
    ("notyet", R.HALTED, state(halts={R.OWNER: Halt("stop", NOW)})),
    ("notyet", R.CASH_UNEXPLAINED, cash_missing),
    ("notyet", R.CLOCK_SKEW, market(skew=timedelta(seconds=61))),
    ("notyet", R.NO_EQUITY, account(equity=ZERO)),
    ("notyet", R.ASSET_NOT_ASKED, market(assets={})),
    ("notyet", R.FROZEN, state(differences={"AAA": Difference(ZERO, D(5), 1, NOW)})),
    ("notyet", R.OUTSIDE_ORDER, state(outside={"x": OutsideOrder("x", "AAA", Side.BUY, D(5), ZERO, ZERO, NOW, True)})),
    ("notyet", R.NO_QUOTE, quote(bid=ZERO, ask=ZERO)),
    ("notyet", R.STALE_QUOTE, quote(at=NOW - timedelta(seconds=121))),
    ("notyet", R.ONE_SIDED_QUOTE, quote(ask=ZERO)),
    ("notyet", R.CROSSED_QUOTE, quote(bid=D(11), ask=D(9))),
    ("notyet", R.WIDE_SPREAD, quote(bid=D(9), ask=D(11))),
    ("notyet", R.NO_PREVIOUS_CLOSE, market(closes={})),
    ("notyet", R.GAP_UP, market(closes={"AAA": D(9)})),
    ("notyet", R.GAP_DOWN, market(closes={"AAA": D(12)})),
    ("refused", R.MAX_SECTOR, caps(max_sector=ZERO)),
    ("queued", R.MAX_POSITIONS, caps(max_positions=1)),
    ("queued", R.MAX_EXPOSURE, caps(max_exposure=ZERO)),
    ("queued", R.NO_CASH, account(cash=Decimal(-1))),
    ("queued", R.DAILY_ORDERS, caps(max_entries_per_day=0)),
    ("queued", R.UNDER_ONE_SHARE, caps(max_position=D("0.00001"))),
]
NAMES = [reason.value for _, reason, _ in CHAIN]
NEIGHBOURS = list(pairwise(CHAIN))


def test_nothing_speaks_against_the_signal_of_the_scene() -> None:
    assert SCENE.answer() == ORDERED


@pytest.mark.parametrize(("kind", "reason", "change"), CHAIN, ids=NAMES)
def test_each_rule_alone_is_the_reason(kind: str, reason: Reason, change: Change) -> None:
    assert change(SCENE).answer() == (kind, reason)


@pytest.mark.parametrize(
    ("first", "second"), NEIGHBOURS, ids=[f"{one} before {other}" for one, other in pairwise(NAMES)]
)
def test_of_two_neighbouring_rules_the_earlier_is_the_reason(
    first: tuple[str, Reason, Change], second: tuple[str, Reason, Change]
) -> None:
    kind, reason, change = first
    assert change(second[2](SCENE)).answer() == (kind, reason)


@pytest.mark.parametrize("at", range(len(CHAIN)), ids=NAMES)
def test_of_all_the_rules_from_one_on_that_one_is_the_reason(at: int) -> None:
    """Where two cannot speak at once (a gap up and a gap down), the earlier overrides the later in the scene itself."""
    scene = SCENE
    for _, _, change in reversed(CHAIN[at:]):
        scene = change(scene)
    assert scene.answer() == CHAIN[at][:2]


def test_an_unusable_entry_is_malformed_and_nothing_else_is_said_of_it() -> None:
    entry = {"ticker": "AAA", "signal_score": D("1"), "entry_price": D("NaN"), "date_generated": "2020-01-01 00:00:00"}
    assert said(a_state(), replace(a_market(), signals=read_signals([entry], NOW, ""))) == [("refused", R.MALFORMED)]


def test_every_answer_a_signal_can_get_stands_in_the_chain() -> None:
    """What an order, an exit, a halt or a queue is given for is no answer to a signal, but for the owner's own word."""
    start, end = list(Reason).index(R.STALE), list(Reason).index(R.UNDER_ONE_SHARE)
    elsewhere = {R.FUTURE, R.NO_FILE, R.OFF_SIGNAL_PRICE, R.FAR_FROM_SIGNAL}
    assert set(list(Reason)[start : end + 1]) - elsewhere == {reason for _, reason, _ in CHAIN} - {R.OWNER_EXIT}


def test_of_the_desks_own_bars_a_row_of_failures_is_told_as_a_halt() -> None:
    failing = state(failures=5)(cash_missing(SCENE))
    assert failing.answer() == ("notyet", R.HALTED)


def test_a_blocked_account_is_told_before_the_asset_is_even_known() -> None:
    blocked = market(account=an_account(blocked="x"), assets={})(SCENE)
    assert blocked.answer() == ("refused", R.ACCOUNT_BLOCKED)


def test_a_share_too_dear_is_said_only_where_there_is_room_for_it() -> None:
    dear, full = caps(max_position=D("0.00001")), row(lambda: a_buy("CCC", day=TODAY))
    assert dear(SCENE).answer() == ("queued", R.UNDER_ONE_SHARE)
    assert caps(max_positions=2)(dear(full(SCENE))).answer() == ("queued", R.MAX_POSITIONS)
