"""Which intents may leave now, those an earlier run left behind among them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from automated_trading.decisions.sending import closing, is_over, opening, openings_to_judge, unanswered, withdraw
from automated_trading.domain.events import OrderWithdrawn
from automated_trading.domain.market import Market
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import EntryTerms, Kind, Order, OrderStatus, Purpose, Side
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Difference, Halt, QueuedSignal, State
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    SECOND,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_session,
    a_signal,
    a_state,
    after,
    an_account,
    an_asset,
    an_id,
    an_outside_order,
    ny,
    resting,
    unclear,
)

MORNING = a_market([a_signal(), a_signal("BBB")])
FALLEN = {"AAA": a_price("9.10", "9.12", "9.10")}
HELD = a_market(held={"AAA": "10"}, prices=FALLEN)


def opens(state: State, market: Market = MORNING) -> list[str]:
    return [order.symbol for order in opening(state, market, RULES)]


def closes(state: State, market: Market = HELD) -> list[str]:
    return [order.symbol for order in closing(state, market, RULES.exits)]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_only_an_order_without_an_answer_is_sent(status: OrderStatus) -> None:
    state = a_state(a_buy(status=status))
    assert opens(state) == (["AAA"] if status in (OrderStatus.INTENDED, OrderStatus.UNCLEAR) else [])
    assert bool(unanswered(state)) is bool(opens(state))


@pytest.mark.parametrize(
    "market",
    [
        replace(MORNING, opening=False),
        replace(MORNING, disabled="switched off"),
        a_market(),
        a_market([a_signal()], prices={}),
        a_market([a_signal()], {"AAA": a_price("10.01", "10.00")}),
        a_market([a_signal(score="5.99")]),
        a_market([a_signal(generated=ny("15:00", YESTERDAY))]),
        a_market([a_signal()], account=an_account(blocked="blocked")),
        a_market([a_signal()], held={"AAA": "5"}),
        a_market([a_signal()], account=an_account(equity="980.39")),
        a_market([a_signal()], account=an_account(cash="99.99")),
        a_market([a_signal()], session=a_session(TOMORROW), previous=a_session()),
        a_market([a_signal()], assets={}),
        a_market([a_signal()], assets={"AAA": an_asset(tradable=False)}),
        a_market([a_signal()], closes={}),
        a_market([a_signal()], closes={"AAA": D("9.70")}),
    ],
    ids=[
        "window over", "disabled", "signal gone", "no quote", "crossed", "score", "stale", "blocked", "held there",
        "over a full position", "no cash", "another session", "not asked", "not tradable", "no close", "gap",
    ],
)  # fmt: skip
def test_an_intent_left_behind_is_judged_again_by_every_gate(market: Market) -> None:
    assert opens(a_state(a_buy())) == ["AAA"]
    assert opens(a_state(a_buy()), market) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"blocked": {"AAA": "a lawsuit"}},
        {"ignored": {"AAA": NOW}},
        {"sold": {"AAA": YESTERDAY}},
        {"differences": {"AAA": Difference(ZERO, D(1), 1, NOW)}},
        {"cash_difference": Difference(D(1000), D(1), 1, NOW)},
        {"outside": {"theirs": an_outside_order(side=Side.BUY)}},
        {"failures": 5},
    ],
    ids=["blocked", "ignored", "cooling down", "frozen", "cash missing", "an order of the owner's", "failures"],
)
def test_an_intent_left_behind_is_judged_by_what_was_learnt_since(changes: dict[str, Any]) -> None:
    assert opens(a_state(a_buy(), **changes)) == []


def test_the_facts_an_intent_needs_are_asked_for_while_it_may_still_go() -> None:
    rows = [a_buy(), a_buy("BBB", day=YESTERDAY), a_buy("CCC", doubted="no"), a_sell("DDD"), resting(a_buy("EEE"))]
    assert openings_to_judge(a_state(*rows), MORNING) == ["AAA"]


def test_an_intent_from_before_a_halt_does_not_open() -> None:
    assert opens(a_state(a_buy(), unclear(a_buy("BBB")), halts={Reason.OWNER: Halt("stop", NOW)})) == []


def test_an_intent_may_be_exactly_a_full_position_and_spend_exactly_the_cash() -> None:
    market = a_market([a_signal()], account=an_account(equity="1000", cash="100"))
    assert opens(a_state(a_buy()), market) == ["AAA"]


def test_intents_that_together_break_a_cap_stay_unsent() -> None:
    market = a_market([a_signal(), a_signal("BBB")], account=an_account(cash="199.99"))
    assert opens(a_state(a_buy(), a_buy("BBB")), market) == []


def test_a_sell_is_never_sent_by_the_opening_batch_nor_a_buy_by_the_closing_one() -> None:
    state = a_state(a_position(), a_sell(), a_buy("BBB"))
    assert (opens(state), closes(state)) == (["BBB"], ["AAA"])


@pytest.mark.parametrize(
    "market",
    [
        replace(HELD, is_open=False),
        replace(HELD, disabled="off"),
        a_market(prices=FALLEN),
        a_market(held={"AAA": "9"}, prices=FALLEN),
    ],
    ids=["closed", "disabled", "the broker holds nothing", "the broker holds less"],
)
def test_a_sell_left_behind_stays_where_it_cannot_go(market: Market) -> None:
    assert closes(a_state(a_position(), a_sell()), market) == []


def test_i6_a_sell_left_behind_waits_for_the_end_of_a_buy_that_rests() -> None:
    assert closes(a_state(a_position(), a_sell(), resting(a_buy()))) == []


def test_a_sell_left_behind_stays_while_its_rule_no_longer_says_sell() -> None:
    state = a_state(a_position(), a_sell())
    assert closes(state, a_market(held={"AAA": "10"})) == []
    assert closes(state) == ["AAA"]


def test_an_intent_is_not_held_up_by_equity_breathing() -> None:
    assert opens(a_state(a_buy()), a_market([a_signal()], account=an_account(equity="990"))) == ["AAA"]


def test_an_entry_refused_when_sent_again_is_not_sent_a_third_time() -> None:
    assert opens(a_state(replace(a_buy(), doubted="no"))) == []


def test_a_sell_goes_while_the_desk_is_halted() -> None:
    assert closes(a_state(a_position(), a_sell(), halts={Reason.OWNER: Halt("stop", NOW)})) == ["AAA"]


@pytest.mark.parametrize(
    "state",
    [
        a_state(a_sell()),
        a_state(a_position(qty="9"), a_sell()),
        a_state(a_position(), a_sell(), resting(a_sell(qty="1", generation=1))),
        a_state(a_position(), a_sell(), resting(a_buy())),
        a_state(a_position(), a_sell(), unclear(a_buy())),
        a_state(a_position(), a_sell(day=YESTERDAY)),
        a_state(a_position(), a_sell(), differences={"AAA": Difference(D(10), ZERO, 2, NOW)}),
    ],
    ids=["nothing held", "less held", "promised already", "open buy", "unclear buy", "of yesterday", "frozen"],
)
def test_i6_a_sell_is_sent_only_while_its_shares_are_there_and_not_promised(state: State) -> None:
    """Seen red when: `_covered` always said yes, or `closing` did not ask for open buys or the session."""
    assert closes(state) == []


@pytest.mark.parametrize(
    ("day", "now", "over"),
    [
        (TODAY, ny("16:00") - SECOND, False),
        (TODAY, ny("16:00"), True),
        (YESTERDAY, ny("09:00"), True),
        (TOMORROW, ny("20:00"), False),
    ],
)
def test_i9_a_day_order_is_given_up_only_once_its_session_is_over(day: object, now: datetime, over: bool) -> None:
    """Seen red when: `is_over` compared with the open, or with `>`."""
    assert is_over(a_buy(day=day), a_session(), now) is over


def test_on_a_half_day_the_session_is_over_at_one() -> None:
    short = a_session(closes="13:00")
    assert not is_over(a_buy(), short, ny("13:00") - SECOND)
    assert is_over(a_buy(), short, ny("13:00"))


def test_i9_a_withdrawn_order_counts_no_longer_and_says_why() -> None:
    """Seen red when: `entries_of` kept withdrawn orders."""
    order: Order = unclear(a_buy())
    event = withdraw(order)
    state = after(a_state(order), event)
    assert event == OrderWithdrawn(an_id(), Reason.NEVER_ARRIVED)
    assert (state.open_orders(), state.entries_of(TODAY)) == ([], [])


# ---- what was queued, and the owner's own orders ----------------------------------------------------------------

AFTERNOON = a_market(opening=False, redeploying=True)
AGAIN = a_buy(purpose=Purpose.REDEPLOY)


def queued(session: date = TODAY, **changes: Any) -> State:
    waiting = QueuedSignal(BOOK, a_signal(), session, Reason.MAX_POSITIONS, NOW)
    return a_state(AGAIN, queue={f"{BOOK}/AAA": waiting}, **changes)


def test_a_redeployment_left_behind_goes_while_its_signal_still_waits_and_the_routine_redeploys() -> None:
    assert opens(queued(), AFTERNOON) == ["AAA"]
    assert opens(queued(YESTERDAY), AFTERNOON) == ["AAA"]


@pytest.mark.parametrize(
    ("state", "market"),
    [
        (queued(), replace(AFTERNOON, redeploying=False, opening=True)),
        (a_state(AGAIN), AFTERNOON),
        (a_state(AGAIN), replace(MORNING, redeploying=True)),
        (queued(date(2026, 7, 13)), AFTERNOON),
        (queued(halts={Reason.OWNER: Halt("stop", NOW)}), AFTERNOON),
        (queued(), replace(AFTERNOON, prices={"AAA": a_price("9.68", "9.69", "9.69")})),
        (queued(), replace(AFTERNOON, prices={})),
        (queued(), replace(AFTERNOON, account=an_account(cash="99.99"))),
    ],
    ids=[
        "too late",
        "no longer queued",
        "only in the file",
        "two sessions old",
        "halted",
        "3.1% off",
        "no quote",
        "cash",
    ],
)
def test_a_redeployment_left_behind_is_judged_again_too(state: State, market: Market) -> None:
    assert opens(state, market) == []


def test_a_redeployment_left_behind_does_not_go_on_anothers_place_in_the_queue() -> None:
    other = QueuedSignal(BOOK, a_signal("BBB"), TODAY, Reason.MAX_POSITIONS, NOW)
    assert opens(a_state(AGAIN, queue={f"{BOOK}/BBB": other}), AFTERNOON) == []


@pytest.mark.parametrize("purpose", [Purpose.ENTRY, Purpose.REDEPLOY])
def test_an_intent_of_an_earlier_session_never_opens_in_this_one(purpose: Purpose) -> None:
    """Seen red when: `opening` does not look at the session, and the same ticker is approved of again."""
    waiting = QueuedSignal(BOOK, a_signal(), YESTERDAY, Reason.MAX_POSITIONS, NOW)
    state = a_state(a_buy(day=YESTERDAY, purpose=purpose), queue={f"{BOOK}/AAA": waiting})
    assert opens(state, replace(MORNING, redeploying=True)) == []


@pytest.mark.parametrize(("held", "goes"), [("3990", ["AAA"]), ("3991", [])], ids=["to the cent", "a share more"])
def test_i17_an_intent_left_behind_may_fill_its_sector_and_not_pass_it(held: str, goes: list[str]) -> None:
    """Seen red when: `opening` sends what `entries` would refuse for its sector."""
    state = a_state(a_position("CCC", held, sector="Energy"), a_buy(terms=EntryTerms(D("0.08"), sector="Energy")))
    assert opens(state, replace(MORNING, account=an_account(cash="60000"))) == goes


def test_an_entry_is_not_sent_as_a_redeployment_nor_the_other_way_round() -> None:
    assert opens(a_state(a_buy()), replace(AFTERNOON, signals=MORNING.signals)) == []
    assert opens(queued(), replace(AFTERNOON, redeploying=False)) == []


@pytest.mark.parametrize(("qty", "goes"), [("4", ["AAA"]), ("5", [])], ids=["beside ours", "among ours"])
def test_i6_a_sell_left_behind_stays_where_the_owner_sells_the_same_shares(qty: str, goes: list[str]) -> None:
    """Seen red when: `_covered` asked what the broker holds and not what is free there."""
    state = a_state(a_position(), a_sell(qty="6"), outside={"theirs": an_outside_order(qty)})
    assert closes(state) == goes


def test_a_limit_sell_left_behind_goes_while_its_stop_is_undecided() -> None:
    limit = a_sell(kind=Kind.LIMIT, limit_price=D("9.40"), reason="undecided")
    divided = a_market(held={"AAA": "10"}, prices={"AAA": a_price("9.19", "100", "9.50")})
    assert closes(a_state(a_position(), limit, undecided={"AAA": 3}), divided) == ["AAA"]
    assert closes(a_state(a_position(), limit, undecided={"AAA": 2}), divided) == []


def test_the_best_score_is_sent_first() -> None:
    rows = [
        a_buy(symbol, terms=EntryTerms(D("0.08"), score=D(score))) for symbol, score in (("AAA", "7"), ("BBB", "9"))
    ]
    assert opens(a_state(*rows)) == ["BBB", "AAA"]
