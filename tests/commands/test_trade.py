"""`morning`, `monitor` and `eod` as an owner and a scheduler type them."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from tests.commands.front_door import KEYS, REFUSED_PORT, Door, paper, posts, served

ROUTINES = ("morning", "monitor", "eod")


def when(said: str) -> str:
    found = re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", said)
    assert found is not None, said
    return found[0]


def test_commands_typed_one_after_another_live_through_days(door: Door) -> None:
    typed = ("morning", "monitor", "monitor", "eod", "morning", "eod")
    said = [door.run(word) for word in typed]
    assert [answer.code for answer in said] == [0] * 6
    assert [when(answer.out) for answer in said] == [
        "2026-02-03 09:35",
        "2026-02-03 09:40",
        "2026-02-03 09:45",
        "2026-02-03 16:30",
        "2026-02-04 09:35",
        "2026-02-04 16:30",
    ]


def test_a_morning_buys_an_approved_signal_and_says_so(door: Door) -> None:
    assert "1 ordered (buy 198 ACME at 50.28)" in door.run("morning").out
    assert door.orders() == [{"symbol": "ACME", "side": "buy"}]


def test_a_repeated_morning_acts_once_on_each_signal(door: Door) -> None:
    door.run("morning", "--at", "09:35")
    again = door.run("morning", "--at", "09:50")
    assert (again.code, door.orders()) == (
        0,
        [{"symbol": "ACME", "side": "buy"}, {"symbol": "ACME", "side": "sell"}],
    )
    assert "nothing traded: no new signal; 1 position held, none to sell; stops at the broker: ACME 45.02" in again.out
    door.signals("ACME", "BOLT")
    door.run("morning", "--at", "10:00")
    assert [order["symbol"] for order in door.orders() if order["side"] == "buy"] == ["ACME", "BOLT"]


def test_the_clock_of_a_simulated_exchange_never_goes_back_and_that_is_said(door: Door) -> None:
    door.run("morning", "--at", "11:00")
    back = door.run("monitor", "--at", "10:00")
    assert back.code == 0
    assert "--at Tue 2026-02-03 10:00 New York has passed at this exchange; its clock never goes back" in back.out
    assert "monitor Tue 2026-02-03 11:00 New York" in back.out


def test_at_takes_a_whole_time_too(door: Door) -> None:
    assert when(door.run("monitor", "--at", "2026-02-05T15:00:00Z").out) == "2026-02-05 10:00"


@pytest.mark.parametrize("at", ["25:00", "9:35", "noon", "2026-02-05", "2026-02-05T15:00:00", "", "\u0661\u0662:00"])
def test_a_time_that_is_none_is_wrong_usage_and_changes_nothing(door: Door, at: str) -> None:
    before = door.books()
    assert door.run("morning", "--at", at).failed(2, "--at", "HH:MM")
    assert door.books() == before


def test_a_time_years_away_is_wrong_usage(door: Door) -> None:
    assert door.run("morning", "--at", "2099-02-05T15:00:00Z").failed(2, "more than a year")


@pytest.mark.parametrize("routine", ROUTINES)
def test_at_is_refused_where_the_clock_is_not_ours_to_move(door: Door, routine: str) -> None:
    assert door.run(routine, "--at", "10:00", **paper(REFUSED_PORT)).failed(2, "--at", "simulated mode")


def test_a_morning_outside_its_window_says_in_one_line_why_it_traded_nothing(door: Door) -> None:
    late = door.run("morning", "--at", "12:30")
    assert (late.code, late.err, late.out.count("\n")) == (0, "", 1)
    assert "nothing traded: morning is due from 09:35 to 12:00 New York" in late.out


def test_a_repeated_eod_prints_the_recorded_figures(door: Door) -> None:
    door.run("morning")
    first, again = door.run("eod"), door.run("eod", "--at", "18:00")
    assert "the session of 2026-02-03 is closed" in first.out
    assert "the figures of 2026-02-03 are on record" in again.out
    page = [line for line in first.out.splitlines() if "MISSED" not in line][1:-1]
    assert len(page) >= 4
    assert again.out.splitlines()[1:-1] == page
    assert door.events().count("session_closed") == 1


def test_eod_before_the_close_is_not_due_and_records_nothing(door: Door) -> None:
    door.run("morning")
    early = door.run("eod", "--at", "15:00")
    assert (early.code, "eod is due after the close at 16:00 New York" in early.out) == (0, True)
    assert "session_closed" not in door.events()


@pytest.mark.parametrize("routine", ROUTINES)
def test_a_dry_run_writes_nothing_and_makes_no_folder(empty: Door, routine: str) -> None:
    empty.signals("ACME")
    before = empty.tree()
    assert empty.run(routine, "--dry-run").code == 0
    assert empty.tree() == before


@pytest.mark.parametrize("routine", ROUTINES)
def test_a_dry_run_on_a_living_desk_leaves_every_byte(door: Door, routine: str) -> None:
    door.run("morning")
    door.signals("ACME", "BOLT")
    before = door.tree()
    assert door.run(routine, "--dry-run", "--at", "10:00").code == 0
    assert door.tree() == before


def test_a_dry_run_shows_what_it_would_do_and_that_it_did_not(door: Door) -> None:
    shown = door.run("morning", "--dry-run").out
    assert shown.startswith("DRY RUN, nothing is sent: SIMULATED morning")
    assert "intends: buy 198 ACME at 50.28 (entry)" in shown
    assert "the broker has it" not in shown
    assert door.orders() == []


def test_a_dry_run_at_a_real_broker_sends_no_request_but_reads(door: Door) -> None:
    with served(door) as api:
        assert "buy 198 ACME" in door.run("morning", "--dry-run").out
        assert (posts(api), len(api.requests) > 3) == ([], True)
    assert not (door.data / "paper").exists()


@pytest.mark.parametrize("routine", ROUTINES)
def test_json_is_one_document_on_stdout_and_words_go_to_stderr(door: Door, routine: str) -> None:
    answer = door.run(routine, "--json", "-v")
    assert (answer.document["schema"], answer.document["command"], answer.document["exit_code"]) == (1, routine, 0)
    assert "SIMULATED" in answer.err


def test_json_tells_every_event_of_the_run_and_the_head_of_the_log(door: Door) -> None:
    document = door.run("morning", "--json").document
    assert [row["event"] for row in document["events"]] == door.events()
    assert document["log"]["seq"] == len(door.events())


def test_verbose_shows_events(door: Door) -> None:
    assert "  filled: ACME 198 in all" in door.run("morning", "-v").out


@pytest.mark.parametrize("routine", ROUTINES)
def test_a_broker_that_is_down_is_one_line_and_exit_4(door: Door, routine: str) -> None:
    down = door.run(routine, **paper(REFUSED_PORT))
    assert (down.code, down.err.count("\n")) == (4, 1)
    assert "automated-trading: GET /clock: no connection" in down.err


def test_with_json_a_broker_that_is_down_leaves_stdout_to_the_document(door: Door) -> None:
    assert door.run("monitor", "--json", **paper(REFUSED_PORT)).document["exit_code"] == 4


@pytest.mark.parametrize("option", [(), ("--json",), ("-v",)])
def test_keys_the_broker_does_not_know_are_exit_3_and_never_shown(door: Door, option: tuple[str, ...]) -> None:
    with served(door, keys=("another", "pair")) as api:
        answer = door.run("morning", *option)
        assert (answer.code, answer.out, posts(api)) == (3, "", [])
    assert "key" in answer.err.splitlines()[0]
    assert not any(key in answer.err for key in KEYS)


@pytest.mark.parametrize("kind", ["API", "SECRET"])
def test_a_missing_paper_key_is_named(door: Door, kind: str) -> None:
    environ = paper(REFUSED_PORT) | {f"ALPACA_PAPER_{kind}_KEY": ""}
    assert door.run("morning", **environ).failed(3, f"ALPACA_PAPER_{kind}_KEY")


def test_live_needs_its_second_gate_and_its_own_keys(door: Door) -> None:
    live = {"ALPACA_TRADING_MODE": "live"}
    assert door.run("morning", **live).failed(3, "ALLOW_LIVE_TRADING=true")
    assert door.run("morning", **live, ALLOW_LIVE_TRADING="true").failed(3, "ALPACA_LIVE_API_KEY")
    assert not (door.data / "live").exists()


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("max_positons = 3", ("max_positons", "did you mean max_positions?")),
        ("max_position_pct = 10", ("max_position_pct=10", "a fraction over 0.001, up to 1")),
        ("max_positions = -1", ("max_positions=-1", "1 to 1000")),
        ("daily_loss_limit_pct = 0.05", ("daily_loss_limit_pct=0.05", "0.5 to 50")),
        ("min_signal_score = nan", ("min_signal_score",)),
        ("this is not toml", ("trading.toml is not TOML",)),
        ('alpaca_paper_secret_key = "sHush"', ("is a secret",)),
    ],
)
def test_a_setting_that_cannot_stand_is_named_and_nothing_runs(door: Door, toml: str, words: tuple[str, ...]) -> None:
    (door.home / "trading.toml").write_text(toml)
    before = door.tree()
    answer = door.run("morning")
    assert answer.failed(3, *words)
    assert "sHush" not in answer.err
    assert door.tree() == before


def test_a_config_file_that_is_not_there_is_named(door: Door) -> None:
    assert door.run("morning", "--config", "nowhere.toml").failed(3, "nowhere.toml")


def test_a_disabled_desk_sends_nothing_and_names_what_it_leaves(door: Door) -> None:
    door.run("morning")
    door.signals("BOLT")
    with door.exchange() as exchange:
        exchange.set_price("ACME", Decimal(30))
    off = door.run("monitor", TRADING_ENABLED="false")
    assert (off.code, len(door.orders())) == (0, 1)
    assert "TRADING DISABLED, nothing is sent (TRADING_ENABLED is off); UNPROTECTED: ACME" in off.out
    assert "sell 198 ACME" in door.run("monitor").out


@pytest.mark.parametrize("folder", [".", "data"])
def test_the_file_trading_disabled_in_either_folder_stops_everything(door: Door, folder: str) -> None:
    (door.home / folder / ".trading_disabled").touch()
    off = door.run("morning")
    assert (off.code, door.orders()) == (0, [])
    assert "TRADING DISABLED" in off.out


# --- the signals file, written by a stranger

BROKEN = {
    "empty": b"",
    "not a list": b'{"signals": 5}',
    "torn": b'[{"ticker": "ACME", "signal',
    "50 MB": b'["' + b"x" * 50_000_000 + b'"]',
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "not UTF-8": b'[{"ticker": "ACME\xff"}]',
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_a_signals_file_that_is_no_list_opens_nothing_and_is_exit_3(door: Door, raw: bytes) -> None:
    door.signals(raw=raw)
    answer = door.run("morning")
    assert (answer.code, door.orders(), answer.err.count("\n")) == (3, [], 1)
    assert "approved_signals.json" in answer.err
    assert len(answer.err) < 400


def test_a_broken_signals_file_stops_no_exit(door: Door) -> None:
    door.run("morning")
    door.signals(raw=b"{")
    with door.exchange() as exchange:
        exchange.set_price("ACME", Decimal(30))
    answer = door.run("monitor")
    assert (answer.code, door.orders()[-1]) == (3, {"symbol": "ACME", "side": "sell"})


BAD_ENTRIES = {
    "duplicate key": '{"ticker": "ACME", "ticker": "BOLT", "signal_score": 9, "entry_price": 5}',
    "1e400": '{"ticker": "BOLT", "signal_score": 1e400, "entry_price": 5}',
    "NaN": '{"ticker": "BOLT", "signal_score": NaN, "entry_price": 5}',
    "negative": '{"ticker": "BOLT", "signal_score": 9, "entry_price": -5}',
    "newline": '{"ticker": "BOLT\\n", "signal_score": 9, "entry_price": 5}',
    "path": '{"ticker": "../x", "signal_score": 9, "entry_price": 5}',
    "Cyrillic": '{"ticker": "B\u041eLT", "signal_score": 9, "entry_price": 5}',
    "text": '{"ticker": "BOLT", "signal_score": "9", "entry_price": 5}',
    "missing": '{"ticker": "BOLT"}',
    "not an object": "7",
    "null": "null",
}


@pytest.mark.parametrize("entry", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_a_bad_entry_is_refused_with_its_reason_and_the_good_one_beside_it_is_bought(door: Door, entry: str) -> None:
    good = json.dumps({"ticker": "ACME", "signal_score": 9, "entry_price": 50})
    door.signals(raw=f"[{entry}, {good}]".encode())
    answer = door.run("morning", "-v")
    assert (answer.code, door.orders()) == (0, [{"symbol": "ACME", "side": "buy"}])
    assert re.search(r"refused: entry 1.*: malformed \(.+\)", answer.out)
    assert answer.out.isascii()


def test_an_absent_signals_file_is_not_yet(door: Door) -> None:
    (door.data / "approved_signals.json").unlink()
    answer = door.run("morning")
    assert (answer.code, "there is no signals file yet" in answer.out) == (0, True)
