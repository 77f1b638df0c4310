"""A process that knows everything but the package: for each fault it makes a child that imports the faulty copy.

Law of the file: one line of JSON in, one out. The package is never imported here, only in the children; each child is
gone with its fault. Run as `python -m tests.proof.mutants.worker COPY`, where COPY holds the package to be spoilt.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

WARM = (
    "alpaca.common.rest",
    "filelock",
    "hypothesis",
    "pydantic_settings",
    "pytz",
    "requests",
    "rich.console",
    "typer",
)
"""What every child would otherwise load anew."""

PATIENCE = 300
"""Seconds after which a child that hangs is ended, which is no kill."""

NO_KILL = ("ImportError", "ModuleNotFoundError", "NameError", "SyntaxError", "UnboundLocalError")
"""What a slip in a row would raise: it shows that the row is wrong, not that a test saw the fault."""


@dataclass
class Witness:
    """A pytest plugin that remembers the first failure, and whether it was a test's."""

    red: str = ""
    slips: list[str] = field(default_factory=list)

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        kind = call.excinfo.typename
        if report.when == "call" and kind not in NO_KILL:
            self.red = self.red or node.nodeid
        else:
            self.slips.append(f"{node.nodeid}: {report.when}: {kind}: {str(call.excinfo.value)[:200]}")


def sit(copy: Path, nodes: list[str], answer: int) -> None:
    """In the child: run the tests against the copy, write what was seen, and never come back."""
    signal.alarm(PATIENCE)
    out = os.open(copy / "out.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    witness = Witness()
    quiet = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    code = pytest.main([*quiet, "-o", f"pythonpath={copy}", f"--basetemp={copy / 'tmp'}", *nodes], plugins=[witness])
    package = sys.modules.get("automated_trading")
    told = {
        "code": int(code),
        "red": witness.red,
        "slips": witness.slips,
        "package": str(getattr(package, "__file__", "")),
    }
    os.write(answer, json.dumps(told).encode())
    os._exit(0)


def tried(copy: Path, nodes: list[str]) -> dict[str, Any]:
    """What a child says of these tests; a child that does not say anything has hung or died."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        sit(copy, nodes, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(told) if told else {"code": -1, "red": "", "slips": [f"died: {status}"], "package": ""}


def main(copy: Path) -> None:
    for name in WARM:
        importlib.import_module(name)
    sys.path.insert(0, str(copy))
    sys.dont_write_bytecode = True
    os.environ["PYTHONPATH"] = str(copy)
    os.environ["PYTHONSAFEPATH"] = "1"  # a child's own children must not find the package in their folder
    for line in sys.stdin:
        row = json.loads(line)
        path = copy / "automated_trading" / row["file"]
        whole = path.read_bytes()
        path.write_text(row["text"], encoding="utf-8")
        try:
            told = tried(copy, row["nodes"])
        finally:
            path.write_bytes(whole)
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
