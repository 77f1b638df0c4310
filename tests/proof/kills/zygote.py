"""A warm process that forks a child for each command, and the child that dies at its n-th step.

Law of the file: the child goes through the front door with real words and a real environment. A step is something the
process does to its folder or to a socket; before the step that it was told it kills itself with SIGKILL, so that no
`finally` and no flush of Python's own comes after. Its steps are told through a pipe, each before it is done.

It is a program: one JSON request a line on stdin, one JSON answer a line on stdout.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ASKED = ("write", "fsync", "replace", "link", "unlink", "ftruncate")
MOST_SAID = 1 << 16


class Steps:
    """Counts what the process does; dies before step `at`, or in the middle of it if it is a `torn` write."""

    def __init__(self, folder: Path, at: int, torn: bool, told: int) -> None:
        self.folder, self.at, self.torn, self.told = folder, at, torn, told
        self.count = 0
        self.asking = ""
        self.real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in ASKED}

    def fit(self) -> None:
        """Put the counting into `os` and into the sockets."""
        for name in ASKED:
            setattr(os, name, self._asked(name))
        sendall, recv_into = socket.socket.sendall, socket.socket.recv_into

        def sends(sock: socket.socket, data: Any, *more: Any) -> None:
            begins = bytes(data[:8]).split(b" ")[0]
            if begins in (b"GET", b"POST", b"DELETE", b"PATCH"):
                self.asking = begins.decode()
                self.step(f"{self.asking} leaves")
            else:
                self.step(f"{self.asking} is half sent")
            sendall(sock, data, *more)

        def receives(sock: socket.socket, *given: Any) -> int:
            count = recv_into(sock, *given)
            if self.asking:
                self.step(f"{self.asking} is answered")
                self.asking = ""
            return count

        socket.socket.sendall = sends  # type: ignore[method-assign, assignment]
        socket.socket.recv_into = receives  # type: ignore[method-assign, assignment]

    def step(self, what: str) -> None:
        """One more thing is about to happen."""
        self.count += 1
        self.real["write"](self.told, f"{what}\n".encode())
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _asked(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if self._ours(name, args):
                if name == "write" and self.torn and self.count + 1 == self.at:
                    self.real["write"](args[0], bytes(args[1])[: len(args[1]) // 2])
                self.step(name)
            return self.real[name](*args, **options)

        return call

    def _ours(self, name: str, args: tuple[Any, ...]) -> bool:
        """Whether it is done to the record; what the lock's library does to its own file differs by its version."""
        if name in ("write", "fsync", "ftruncate"):
            path = Path(os.readlink(f"/proc/self/fd/{args[0]}"))
        else:
            path = Path(args[1] if name in ("replace", "link") else args[0])
        return path.is_relative_to(self.folder) and path.name != ".lock"


def child(asked: dict[str, Any], told: int, said: int) -> None:
    """The command as a process of its own would run it."""
    from automated_trading import cli

    os.dup2(said, 1)
    os.dup2(said, 2)
    os.environ.clear()
    os.environ.update(asked["environ"])
    os.chdir(asked["home"])
    sys.argv = ["automated-trading", *asked["words"]]
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    for limit, most in asked["limits"].items():
        import resource

        resource.setrlimit(getattr(resource, limit), (most, most))
    Steps(Path(asked["folder"]), asked["at"], asked["torn"], told).fit()
    cli.main()


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Fork, wait, and tell how it ended."""
    steps, told = os.pipe()
    words, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            child(asked, told, said)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    os.close(told)
    os.close(said)
    done = read_both(steps, words)
    _, status = os.waitpid(pid, 0)
    return {"code": os.waitstatus_to_exitcode(status), "steps": done[0].split("\n")[:-1], "said": done[1]}


def read_both(*pipes: int) -> list[str]:
    """Everything that comes out of the pipes, until their other ends are closed."""
    import selectors

    found = dict.fromkeys(pipes, b"")
    with selectors.DefaultSelector() as waiting:
        for pipe in pipes:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map():
            for key, _ in waiting.select():
                piece = os.read(key.fd, MOST_SAID)
                found[key.fd] += piece
                if not piece:
                    waiting.unregister(key.fd)
                    os.close(key.fd)
    return [found[pipe].decode() for pipe in pipes]


def warm() -> None:
    """Import everything a command imports, so that no child does; and let the first answer say that it is done."""
    import importlib
    import pkgutil

    import automated_trading

    for module in pkgutil.walk_packages(automated_trading.__path__, "automated_trading."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main() -> None:
    """Answer until stdin ends."""
    warm()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
