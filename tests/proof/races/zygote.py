"""A warm process that forks the racers: real processes, each the command line's `main` with its own argv.

    python -m tests.proof.races.zygote      # a line of JSON in (a heat), a line of JSON out (how each racer ended)

Law of the file: nothing is shared after the fork but pipes: racers start together, or when the leader has come to a
certain step. A step is a write, a flush, a rename, a lock or a request; at one of them the leader may stand still until
others have ended, or a racer may be killed, which no `finally` of it lives to see.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import requests.adapters

from automated_trading.cli import main
from tests.proof.races import spoilt

DISK = ("write", "fsync", "replace", "link", "unlink", "ftruncate")


@dataclass
class Racer:
    """One command: where and with what environment, and what befalls it on the way.

    `late`: it starts when the leader has come to its step (or is dead); `awaited`: the leader stands still until it has
    ended; `lead` is the step (of the one leader); `kill` the step before which it is killed; `hand` what somebody does
    to files just before it begins (a function of `os`, and its arguments); `spoilt` what is done to its program.
    """

    argv: list[str]
    home: str
    environ: dict[str, str]
    out: str
    late: bool = False
    awaited: bool = False
    lead: int = 0
    kill: int = 0
    hand: list[list[str]] = field(default_factory=list)
    spoilt: str = ""


@dataclass
class Lived:
    """What a racer tells of its life: steps, where it stood still, whether it held the lock then, its buys after."""

    steps: list[str] = field(default_factory=list)
    stood_at: str = ""
    held: bool = False
    buys_after: int = 0


@dataclass
class Track:
    """The pipes of a heat: all wait for `go`; who is late for `come`; the leader for `done`."""

    go: tuple[int, int]
    come: tuple[int, int]
    done: tuple[int, int]

    def lane(self, racer: Racer) -> None:
        """Close what is not this racer's."""
        os.close(self.go[1])
        os.close(self.done[0]) if not racer.lead else None
        os.close(self.come[1]) if not (racer.lead or racer.kill) else None
        os.close(self.done[1]) if not racer.awaited else None
        os.read(self.go[0], 1)
        if racer.late:
            os.read(self.come[0], 1)


class Steps:
    """Counts what a racer does, and does to it what is planned."""

    def __init__(self, racer: Racer, track: Track) -> None:
        self.racer, self.track, self.lived = racer, track, Lived()
        self.locks = 0

    def fit(self) -> None:
        for name in DISK:
            setattr(os, name, self._counted(name, getattr(os, name)))
        flock = fcntl.flock

        def lock(fd: int, how: int) -> None:
            self.step("flock")
            flock(fd, how)
            self.locks += 1

        fcntl.flock = lock
        send = requests.adapters.HTTPAdapter.send

        def spoken(adapter: Any, request: Any, *args: Any, **options: Any) -> Any:
            self.step(f"{request.method} leaves")
            if self.lived.stood_at and request.method == "POST" and b'"buy"' in (request.body or b""):
                self.lived.buys_after += 1
            answer = send(adapter, request, *args, **options)
            self.step(f"{request.method} is answered")
            return answer

        requests.adapters.HTTPAdapter.send = spoken  # type: ignore[method-assign]

    def step(self, name: str) -> None:
        self.lived.steps.append(name)
        if len(self.lived.steps) == self.racer.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if len(self.lived.steps) == self.racer.lead:
            self.lived.stood_at, self.lived.held = name, self.locks >= 2
            os.close(self.track.come[1])
            os.close(self.track.done[1]) if self.racer.awaited else None
            os.read(self.track.done[0], 1)

    def _counted(self, name: str, real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            self.step(name)
            return real(*args, **options)

        return call


def live(racer: Racer, track: Track) -> None:
    """The racer's whole life, in a child; never returns."""
    code = 1
    steps = Steps(racer, track)
    try:
        for fd, ending in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{racer.out}.{ending}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), fd)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(racer.home)
        os.environ.clear()
        os.environ.update(racer.environ)
        sys.argv = ["automated-trading", *racer.argv]
        track.lane(racer)
        for name, *paths in racer.hand:
            getattr(os, name)(*paths)
        if racer.spoilt:
            getattr(spoilt, racer.spoilt)()
        steps.fit()
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        Path(f"{racer.out}.lived").write_text(json.dumps(asdict(steps.lived)))
        os._exit(code)


def heat(racers: list[Racer]) -> list[int]:
    """Let them race; returns each one's exit code, -9 for one that was killed."""
    track = Track(os.pipe(), os.pipe(), os.pipe())
    children = []
    for racer in racers:
        child = os.fork()
        if child == 0:
            live(racer, track)
        children.append(child)
    for fd in (track.go[0], track.come[0], track.come[1], track.done[0], track.done[1], track.go[1]):
        os.close(fd)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(heat([Racer(**one) for one in json.loads(line)])), flush=True)
