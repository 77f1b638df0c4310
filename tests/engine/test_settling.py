"""`reconcile` end to end: adopted, forgotten, ignored, a split among them, and what becomes of it afterwards."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.decisions.reconciliation import apart
from automated_trading.domain import events as e
from automated_trading.domain.errors import BrokerUnreachable, UsageError
from automated_trading.domain.positions import Origin
from automated_trading.domain.reasons import Reason
from automated_trading.engine.desk import Outcome
from automated_trading.engine.settling import Wish, as_shown, reconcile
from automated_trading.simulator.faults import Fault, FaultKind
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, moment, names, signal
from tests.engine.stage import holding, lay, requests_of, sides, stands
from tests.engine.test_hearing import of
from tests.engine.wire import answering, rewording, then


def settled(b: Bench, **wish: object) -> Outcome:
    return reconcile(b.desk(), Wish(**wish))[0]  # type: ignore[arg-type]


def with_own(home: Path, qty: str = "50") -> Bench:
    """A desk that holds AAA on an account whose owner bought OWN himself, at 100.05."""
    b = holding(home, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(qty))
    b.run(MONITOR, "09:40")
    return b


def test_where_nothing_differs_it_says_so_and_settles_nothing(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    told = settled(b)
    assert (told.exit_code, told.said) == (0, "books and broker agree")
    assert set(names(told)) == {"RunStarted", "EquityMarked", "RunFinished"}


def test_a_difference_is_seen_twice_in_one_run_and_stays_until_the_owner_says(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    told = settled(b)
    assert (told.exit_code, told.said) == (6, "books and broker differ: AAA")
    assert [event.readings for event in of(told, e.DifferenceSeen)] == [1, 2]
    for at in ("09:40", "09:45", "15:00"):
        b.run(MONITOR, at)
    assert (b.state().positions["AAA"].qty, settled(b).exit_code) == (99, 6)


def test_while_an_order_is_unclear_the_books_are_not_said_to_agree(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.advance_to(moment("09:35"))
    b.wire.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders"))
    b.run(MORNING)
    told = settled(b)
    assert told.exit_code == 4
    assert told.said == "books and broker agree; unclear whether the broker has an order in AAA"


def test_a_reading_that_lags_is_no_difference_and_is_settled_within_the_run(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    first = iter([[]])
    b.wire.on("GET", "/v2/positions", rewording(lambda rows: next(first, rows)))
    told = settled(b)
    assert (told.exit_code, told.state.differences) == (0, {})


def test_nothing_is_ever_sent_by_it(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    stands(b, "AAA", "50")
    asked = requests_of(b, lambda: settled(b, adopt=("OWN",)))[1]
    assert [request for request in asked if not request.startswith("GET")] == []


def test_adopted_shares_hang_on_a_stop_under_the_mark_of_that_moment(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    stands(b, "OWN", "150")
    told = settled(b, adopt=("OWN",))
    position = told.state.positions["OWN"]
    assert (position.origin, position.qty, position.cost, position.stop) == (
        Origin.ADOPTED,
        50,
        50 * Decimal("100.05"),
        Decimal("138.00"),
    )
    assert (told.exit_code, told.state.differences) == (0, {})


def test_an_adopted_position_is_sold_at_its_stop_with_the_profit_of_its_true_cost(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    stands(b, "OWN", "150")
    settled(b, adopt=("OWN",))
    b.exchange.set_quote("OWN", Decimal(137), Decimal("137.2"), last=Decimal(137))
    told = b.run(MONITOR, "10:00")
    (trade,) = told.state.day.closed
    gain = 50 * (Decimal(137) - Decimal("100.05"))
    assert (trade.symbol, trade.origin, trade.realised) == ("OWN", Origin.ADOPTED, gain)
    assert told.state.cash == b.exchange.ledger.cash


def test_fewer_shares_are_adopted_with_their_part_of_the_cost(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(9))
    told = settled(b, adopt=("AAA",))
    position = told.state.positions["AAA"]
    assert (position.qty, position.cost, position.stop) == (90, 90 * Decimal("100.05"), Decimal("92.04"))
    stands(b, "AAA", "90")
    sold = b.run(MONITOR, "10:00")
    assert (sold.state.positions, sold.state.differences, sides(b, "AAA")[-1]) == ({}, {}, "sell filled")


def test_more_shares_are_adopted_at_what_they_cost(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "110")
    b.exchange.trade_by_hand("AAA", "buy", Decimal(11))
    told = settled(b, adopt=("AAA",))
    position = told.state.positions["AAA"]
    assert (position.qty, round(position.cost, 2)) == (110, 99 * Decimal("100.05") + 11 * Decimal("110.06"))


@pytest.mark.parametrize(("ratio", "qty", "stop"), [("2", 198, "46.02"), ("3", 297, "30.68"), ("1.5", None, "61.36")])
def test_a_split_is_adopted_with_its_stop_moved_along(tmp_path: Path, ratio: str, qty: int | None, stop: str) -> None:
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.split("AAA", Decimal(ratio))
    frozen = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (frozen.state.frozen("AAA"), sides(b, "AAA")) == (True, ["buy filled"])
    told = settled(b, adopt=("AAA",))
    position = told.state.positions["AAA"]
    assert (position.qty, position.stop) == (Decimal(qty or "148.5"), Decimal(stop))
    assert (position.cost, told.exit_code) == (99 * Decimal("100.05"), 0)
    assert [event.words[:7] for event in of(told, e.PositionAdopted)] == ["a split"]


def test_a_split_position_is_sold_later_with_the_profit_there_really_was(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.split("AAA", Decimal(2))
    b.run(MONITOR, "09:40", WEDNESDAY)
    settled(b, adopt=("AAA",))
    assert b.run(MONITOR, "09:45", WEDNESDAY).state.positions["AAA"].qty == 198  # 50 is over its stop of 46.02
    before = b.exchange.ledger.cash
    stands(b, "AAA", "45")
    told = b.run(MONITOR, "09:50", WEDNESDAY)
    (trade,) = told.state.day.closed
    assert (trade.qty, trade.realised) == (198, b.exchange.ledger.cash - before - 99 * Decimal("100.05"))
    assert (trade.reason, told.state.cash) == ("stop_loss", b.exchange.ledger.cash)


def test_a_reverse_split_is_no_gain_that_raises_a_stop(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.run(EOD, "16:30")
    b.exchange.split("AAA", Decimal("0.1"))
    b.run(MONITOR, "09:40", WEDNESDAY)
    position = settled(b, adopt=("AAA",)).state.positions["AAA"]
    assert (position.qty, position.stop) == (Decimal("9.9"), Decimal("920.40"))
    after = b.run(MONITOR, "09:45", WEDNESDAY).state.positions["AAA"]
    assert after.stop == Decimal("920.46")  # 8% under ten times the entry, and no trailing rung
    stands(b, "AAA", "915")
    told = b.run(MONITOR, "09:50", WEDNESDAY)
    assert (told.state.positions, b.orders("AAA")[-1].filled_qty) == ({}, Decimal("9.9"))


def test_a_split_and_a_hand_trade_together_are_not_taken_for_a_split(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.split("AAA", Decimal(2))
    b.exchange.trade_by_hand("AAA", "sell", Decimal(98))
    told = settled(b, adopt=("AAA",))
    assert ["a split" in event.words for event in of(told, e.PositionAdopted)] == [False]


def test_what_is_gone_is_forgotten_and_books_no_profit(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(99))
    b.run(MONITOR, "09:40")
    told = settled(b, forget=("AAA",))
    assert (told.exit_code, told.state.positions, told.state.day.closed, told.state.day.realised) == (0, {}, (), 0)
    assert told.state.cash == b.exchange.ledger.cash
    assert b.run(MORNING, "09:45").state.day.verdicts["insider/AAA"].reason is not Reason.HELD


def test_a_forgotten_symbol_is_not_bought_again_within_its_cool_down(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.trade_by_hand("AAA", "sell", Decimal(99))
    settled(b, forget=("AAA",))
    told = b.run(MORNING, "09:35", WEDNESDAY)
    assert (told.state.day.verdicts["insider/AAA"].reason, len(b.orders("AAA"))) == (Reason.COOL_DOWN, 2)


def test_what_is_ignored_is_never_sold_and_counts_in_exposure_and_out_of_equity(tmp_path: Path) -> None:
    b = with_own(tmp_path, "650")
    told = settled(b, ignore=("OWN",))
    assert (told.exit_code, apart(told.state)) == (0, [])
    stands(b, "OWN", "60")  # no stop of ours: 65,000 are 39,000 now
    assert b.run(MONITOR, "09:45").exit_code == 0
    assert sides(b, "OWN") == ["buy filled"]


def test_equity_without_what_is_ignored_sizes_the_next_position(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(400))
    settled(b, ignore=("OWN",))
    assert b.run(MORNING, "09:35").state.positions["AAA"].qty == 59  # a tenth of 59,980


def test_exposure_of_the_whole_account_holds_what_is_ignored(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(690))
    settled(b, ignore=("OWN",))
    told = b.run(MORNING, "09:35")
    assert told.state.day.verdicts["insider/AAA"].reason is Reason.MAX_EXPOSURE


def test_a_signal_in_what_is_ignored_is_refused(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    settled(b, ignore=("OWN",))
    b.signals.entries = [signal("OWN")]
    told = b.run(MONITOR, "09:45")
    assert told.state.day.verdicts["insider/OWN"].reason is Reason.IGNORED
    assert len(b.orders("OWN")) == 1


def test_the_owner_may_trade_what_is_ignored_without_a_word_of_the_desk(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    settled(b, ignore=("OWN",))
    b.exchange.trade_by_hand("OWN", "sell", Decimal(20))
    told = b.run(MONITOR, "09:45")
    assert (told.exit_code, told.state.differences, told.state.cash) == (0, {}, b.exchange.ledger.cash)


def test_what_is_forgotten_to_be_ignored_differs_again(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    settled(b, ignore=("OWN",))
    assert settled(b, forget=("OWN",)).state.ignored == {}
    assert settled(b).said == "books and broker differ: OWN"


def test_all_settles_everything_it_can_be_meant_for(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    for ticker in ("OWN", "TOO"):
        lay(b, ticker)
        b.exchange.trade_by_hand(ticker, "buy", Decimal(5))
    b.exchange.trade_by_hand("BBB", "sell", Decimal(99))
    told = settled(b, ignore=("ALL",), forget=("ALL",))
    assert (set(told.state.ignored), set(told.state.positions), told.exit_code) == ({"OWN", "TOO"}, {"AAA"}, 0)


def seen_by_the_owner(b: Bench, **wish: object) -> Wish:
    told, holdings = reconcile(b.desk(), Wish())
    return as_shown(Wish(**wish), told.state, holdings)  # type: ignore[arg-type]


@pytest.mark.parametrize("verb", ["adopt", "ignore"])
def test_all_is_what_was_shown_and_nothing_that_came_later(tmp_path: Path, verb: str) -> None:
    b = with_own(tmp_path)
    wish = seen_by_the_owner(b, **{verb: ("ALL",)})
    lay(b, "TOO")
    b.exchange.trade_by_hand("TOO", "buy", Decimal(5))
    told, _ = reconcile(b.desk(), wish)
    assert (told.said, "OWN" in told.state.differences) == ("books and broker differ: TOO", False)
    assert "TOO" not in {**told.state.positions, **told.state.ignored}


@pytest.mark.parametrize("named", ["OWN", "ALL"])
def test_figures_that_moved_since_they_were_shown_are_not_settled(tmp_path: Path, named: str) -> None:
    b = with_own(tmp_path)
    wish = seen_by_the_owner(b, adopt=(named,), cash=True)
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    with pytest.raises(UsageError, match=r"OWN .* shown \(ours 0, the broker's 50\) but ours 0, the broker's 55"):
        reconcile(b.desk(), wish)
    assert set(b.state().positions) == {"AAA"}


def test_cash_that_moved_since_it_was_shown_is_not_counted_anew(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.ledger.cash -= Decimal(300)
    wish = seen_by_the_owner(b, cash=True)
    b.exchange.ledger.cash -= Decimal(5000)
    with pytest.raises(UsageError, match="cash is not as it was shown"):
        reconcile(b.desk(), wish)
    assert reconcile(b.desk(), seen_by_the_owner(b, cash=True))[0].exit_code == 0


MEANINGLESS = {
    "adopt": ("ZZZ", "neither we nor the broker hold ZZZ"),
    "forget": ("ZZZ", "our books do not have ZZZ"),
    "ignore": ("AAA", "AAA is on our books"),
}


@pytest.mark.parametrize("verb", MEANINGLESS)
def test_a_wish_that_means_nothing_settles_nothing_of_the_whole(tmp_path: Path, verb: str) -> None:
    b = with_own(tmp_path)
    symbol, words = MEANINGLESS[verb]
    wish = {"adopt": ("OWN",), verb: (symbol,)} if verb != "adopt" else {"adopt": ("OWN", symbol)}
    with pytest.raises(UsageError, match=words):
        settled(b, **wish)
    assert set(b.state().positions) == {"AAA"}
    assert b.state().frozen("OWN")


def test_while_an_order_of_ours_is_open_its_symbol_is_not_settled(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", partial_fill_rate=Decimal(1))
    b.wire.on("POST", "/v2/orders", then(lambda: b.exchange.match()))
    b.run(MORNING, "09:35")
    stands(b, "AAA", "150")
    with pytest.raises(UsageError, match="wait until it has ended"):
        settled(b, adopt=("AAA",))


def test_an_unreachable_broker_settles_nothing(tmp_path: Path) -> None:
    b = with_own(tmp_path)
    before = b.state()
    b.wire.on("GET", "/v2/positions", answering(503, {}))
    with pytest.raises(BrokerUnreachable):
        settled(b, adopt=("OWN",))
    b.wire.acts = ()
    assert b.state().positions == before.positions
    assert settled(b, adopt=("OWN",)).exit_code == 0
