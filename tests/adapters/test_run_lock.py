"""The run lock, against real processes."""

from __future__ import annotations

import errno
import fcntl
import signal
import stat
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from automated_trading.adapters.run_lock import RunLock, is_held
from automated_trading.domain.errors import RunInProgress, StateError

HOLDER = """
import sys
from pathlib import Path
from automated_trading.adapters.run_lock import RunLock
from automated_trading.domain.errors import RunInProgress
try:
    with RunLock(Path(sys.argv[1])).held():
        print("held", flush=True)
        sys.stdin.read()
except RunInProgress as problem:
    print(problem, flush=True)
"""


@pytest.fixture
def start(tmp_path):
    """Starts real processes that hold the lock of tmp_path until their stdin ends."""
    started = []

    def starting():
        command = [sys.executable, "-c", HOLDER, str(tmp_path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield starting
    for process in started:
        process.kill()
        with process:
            pass


def test_of_processes_that_race_one_acts_and_the_others_say_so(start, tmp_path):
    racers = [start() for _ in range(3)]
    said = sorted(racer.stdout.readline().strip() for racer in racers)
    assert said == [*[f"another run holds {tmp_path}; try again when it has ended"] * 2, "held"]


def test_a_held_lock_refuses_and_a_released_one_does_not(start, tmp_path):
    holder = start()
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunInProgress), RunLock(tmp_path).held():
        pytest.fail("two hold the lock")
    holder.communicate()
    with RunLock(tmp_path).held():
        pass


def test_a_killed_holder_holds_nothing(start, tmp_path):
    holder = start()
    assert holder.stdout.readline() == "held\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with RunLock(tmp_path).held():
        pass


def test_a_waiting_run_gets_the_lock_when_the_holder_ends(start, tmp_path, monkeypatch):
    holder = start()
    assert holder.stdout.readline() == "held\n"
    looked_again = []
    monkeypatch.setattr("time.sleep", lambda _: looked_again.append(holder.communicate()))
    with RunLock(tmp_path).held(wait_seconds=30):
        assert holder.returncode == 0
    assert len(looked_again) == 1


def test_the_lock_is_not_reentrant_and_is_free_after_an_exception(tmp_path):
    lock = RunLock(tmp_path)
    with lock.held(), pytest.raises(RunInProgress), lock.held():
        pytest.fail("held twice")
    with pytest.raises(KeyError), lock.held():
        raise KeyError
    with lock.held():
        pass


def test_folder_and_file_are_the_owners_alone(tmp_path):
    folder = tmp_path / "data" / "paper"
    with RunLock(folder).held():
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / ".lock")]
    assert modes == [0o700, 0o600]


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_a_state_error(tmp_path, folder):
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="name a folder"), RunLock(tmp_path / folder).held():
        pytest.fail("held nothing")


def test_a_folder_that_takes_no_file_is_a_state_error():
    refused = pytest.raises(StateError, match=r"cannot take the lock in /sys/kernel: .*; (let|make) ")
    with refused, RunLock(Path("/sys/kernel")).held():
        pytest.fail("held nothing")


def test_a_disk_without_locks_is_a_state_error(tmp_path, monkeypatch):
    class Soft(filelock.SoftFileLock):
        """What filelock turns into where the kernel offers no lock."""

    monkeypatch.setattr(filelock, "FileLock", lambda path, **options: Soft(path, **options))
    with pytest.raises(StateError, match="knows no locks"), RunLock(tmp_path).held():
        pytest.fail("held a lock a dead run would keep")


@pytest.mark.parametrize("took", ["deleted", "moved away", "replaced"])
def test_a_lock_file_taken_away_under_its_holder_lets_nobody_in(start, tmp_path, took):
    holder = start()
    assert holder.stdout.readline() == "held\n"
    (tmp_path / ".lock").rename(tmp_path / "elsewhere")
    if took == "deleted":
        (tmp_path / "elsewhere").unlink()
    if took == "replaced":
        (tmp_path / ".lock").touch()
    with pytest.raises(RunInProgress, match="taken away"), RunLock(tmp_path).held():
        pytest.fail("two hold the folder")
    holder.communicate()
    with RunLock(tmp_path).held():
        pass


def test_a_disk_that_locks_files_and_no_folders_leaves_it_at_the_file(tmp_path, monkeypatch):
    real = fcntl.flock

    def files_only(fd, how):
        if Path(f"/proc/self/fd/{fd}").is_dir():
            raise OSError(errno.EBADF, "no")
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", files_only)
    with RunLock(tmp_path).held(), pytest.raises(RunInProgress), RunLock(tmp_path).held():
        pytest.fail("held twice")


def test_a_held_folder_is_seen_by_others_without_touching_it(tmp_path: Path) -> None:
    folder = tmp_path / "desk"
    assert is_held(folder) is False
    with RunLock(folder).held():
        assert is_held(folder) is True
    assert is_held(folder) is False


def test_a_folder_held_without_its_file_is_seen_too(tmp_path: Path) -> None:
    with RunLock(tmp_path).held():
        (tmp_path / ".lock").unlink()
        assert is_held(tmp_path) is True


def test_without_the_kernels_list_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("automated_trading.adapters.run_lock._KERNELS_LIST", tmp_path / "none")
    assert is_held(tmp_path) is None
