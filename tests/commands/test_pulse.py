"""The heartbeat of a run: told last, with the run's own outcome, and nothing of the run depends on it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from automated_trading.adapters.heartbeat import SECONDS
from automated_trading.commands import pulse
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import OutOfTime
from tests.adapters.test_heartbeat import TOKEN, mute, watchman
from tests.commands.front_door import REFUSED_PORT, TUESDAY, Answer, Door, paper, served

NOBODY = f"http://127.0.0.1:9/{TOKEN}"


def day(door: Door, **environ: str) -> list[Answer]:
    """A day's commands."""
    words = (["morning"], ["monitor"], ["monitor", "--at", "11:00"], ["eod"])
    return [door.run(*command, **environ) for command in words]


def test_each_run_tells_how_it_ended(door: Door) -> None:
    with watchman() as told:
        answers = day(door, HEARTBEAT_URL=f"{told.url}/{TOKEN}")
    assert [answer.code for answer in answers] == [0, 0, 0, 0]
    assert {(method, path) for method, path, _ in told.heard} == {("POST", f"/{TOKEN}")}
    first, *_, last = (body for _, _, body in told.heard)
    assert first == "SIMULATED morning: 1 ordered (buy 198 ACME at 50.28); fills heard: ACME"
    assert last == "SIMULATED eod: the session of 2026-02-03 is closed"


def test_without_an_address_nothing_is_told_and_nothing_imported(door: Door) -> None:
    code = "import sys; from automated_trading.cli import app\ntry: app(['monitor'])\nexcept SystemExit: pass\n"
    code += "print('automated_trading.adapters.heartbeat' in sys.modules)"
    answer = door.process(command=(sys.executable, "-c", code))
    assert answer.out.splitlines()[-1] == "False"


@pytest.mark.parametrize("command", ["status", "halt", "resume"])
def test_only_scheduled_runs_tell(door: Door, command: str) -> None:
    with watchman() as told:
        assert door.run(command, HEARTBEAT_URL=told.url).code in (0, 5)
        assert door.run("morning", "--dry-run", HEARTBEAT_URL=told.url).code == 0
    assert told.heard == []


def test_a_run_that_failed_before_its_cycle_tells_so(door: Door) -> None:
    with watchman() as told:
        door.run("monitor", HEARTBEAT_URL=told.url, ALPACA_TRADING_MODE="paper")
        door.run("monitor", HEARTBEAT_URL=told.url, **paper(REFUSED_PORT))
        (door.data / "simulated").mkdir(exist_ok=True)
        (door.data / "simulated" / "audit_log.jsonl").write_text("{}\n{}\n")
        door.run("monitor", HEARTBEAT_URL=told.url)
    assert [path for _, path, _ in told.heard] == ["/3", "/4", "/8"]
    assert told.heard[0][2] == "PAPER monitor: paper mode needs ALPACA_PAPER_API_KEY: set it in .env or the environment"


def test_nothing_due_is_told_too(door: Door) -> None:
    keys = {**paper(""), "ALPACA_TRADING_URL": "https://paper-api.alpaca.markets"}
    with watchman() as told:
        answer = door.run("eod", HEARTBEAT_URL=told.url, **keys)
    if "nothing due" in answer.out:  # the wall clock decides; in the two hours after a close Alpaca would be asked
        assert [path for _, path, _ in told.heard] == ["/"]


def test_a_run_that_finds_another_at_work_is_noted_and_no_failure(door: Door) -> None:
    from automated_trading.adapters.folder_store import FolderStore

    door.run("morning")
    with watchman() as told, FolderStore(door.data / "simulated", "simulated").lock():
        assert door.run("monitor", HEARTBEAT_URL=told.url).code == 7
    assert [path for _, path, _ in told.heard] == ["/log"]


def test_a_bug_is_told_as_a_failure(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("automated_trading.engine.cycle.make_contact", broken)
    with watchman() as told:
        assert door.run("monitor", HEARTBEAT_URL=told.url).code == 1
    assert told.heard == [("POST", "/fail", "SIMULATED monitor: the run broke off")]


def test_a_reader_of_its_words_who_has_gone_is_no_failure(door: Door) -> None:
    settings = door.settings(HEARTBEAT_URL=NOBODY)
    told: list[int | None] = []
    asked = Asked({}, door.home, TUESDAY)
    with pytest.MonkeyPatch.context() as patched, pytest.raises(BrokenPipeError):  # noqa: PT012 - the block is the case
        patched.setattr(pulse, "_beat", lambda _, ended, who: told.append(ended.code))
        with pulse.pulse(settings, Screen(asked), "monitor"):
            raise BrokenPipeError
    assert told == [0]


def test_i13_whatever_the_watchman_does_the_run_is_the_same(door: Door, tmp_path: Path) -> None:
    import shutil

    def lived(name: str, url: str | None) -> tuple[list[Answer], object]:
        copy = Door(tmp_path / name / "home")
        shutil.copytree(door.home, copy.home)
        answers = day(copy, **({"HEARTBEAT_URL": url} if url is not None else {}))
        return answers, copy.tree(apart="outbox")  # a letter tells by the wall clock when it was kept

    alone, kept = lived("alone", None)
    with watchman() as good, watchman(500) as ill, mute(b"H") as slow:
        for name, url in {"good": good.url, "ill": ill.url, "slow": slow, "nobody": NOBODY}.items():
            with pytest.MonkeyPatch.context() as patched:
                seconds = 0.05 if name == "slow" else SECONDS
                patched.setattr("automated_trading.adapters.heartbeat.beat.__defaults__", (seconds,))
                answers, tree = lived(name, url)
            assert tree == kept, name
            assert [(answer.code, answer.out) for answer in answers] == [(answer.code, answer.out) for answer in alone]
            lines = {answer.err.count("\n") for answer in answers}
            assert lines == ({0} if name == "good" else {1}), name
            assert not any(TOKEN in answer.err + answer.out for answer in answers)


def test_the_address_is_in_nothing_a_run_writes_or_says(door: Door) -> None:
    answers = day(door, HEARTBEAT_URL=NOBODY)
    assert {answer.err for answer in answers} == {"automated-trading: heartbeat not sent: ConnectionError\n"}
    answers += [door.run("config", "show", HEARTBEAT_URL=NOBODY), door.run("monitor", "-v", HEARTBEAT_URL=NOBODY)]
    answers.append(door.run("monitor", HEARTBEAT_URL=f"http://elsewhere.example/{TOKEN}"))
    assert answers[-1].failed(3, "HEARTBEAT_URL=(not shown) (environment) must be an address over https")
    kept = b"".join(data or b"" for _, data in door.tree().values())
    assert TOKEN.encode() not in kept
    assert not any(TOKEN in answer.out + answer.err for answer in answers)


def test_time_that_is_up_while_it_is_told_changes_no_code(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def rung(*_: object) -> None:
        raise OutOfTime("the run's time is up")

    monkeypatch.setattr("automated_trading.adapters.heartbeat.beat", rung)
    answer = door.run("monitor", HEARTBEAT_URL=NOBODY)
    assert (answer.code, answer.err) == (0, "automated-trading: heartbeat not sent: the run's time is up\n")


def test_the_watchman_is_told_after_every_lock_is_free(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    free: list[int] = []

    def ask(*_: object) -> None:
        free.append(door.run("status").code)
        free.append(door.run("resume").code)

    monkeypatch.setattr(pulse, "_beat", ask)
    assert door.run("morning", HEARTBEAT_URL=NOBODY).code == 0
    assert free == [0, 0]


def test_the_same_with_a_broker_on_loopback(door: Door) -> None:
    with served(door), watchman() as told:
        assert door.run("monitor", HEARTBEAT_URL=told.url).code == 0
    assert [path for _, path, _ in told.heard] == ["/"]
