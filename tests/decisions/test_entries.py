"""Which signals become orders, and what is said of the others: one answer each, over the whole batch."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from automated_trading.decisions.entries import candidates, ceiling
from automated_trading.decisions.refusals import Case
from automated_trading.domain.events import (
    OrderIntended,
    OrderRefused,
    OrderWithdrawn,
    SignalQueued,
    SignalRemarked,
)
from automated_trading.domain.market import Market, Price, Quote
from automated_trading.domain.money import ZERO
from automated_trading.domain.orders import EntryTerms, Kind, Order, OrderStatus, Side, TimeInForce
from automated_trading.domain.positions import Position
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Rules, Sizing
from automated_trading.domain.signals import Malformed, SignalList
from automated_trading.domain.state import Halt, State
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
    a_quote,
    a_sell,
    a_session,
    a_signal,
    a_state,
    after,
    an_account,
    an_asset,
    an_id,
    ny,
    resting,
    unclear,
)
from tests.decisions.answers import ORDERED, decided, ordered, said
from tests.decisions.freed_room import again


def quoted(quote: Quote | None) -> Market:
    return a_market([a_signal()], {"AAA": Price(quote)})


def capped(rules: Rules = RULES, **changes: Any) -> Rules:
    return replace(rules, caps=replace(rules.caps, **changes))


# ---- the order ---------------------------------------------------------------------------------------------------


def test_an_approved_signal_becomes_a_limit_day_buy_of_a_tenth_of_the_book() -> None:
    (order,) = ordered(a_state(), a_market([a_signal(tier="tier1", sector="Tech")]))
    assert (order.side, order.kind, order.time_in_force) == (Side.BUY, Kind.LIMIT, TimeInForce.DAY)
    assert (order.qty, order.limit_price, order.reason) == (995, D("10.05"), "entry")
    assert order.client_order_id == an_id()
    assert order.terms is not None
    assert (order.terms.tier, order.terms.score, order.terms.sector) == ("tier1", 8, "Tech")


@pytest.mark.parametrize(
    ("tier", "fraction"), [("tier1", "0.12"), ("tier2", "0.10"), ("tier3", "0.08"), ("tier4", "0.08"), ("none", "0.08")]
)
def test_each_tier_brings_its_own_stop(tier: str, fraction: str) -> None:
    (order,) = ordered(a_state(), a_market([a_signal(tier=tier)]))
    assert order.terms is not None
    assert order.terms.stop_fraction == D(fraction)


@pytest.mark.parametrize(("score", "shares"), [("6", 497), ("13", 845), ("20", 1194), ("25", 1194)])
def test_sized_by_score_a_better_signal_gets_more_shares(score: str, shares: int) -> None:
    (order,) = ordered(a_state(), a_market([a_signal(score=score)]), capped(sizing=Sizing.SCORE))
    assert order.qty == shares
    case = Case(a_state(), a_market(), capped(sizing=Sizing.SCORE), BOOK)
    assert order.open_value <= ceiling(case, order) < order.open_value + D("10.05")


def test_f2_the_order_id_is_the_same_whenever_the_decision_is_made() -> None:
    market = a_market([a_signal()])
    later = replace(market, now=NOW + SECOND)
    assert ordered(a_state(), market)[0].client_order_id == ordered(a_state(), later)[0].client_order_id


def test_tomorrow_the_same_signal_has_another_id() -> None:
    market = a_market([a_signal()])
    later = a_market([a_signal(generated=NOW + timedelta(hours=10))])
    moved = replace(later, session=a_session(TOMORROW), previous=a_session())
    assert ordered(a_state(), market)[0].client_order_id != ordered(a_state(), moved)[0].client_order_id


def test_the_limit_never_spends_more_than_a_full_position() -> None:
    (order,) = ordered(a_state(), a_market([a_signal()], account=an_account("12345.67")))
    assert order.open_value <= Decimal("1234.567") < order.open_value + (order.limit_price or ZERO)


def test_outside_its_window_a_signal_gets_no_answer_at_all() -> None:
    assert decided(a_state(), a_market([a_signal()], opening=False)) == []


# ---- what uses a signal up -------------------------------------------------------------------------------------


def test_i9_an_unclear_order_of_yesterday_blocks_re_entry_and_counts_as_exposure() -> None:
    """Seen red when: `open_orders` left out UNCLEAR."""
    state = a_state(unclear(a_buy(qty="6500", day=YESTERDAY)))
    market = a_market([a_signal(), a_signal("BBB", sector="Tech")])
    assert said(state, market) == [("refused", Reason.ORDER_OPEN), ("queued", Reason.MAX_EXPOSURE)]


@pytest.mark.parametrize("order", [unclear(a_buy()), a_buy(), resting(a_buy()), a_buy(status=OrderStatus.CANCELLED)])
def test_an_order_that_may_have_reached_the_broker_uses_the_signal_up(order: Order) -> None:
    assert decided(a_state(order), a_market([a_signal()])) == []


def test_a_broker_refusal_uses_the_signal_up_for_the_session() -> None:
    state = after(a_state(a_buy()), OrderRefused(an_id(), 422, "no"))
    assert ordered(state, a_market([a_signal()])) == []


def test_an_entry_that_never_arrived_leaves_its_signal_eligible_under_a_new_id() -> None:
    state = after(a_state(a_buy()), OrderWithdrawn(an_id(), Reason.NEVER_ARRIVED))
    assert [order.client_order_id for order in ordered(state, a_market([a_signal()]))] == [an_id(generation=1)]


def test_a_redeployment_that_ended_unfilled_does_not_use_up_the_signal_of_today() -> None:
    assert said(a_state(again(status=OrderStatus.EXPIRED)), a_market([a_signal()])) == [ORDERED]


def test_a_queued_signal_is_not_judged_again_this_session() -> None:
    market = a_market([a_signal()], account=an_account(cash="0"))
    state = after(a_state(), *decided(a_state(), market))
    assert decided(state, a_market([a_signal()])) == []


def test_a_signal_queued_yesterday_is_a_new_signal_when_it_is_told_again_today() -> None:
    before = SignalQueued(BOOK, YESTERDAY, a_signal(), Reason.NO_CASH, "", ny("10:00", YESTERDAY))
    state = replace(after(replace(a_state(), day=replace(a_state().day, session=YESTERDAY)), before), day=a_state().day)
    no_cash = a_market([a_signal()], account=an_account(cash="0"))
    assert after(state, *decided(state, no_cash)).queue[f"{BOOK}/AAA"].session == TODAY
    assert said(state, a_market([a_signal()])) == [ORDERED]


# ---- what is said, and how often --------------------------------------------------------------------------------


def test_f20_an_unusable_entry_is_refused_once_and_costs_the_others_nothing() -> None:
    listed = SignalList((a_signal(),), (Malformed("entry 2", "ticker 5 is not a plain US ticker"),))
    market = replace(a_market(), signals=listed)
    assert said(a_state(), market) == [("refused", Reason.MALFORMED), ORDERED]
    state = after(a_state(), *decided(a_state(), market))
    assert decided(state, market) == []


def test_the_same_answer_is_not_written_twice_and_a_new_reason_is() -> None:
    state = after(a_state(), *decided(a_state(), quoted(None)))
    assert decided(state, quoted(None)) == []
    assert said(state, quoted(a_quote("10", "0"))) == [("notyet", Reason.ONE_SIDED_QUOTE)]


def test_a_not_yet_that_becomes_an_order_is_no_longer_told_as_not_yet() -> None:
    state = after(a_state(), *decided(a_state(), quoted(None)))
    state = after(state, *decided(state, quoted(a_quote())))
    assert state.day.verdicts[f"{BOOK}/AAA"].said == "ordered"


@pytest.mark.parametrize(
    ("ask", "remarked"), [("10.99", False), ("11.00", False), ("11.01", True), ("9.00", False), ("8.99", True)]
)
def test_a_price_over_ten_per_cent_from_the_signals_own_is_bought_all_the_same_but_said(
    ask: str, remarked: bool
) -> None:
    market = a_market([a_signal()], {"AAA": a_price(ask, ask, ask)}, closes={"AAA": D(ask)})
    assert said(a_state(), market) == [ORDERED]
    assert isinstance(decided(a_state(), market)[0], SignalRemarked) is remarked


def test_what_is_remarked_comes_before_the_order_says_the_figures_and_is_said_once_a_session() -> None:
    market = a_market([a_signal(entry_price=D(8))])
    remark, _ = decided(a_state(), market)
    assert remark == SignalRemarked(
        BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, "the ask is +25.0% from the signal's 8"
    )  # fmt: skip
    state = after(a_state(), remark)
    assert [type(event) for event in decided(state, market)] == [OrderIntended]


# ---- caps over a batch --------------------------------------------------------------------------------------------

TICKERS = [f"{first}{second}" for first in "ABCDE" for second in "ABCDEF"]
MANY = [a_signal(ticker, str(50 - n), sector=f"sector {n}") for n, ticker in enumerate(TICKERS)]
SMALL = capped(max_position=D("0.01"))


def last_word(rules: Rules, *rows: Position | Order, **changes: Any) -> tuple[int, Reason]:
    """How many of thirty signals are ordered, and why the next is queued."""
    market = a_market(MANY, dict.fromkeys(TICKERS, a_price()), **changes)
    events = decided(a_state(*rows), market, rules)
    count = sum(isinstance(event, OrderIntended) for event in events)
    waiting = events[count]
    assert isinstance(waiting, SignalQueued)
    return count, waiting.reason


@pytest.mark.parametrize("held", [0, 1, 9, 10])
def test_f3_one_batch_stops_at_ten_positions_those_held_and_on_order_among_them(held: int) -> None:
    rows = [a_position(f"H{n}") if n % 2 else resting(a_buy(f"H{n}", day=YESTERDAY)) for n in range(held)]
    assert last_word(SMALL, *rows) == (10 - held, Reason.MAX_POSITIONS)


def test_one_batch_stops_at_seventy_per_cent_exposure() -> None:
    assert last_word(RULES) == (7, Reason.MAX_EXPOSURE)


@pytest.mark.parametrize(("share", "count"), [("0.0999975", 1), ("0.0999974", 0)], ids=["to the cent", "a cent less"])
def test_exposure_may_reach_its_cap_to_the_cent_and_not_pass_it(share: str, count: int) -> None:
    assert last_word(capped(max_exposure=D(share))) == (count, Reason.MAX_EXPOSURE)


@pytest.mark.parametrize(("cash", "count"), [("19999.50", 2), ("19999.49", 1), ("0", 0)])
def test_one_batch_stops_when_the_cash_is_promised_whatever_the_equity(cash: str, count: int) -> None:
    """Buying power would be twice the equity of 100,000; it is not even known here."""
    assert last_word(RULES, account=an_account(cash=cash)) == (count, Reason.NO_CASH)


@pytest.mark.parametrize(("used", "count"), [(0, 20), (1, 19), (19, 1), (20, 0)])
def test_one_batch_stops_at_twenty_entries_a_day(used: int, count: int) -> None:
    rows = [a_buy("Z", status=OrderStatus.EXPIRED, generation=n) for n in range(used)]
    assert last_word(capped(SMALL, max_positions=50), *rows) == (count, Reason.DAILY_ORDERS)


@pytest.mark.parametrize(
    ("ask", "answer"),
    [("9950.24", ORDERED), ("9950.25", ORDERED), ("9950.26", ("queued", Reason.UNDER_ONE_SHARE))],
)
def test_a_share_dearer_than_a_full_position_is_queued(ask: str, answer: object) -> None:
    """Limits: 9999.99, 10000.00 and 10000.01, against a tenth of 100,000."""
    market = a_market([a_signal()], {"AAA": a_price(ask, ask, ask)}, closes={"AAA": D(ask)})
    assert said(a_state(), market) == [answer]


def test_a_signal_that_does_not_fit_leaves_its_room_to_a_cheaper_one() -> None:
    prices = {"AAA": a_price("4960", "4970", "4970"), "BBB": a_price("99", "100", "100")}
    market = a_market([a_signal("AAA", "9"), a_signal("BBB")], prices, account=an_account("100000", "9960"))
    market = replace(market, closes={"AAA": D(4970), "BBB": D(100)})
    assert said(a_state(), market) == [("queued", Reason.NO_CASH), ("order", "BBB")]


# ---- sectors over a batch ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "answer"),
    [("30000.25", ORDERED), ("30000.24", ORDERED), ("30000.26", ("refused", Reason.MAX_SECTOR))],
)
def test_a_sector_may_reach_forty_per_cent_of_the_book_to_the_cent_and_not_pass_it(held: str, answer: object) -> None:
    """An order of 995 at 10.05 costs 9,999.75; the book has 100,000."""
    state = a_state(a_position("HHH", qty="1", price=held, sector="Tech"))
    assert said(state, a_market([a_signal(sector="tech ")])) == [answer]
    assert said(state, a_market([a_signal(sector="Energy")])) == [ORDERED]


@pytest.mark.parametrize(
    "sectors",
    [["Tech"] * 5, ["", "Unknown", "None", "n/a", "unknown"]],
    ids=["one sector", "unknown sectors count together"],
)
def test_within_one_batch_a_sector_stops_at_forty_per_cent_and_the_others_go_on(sectors: list[str]) -> None:
    signals = [a_signal(name, str(20 - n), sector=sectors[n]) for n, name in enumerate(TICKERS[:5])]
    market = a_market([*signals, a_signal("ZZZ", "7", sector="Energy")], dict.fromkeys([*TICKERS, "ZZZ"], a_price()))
    answers = [*(("order", name) for name in TICKERS[:4]), ("refused", Reason.MAX_SECTOR), ("order", "ZZZ")]
    assert said(a_state(), market) == answers


ON_ITS_WAY = a_buy("HHH", qty="3001", day=YESTERDAY, terms=EntryTerms(D("0.08"), sector="Tech"))


@pytest.mark.parametrize("order", [ON_ITS_WAY, unclear(ON_ITS_WAY), resting(ON_ITS_WAY)])
def test_a_sector_counts_what_is_on_its_way(order: Order) -> None:
    assert said(a_state(order), a_market([a_signal(sector="Tech")])) == [("refused", Reason.MAX_SECTOR)]


# ---- what is asked about --------------------------------------------------------------------------------------------


def test_only_signals_that_nothing_known_speaks_against_are_asked_about_best_first() -> None:
    listed = [a_signal("AAA", "5"), a_signal("BBB", "7"), a_signal("CCC", "9"), a_signal("DDD", "8"), a_signal("EEE")]
    state = a_state(a_position("DDD"), unclear(a_buy("EEE")))
    assert candidates(state, a_market(listed, assets={}, closes={}, prices={}), RULES) == ["CCC", "BBB"]


def test_a_signal_that_has_its_answer_for_the_session_is_not_asked_about_again() -> None:
    listed = a_market([a_signal("AAA"), a_signal("BBB"), a_signal("CCC")])
    state = a_state(a_buy("AAA", status=OrderStatus.EXPIRED))
    state = after(state, SignalQueued(BOOK, TODAY, a_signal("BBB"), Reason.NO_CASH, "", NOW))
    assert candidates(state, listed, RULES) == ["CCC"]


def test_a_symbol_known_to_be_untradable_is_not_asked_about_again() -> None:
    market = a_market([a_signal()], assets={"AAA": an_asset(tradable=False)})
    assert candidates(a_state(), market, RULES) == []


def test_a_symbol_two_books_may_want_is_asked_about_once() -> None:
    rules = replace(RULES, books={BOOK: D("0.6"), "rotation": D("0.4")})
    assert candidates(a_state(), a_market([a_signal()]), rules) == ["AAA"]


@pytest.mark.parametrize("state", [a_state(halts={Reason.OWNER: Halt("stop", NOW)}), a_state(failures=5)])
def test_a_desk_that_may_not_open_asks_about_nothing(state: State) -> None:
    assert candidates(state, a_market([a_signal()]), RULES) == []


def test_a_sell_of_another_symbol_is_nothing_to_a_signal() -> None:
    assert said(a_state(a_position("BBB"), resting(a_sell("BBB"))), a_market([a_signal()])) == [ORDERED]
