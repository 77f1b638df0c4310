"""Where a stop at the broker belongs, why there is none, and when it is taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automated_trading.decisions import cancels, protecting, sending
from automated_trading.decisions.exits import to_exit
from automated_trading.domain.events import CancelIntended, Event, OrderIntended
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import Kind, Order, OrderStatus, Purpose, Side, TimeInForce
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import ExitRules, Protection, Rules
from automated_trading.domain.state import Difference, Halt, State
from tests.builders import (
    NOW,
    SECOND,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_state,
    an_account,
    an_asset,
    an_id,
    an_outside_order,
    resting,
    unclear,
)

RULES = Rules()
MONITOR = ExitRules(protection=Protection.MONITOR)
APART = Difference(D(10), D(20), 1, NOW)
FROZEN = replace(APART, readings=2)


def a_stop(qty: str = "10", stop: str = "9.20", **changes: Any) -> Order:
    """A stop of AAA that rests at the broker under its position bought at ten."""
    kind = {"kind": Kind.STOP, "time_in_force": TimeInForce.GTC, "stop_price": D(stop), "purpose": Purpose.PROTECT}
    return resting(a_sell(qty=qty, **{"reason": "protective_stop", **kind, **changes}))


def placing(state: State, market: Market, rules: ExitRules = RULES.exits) -> list[Event]:
    return protecting.decide(state, market, rules, to_exit(state, market, rules))


def taking_back(state: State, market: Market, rules: Rules = RULES) -> list[Event]:
    return cancels.decide(state, market, rules, to_exit(state, market, rules.exits))


def placed(state: State, rules: ExitRules = RULES.exits, held: str = "10", **market: Any) -> list[Order]:
    found = placing(state, a_market(held={"AAA": held}, **market), rules)
    return [event.order for event in found if isinstance(event, OrderIntended)]


def why(state: State, rules: ExitRules = RULES.exits, held: str = "10", **changes: Any) -> Reason | None:
    market = a_market(held={"AAA": held}, **changes)
    told = protecting.why_none(state, market, rules, "AAA", to_exit(state, market, rules))
    assert placed(state, rules, held, **changes) == [] or told is None
    return told[0] if told is not None else None


def taken_back(state: State, rules: Rules = RULES, held: str = "10", **market: Any) -> list[Reason]:
    found = taking_back(state, a_market(held={"AAA": held}, **market), rules)
    return [event.reason for event in found if isinstance(event, CancelIntended)]


def test_a_position_with_nothing_open_gets_a_gtc_stop_for_what_is_held_at_its_own_stop() -> None:
    (order,) = placed(a_state(a_position()))
    assert (order.side, order.kind, order.time_in_force, order.qty) == (Side.SELL, Kind.STOP, TimeInForce.GTC, 10)
    assert (order.stop_price, order.limit_price, order.reason) == (D("9.20"), None, "protective_stop")
    assert order.client_order_id == an_id(side=Side.SELL, purpose=Purpose.PROTECT)
    assert order.client_order_id.split("-")[3] == "153000"


def test_the_second_stop_of_a_session_is_another_decision_and_an_older_session_s_counts_for_nothing() -> None:
    ended = replace(a_stop(), status=OrderStatus.CANCELLED)
    older = replace(a_stop(day=YESTERDAY, generation=4), status=OrderStatus.CANCELLED)
    assert [order.decision.generation for order in placed(a_state(a_position(), ended, older))] == [1]


@pytest.mark.parametrize(
    ("offset", "stop"), [("0", "9.20"), ("0.01", "9.10"), ("0.05", "8.74"), ("0.0001", "9.19"), ("0.2", "7.36")]
)
def test_the_offset_hangs_it_under_the_desk_s_own_stop_on_a_tick(offset: str, stop: str) -> None:
    assert [order.stop_price for order in placed(a_state(a_position()), ExitRules(stop_offset=D(offset)))] == [D(stop)]


@pytest.mark.parametrize(("qty", "whole"), [("10.5", 10), ("1", 1), ("1.999999999", 1)])
def test_it_is_for_whole_shares(qty: str, whole: int) -> None:
    assert [order.qty for order in placed(a_state(a_position(qty=qty)), held=qty)] == [whole]


@pytest.mark.parametrize(
    ("state", "market", "reason"),
    [
        (a_state(a_position(qty="0.5")), {"held": "0.5"}, Reason.FRACTION),
        (a_state(a_position(), resting(a_buy())), {}, Reason.ENTRY_OPEN),
        (a_state(a_position(), unclear(a_buy())), {}, Reason.ENTRY_OPEN),
        (a_state(a_position(), resting(a_sell())), {}, Reason.ORDER_OPEN),
        (a_state(a_position(), unclear(a_sell())), {}, Reason.ORDER_OPEN),
        (a_state(a_position(), unclear(replace(a_stop(), broker_id=None))), {}, Reason.ORDER_OPEN),
        (a_state(a_position(), differences={"AAA": APART}), {}, Reason.FROZEN),
        (a_state(a_position(), differences={"AAA": FROZEN}), {}, Reason.FROZEN),
        (a_state(a_position(), disturbed={"AAA": "SPLIT"}), {}, Reason.FROZEN),
        (a_state(a_position(), leaving={"AAA": NOW}), {}, Reason.SALE_DUE),
        (a_state(a_position(), through={"AAA": D("9.20")}), {}, Reason.SALE_DUE),
        (a_state(a_position()), {"prices": {"AAA": a_price("9", "9.1", "9")}}, Reason.SALE_DUE),
        (a_state(a_position()), {"prices": {"AAA": a_price("9.99", "10", "9.20")}}, Reason.PRICE_AT_STOP),
        (a_state(a_position()), {"prices": {"AAA": a_price("9.20", "10", "9.21")}}, Reason.PRICE_AT_STOP),
        (a_state(a_position()), {"prices": {"AAA": a_price("9.21", "10", "9.21")}}, None),
        (a_state(a_position()), {"prices": {}}, None),
        (a_state(a_position()), {"account": an_account(blocked="trading blocked")}, Reason.ACCOUNT_BLOCKED),
        (a_state(a_position()), {"assets": {"AAA": an_asset(tradable=False)}}, Reason.NOT_TRADABLE),
        (a_state(a_position()), {"assets": {"AAA": an_asset(active=False)}}, Reason.ASSET_INACTIVE),
        (a_state(a_position()), {"assets": {}}, None),
    ],
)
def test_what_keeps_a_stop_from_the_broker(state: State, market: dict[str, Any], reason: Reason | None) -> None:
    """Seen red when: `decide` asked for open buys alone, for confirmed differences alone, or for no price."""
    assert why(state, **market) is reason
    assert bool(placed(state, **market)) is (reason is None)


@pytest.mark.parametrize(
    ("theirs", "qty"),
    [
        (an_outside_order("4"), [6]),
        (an_outside_order("9.5"), []),
        (an_outside_order("10"), []),
        (an_outside_order("4", side=Side.BUY), []),
        (an_outside_order("4", is_open=False), [10]),
        (an_outside_order("4", symbol="BBB"), [10]),
    ],
)
def test_an_order_of_the_owner_s_leaves_it_the_shares_that_are_free_and_a_buy_keeps_it_away(
    theirs: Any, qty: list[int]
) -> None:
    state = a_state(a_position(), outside={"theirs": theirs})
    assert [order.qty for order in placed(state)] == qty


def test_nothing_is_placed_while_the_market_is_closed_trading_disabled_or_the_monitor_alone_is_to_watch() -> None:
    state = a_state(a_position())
    assert placed(state, is_open=False) == []
    assert placed(state, disabled="by hand") == []
    assert placed(state, MONITOR) == []
    halted = replace(state, halts={Reason.OWNER: Halt("stop", NOW)})
    assert len(placed(halted)) == 1  # it takes risk away


def test_never_for_more_than_the_broker_holds() -> None:
    assert [order.qty for order in placed(a_state(a_position(qty="30")), held="20")] == [20]
    assert placed(a_state(a_position()), held="0") == []


def test_a_run_places_so_many_and_the_next_goes_on() -> None:
    names = [f"A{first}{second}" for first in "ABCDEFGH" for second in "ABCDEFGH"]
    state = a_state(*map(a_position, names))
    market = a_market(held=dict.fromkeys(names, "10"), prices={})
    first = placing(state, market)
    assert len(first) == protecting.PLACED_AT_MOST
    resting_ones = [resting(event.order) for event in first if isinstance(event, OrderIntended)]
    state = a_state(*map(a_position, names), *resting_ones)
    assert len(placing(state, market)) == len(names) - protecting.PLACED_AT_MOST


# ---- refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "end", "again"),
    [
        (a_stop(), OrderStatus.REFUSED, False),
        (a_stop(), OrderStatus.REJECTED, False),
        (a_stop(stop="9.11"), OrderStatus.REFUSED, False),  # what is wanted is not a step higher
        (a_stop(stop="9.10"), OrderStatus.REFUSED, True),
        (a_stop(qty="9"), OrderStatus.REFUSED, True),
        (a_stop(day=YESTERDAY), OrderStatus.REFUSED, True),
        (a_stop(), OrderStatus.CANCELLED, True),
        (a_stop(), OrderStatus.EXPIRED, True),
    ],
)
def test_what_the_broker_refused_is_not_asked_again_that_session(refused: Order, end: OrderStatus, again: bool) -> None:
    order = replace(refused, status=end, refusal="no stops today")
    assert bool(placed(a_state(a_position(), order))) is again


def test_the_broker_s_own_words_are_told() -> None:
    order = replace(a_stop(), status=OrderStatus.REFUSED, refusal="no stops today")
    state, market = a_state(a_position(), order), a_market(held={"AAA": "10"})
    assert protecting.why_none(state, market, RULES.exits, "AAA", {}) == (Reason.STOP_REFUSED, "no stops today")


# ---- taken back ------------------------------------------------------------------------------------------


def guarding(position: Position | None = None, stop: Order | None = None, **changes: Any) -> State:
    return a_state(position or a_position(), stop or a_stop(), **changes)


def test_a_stop_that_is_right_stays_and_none_is_placed_beside_it() -> None:
    assert taken_back(guarding()) == []
    assert placed(guarding()) == []


@pytest.mark.parametrize(
    ("own", "goes"),
    [("9.20", False), ("9.29", False), ("9.2919", False), ("9.292", False), ("9.30", True), ("9.50", True)],
)
def test_it_is_raised_by_steps_of_one_per_cent(own: str, goes: bool) -> None:
    """Seen red when: the step was taken against the desk's own stop, or any rise was enough."""
    state = guarding(a_position(stop=D(own)))
    assert taken_back(state) == ([Reason.STOP_RAISED] if goes else [])


@pytest.mark.parametrize("own", ["9.10", "8.00"])
def test_it_never_falls(own: str) -> None:
    assert taken_back(guarding(a_position(stop=D(own)))) == []
    assert taken_back(guarding(), Rules(exits=ExitRules(stop_offset=D("0.1")))) == []


def test_it_is_not_raised_to_where_a_price_stands() -> None:
    state = guarding(a_position(stop=D("9.50")))
    assert taken_back(state, prices={"AAA": a_price("9.99", "10", "9.50")}) == []
    assert taken_back(state, prices={"AAA": a_price("9.51", "10", "9.51")}) == [Reason.STOP_RAISED]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (guarding(leaving={"AAA": NOW}), Reason.SALE_DUE),
        (guarding(through={"AAA": D("9.20")}), Reason.SALE_DUE),
        (guarding(undecided={"AAA": 3}), Reason.SALE_DUE),
        (guarding(a_position(qty="12")), Reason.STOP_RESIZED),
        (guarding(a_position(qty="8")), Reason.STOP_RESIZED),
        (guarding(a_position(qty="10.5")), None),
        (a_state(a_stop()), Reason.POSITION_GONE),
        (guarding(a_position(qty="0")), Reason.POSITION_GONE),
        (guarding(halts={Reason.OWNER: Halt("stop", NOW)}), None),
    ],
)
def test_when_it_is_taken_back(state: State, reason: Reason | None) -> None:
    held = str(state.positions["AAA"].qty) if "AAA" in state.positions else "0"
    assert taken_back(state, held=held) == ([reason] if reason is not None else [])


def test_a_stop_due_to_sell_takes_the_resting_one_back_first_and_is_itself_not_intended_before() -> None:
    fallen = {"AAA": a_price("9", "9.1", "9")}
    assert taken_back(guarding(), prices=fallen) == [Reason.SALE_DUE]
    assert to_exit(guarding(), a_market(held={"AAA": "10"}, prices=fallen), RULES.exits)


def test_with_the_monitor_alone_watching_every_stop_is_taken_back() -> None:
    assert taken_back(guarding(), Rules(exits=MONITOR)) == [Reason.MONITOR_ONLY]


@pytest.mark.parametrize(
    ("seen", "held", "reason"),
    [(APART, "5", None), (FROZEN, "20", None), (FROZEN, "10", None), (FROZEN, "9", Reason.STOP_RESIZED)],
)
def test_in_a_dispute_it_stays_unless_it_could_sell_more_than_there_is(
    seen: Difference, held: str, reason: Reason | None
) -> None:
    state = guarding(differences={"AAA": seen}, leaving={"AAA": NOW})
    assert taken_back(state, held=held) == ([reason] if reason is not None else [])


def test_found_after_a_lost_folder_on_shares_nobody_can_explain_it_stays() -> None:
    state = a_state(a_stop(), differences={"AAA": replace(FROZEN, ours=ZERO, theirs=D(10))})
    assert taken_back(state, held="10") == []


def test_one_come_late_beside_a_sale_or_another_stop_is_taken_back() -> None:
    sale = resting(a_sell())
    assert taken_back(a_state(a_position(), sale, a_stop())) == [Reason.SALE_DUE]
    lower = replace(a_stop(stop="9.10", generation=1), broker_id="b-2")
    found = taking_back(a_state(a_position(), lower, a_stop()), a_market(held={"AAA": "10"}))
    told = [(event.client_order_id, event.reason) for event in found if isinstance(event, CancelIntended)]
    assert told == [(lower.client_order_id, Reason.STOP_RESIZED)]


def test_in_a_session_s_last_minute_no_stop_is_taken_back_for_another_order() -> None:
    state = guarding(leaving={"AAA": NOW})
    closes = a_market().session.closes
    assert taken_back(state, now=closes - 61 * SECOND) == [Reason.SALE_DUE]
    assert taken_back(state, now=closes - 59 * SECOND) == []


def test_where_the_broker_would_refuse_what_takes_its_place_it_stays() -> None:
    """Seen red when: a stop was taken back though the account was blocked, and nothing could be placed any more."""
    blocked = {"account": an_account(blocked="trade suspended by user")}
    rising, leaving = guarding(a_position(stop=D("9.40"))), guarding(leaving={"AAA": NOW})
    assert (taken_back(rising), taken_back(leaving)) == ([Reason.STOP_RAISED], [Reason.SALE_DUE])
    assert (taken_back(rising, **blocked), taken_back(leaving, **blocked)) == ([], [])
    assert taken_back(guarding(a_position(qty="8")), **blocked) == [Reason.STOP_RESIZED]  # it could sell too much
    assert taken_back(rising, assets={"AAA": an_asset(tradable=False)}) == []
    theirs = an_outside_order(side=Side.BUY)
    assert taken_back(guarding(a_position(stop=D("9.40")), outside={theirs.broker_id: theirs})) == []


@pytest.mark.parametrize("why", [Reason.STOP_RAISED, Reason.SALE_DUE])
def test_those_taken_back_in_a_run_are_few_enough_that_what_takes_their_place_goes_in_it_too(why: Reason) -> None:
    """Seen red when: `flatten` of hundreds took every stop back first and had no time left to sell."""
    names = [f"A{one}{two}" for one in "ABCD" for two in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    stops = [resting(replace(a_sell(name, purpose=Purpose.PROTECT), kind=Kind.STOP, stop_price=D(9))) for name in names]
    state = a_state(*map(a_position, names), *stops)
    if why is Reason.SALE_DUE:
        state = replace(state, leaving=dict.fromkeys(names, NOW))
    found = taking_back(state, a_market(held=dict.fromkeys(names, "10"), prices={}))
    assert [event.reason for event in found if isinstance(event, CancelIntended)] == [
        why
    ] * protecting.TAKEN_BACK_AT_MOST[why]


# ---- sent again ------------------------------------------------------------------------------------------

LOST = unclear(replace(a_stop(), broker_id=None, accepted_at=None))


def sent_again(state: State, held: str = "10", **market: Any) -> list[Order]:
    return sending.protecting(state, a_market(held={"AAA": held}, **market), RULES.exits)


def test_an_unclear_stop_goes_again_while_the_shares_are_there() -> None:
    assert sent_again(a_state(a_position(), LOST)) == [LOST]
    assert sent_again(a_state(a_position(qty="9"), LOST)) == []
    assert sent_again(a_state(a_position(), LOST), held="9") == []
    assert sent_again(a_state(a_position(), LOST, resting(a_buy()))) == []
    assert sent_again(a_state(a_position(), LOST), is_open=False) == []
    assert sent_again(a_state(a_position(), LOST), disabled="by hand") == []
    assert sent_again(a_state(a_position(), replace(LOST, decision=replace(LOST.decision, session=YESTERDAY)))) == []


def test_one_whose_price_seems_reached_goes_again_only_where_the_symbol_is_sold_anyhow() -> None:
    one_print = {"AAA": a_price("9.99", "10", "9")}
    assert sent_again(a_state(a_position(), LOST), prices=one_print) == []
    assert sent_again(a_state(a_position(), LOST, leaving={"AAA": NOW}), prices=one_print) == [LOST]


def test_a_stop_is_no_sale_that_waits_to_be_sent() -> None:
    state = a_state(a_position(), LOST, leaving={"AAA": NOW})
    assert sending.closing(state, a_market(held={"AAA": "10"}), RULES.exits) == []
