"""Two workers and a heap of faults: each is made in a worker's own copy of the package, tried, and taken back.

Law of the file: the package that stands in the repository is read and never written. A fault is killed only by a test
that ran and failed; what cannot be imported or collected kills nothing.
"""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.proof.mutants.row import PACKAGE, Mutant

ROOT = Path(__file__).resolve().parents[3]
WORKERS = 2


@dataclass(frozen=True, slots=True)
class Task:
    """Tests to run against the copy with one file changed; `name` is how it is spoken of."""

    name: str
    file: str
    text: str
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a task: green, red by a test, or neither (`slip` says what was wrong with the row)."""

    green: bool
    red: str
    slip: str


def task(row: Mutant) -> Task:
    """The trial of one fault. Raises Misfit."""
    return Task(row.name, row.file, row.applied(ROOT), tuple(row.nodes()))


def unspoilt(name: str, nodes: Sequence[str]) -> Task:
    """The same tests against the copy as it is: what is red there proves nothing elsewhere."""
    return Task(name, "__init__.py", (ROOT / PACKAGE / "__init__.py").read_text(encoding="utf-8"), tuple(nodes))


def tried(tasks: Sequence[Task], home: Path) -> dict[str, Verdict]:
    """Every task's verdict by its name; `home` is where the copies go."""
    heap: queue.SimpleQueue[Task] = queue.SimpleQueue()
    for one in tasks:
        heap.put(one)
    found: dict[str, Verdict] = {}
    copies = _copies(home)
    threads = [threading.Thread(target=_empty, args=(heap, copy, found)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def _empty(heap: queue.SimpleQueue[Task], copy: Path, found: dict[str, Verdict]) -> None:
    with _worker(copy) as (to, fro):
        while True:
            try:
                one = heap.get_nowait()
            except queue.Empty:
                return
            row = {"file": one.file, "text": one.text, "nodes": one.nodes}
            to.write(json.dumps(row) + "\n")
            to.flush()
            line = fro.readline()
            found[one.name] = _verdict(json.loads(line), copy) if line else Verdict(False, "", "the worker died")


def _verdict(told: dict[str, Any], copy: Path) -> Verdict:
    expected = str(copy / PACKAGE / "__init__.py")
    if told["package"] != expected:
        return Verdict(False, "", f"the package tried was {told['package'] or 'none'}, not the copy; {told['slips']}")
    if told["code"] == 0:
        return Verdict(True, "", "")
    if told["code"] == 1 and told["red"] and not told["slips"]:
        return Verdict(False, told["red"], "")
    return Verdict(False, "", f"pytest ended with {told['code']}: {told['slips']}")


def _copies(home: Path) -> list[Path]:
    """The package once for each worker, compiled; its bytecode is believed by its hash, not by the time of a file."""
    first, *others = (home / f"copy-{number}" for number in range(WORKERS))
    ours = first / PACKAGE
    shutil.copytree(ROOT / PACKAGE, ours, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(ours, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    for other in others:
        shutil.copytree(ours, other / PACKAGE)
    for copy in (first, *others):
        (copy / "templates").symlink_to(ROOT / "templates")  # what letters are laid out by, beside the package
    return [first, *others]


@contextmanager
def _worker(copy: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.proof.mutants.worker", str(copy)],
        cwd=ROOT,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()
