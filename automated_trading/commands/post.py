"""What is left to do when a run has ended, however it ended: tell its failure, and send the letters that wait.

Law of the file: it comes after the lock, after the report, and changes neither exit code nor error. It needs no broker,
no record and no lock of the run's: mail works when they do not.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import AlertError, ConfigError, RunInProgress, StateError, TradingError, UsageError
from automated_trading.domain.sessions import new_york_date

if TYPE_CHECKING:
    from automated_trading.adapters.kept_letter import KeptLetter
    from automated_trading.engine.desk import Outcome
    from automated_trading.reports.letter import Letter
    from automated_trading.settings import Settings

NO_FAILURE = (UsageError, RunInProgress, BrokenPipeError)
HELD_UP = "outbox"
FAILED_CODES = {1: "fault", 3: "folder"}
"""Outcomes in which a run did less than it should have, and that no letter of its own tells."""


@dataclass(slots=True)
class Post:
    """The end of a run of `command`. `telling` is set once the run writes letters itself, refused keys among them."""

    asked: Asked
    settings: Settings
    screen: Screen
    command: str
    telling: bool = False

    def __enter__(self) -> Post:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.asked.dry_run:
            return
        if isinstance(problem, Exception) and not isinstance(problem, NO_FAILURE) and not self._told(problem):
            known = isinstance(problem, TradingError)
            failure, words = (type(problem).__name__, str(problem)) if known else ("bug", repr(problem))
            self._besides(lambda: self._tell(failure, words))
        self._besides(self._send)

    def look_at(self, outcome: Outcome) -> None:
        """Tell of a run that ended with less than it should have done, or could not keep what it had to tell."""
        if self.asked.dry_run:
            return
        if outcome.exit_code in FAILED_CODES:
            words = next(iter(outcome.problems), outcome.said)
            self._besides(lambda: self._tell(FAILED_CODES[outcome.exit_code], words))
        if outcome.untold:
            self._besides(lambda: self._tell_past_the_outbox(outcome.untold[0]))

    def _told(self, problem: Exception) -> bool:
        return self.telling and isinstance(problem, ConfigError)

    def _besides(self, act: Callable[[], None]) -> None:
        """Do something whose failure is one line and nothing else."""
        try:
            act()
        except (TradingError, OSError) as trouble:  # the run's minutes may end here; what it did is done
            self._say([str(trouble)])

    def _tell(self, failure: str, words: str) -> None:
        from automated_trading.assembly import folder_outbox
        from automated_trading.commands.ways_out import any_way

        reaches_somebody = any_way(self.settings)
        if not reaches_somebody and not self.settings.folder.exists():
            return  # a desk that has never run, and whoever typed this has been told
        letter = self._failed(failure, words)
        outbox = folder_outbox(self.settings)
        try:
            outbox.keep(letter)
        except AlertError:
            if reaches_somebody:
                self._send_unkept(outbox.written(letter))

    def _failed(self, failure: str, words: str) -> Letter:
        from automated_trading.reports.letters.failed import failed_run

        return failed_run(self.command, failure, self.asked.veil.over(words), new_york_date(self.asked.now))

    def _tell_past_the_outbox(self, words: str) -> None:
        """Say that letters are held up, by a letter that no folder holds up."""
        from automated_trading.assembly import folder_outbox
        from automated_trading.commands.ways_out import any_way

        if any_way(self.settings):
            self._send_unkept(folder_outbox(self.settings).written(self._failed(HELD_UP, words)))

    def _send(self) -> None:
        try:
            self._say(self._sent())
        except StateError as problem:
            self._say([str(problem)])
            self._tell_past_the_outbox(str(problem))

    def _sent(self) -> list[str]:
        """Send what waits; returns what went wrong. Raises StateError where the outbox cannot be used."""
        from automated_trading.commands.ways_out import letters_wait, outbox_folder, unusable, ways_out

        troubles = unusable(self.settings)
        if letters_wait(self.settings):
            from automated_trading.adapters.posting import post

            posted = post(outbox_folder(self.settings), ways_out(self.settings))
            troubles += posted.troubles
            if self.asked.verbose and posted.mailed:
                self.screen.say(f"  letters sent: {posted.mailed}")
        return troubles

    def _send_unkept(self, letter: KeptLetter) -> None:
        from automated_trading.adapters.posting import post_unkept
        from automated_trading.commands.ways_out import ways_out

        try:
            told: Path | None = Path(tempfile.gettempdir())
        except OSError:
            told = None  # told too often rather than never
        self._say(post_unkept(letter, ways_out(self.settings), told).troubles)

    def _say(self, troubles: list[str]) -> None:
        """One line, however many they are."""
        if troubles:
            more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
            self.screen.wrong(f"letters: {troubles[0]}{more}")
