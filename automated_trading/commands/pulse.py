"""The heartbeat of a scheduled run: whoever watches from outside hears how each one ended.

Law of the file: it is the last thing a run does, outside every lock; it changes neither what the run did nor its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import OutOfTime, TradingError
from automated_trading.settings import Settings


@dataclass(slots=True)
class Pulse:
    """How the run ended: its code, None if it broke off, and its one line."""

    code: int | None = None
    said: str = "the run broke off"


@contextmanager
def pulse(settings: Settings, screen: Screen, command: str) -> Iterator[Pulse]:
    """Tell the watchman how the block ended, if there is one; a dry run has none."""
    ended = Pulse()
    try:
        yield ended
    except TradingError as problem:
        ended.code, ended.said = problem.exit_code, str(problem)
        raise
    except BrokenPipeError:  # whoever read our words has gone, and the front door makes nothing of it
        ended.code = 0
        raise
    finally:
        url = settings.heartbeat_url
        if url is not None and not screen.asked.dry_run:
            trouble = _beat(url.get_secret_value(), ended, f"{settings.mode.value.upper()} {command}")
            if trouble is not None:
                screen.wrong(f"heartbeat not sent: {trouble}")


def _beat(url: str, ended: Pulse, who: str) -> str | None:
    try:
        from automated_trading.adapters.heartbeat import beat  # nobody else needs it to wait for requests

        return beat(url, ended.code, f"{who}: {ended.said}")
    except OutOfTime:
        return "the run's time is up"
