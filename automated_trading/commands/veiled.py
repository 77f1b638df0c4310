"""What is printed, with every secret masked.

Law of the file: between a command and the terminal nothing goes past the veil, tracebacks of bugs among it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO, cast

from automated_trading.adapters.veil import Veil


class _Veiled:
    """A stream that is another in all but what it writes."""

    def __init__(self, stream: TextIO, veil: Veil) -> None:
        self._stream = stream
        self._veil = veil

    def write(self, text: str) -> int:
        self._stream.write(self._veil.over(text))
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def veiled(veil: Veil) -> Iterator[None]:
    """Everything the block prints goes through the veil."""
    out, err = (cast(TextIO, _Veiled(stream, veil)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(out), redirect_stderr(err):
        yield
