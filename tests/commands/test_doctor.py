"""`doctor`: every trouble has its line, its remedy and its exit code, and hides no other."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path

import pytest

from automated_trading.commands.doctor import CHECKS
from automated_trading.simulator.api import Api
from automated_trading.simulator.faults import Fault, FaultKind
from tests.commands.doctors_page import seen
from tests.commands.front_door import OPEN, REFUSED_PORT, Door, paper, posts, served
from tests.commands.terminal import typed
from tests.commands.test_owner import HOLD

NAMES = [check.name for check in CHECKS]


@pytest.fixture
def venue(door: Door) -> Iterator[Api]:
    """A paper desk at an exchange on loopback, in session, that has bought ACME."""
    with served(door) as api:
        assert door.run("morning").code == 0
        yield api


def test_a_desk_in_order_has_nothing_but_good_lines_beside_mail_that_is_not_set(door: Door, venue: Api) -> None:
    page = seen(door)
    assert (page.answer.code, page.troubled(), list(page.rows)) == (0, {"mail"}, NAMES)
    assert page.shows("account", "good", "pinned to this folder")
    assert page.shows("stops", "good", "ACME: looked at by `monitor`")
    assert page.shows("books", "good", "positions 1, open orders 0")
    assert page.shows("prices", "good", "ACME 49.97 to 50.03")
    assert page.shows("hosts", "good", "(this machine)")


@pytest.mark.parametrize("options", [(), ("--json",), ("-v",)])
def test_nothing_is_written_sent_or_locked(door: Door, venue: Api, options: tuple[str, ...]) -> None:
    before, sent = door.tree(), posts(venue)
    assert door.run("doctor", *options).code == 0
    assert (door.tree(), posts(venue)) == (before, sent)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_empty_folder_is_looked_at_without_keys_and_stays_empty(empty: Door, options: tuple[str, ...]) -> None:
    assert empty.run("doctor", *options).code == 0
    assert empty.tree() == {}


def test_in_a_fresh_folder_it_says_what_init_would_write(empty: Door) -> None:
    page = seen(empty)
    assert page.shows("folder", "warn", "there is no", "`automated-trading init` writes trading.toml, .env.example, ")
    assert page.shows("runs", "warn", "none yet", "`automated-trading morning`")
    assert page.troubled() == {"folder", "mail", "runs"}
    empty.run("init")
    assert seen(empty).troubled() == {"mail", "runs"}


def test_a_simulated_desk_is_looked_at_without_keys(door: Door) -> None:
    door.run("morning")
    page = seen(door)
    assert (page.answer.code, page.troubled()) == (0, {"mail"})
    assert page.shows("keys", "good", "no keys needed")
    assert page.shows("hosts", "good", "no other machine")


# --- the form


def test_a_check_is_a_line_and_its_remedy_stands_under_it(empty: Door) -> None:
    lines = empty.run("doctor").out.splitlines()
    assert lines[0] == f"SIMULATED doctor {empty.home}"
    assert [line.split()[1] for line in lines if line[:4].strip() in ("good", "warn", "bad")] == NAMES
    at = next(n for n, line in enumerate(lines) if line.startswith("warn  folder"))
    assert lines[at + 1].startswith("                -> `automated-trading init` writes")
    assert lines[-1] == f"{len(NAMES) - 3} good, 3 warn, 0 bad"


def test_the_document_is_the_whole_page(door: Door, venue: Api) -> None:
    document = seen(door).answer.document
    assert (document["schema"], document["mode"], document["command"]) == (1, "paper", "doctor")
    assert [set(row) for row in document["rows"]] == [{"check", "verdict", "said", "remedy"}] * len(NAMES)


def test_what_is_bad_is_one_line_on_stderr_with_its_remedy(door: Door, venue: Api) -> None:
    (door.home / ".env").write_text("")
    (door.home / ".env").chmod(0o644)
    answer = door.run("doctor")
    assert (answer.code, answer.err.count("\n")) == (3, 1)
    assert answer.err.startswith("automated-trading: rights: .env holds keys")
    assert f"chmod 600 {door.home / '.env'}" in answer.err


def test_a_terminal_of_eighty_columns_holds_it(door: Door) -> None:
    door.data.chmod(0o777)
    shown = typed(door, "", "doctor")
    assert shown.code == 3
    page = shown.text.split("automated-trading: ")[0].splitlines()
    assert [line for line in page if len(line) > 80 and str(door.home) not in line] == []
    assert [line for line in page if line.startswith("bad   rights")] != []
    assert {line[:16] for line in page[1:-1] if line[:4].strip() not in ("good", "warn", "bad")} == {" " * 16}


def test_each_of_the_checks_is_shown_red_by_some_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_doctor*.py"))
    shown = {name for name in NAMES if re.search(rf'"{name}", ("bad"|"warn"|verdict)', text)}
    assert set(NAMES) - shown == {"hosts", "heartbeat"}


# --- the program and its settings


def test_settings_that_cannot_stand_hide_no_other_line(door: Door) -> None:
    page = seen(door, MAX_POSITIONS="0")
    assert page.shows("settings", "bad", "MAX_POSITIONS=0 (environment) must be", "mend it where it stands", code=3)
    assert page.shows("python", "good", "Python", code=3)
    assert page.shows("stops", "warn", "waits for `settings`", "mend `settings`", code=3)
    assert (list(page.rows), page.answer.document["mode"]) == (NAMES, None)


def test_an_unknown_key_is_named(door: Door) -> None:
    (door.home / "trading.toml").write_text("max_positons = 3\n")
    assert seen(door).shows("settings", "bad", "did you mean max_positions?", "mend", code=3)


def test_a_gate_of_live_trading_that_stands_open_is_told(door: Door) -> None:
    assert seen(door, ALLOW_LIVE_TRADING="true").shows("settings", "warn", "one gate of live trading", "take ALLOW_")


def test_what_an_owner_chose_is_told(door: Door) -> None:
    assert seen(door, PRESET="small").shows("settings", "good", "preset small")


def test_an_alpaca_py_without_the_parts_relied_on_is_bad(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(self: object, method: str, url: str) -> None: ...

    monkeypatch.setattr("alpaca.common.rest.RESTClient._one_request", other)
    page = seen(door)
    assert page.shows("packages", "bad", "has no _one_request as this program needs it", "pip install", code=3)
    assert page.shows("keys", "bad", "_one_request", code=3)


# --- the folder


def test_a_data_folder_that_is_a_file_is_bad(empty: Door) -> None:
    empty.data.write_text("")
    assert seen(empty).shows("folder", "bad", "is no folder", "--data-dir", code=3)


def test_a_folder_one_may_not_write_in_is_bad(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automated_trading.adapters.folder_survey.os.access", lambda path, mode: False)
    assert seen(door).shows("folder", "bad", "this user may not write", "give the folder to the user", code=3)


@pytest.mark.parametrize("name", ["outbox", "outbox/sent"])
def test_an_outbox_that_takes_no_letter_is_bad(door: Door, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Seen red when: only the folders of the record are looked at, and letters that go nowhere are all good."""
    place = door.data / "simulated" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.touch()
    assert seen(door).shows("folder", "bad", f"{name} is no folder", "move it away", code=3)
    place.unlink()
    place.mkdir()
    monkeypatch.setattr(
        "automated_trading.adapters.folder_survey.os.access", lambda path, _: Path(path).name != place.name
    )
    assert seen(door).shows("folder", "bad", name, "give the folder to the user", code=3)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_an_env_that_others_may_look_into_is_bad(door: Door, venue: Api, mode: int) -> None:
    path = door.home / ".env"
    path.write_text("")
    path.chmod(mode)
    assert seen(door).shows("rights", "bad", f"({mode:04o})", f"chmod 600 {path}", code=3)
    path.chmod(0o600)
    assert seen(door).shows("rights", "good", ".env too")


@pytest.mark.parametrize("name", ["trading.toml", "data/approved_signals.json", "data/paper/audit_log.jsonl", "data"])
def test_what_the_desk_obeys_or_keeps_and_others_may_write_is_bad(door: Door, venue: Api, name: str) -> None:
    path = door.home / name
    path.exists() or path.write_text("")
    path.chmod(0o777 if path.is_dir() else 0o666)
    assert seen(door).shows("rights", "bad", f"others may write {path.name}", f"chmod go-w {path}", code=3)


@pytest.mark.parametrize("name", ["data", "data/paper", "data/paper/live_positions.json"])
def test_what_it_keeps_and_others_may_read_is_a_warning(door: Door, venue: Api, name: str) -> None:
    path = door.home / name
    path.chmod(0o755 if path.is_dir() else 0o644)
    assert seen(door).shows("rights", "warn", f"others may look into {path.name}", f"chmod go= {path}")


def test_many_open_files_are_closed_by_one_command(door: Door, venue: Api) -> None:
    shared = [path for path in (door.data / "paper").iterdir() if path.is_file()]
    for path in shared:
        path.chmod(0o644)
    remedy = seen(door).rows["rights"]["remedy"]
    assert remedy == f"chmod go= -R {door.data / 'paper'}"


def test_rules_and_signals_that_others_may_read_are_good(door: Door, venue: Api) -> None:
    (door.home / "trading.toml").write_text("")
    for path in (door.home / "trading.toml", door.data / "approved_signals.json"):
        path.chmod(0o644)
    assert seen(door).shows("rights", "good", "its owner's alone")


def free(monkeypatch: pytest.MonkeyPatch, room: int) -> None:
    usage = shutil.disk_usage("/")._replace(free=room)
    monkeypatch.setattr("automated_trading.adapters.folder_survey.shutil.disk_usage", lambda folder: usage)


def test_a_full_disk_is_bad(door: Door, venue: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 2**20 - 1)
    assert seen(door).shows("disk", "bad", "nothing opens on a full disk", "free some space", code=3)


def test_little_room_is_a_warning(door: Door, venue: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 199 * 2**20)
    assert seen(door).shows("disk", "warn", "199 MB free", "free some space")


def test_a_reserve_that_is_missing_is_a_warning_while_there_is_room(door: Door, venue: Api) -> None:
    (door.data / "paper" / ".reserve").unlink()
    assert seen(door).shows("disk", "warn", "the reserve for a full disk is not whole", "the next run makes it whole")
    assert door.run("monitor").code == 0
    assert seen(door).shows("disk", "good", "MB free")


def test_a_reserve_that_is_no_file_is_bad(door: Door, venue: Api) -> None:
    reserve = door.data / "paper" / ".reserve"
    reserve.unlink()
    reserve.mkdir(mode=0o700)
    assert seen(door).shows("disk", "bad", "is no plain file", "take the file .reserve away", code=3)


def test_a_run_at_work_is_seen_and_not_disturbed(door: Door, venue: Api) -> None:
    with door.started(str(door.data / "paper"), command=(sys.executable, "-c", HOLD)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert seen(door).shows("lock", "warn", "a run holds the folder", "ask again in four minutes")
    assert seen(door).shows("lock", "good", "free")


# --- the log


def test_a_line_that_was_changed_is_bad_and_what_needs_it_waits(door: Door, venue: Api) -> None:
    log = door.data / "paper" / "audit_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b"ACME", b"BOLT", 1))
    page = seen(door)
    assert page.shows("log", "bad", "audit_log.jsonl:", "`automated-trading audit verify`", code=8)
    assert page.shows("stops", "warn", "waits for `log`", "mend `log`", code=8)
    assert page.shows("broker", "good", "the market is open", code=8)


def test_snapshots_of_another_state_are_bad(door: Door, venue: Api) -> None:
    kept = {path: path.read_bytes() for path in (door.data / "paper").glob("*.json")}
    door.run("block", "BOLT")
    for path, content in kept.items():
        if path.name == "live_positions.json":
            path.write_bytes(content.replace(b'"seq": ', b'"seq": 9'))
    assert seen(door).rows["log"]["verdict"] == "good"  # a snapshot that is no longer sound says nothing
    (door.data / "paper" / "audit_log.jsonl").write_bytes(b"")
    assert seen(door).shows("log", "bad", "the snapshots tell of line", "audit restart", code=8)


def test_a_torn_end_is_a_warning(door: Door, venue: Api) -> None:
    with (door.data / "paper" / "audit_log.jsonl").open("ab") as log:
        log.write(b'{"account":"')
    assert seen(door).shows("log", "warn", "half a line behind it", "the next run cuts it off")


def test_a_good_log_tells_its_length_and_its_last_line(door: Door, venue: Api) -> None:
    lines = len(door.events("paper"))
    assert seen(door).shows("log", "good", f"{lines} lines hold, snapshots agree; the last of ")


# --- the broker


def test_a_broker_that_cannot_be_reached_is_bad_and_the_rest_is_told(door: Door) -> None:
    page = seen(door, **paper(REFUSED_PORT))
    assert page.shows("broker", "bad", "no connection", "see whether this machine has a line", code=4)
    for name in ("account", "clock", "calendar", "books", "stops"):
        assert page.shows(name, "warn", "waits for `broker`", "mend `broker`", code=4)
    assert page.shows("prices", "bad", "no connection", code=4)
    for name in ("log", "disk", "rights", "halts"):
        assert page.shows(name, "good", "", code=4)


def test_keys_that_are_missing_are_bad(door: Door) -> None:
    page = seen(door, ALPACA_TRADING_MODE="paper")
    assert page.shows("keys", "bad", "paper mode needs ALPACA_PAPER_API_KEY", "write what is missing into .env", code=3)
    assert page.shows("broker", "warn", "waits for `keys`", "mend `keys`", code=3)
    assert page.shows("log", "good", "", code=3)


def test_live_without_its_second_gate_is_bad(door: Door) -> None:
    page = seen(door, ALPACA_TRADING_MODE="live")
    assert page.shows("keys", "bad", "live mode needs ALLOW_LIVE_TRADING=true", "write what is missing", code=3)


def test_keys_that_the_broker_refuses_are_bad(door: Door) -> None:
    with served(door, keys=("another", "pair")):
        page = seen(door)
    assert page.shows("broker", "bad", "does not accept these keys", code=3)
    assert page.shows("account", "warn", "waits for `broker`", "mend `broker` first", code=3)


def test_an_account_that_is_blocked_is_bad(door: Door, venue: Api) -> None:
    venue.exchange.block(account=True, trading=None)
    assert seen(door).shows("account", "bad", "may not trade: account blocked", "Alpaca's dashboard", code=3)


def test_another_accounts_folder_is_bad(door: Door) -> None:
    door.run("morning")
    shutil.move(door.data / "simulated", door.home / "kept")
    shutil.copytree(door.home / "kept", door.data / "simulated", ignore=shutil.ignore_patterns("exchange"))
    page = seen(door, SIMULATED_SEED="5")
    assert page.shows("account", "bad", "belongs to account", "a folder of its own", code=3)


def test_a_fresh_folder_is_not_pinned_yet(door: Door) -> None:
    with served(door):
        assert seen(door).shows("account", "good", "the first run pins it to this folder")


def test_a_lost_folder_is_told_before_any_run(door: Door, venue: Api) -> None:
    shutil.rmtree(door.data / "paper")
    assert seen(door).shows("halts", "warn", "lost_folder: the folder is empty, but the account has 1 orders", "resume")


@pytest.mark.parametrize(
    ("seconds", "verdict", "words", "code"),
    [
        (-3, "good", "within 5 s", 0),
        (-30, "warn", "30 s ahead of the broker's", 0),
        (40, "warn", "behind the broker's", 0),
        (-90, "bad", "over 60 s nothing opens", 3),
        (3600, "bad", "behind the broker's", 3),
    ],
)
def test_a_clock_that_is_off_the_brokers_date(
    door: Door, venue: Api, monkeypatch: pytest.MonkeyPatch, seconds: int, verdict: str, words: str, code: int
) -> None:
    now = datetime(2026, 2, 3, 14, 40, tzinfo=UTC)
    monkeypatch.setattr("automated_trading.adapters.clock.WallClock.now", lambda self: now)
    venue.extra_headers["Date"] = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert seen(door).shows("clock", verdict, words, "" if verdict == "good" else "set from the network", code=code)


def test_answers_without_a_date_are_not_judged(door: Door, venue: Api) -> None:
    assert seen(door).shows("clock", "good", "not judged")


def test_a_calendar_that_differs_is_named_day_by_day(door: Door, venue: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "automated_trading.adapters.nyse_table._table",
        lambda: {"from": "2026-01-01", "to": "2026-12-31", "holidays": ["2026-02-05"], "half_days": ["2026-02-12"]},
    )
    told = "the broker's differs from the bundled table on 2026-02-05, 2026-02-12, 2026-02-16"
    assert seen(door).shows("calendar", "warn", told, "a newer version")


def test_a_table_that_ends_soon_is_a_warning(door: Door, venue: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"from": "2026-01-01", "to": "2026-05-01", "holidays": ["2026-02-16"], "half_days": []}
    monkeypatch.setattr("automated_trading.adapters.nyse_table._table", lambda: table)
    assert seen(door).shows("calendar", "warn", "the bundled table ends on 2026-05-01", "install a newer version")
    table["to"] = "2026-02-20"
    assert seen(door).shows("calendar", "warn", "the bundled table ends on 2026-02-20", "install a newer version")


def test_prices_that_are_not_given_are_bad(door: Door, venue: Api) -> None:
    venue.exchange.set_price("ACME", None)
    assert seen(door).shows("prices", "bad", "no quote of ACME", "ALPACA_DATA_FEED", code=4)


def test_a_feed_that_does_not_answer_is_bad(door: Door, venue: Api) -> None:
    venue.faults += [Fault(FaultKind.HTML, "GET", "/v2/stocks/snapshots") for _ in range(2)]
    assert seen(door).shows("prices", "bad", "prices: ", "see whether this machine has a line", code=4)


def test_a_quote_that_is_old_in_session_is_a_warning(door: Door, venue: Api) -> None:
    exchange = venue.exchange
    exchange.set_quote("ACME", Decimal(49), Decimal(51), None, OPEN - timedelta(minutes=20))
    assert seen(door).shows("prices", "warn", "old", "ALPACA_DATA_FEED", code=4)
    assert seen(door).shows("stops", "bad", "no two fresh prices", "wait for prices", code=4)
    exchange.set_quote("ACME", Decimal(0), Decimal(51), None, OPEN)
    assert seen(door).shows("prices", "warn", "not a market with two sides", "ALPACA_DATA_FEED", code=4)


# --- runs, books, stops, halts


def test_silence_in_session_with_a_position_is_bad(door: Door, venue: Api) -> None:
    venue.exchange.advance_to(OPEN + timedelta(minutes=16))
    page = seen(door)
    assert page.shows("runs", "bad", "silent on Tue 2026-02-03 from 09:40 to 09:56", "let a scheduler run it", code=3)
    assert page.shows(
        "stops", "bad", "ACME: no run has looked at it for 15 minutes", "let a scheduler run `monitor`", code=3
    )


def test_silence_without_a_position_is_a_warning(empty: Door) -> None:
    with served(empty) as api:
        empty.run("morning")
        api.exchange.advance_to(OPEN + timedelta(minutes=16))
        assert seen(empty).shows("runs", "warn", "monitor was silent on", "let a scheduler run it")


def test_an_evening_that_does_not_come_is_told_an_hour_after_the_close(door: Door, venue: Api) -> None:
    venue.exchange.advance_to(OPEN.replace(hour=20, minute=55))
    door.run("monitor")
    venue.exchange.advance_to(OPEN.replace(hour=22, minute=0))
    assert "eod" not in seen(door).rows["runs"]["said"]
    venue.exchange.advance_to(OPEN.replace(hour=22, minute=1))
    closed = "eod has not closed the session of Tue 2026-02-03"
    assert seen(door).shows("runs", "bad", closed, "let a scheduler run it", code=3)
    venue.exchange.advance_to(datetime(2026, 2, 4, 12, 0, tzinfo=UTC))
    assert seen(door).shows("runs", "bad", closed, "let a scheduler run it", code=3)


def test_what_a_run_has_noticed_missing_stays_a_warning_for_its_session(door: Door, venue: Api) -> None:
    venue.exchange.advance_to(OPEN + timedelta(minutes=30))
    door.run("monitor")
    assert seen(door).shows("runs", "warn", "monitor was silent on Tue 2026-02-03", "let a scheduler run it")


def test_a_run_that_failed_is_told_with_its_words(door: Door, venue: Api) -> None:
    door.run("monitor", **paper(REFUSED_PORT))
    assert seen(door).shows("runs", "warn", "unreachable: GET /clock: no connection", "the next run asks again")


def test_a_run_that_was_cut_off_is_told(door: Door, venue: Api) -> None:
    log = door.data / "paper" / "audit_log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(line for line in lines if b'"event":"run_finished"' not in line))
    for path in (door.data / "paper").glob("*.json"):
        path.unlink()
    assert seen(door).shows("runs", "warn", "did not end", "the next run goes on where it stopped")


def test_a_difference_is_bad_with_its_own_code(door: Door, venue: Api) -> None:
    venue.exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    page = seen(door)
    assert page.shows("books", "bad", "ours and the broker's differ in BOLT", "`automated-trading reconcile`", code=6)
    assert page.shows("stops", "good", "ACME: looked at by `monitor`", code=6)


def test_an_order_without_an_answer_is_bad(door: Door, venue: Api) -> None:
    """The stop of what was bought is the next order to be sent."""
    venue.faults.append(Fault(FaultKind.LOST_BEFORE, "POST", "/v2/orders"))
    assert door.run("monitor").code == 4
    page = seen(door)
    assert page.shows("books", "bad", "no answer yet to an order in ACME", "the next run looks it up", code=4)


def test_a_position_frozen_by_a_difference_has_no_stop(door: Door, venue: Api) -> None:
    venue.exchange.trade_by_hand("ACME", "buy", Decimal(5))
    page = seen(door)
    assert page.shows("stops", "bad", "ACME: frozen by a difference", "`automated-trading reconcile`", code=6)
    assert page.shows("books", "bad", "differ in ACME", code=6)


def test_trading_that_is_disabled_leaves_positions_without_a_stop(door: Door, venue: Api) -> None:
    page = seen(door, TRADING_ENABLED="false")
    assert page.shows("halts", "warn", "trading is disabled, nothing is sent", "take that away", code=3)
    assert page.shows("stops", "bad", "ACME: trading is disabled", "TRADING_ENABLED", code=3)


def test_a_halt_is_a_warning_whether_a_run_has_seen_it_or_not(door: Door, venue: Api) -> None:
    door.run("halt", "--reason", "on holiday")
    assert seen(door).shows("halts", "warn", "nothing opens: owner: on holiday", "`automated-trading resume`")
    door.run("monitor")
    assert seen(door).shows("halts", "warn", "nothing opens: owner: on holiday", "`automated-trading resume`")


def test_a_halt_is_told_where_the_broker_is_not_reached(door: Door, venue: Api) -> None:
    door.run("halt", "--reason", "on holiday")
    assert seen(door, **paper(REFUSED_PORT)).shows("halts", "warn", "owner: on holiday", code=3)


# --- several at once


def test_the_worst_of_several_is_the_exit_code(door: Door, venue: Api) -> None:
    venue.exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    assert seen(door).answer.code == 6
    venue.exchange.set_price("ACME", None)
    assert seen(door).answer.code == 4
    (door.home / ".env").touch(0o644)
    assert seen(door).answer.code == 3


def test_a_real_process_ends_as_the_document_says(door: Door, venue: Api) -> None:
    venue.exchange.trade_by_hand("BOLT", "buy", Decimal(5))
    answer = door.process("doctor", "--json")
    assert (answer.code, answer.document["exit_code"]) == (6, 6)
    assert answer.err.splitlines()[-1].startswith("automated-trading: books: ours and the broker's differ in BOLT")


def test_the_end_of_its_time_is_no_finding_of_a_check(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.pause()

    monkeypatch.setattr("automated_trading.adapters.alpaca_broker.AlpacaBroker.clock", silent)
    answer = door.run("doctor")
    assert (answer.code, answer.err.count("\n"), "halts" in answer.out) == (4, 1, False)
    assert "the run's time is up" in answer.err
