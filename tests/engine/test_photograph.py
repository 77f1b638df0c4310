"""The one picture of a cycle: what is asked for, what is not, and what a missing answer does."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.decisions import entries
from automated_trading.domain.errors import ConfigError
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, Rules
from automated_trading.engine.photograph import ASKED_AT_MOST
from automated_trading.engine.settling import Wish, reconcile
from automated_trading.simulator.api import Request, Response
from tests.engine.builders import MONITOR, MORNING, WEDNESDAY, Bench, bench, signal
from tests.engine.stage import holding, lay, requests_of, shows, sides, stands
from tests.engine.wire import answering

STEADY = [
    "GET /v2/clock",
    "GET /v2/calendar",
    "GET /v2/positions",
    "GET /v2/orders",
    "GET /v2/account/activities",
    "GET /v2/account",
    "GET /v2/stocks/snapshots",
]


def verdict(b: Bench, ticker: str = "AAA") -> Reason:
    return b.state().day.verdicts[f"insider/{ticker}"].reason


@pytest.mark.parametrize("count", [1, 30])
def test_a_quiet_monitor_makes_seven_requests_however_much_it_holds(tmp_path: Path, count: int) -> None:
    small = Caps(max_position=Decimal("0.01"), max_positions=50, max_entries_per_day=50)
    b = bench(tmp_path, *[f"A{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(count)], rules=Rules(caps=small))
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    told, asked = requests_of(b, lambda: b.run(MONITOR, "13:00"))
    assert (len(told.state.positions), asked) == (count, STEADY)


def test_in_the_entry_window_answered_signals_cost_no_request_more(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA", "BBB")
    assert requests_of(b, lambda: b.run(MONITOR, "09:50"))[1] == STEADY


def test_a_signal_that_is_not_yet_costs_one_request_more_each_time_its_close(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    shows(b, "BBB", "90", "100", "95")
    given(b, signal("BBB"))
    b.run(MONITOR, "09:40")
    for at in ("09:45", "09:50"):
        assert requests_of(b, lambda at=at: b.run(MONITOR, at))[1] == [*STEADY, "GET /v2/stocks/bars"]


def test_a_closed_market_is_not_photographed(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    assert requests_of(b, lambda: b.run(MONITOR, "16:10"))[1] == STEADY[:-1]


def test_a_symbol_is_asked_about_once_a_session(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    shows(b, "AAA", "90", "100", "95")  # too wide to buy on: judged again
    assert "GET /v2/assets/AAA" in requests_of(b, lambda: b.run(MORNING, "09:35"))[1]
    assert "GET /v2/assets/AAA" not in requests_of(b, lambda: b.run(MONITOR, "09:40"))[1]
    lay(b, "AAA")
    assert "GET /v2/assets/AAA" not in requests_of(b, lambda: b.run(MONITOR, "09:45"))[1]
    assert set(b.state().positions) == {"AAA"}


def test_the_next_session_asks_again(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.untradable.add("AAA")
    b.run(MORNING, "09:35")
    b.exchange.untradable.clear()
    assert "GET /v2/assets/AAA" in requests_of(b, lambda: b.run(MORNING, "09:35", WEDNESDAY))[1]
    assert set(b.state().positions) == {"AAA"}


def priced(b: Bench) -> list[str]:
    """The symbols of each request for prices from now on."""
    asked: list[str] = []

    def note(request: Request, handle: Callable[[Request], Response]) -> Response:
        asked.append(request.query["symbols"])
        return handle(request)

    b.wire.on("GET", "/v2/stocks/snapshots", note)
    return asked


def given(b: Bench, *entries: dict[str, object]) -> None:
    b.signals.entries = list(entries)


REFUSED: dict[str, Callable[[Bench], object]] = {
    "low score": lambda b: given(b, signal("BBB", 5)),
    "stale": lambda b: given(b, signal("BBB", date_generated="2026-02-02 11:50:00")),
    "held": lambda b: given(b, signal("AAA")),
    "malformed": lambda b: given(b, signal("BBB", entry_price=-1)),
    "halted": lambda b: (b.halt(), b.run(MONITOR, "09:36"), given(b, signal("BBB"))),
    "trading disabled": lambda b: (b.switch_off(), given(b, signal("BBB"))),
}


@pytest.mark.parametrize("why", REFUSED)
def test_nothing_is_asked_about_a_signal_that_is_refused_anyway(tmp_path: Path, why: str) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    REFUSED[why](b)
    assert requests_of(b, lambda: b.run(MONITOR, "09:40"))[1] == STEADY


def test_an_unknown_an_inactive_and_an_untradable_symbol_are_refused_each_with_its_reason(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB", "CCC")
    b.signals.entries = [signal("ZZZ"), signal("AAA"), signal("BBB"), signal("CCC")]
    b.wire.on("GET", "/v2/assets/ZZZ", answering(404, {"code": 40410000, "message": "asset not found for ZZZ"}))
    b.exchange.inactive.add("AAA")
    b.exchange.untradable.add("BBB")
    b.run(MORNING, "09:35")
    found = {ticker: verdict(b, ticker) for ticker in ("ZZZ", "AAA", "BBB")}
    assert found == {"ZZZ": Reason.ASSET_UNKNOWN, "AAA": Reason.ASSET_INACTIVE, "BBB": Reason.NOT_TRADABLE}
    assert [row.symbol for row in b.orders()] == ["CCC"]


def test_an_asset_look_up_that_fails_is_not_yet_and_exit_4_and_goes_on_in_the_next_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA", "BBB")
    b.wire.on("GET", "/v2/assets/BBB", answering(500, {}))
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, verdict(b, "BBB"), sides(b, "BBB")) == (4, Reason.ASSET_NOT_ASKED, [])
    assert sides(b, "AAA") == ["buy filled"]
    assert [problem[:30] for problem in told.problems] == ["BBB: the broker was not asked "]
    b.wire.acts = ()
    told, asked = requests_of(b, lambda: b.run(MONITOR, "09:40"))
    assert (told.exit_code, [path for path in asked if "assets" in path]) == (0, ["GET /v2/assets/BBB"])
    assert set(b.state().positions) == {"AAA", "BBB"}


def test_a_long_list_is_asked_about_a_few_at_a_time_and_no_symbol_is_forgotten(tmp_path: Path) -> None:
    tickers = [f"A{chr(65 + n)}" for n in range(25)]
    b = bench(tmp_path, *tickers)
    for ticker in tickers:
        shows(b, ticker, "90", "100", "95")
    first = requests_of(b, lambda: b.run(MORNING, "09:35"))[1]
    assert sum("assets" in path for path in first) == ASKED_AT_MOST
    assert verdict(b, tickers[-1]) is Reason.ASSET_NOT_ASKED
    second = requests_of(b, lambda: b.run(MONITOR, "09:40"))[1]
    assert sum("assets" in path for path in second) == len(tickers) - ASKED_AT_MOST
    assert {verdict(b, ticker) for ticker in tickers} == {Reason.WIDE_SPREAD}


def test_without_closes_nothing_is_bought_and_exits_go(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "BBB")
    given(b, signal("BBB"))
    stands(b, "AAA", "50")
    b.wire.on("GET", "/v2/stocks/bars", answering(500, {}))
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, verdict(b, "BBB"), told.state.positions) == (4, Reason.NO_PREVIOUS_CLOSE, {})
    b.wire.acts = ()
    assert set(b.run(MONITOR, "09:45").state.positions) == {"BBB"}


def test_a_symbol_without_a_close_is_not_bought_and_is_no_problem_of_the_run(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("GET", "/v2/stocks/bars", answering(200, {"bars": {}, "next_page_token": None}))
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, verdict(b), b.orders()) == (0, Reason.NO_PREVIOUS_CLOSE, [])


def test_what_the_owner_holds_for_himself_is_not_priced_with_what_is_ours(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    lay(b, "OWN")
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    b.run(MONITOR, "09:40")
    reconcile(b.desk(), Wish(ignore=("OWN",)))
    asked = priced(b)
    b.run(MONITOR, "09:45")
    assert asked == ["AAA"]


def test_a_fault_in_what_openings_need_costs_no_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "50")

    def broken(*_: object) -> None:
        raise KeyError("candidates")

    monkeypatch.setattr(entries, "candidates", broken)
    told = b.run(MONITOR, "09:45")
    assert (told.exit_code, told.state.positions) == (1, {})


def test_refused_keys_for_closes_cost_no_exit(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    stands(b, "AAA", "50")
    lay(b, "BBB")
    given(b, signal("BBB"))
    b.wire.on("GET", "/v2/stocks/bars", answering(403, {"message": "forbidden."}))
    with pytest.raises(ConfigError):
        b.run(MONITOR, "09:45")
    assert [row.side for row in b.orders("AAA")] == ["buy", "sell"]
