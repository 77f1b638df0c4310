# ruff: noqa: F811 - a fixture is named by its parameter
"""The front door: real processes, their exit codes, their two streams, and what they leave on the disk."""

from __future__ import annotations

import json
import os
import pty
import signal
import stat
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automated_trading.commands.trade import nothing_due
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import AuditError, StateError
from automated_trading.settings import load_settings
from tests.commands.conftest import door, empty  # noqa: F401 - the same doors as the commands have
from tests.commands.front_door import DESK, KEYS, REFUSED_PORT, Answer, Door, paper, posts, served
from tests.commands.test_owner import HOLD

JSON_COMMANDS = (
    ("morning",), ("monitor",), ("eod",), ("status",), ("halt",), ("resume",), ("audit", "show"), ("audit", "verify"),
    ("why", "ACME"), ("block", "ACME"), ("reconcile",), ("signals", "check", "data/approved_signals.json"),
    ("config", "show"),
)  # fmt: skip
ESCAPE = "\x1b"


# --- usage


@pytest.mark.parametrize("words", [("bogus",), ("morning", "--bogus"), ("audit", "bogus"), ("morning", "extra"), ()])
def test_what_is_no_command_is_exit_2_with_nothing_on_stdout_but_help(empty: Door, words: tuple[str, ...]) -> None:
    answer = empty.run(*words)
    assert (answer.code, "Traceback" in answer.err, empty.tree()) == (2, False, {})
    assert "Error: " in answer.err or "Usage: " in answer.out + answer.err


@pytest.mark.parametrize("module", ["automated_trading", "automated_trading.execute_trades"])
def test_both_modules_open_the_same_door(empty: Door, module: str) -> None:
    door = (sys.executable, "-m", module)
    helped = empty.process("--help", command=door)
    assert (helped.code, helped.err) == (0, "")
    assert {"morning", "monitor", "eod", "status", "demo"} <= set(helped.out.split())
    assert empty.process("morning", "--at", "never", command=door).failed(2, "--at")


# --- streams


@pytest.mark.parametrize("words", JSON_COMMANDS, ids=" ".join)
def test_with_json_stdout_is_one_document_with_its_schema(door: Door, words: tuple[str, ...]) -> None:
    answer = door.run(*words, "--json")
    assert (answer.code, answer.document["schema"]) == (0, 1)


@pytest.mark.parametrize("words", JSON_COMMANDS, ids=" ".join)
def test_with_json_a_failure_leaves_stdout_clean(door: Door, words: tuple[str, ...]) -> None:
    assert door.run(*words, "--json", MAX_POSITIONS="many").failed(3, "MAX_POSITIONS=many")


def test_a_real_process_keeps_its_streams_apart(door: Door) -> None:
    answer = door.process("morning", "--json", "-v")
    assert (answer.code, answer.document["schema"]) == (0, 1)
    assert "filled: ACME" in answer.err
    assert door.process("morning", "--at", "x", "--json").failed(2, "--at")


@pytest.mark.parametrize("words", [("morning", "-v"), ("status",), ("audit", "show"), ("demo", "--fast")], ids=" ".join)
def test_away_from_a_terminal_there_are_no_escape_codes(door: Door, words: tuple[str, ...]) -> None:
    answer = door.run(*words, FORCE_COLOR="", TERM="xterm-256color")
    assert (answer.code, ESCAPE in answer.out + answer.err) == (0, False)


def at_a_terminal(door: Door, *words: str, **environ: str) -> str:
    """What a person sees."""
    ours, theirs = pty.openpty()
    given = {"TERM": "xterm-256color", "COLUMNS": "140", **environ}
    pid = os.posix_spawn(
        sys.executable,
        [*DESK, *words],
        {**door.whole_environ, "TRADING_DATA_DIR": str(door.data), **given},
        file_actions=[(os.POSIX_SPAWN_DUP2, theirs, fd) for fd in (0, 1, 2)],
    )
    os.close(theirs)
    seen = b""
    with closing(os.fdopen(ours, "rb", buffering=0)) as screen:
        try:
            while piece := screen.read(65_536):
                seen += piece
        except OSError:  # the last of them has hung up
            pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return seen.decode()


def test_a_person_at_a_terminal_sees_tables_and_colours(door: Door) -> None:
    door.run("morning")
    seen = at_a_terminal(door, "status")
    assert (ESCAPE in seen, "\u2500" in seen, "ACME" in seen) == (True, True, True)


@pytest.mark.parametrize(("words", "environ"), [(("--no-color",), {}), ((), {"NO_COLOR": "1"})])
def test_no_color_at_a_terminal_is_heeded(door: Door, words: tuple[str, ...], environ: dict[str, str]) -> None:
    door.run("morning")
    seen = at_a_terminal(door, "status", *words, **environ)
    assert (ESCAPE in seen, "ACME" in seen) == (False, True)


def test_a_reader_that_goes_away_is_no_bug(door: Door) -> None:
    with door.started("audit", "show") as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert (child.wait(60), "Traceback" in child.stderr.read()) == (0, False)


def test_v_shows_where_a_failure_came_from_and_without_it_there_is_one_line(door: Door) -> None:
    assert door.run("morning", "--data-dir", "/dev/null/x").failed(3, "/dev/null/x")
    told = door.run("morning", "--data-dir", "/dev/null/x", "-v")
    assert (told.code, told.out, "Traceback" in told.err) == (3, "", True)


# --- two at once


def test_of_two_processes_one_acts_and_the_other_is_turned_away(door: Door) -> None:
    folder = str(door.data / "simulated")
    with door.started(folder, command=(sys.executable, "-c", HOLD)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        before = door.books()
        assert door.process("morning").failed(7, "another run holds")
        assert (door.books(), door.orders()) == (before, [])
    assert door.process("morning").code == 0
    assert len(door.orders()) == 1


def test_a_holder_that_was_killed_never_blocks(door: Door) -> None:
    folder = str(door.data / "simulated")
    with door.started(folder, command=(sys.executable, "-c", HOLD)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.wait(60)
        assert door.process("morning").code == 0


DIE_AFTER_POST = """
import os, signal, sys
from automated_trading.adapters.alpaca_broker import AlpacaBroker
really = AlpacaBroker.submit
def submit(self, order):
    really(self, order)
    os.kill(os.getpid(), signal.SIGKILL)
AlpacaBroker.submit = submit
from automated_trading.cli import main
sys.argv = ["automated-trading", *sys.argv[1:]]
main()
"""


def test_a_run_killed_between_order_and_answer_is_taken_up_by_the_next_without_a_second_order(door: Door) -> None:
    killed = door.process("morning", "--at", "09:35", command=(sys.executable, "-c", DIE_AFTER_POST))
    assert (killed.code, len(door.orders())) == (-signal.SIGKILL, 1)
    assert "ACME found at the broker" in door.process("morning", "--at", "09:40").out
    assert [order["side"] for order in door.orders()] == ["buy", "sell"]  # and its stop rests
    assert door.run("audit", "verify").code == 0


# --- folders and disks

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
from automated_trading.cli import main
sys.argv = ["automated-trading", *sys.argv[2:]]
main()
"""


def limited(door: Door, size: int, *words: str, **environ: str) -> Answer:
    """The command where no file may grow beyond a size: a full disk."""
    return door.process(str(size), *words, command=(sys.executable, "-c", LIMITED), **environ)


@pytest.mark.parametrize("room", [0, 1, 300, 1_000, 1_500])
def test_on_a_full_disk_nothing_is_sent_and_the_next_run_goes_on(door: Door, room: int) -> None:
    with served(door) as api:
        full = limited(door, room, "morning")
        assert (full.code, posts(api)) == (3, [])
        assert full.failed(3, "raise the limit on file sizes")
        assert "buy 198 ACME" in door.run("morning").out
        assert len(posts(api)) == 1
        assert door.run("audit", "verify").code == 0


@pytest.mark.parametrize("room", [0, 100, 2_000])
def test_a_simulated_exchange_on_a_full_disk_is_one_line_too(door: Door, room: int) -> None:
    before = door.orders()
    assert limited(door, room, "morning").failed(3, "cannot", "run again")
    assert door.orders() == before
    assert "buy 198 ACME" in door.run("morning").out


NOWHERE = ["/dev/null/desk", "/proc/desk", "/proc/1/desk"]


@pytest.mark.parametrize("folder", NOWHERE)
@pytest.mark.parametrize("command", ["morning", "monitor", "eod", "resume", "halt"])
def test_a_folder_that_cannot_be_is_one_line(empty: Door, folder: str, command: str) -> None:
    assert empty.run(command, "--data-dir", folder).failed(3, folder)


@pytest.mark.parametrize("folder", NOWHERE)
def test_a_paper_desk_without_a_folder_sends_nothing(empty: Door, folder: str) -> None:
    with served(empty) as api:
        assert empty.run("morning", "--data-dir", folder).failed(3, folder)
        assert posts(api) == []


def test_a_data_folder_below_a_file_is_one_line(door: Door) -> None:
    (door.home / "file").write_text("")
    assert door.run("morning", "--data-dir", "file/desk").failed(3, "name a folder, not a file")


def test_another_accounts_folder_is_refused_and_kept_as_it_is(door: Door) -> None:
    door.run("morning")
    (door.data / "simulated" / "exchange" / "exchange.json").unlink()
    before = door.books()
    assert door.run("monitor", SIMULATED_SEED="5").failed(3, "belongs to account", "--data-dir")
    assert door.books() == before


def test_everything_a_run_makes_is_its_owners_alone(door: Door) -> None:
    for words in (("morning",), ("halt",), ("monitor",), ("resume",), ("eod",), ("demo", "--fast")):
        assert door.process(*words).code == 0
    given = door.data / "approved_signals.json"
    made = [path for path in door.data.rglob("*") if path != given]
    assert len(made) > 12
    wrong = [path for path in made if stat.S_IMODE(path.stat().st_mode) != (0o700 if path.is_dir() else 0o600)]
    assert wrong == []


# --- secrets


def found_in(door: Door, answers: list[Answer]) -> list[str]:
    """Every place where a key stands."""
    secrets = [key.encode() for key in KEYS]
    files = {name: kept or b"" for name, (_, kept) in door.tree().items()}
    said = {f"answer {n}": (answer.out + answer.err).encode() for n, answer in enumerate(answers)}
    return [name for name, text in {**files, **said}.items() if any(secret in text for secret in secrets)]


def test_no_key_is_ever_said_or_written(door: Door) -> None:
    commands = [("morning", "-v"), ("status", "-v"), ("eod", "--json"), ("resume", "-v"), ("audit", "show", "--json")]
    answers = [door.run(*words, **paper(REFUSED_PORT)) for words in commands]
    with served(door):
        answers += [door.run(*words) for words in commands]
    with served(door, keys=("another", "pair")):
        answers += [door.run(*words) for words in commands]
        answers.append(door.process("morning", "-v"))
    bad = paper(f"http://{KEYS[0]}:{KEYS[1]}@127.0.0.1:9")
    answers.append(door.run("morning", "-v", **bad))
    answers.append(door.run("morning", "-v", **paper(f"{REFUSED_PORT}?key={KEYS[0]}")))
    assert {answer.code for answer in answers} == {0, 3, 4}
    assert found_in(door, answers) == []


def test_the_search_for_keys_finds_one_that_is_planted(door: Door) -> None:
    (door.data / "leak").write_text(f"key={KEYS[0]}")
    assert found_in(door, [Answer(0, "", KEYS[1])]) == ["data/leak", "answer 0"]


# --- what a command loads

LOADED = """
import sys
from automated_trading.cli import main
sys.argv = ["automated-trading", *sys.argv[1:]]
try:
    main()
finally:
    print("LOADED", *sorted(sys.modules), file=sys.stderr)
"""


def loaded(door: Door, *words: str, **environ: str) -> set[str]:
    """The packages a command has imported when it ends."""
    answer = door.process(*words, command=(sys.executable, "-c", LOADED), **environ)
    assert answer.code == 0, answer
    modules = answer.err.rsplit("LOADED ", 1)[1].split()
    return {part for name in modules for part in (name, name.split(".")[0])}


def test_help_loads_nothing_heavy(empty: Door) -> None:
    assert loaded(empty, "--help") & {"pydantic", "requests", "alpaca", "pandas", "rich"} == set()


def test_a_run_with_nothing_due_loads_no_broker(empty: Door) -> None:
    environ = {name: value for name, value in paper("").items() if value}
    settings = load_settings(environ, dotenv=None, toml=None)
    now = datetime.now(UTC)
    idle = next(name for name in Routine if nothing_due(settings, name, now) is not None)
    assert loaded(empty, idle.value, **environ) & {"requests", "alpaca", "urllib3", "rich"} == set()
    assert empty.tree() == {}


def test_a_monitor_at_a_broker_loads_nothing_it_does_not_need(door: Door) -> None:
    """Seen red when: the embedded exchange was loaded, a tenth of the run's start."""
    with served(door):
        modules = loaded(door, "monitor")
    assert "alpaca" in modules
    assert "automated_trading.simulator" not in modules
    assert modules & {"pandas", "numpy", "torch", "http.server", "rich", "yfinance", "matplotlib"} == set()


# --- the last handler


def test_a_bug_shows_its_traceback_and_is_exit_1(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr("automated_trading.commands.status.status", broken)
    answer = door.run("status", "--json")
    assert (answer.code, answer.out) == (1, "")
    assert "RuntimeError: nobody thought of this" in answer.err
    assert answer.err.splitlines()[-1].startswith("automated-trading: this is a bug")


@pytest.mark.parametrize(("problem", "code"), [(StateError("full"), 3), (AuditError("torn"), 8)])
def test_a_known_problem_is_its_own_code(
    door: Door, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: int
) -> None:
    def failing(*_: object) -> int:
        raise problem

    monkeypatch.setattr("automated_trading.commands.status.status", failing)
    assert door.run("status").failed(code, str(problem))


def test_a_command_ends_within_its_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.pause()

    monkeypatch.setattr("automated_trading.commands.status.status", slow)
    assert door.run("status").failed(4, "the run's time is up")


def test_the_end_of_its_time_is_never_taken_for_the_brokers_answer(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        signal.pause()

    monkeypatch.setattr("automated_trading.adapters.alpaca_broker.AlpacaBroker.submit", silent)
    assert door.run("morning", "--at", "09:35").failed(4, "the run's time is up")
    assert (door.events()[-1], door.orders()) == ("order_intended", [])
    monkeypatch.undo()
    assert "1 ordered" in door.run("morning", "--at", "09:36").out


def test_json_of_a_dry_run_is_a_document_too(door: Door) -> None:
    assert json.loads(door.process("morning", "--dry-run", "--json").out)["command"] == "morning"


def test_paths_with_spaces_and_letters_of_the_world_are_fine(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "K\u00f6ln desk"
    assert door.process("halt", "--data-dir", str(folder)).code == 0
    assert (folder / "simulated" / "halted").exists()
