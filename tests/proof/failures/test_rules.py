"""F11, F19, F20, F22, F23, F24, F29: rules that were written down and never held.

As in `test_orders`: each failure with its own numbers, each test named after what must not happen. Of F23 and F24 only
a part concerns this desk: whether a rule of the book earns anything, and the exchange of one position for another.
"""

from __future__ import annotations

import json
import os
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from automated_trading.domain import events as e
from automated_trading.domain.positions import Origin
from automated_trading.domain.reasons import Reason
from automated_trading.domain.rules import Caps, ExitRules, Rules
from automated_trading.reports.summary import session_summary
from tests.commands.front_door import Door
from tests.engine.builders import EOD, MONITOR, MORNING
from tests.engine.stage import sides, stands
from tests.engine.test_hearing import of
from tests.engine.wire import Act, answering, rewording
from tests.proof.failures.scene import books, bought, desk, listed, shares

FEB3, FEB4, FEB5 = date(2026, 2, 3), date(2026, 2, 4), date(2026, 2, 5)

BLIND: dict[str, tuple[str, Act, Reason]] = {
    "closes down": ("/v2/stocks/bars", answering(500, {}), Reason.NO_PREVIOUS_CLOSE),
    "closes of another shape": (
        "/v2/stocks/bars",
        rewording(lambda told: {"bars": [told["bars"]], "next_page_token": None}),
        Reason.NO_PREVIOUS_CLOSE,
    ),
    "closes that are no numbers": (
        "/v2/stocks/bars",
        rewording(lambda told: {**told, "bars": {name: [{"t": "x", "c": None}] for name in told["bars"]}}),
        Reason.NO_PREVIOUS_CLOSE,
    ),
    "prices down": ("/v2/stocks/snapshots", answering(500, {}), Reason.NO_QUOTE),
    "prices of another shape": (
        "/v2/stocks/snapshots",
        rewording(lambda told: {name: {"quote": row} for name, row in told.items()}),
        Reason.NO_QUOTE,
    ),
    "assets down": ("/v2/assets", answering(500, {}), Reason.ASSET_NOT_ASKED),
    "assets of another shape": ("/v2/assets", rewording(lambda row: [row]), Reason.ASSET_NOT_ASKED),
}


@pytest.mark.parametrize("what", BLIND)
def test_f11_no_filter_that_could_not_run_lets_a_signal_through(tmp_path: Path, what: str) -> None:
    """F11: the downtrend filter ran 182 times, raised 182 times, and let every signal through.

    Seen red when: a symbol without a close is bought on its quote alone; an asset not asked about counts as tradable.
    """
    b = desk(tmp_path, FEB3, {"TCBI": "97.63", "SHCO": "8.99"})
    listed(b, ("TCBI", "10.62", "97.63"), ("SHCO", "7.3", "8.99"))
    path, act, reason = BLIND[what]
    b.wire.on("GET", path, act)
    told = b.run(MORNING, "09:36", FEB3)
    assert ({verdict.reason for verdict in told.state.day.verdicts.values()}, b.orders()) == ({reason}, [])
    assert f"2 not yet (SHCO {reason.value}, TCBI {reason.value})" in told.said or reason.value in told.said
    b.wire.acts = ()
    assert set(b.run(MONITOR, "09:41", FEB3).state.positions) == {"TCBI", "SHCO"}


@pytest.mark.parametrize("later", [FEB4, FEB5])
def test_f19_no_signal_of_an_earlier_day_is_bought(tmp_path: Path, later: date) -> None:
    """F19: 02-04 and 02-05 ran on the file of 02-03; CR was bought a day late.

    Seen red when: `why_stale` does not compare.
    """
    b = desk(tmp_path, FEB3, {"CR": "185.27"})
    listed(b, ("CR", "11.81", "185.27"), date_generated="2026-02-03 11:50:12")
    told = b.run(MORNING, "09:36", later)
    assert (told.state.day.verdicts["insider/CR"].reason, b.orders()) == (Reason.STALE, [])
    assert "1 refused (CR stale)" in told.said


def test_f19_no_file_that_was_left_lying_is_read_as_new(tmp_path: Path) -> None:
    """F19: where nothing new was found the pipeline left yesterday's file; entries without a date were taken for new.

    Seen red when: an entry without a date is dated now.
    """
    door = a_door(tmp_path, CR="185.27")
    door.signals(raw=json.dumps([{"ticker": "CR", "signal_score": 11.81, "entry_price": 185.27}]).encode())
    yesterday = time.time() - 26 * 3600
    os.utime(door.data / "approved_signals.json", (yesterday, yesterday))
    assert "1 refused (CR stale)" in door.run("morning").out
    assert door.orders() == []


def a_door(home: Path, **prices: str) -> Door:
    """The real commands in front of a simulated exchange of Tuesday 2026-02-03."""
    door = Door(home)
    with door.exchange() as exchange:
        for ticker, price in prices.items():
            exchange.set_close(ticker, Decimal(price))
            exchange.set_price(ticker, Decimal(price))
    return door


FEB2 = b"""[
 {"ticker": "LIFE", "signal_score": 9.18, "entry_price": 15.05, "sector": "Drugs", "market_cap": NaN},
 {"ticker": "MLAA", "signal_score": 7.79, "entry_price": NaN, "sector": null},
 {"ticker": "IPX", "signal_score": NaN, "entry_price": 40.32},
 {"ticker": "EMPD", "signal_score": 6.82, "entry_price": 4.91, "sector": NaN}
]"""


def test_f20_nan_never_reaches_a_rule(tmp_path: Path) -> None:
    """F20: MLAA, score 7.79, entry NaN: `not nan or nan <= 0` is False; only "asset not found" stopped it.

    Seen red when: `positive` lets what is not finite through (then NaN is compared, and the run ends).
    """
    door = a_door(tmp_path, LIFE="15.05", MLAA="10", IPX="40.32", EMPD="4.91")
    door.signals(raw=FEB2)
    told = door.run("morning")
    assert (told.code, sorted(str(order["symbol"]) for order in door.orders())) == (0, ["EMPD", "LIFE"])
    assert "2 refused (entry 2 (MLAA) malformed, entry 3 (IPX) malformed)" in told.out
    assert "NaN" not in (door.data / "simulated" / "live_positions.json").read_text()


@pytest.mark.parametrize("field", ["ap", "bp"])
def test_f20_nan_in_a_quote_neither_buys_nor_sells(tmp_path: Path, field: str) -> None:
    """F20: the same truthiness stood behind every number.

    Seen red when: the wire's decoder and `amount` both take NaN for a number.
    """
    b = bought(tmp_path, FEB3, LIFE="15.05")
    b.exchange.set_close("IPX", Decimal("40.32"))
    stands(b, "IPX", "40.32")
    listed(b, ("IPX", "7.44", "40.32"))

    def nan(told: Any) -> Any:
        return {name: {**row, "latestQuote": {**row["latestQuote"], field: float("nan")}} for name, row in told.items()}

    b.wire.on("GET", "/v2/stocks/snapshots", rewording(nan))
    told = b.run(MONITOR, "09:41", FEB3)
    assert (told.state.day.verdicts["insider/IPX"].reason, len(b.orders())) == (Reason.NO_QUOTE, 1)


def test_f22_no_stop_waits_for_a_second_cycle_and_none_hides_its_overshoot(tmp_path: Path) -> None:
    """F22: eleven stops of 8% ended 9.72% down on average, ASST 14.96%; nothing told how far they had overshot.

    Seen red when: a sale is booked at the stop instead of at its fills.
    """
    b = bought(tmp_path, date(2026, 2, 20), ASST="1.20")
    entry = b.state().positions["ASST"].entry_price
    b.run(EOD, "16:30", date(2026, 2, 20))
    listed(b)
    down = (entry * Decimal("0.8504")).quantize(Decimal("0.0001"))
    b.exchange.set_quote("ASST", down, down, last=down)
    told = b.run(MONITOR, "09:30", date(2026, 2, 23))
    (trade,) = told.state.day.closed
    assert (trade.reason, round(trade.exit_price / entry - 1, 4)) == ("stop_loss", Decimal("-0.1496"))
    told = b.run(EOD, "16:30", date(2026, 2, 23))
    page = "\n".join(session_summary(told.state, "simulated", told.head))
    assert f"{-trade.realised:,.2f}" in page


def test_f23_no_second_rung_ever_lowers_a_stop(tmp_path: Path) -> None:
    """F23: at +20% "tighten to 10%" is wider than the 5% before it: the code would have had to let the stop fall.

    Seen red when: `_raised` takes the rung's stop whether it is above the present one or not, and `evolve` follows.
    """
    b = bought(tmp_path, FEB3, TCBI="100")
    stops = []
    for minute, price in enumerate(("103", "119", "120.5", "125", "130.5", "126", "121")):
        stands(b, "TCBI", price)
        told = b.run(MONITOR, f"10:{minute * 5:02d}", FEB3)
        stops += [position.stop for position in told.state.positions.values()]
    assert stops == sorted(stops)
    assert Decimal(112) < stops[1] == stops[2]  # the second rung froze it
    assert ([trade.reason for trade in told.state.day.closed], shares(b)) == (["trailing_stop"], {})


def test_f24_no_full_desk_keeps_its_queue_waiting_for_a_rule_that_cannot_be_reached(tmp_path: Path) -> None:
    """F24: rotation was behind "max positions" and never ran once; its sold position would have stayed on the books.

    Seen red when: `cycle` leaves the redeployment out of its opening rules; a status is compared by another spelling.
    """
    b = desk(tmp_path, FEB3, {"CRX": "185.27", "TCBI": "97.63", "SHCO": "8.99"}, Rules(caps=Caps(max_positions=1)))
    listed(b, ("CRX", "11.81", "185.27"), ("TCBI", "10.62", "97.63"), ("SHCO", "7.3", "8.99"))
    b.run(MORNING, "09:36", FEB3)
    stands(b, "CRX", "165")
    told = b.run(MONITOR, "10:01", FEB3)
    assert (sides(b, "CRX"), told.state.positions) == (["buy filled", "sell filled"], {})
    told = b.run(MONITOR, "10:06", FEB3)
    assert {name: held.origin for name, held in told.state.positions.items()} == {"TCBI": Origin.REDEPLOYMENT}
    assert books(b) == shares(b)


def test_f29_no_open_loss_escapes_the_day_s_breaker(tmp_path: Path) -> None:
    """F29: on the worst day equity fell 4.5% and the breaker looked at realised losses alone: it never fired.

    Seen red when: `day_change` is made of the session's realised profit.
    """
    names = [f"T{letter}" for letter in "ABCDEFG"]
    b = desk(tmp_path, FEB3, dict.fromkeys([*names, "NEW"], "100"))
    listed(b, *[(name, "9", "100") for name in names])
    b.run(MORNING, "09:36", FEB3)
    listed(b, ("NEW", "9", "100"))
    b.rules = Rules(caps=Caps(max_exposure=Decimal(1)), exits=ExitRules(default_stop=Decimal("0.5")))
    for name in names:
        stands(b, name, "93.6")  # 4.5% of equity
    warned = b.run(MONITOR, None)
    assert (len(of(warned, e.LossWarned)), warned.state.halts) == (1, {})
    b.exchange.advance_to(b.exchange.now.replace(hour=15))
    listed(b, ("NEW", "9", "100"))
    for name in names:
        stands(b, name, "92.5")  # over 5%
    told = b.run(MONITOR, "10:06", FEB3)
    assert (set(told.state.halts), told.state.day.realised) == ({Reason.DAY_LOSS}, 0)
    assert "HALTED, nothing opens (day_loss)" in told.said


def test_f29_no_breaker_and_no_cap_is_only_configured(tmp_path: Path) -> None:
    """F29: drawdown and sector limits stood in the configuration for six weeks and were read by nobody.

    Seen red when: `drawdown` answers nothing; `answer` does not ask for the sector's room.
    """
    prices = dict.fromkeys(("TA", "TB", "TC", "TD", "TE"), "100")
    b = desk(tmp_path, FEB3, prices)
    listed(b, *[(name, "9", "100") for name in prices])
    for entry in b.signals.entries or []:
        entry["sector"] = "Biotechnology"
    told = b.run(MORNING, "09:36", FEB3)
    assert (len(shares(b)), told.state.day.verdicts["insider/TE"].reason) == (4, Reason.MAX_SECTOR)
    b.exchange.advance_to(b.exchange.now.replace(hour=22))
    b.exchange.pay("FEE", Decimal(-16_000))
    assert Reason.DRAWDOWN in b.run(MONITOR, "09:41", FEB4).state.halts
