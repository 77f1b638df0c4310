"""`audit show`, `audit verify` and `audit restart`, and what every command does about a damaged record."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from automated_trading.adapters import snapshots
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.canonical_json import digest, spell
from tests.commands.front_door import Door, paper, served
from tests.commands.terminal import typed


@pytest.fixture
def kept(door: Door) -> Door:
    """A desk with a session on record."""
    for command in ("morning", "monitor", "eod"):
        assert door.run(command).code == 0
    return door


def edit(door: Door) -> str:
    """Change one line; its name."""
    before, name, after = door.log.read_bytes().partition(b'"ACME"')
    door.log.write_bytes(before + name.replace(b"E", b"F") + after)
    return f"audit_log.jsonl:{len(before.splitlines())}"


@pytest.fixture
def open_day(door: Door) -> Door:
    """A desk in the middle of its first session: no checkpoint stands between its head and its first line."""
    for command in ("morning", "monitor"):
        assert door.run(command).code == 0
    return door


def tear(door: Door) -> None:
    door.log.write_bytes(door.log.read_bytes() + b'{"account":"41ec')


def test_a_sound_log_is_proved_with_its_head(kept: Door) -> None:
    plain, told = kept.run("audit", "verify"), kept.run("audit", "verify", "--json")
    head = told.document["log"]
    assert (plain.code, told.code, told.document["schema"], told.document["sound"]) == (0, 0, 1, True)
    assert plain.out.splitlines()[-1] == f"head {head['seq']} {head['hash']}"
    assert head["seq"] == len(kept.events())


def test_show_tells_the_log_in_words(kept: Door) -> None:
    shown = kept.run("audit", "show").out
    assert "intends: buy 198 ACME at 50.28 (entry)" in shown
    assert "run_finished: 1 ordered (buy 198 ACME at 50.28)" in shown


def test_show_can_be_asked_for_one_symbol_and_the_last_lines(kept: Door) -> None:
    lines = kept.run("audit", "show", "--symbol", "acme", "--last", "2").out.splitlines()
    assert lines[0] == "SIMULATED data/simulated: 2 lines"
    assert ["ACME" in line for line in lines[1:]] == [True, True]
    assert "SIMULATED data/simulated: 0 lines" in kept.run("audit", "show", "--symbol", "NONE").out


def test_one_symbol_is_followed_through_every_kind_of_line(empty: Door) -> None:
    empty.run("demo", "--fast")
    (demo,) = (empty.data / "demo").iterdir()
    show = ("audit", "show", "--data-dir", str(demo), "--symbol")
    shown = {symbol: empty.run(*show, symbol) for symbol in ("ACME", "ECHO", "FERN", "HULL", "CRUX")}
    assert [symbol for symbol, answer in shown.items() if answer.code != 0 or symbol not in answer.out] == []
    assert "closed: CRUX" in shown["CRUX"].out


def test_show_with_json_is_the_lines_as_they_stand(kept: Door) -> None:
    document = kept.run("audit", "show", "--json").document
    assert document["schema"] == 1
    assert [line["event"] for line in document["lines"]] == kept.events()


@pytest.mark.parametrize("command", ["show", "verify"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_readers_need_no_keys_and_change_nothing(kept: Door, command: str, options: tuple[str, ...]) -> None:
    tear(kept)
    before = kept.tree()
    assert kept.run("audit", command, *options).code == 0
    assert kept.tree() == before
    environ = paper("http://127.0.0.1:9") | {"ALPACA_PAPER_API_KEY": "", "ALPACA_PAPER_SECRET_KEY": ""}
    assert kept.run("audit", command, *options, **environ).code == 0
    assert kept.tree() == before


def test_a_torn_tail_is_repaired_by_the_next_run_and_said(kept: Door) -> None:
    tear(kept)
    said = kept.run("monitor")
    assert said.code == 0
    assert "was cut and kept as audit_log.torn-" in said.out
    assert kept.run("audit", "verify").code == 0
    assert "log_cut" in kept.events()


@pytest.mark.parametrize("name", ["live_positions", "pending_orders", "queued_signals", "daily_state"])
def test_a_half_written_snapshot_is_made_again_from_the_log(kept: Door, name: str) -> None:
    file = kept.data / "simulated" / f"{name}.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert [row["symbol"] for row in kept.run("status", "--json").document["positions"]] == ["ACME"]
    assert kept.run("monitor").code == 0
    assert file.read_bytes().endswith(b"\n}\n")
    assert kept.run("audit", "verify").code == 0


@pytest.mark.parametrize("command", ["morning", "monitor", "eod", "resume"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_with_an_edited_log_nothing_runs_and_nothing_is_sent(
    open_day: Door, command: str, options: tuple[str, ...]
) -> None:
    open_day.signals("BOLT")
    edit(open_day)
    before, sent = open_day.books(), open_day.orders()
    assert open_day.run(command, *options).failed(8, "audit verify")
    assert (open_day.books(), open_day.orders()) == (before, sent)


def test_damage_before_the_last_checkpoint_is_found_by_eod(kept: Door) -> None:
    edited = edit(kept)
    answer = kept.run("eod")
    assert (answer.code, answer.err.count("\n")) == (8, 1)
    assert f"automated-trading: the audit log does not hold: {edited}:" in answer.err


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_verify_names_the_line_that_was_edited(kept: Door, options: tuple[str, ...]) -> None:
    edited = edit(kept)
    answer = kept.run("audit", "verify", *options)
    assert (answer.code, answer.err.count("Traceback")) == (8, 0)
    assert f"{edited}:" in answer.out
    assert "automated-trading: the audit log" in answer.err


def test_a_deleted_line_is_found(kept: Door) -> None:
    lines = kept.log.read_bytes().splitlines(keepends=True)
    kept.log.write_bytes(b"".join(lines[:4] + lines[5:]))
    assert kept.run("audit", "verify").code == 8


def test_a_cut_log_is_found_against_the_snapshots(kept: Door) -> None:
    lines = kept.log.read_bytes().splitlines(keepends=True)
    kept.log.write_bytes(b"".join(lines[:-1]))
    assert "the snapshots tell of line" in kept.run("audit", "verify").out
    assert kept.run("monitor").failed(8, "a snapshot beside it")


def test_without_its_log_a_desk_with_snapshots_does_nothing(kept: Door) -> None:
    kept.log.unlink()
    assert kept.run("monitor").failed(8, "a snapshot beside it")


def forge(door: Door) -> None:
    """The positions of the snapshots say something else, under a digest that holds."""
    folder = door.data / "simulated"
    loaded = snapshots.load(folder)
    assert loaded is not None
    text = json.dumps(loaded.parts).replace('"symbol": "ACME"', '"symbol": "ACME", "stop": "1"')
    snapshots.save(folder, loaded.seq, loaded.head, json.loads(text))


def test_snapshots_that_are_not_what_the_log_adds_up_to_are_found(kept: Door) -> None:
    forge(kept)
    answer = kept.run("audit", "verify")
    assert (answer.code, "BROKEN: the snapshots are not what the log adds up to" in answer.out) == (8, True)


def test_no_session_is_closed_on_forged_snapshots(open_day: Door) -> None:
    forge(open_day)
    before = open_day.log.read_bytes()
    assert open_day.run("eod").failed(8, "the snapshots are not what the log adds up to")
    assert open_day.log.read_bytes() == before


@pytest.mark.parametrize("command", [("status",), ("morning", "--dry-run"), ("monitor",)])
@pytest.mark.parametrize("lines", [0, -1])
def test_a_log_that_is_shorter_than_its_snapshots_is_never_called_healthy(
    kept: Door, command: tuple[str, ...], lines: int
) -> None:
    kept.log.write_bytes(b"".join(kept.log.read_bytes().splitlines(keepends=True)[:lines]))
    assert kept.run(*command).failed(8, "a snapshot beside it tells of line")


# --- the head that was put down elsewhere


def head_of(door: Door) -> str:
    """What the last run's log ended with, as `eod` and `audit verify` print it."""
    return door.run("audit", "verify").out.splitlines()[-1]


def test_eod_prints_the_head_that_verify_takes(kept: Door) -> None:
    printed = next(line for line in kept.run("eod").out.splitlines() if "log head " in line).split("log head ")[1]
    answer = kept.run("audit", "verify", "--head", printed)
    assert (answer.code, answer.out.splitlines()[-1]) == (
        0,
        f"line {printed.split()[0]} stands as given; 0 lines stand behind it",
    )


def test_a_head_of_an_earlier_evening_is_held_and_the_lines_behind_it_are_counted(kept: Door) -> None:
    head = head_of(kept).removeprefix("head ").replace(" ", ":")
    before = len(kept.events())
    assert kept.run("monitor").code == 0
    answer = kept.run("audit", "verify", "--head", head, "--json")
    assert (answer.code, answer.document["given"]["held"]) == (0, True)
    assert f"; {len(kept.events()) - before} lines stand behind it" in answer.err


def test_a_log_cut_with_its_snapshots_is_found_against_the_head(kept: Door) -> None:
    head = head_of(kept)
    for name in snapshots.NAMES:
        (kept.data / "simulated" / f"{name}.json").unlink()
    lines = kept.log.read_bytes().splitlines(keepends=True)
    kept.log.write_bytes(b"".join(lines[:-1]))
    assert kept.run("audit", "verify").code == 0
    answer = kept.run("audit", "verify", "--head", head)
    assert (answer.code, answer.err.count("\n")) == (8, 1)
    assert f"NOT HELD: the log ends with line {len(lines) - 1} and does not hold line {len(lines)}" in answer.out


def test_a_hash_that_is_not_the_lines_is_not_held(kept: Door) -> None:
    answer = kept.run("audit", "verify", "--head", f"3:{'0' * 64}", "--json")
    assert (answer.code, answer.document["sound"], answer.document["given"]["held"]) == (8, True, False)
    assert "line 3 has the hash " in answer.err


def test_of_a_damaged_log_no_line_is_vouched_for(kept: Door) -> None:
    head = head_of(kept)
    edit(kept)
    answer = kept.run("audit", "verify", "--head", head)
    assert (answer.code, "NOT HELD: the log is damaged: nothing vouches for line" in answer.out) == (8, True)


@pytest.mark.parametrize(
    "words", ["", "57", "57:", f"0:{'a' * 64}", f"57:{'g' * 64}", f"57:{'a' * 63}", f":{'a' * 64}"]
)
def test_what_is_no_head_is_a_usage_error(kept: Door, words: str) -> None:
    assert kept.run("audit", "verify", "--head", words).failed(2, "--head", "not a line's number and its hash")


def test_a_last_line_sealed_anew_is_found_against_the_snapshots(kept: Door) -> None:
    *before, last = read_lines(kept.data / "simulated")
    forged = {**asdict(last), "at": last.at.replace("2026", "2025")}
    del forged["hash"]
    seal = digest(spell(forged))
    text = kept.log.read_bytes().splitlines(keepends=True)
    kept.log.write_bytes(b"".join(text[:-1]) + (spell({**forged, "hash": seal}) + "\n").encode())
    assert f"BROKEN: the snapshots tell of another line {len(before) + 1}" in kept.run("audit", "verify").out


# --- restart


def test_a_new_log_begins_from_the_brokers_records_and_says_where_the_old_one_lies(open_day: Door) -> None:
    old = [json.loads(line) for line in open_day.log.read_bytes().splitlines()][-1]
    edit(open_day)
    answer = open_day.run("audit", "restart", "--yes")
    assert answer.code == 0
    assert answer.out.splitlines()[1:] == [
        "SIMULATED a new log begins in data/simulated; taken back from the broker's records: orders 2, positions ACME",
        f"the old one lies in data/simulated/damaged-1; its last sound line is {old['seq']} {old['hash']}",
        "gone with it: the queue, blocked and ignored symbols, cool-downs, what was adopted, the high-water mark",
        "gone too: tiers, sectors and scores; the stops of what is held go back to the default under entry",
        "the desk is halted; `automated-trading reconcile` shows what differs, then `automated-trading resume`",
    ]
    assert open_day.events()[:2] == ["log_restarted", "halted"]
    assert open_day.run("audit", "verify").code == 0


def test_after_a_restart_and_a_resume_the_desk_goes_on(open_day: Door) -> None:
    edit(open_day)
    open_day.run("audit", "restart", "--yes")
    assert open_day.run("status").code == 5
    assert "resumed: lost_folder" in open_day.run("resume").out
    assert open_day.run("monitor").code == 0
    assert [row["symbol"] for row in open_day.run("status", "--json").document["positions"]] == ["ACME"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_sound_log_is_never_restarted(open_day: Door, options: tuple[str, ...]) -> None:
    before = open_day.tree()
    assert open_day.run("audit", "restart", "--yes", *options).failed(3, "is sound: there is nothing to restart")
    assert open_day.tree() == before


def test_a_restart_with_the_broker_down_is_exit_4_and_the_new_log_stands(door: Door) -> None:
    with served(door):
        door.run("morning")
    log = door.data / "paper" / "audit_log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"ACME"', b'"ACMF"', 1))
    answer = door.run("audit", "restart", "--yes", **paper("http://127.0.0.1:9"))
    assert (answer.code, "the next run goes on from it" in answer.err) == (4, True)
    assert door.run("audit", "verify", **paper("http://127.0.0.1:9")).code == 0


def test_json_of_a_restart_names_the_old_log(open_day: Door) -> None:
    edit(open_day)
    document = open_day.run("audit", "restart", "--yes", "--json").document
    assert (document["command"], document["old_log"]["kept_as"]) == ("audit restart", "data/simulated/damaged-1")
    assert document["log"]["seq"] == len(open_day.events())


def test_at_a_terminal_a_restart_shows_the_damage_and_asks(open_day: Door) -> None:
    edit(open_day)
    before = open_day.log.read_bytes()
    seen = typed(open_day, "n\n", "audit", "restart")
    assert (seen.code, "is damaged: audit_log.jsonl:" in seen.text, "nothing was done" in seen.text) == (0, True, True)
    assert open_day.log.read_bytes() == before
