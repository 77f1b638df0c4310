"""What the doctor's checks look at, each thing looked at once.

Law of the file: read only: no lock is taken, nothing is written, nothing is sent. A thing that cannot be had is the
finding of the first check that wanted it; the others say that they wait for that one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from automated_trading.adapters.proof import Proof, prove
from automated_trading.assembly import World, assembled, mode_folder, owners_hand
from automated_trading.commands.asked import Asked
from automated_trading.domain.errors import TradingError
from automated_trading.domain.market import BrokerClock
from automated_trading.domain.state import State
from automated_trading.engine.look import Look, look

if TYPE_CHECKING:
    from automated_trading.adapters.owners_hand import OwnersHand
    from automated_trading.settings import Endpoint, Settings

T = TypeVar("T")


class Withheld(TradingError):
    """A check cannot be made before another is good; `by` names that one."""

    def __init__(self, by: str) -> None:
        super().__init__(f"waits for `{by}`")
        self.by = by


class Once(Generic[T]):
    """A thing that is had once, or not at all."""

    def __init__(self, check: str, have: Callable[[], T]) -> None:
        self._check, self._have = check, have
        self._got: list[T] = []
        self._failed = False

    def __call__(self) -> T:
        """Raises the TradingError for which it cannot be had the first time, Withheld from then on."""
        if self._failed:
            raise Withheld(self._check)
        if not self._got:
            self._failed = True
            try:
                self._got.append(self._have())
            except Withheld as held:
                self._check = held.by
                raise
            self._failed = False
        return self._got[0]


class Case:
    """One desk under the doctor's eye."""

    def __init__(self, asked: Asked, opened: ExitStack, *, send_test: bool = False) -> None:
        """`opened` closes what is opened for the checks."""
        self.asked = asked
        self.send_test = send_test
        self.settings: Once[Settings] = Once("settings", asked.settings)
        self.endpoint: Once[Endpoint | None] = Once("keys", lambda: self.settings().endpoint())
        self.world: Once[World] = Once("keys", lambda: opened.enter_context(self._assembled()))
        self.clock: Once[BrokerClock] = Once("broker", lambda: self.world().desk.broker.clock())
        self.proof: Once[Proof] = Once("log", lambda: prove(self.folder()))
        self.look: Once[Look] = Once("books", self._look)

    def folder(self) -> Path:
        """Where this mode keeps its files."""
        return self.asked.cwd / mode_folder(self.settings())

    def hand(self) -> OwnersHand:
        """The owner's hand on the desk."""
        return owners_hand(self.settings(), self.asked.cwd)

    def record(self) -> State:
        """What the log adds up to."""
        proof = self.proof()
        if proof.problems:
            raise Withheld("log")
        return proof.state

    def _assembled(self) -> AbstractContextManager[World]:
        self.endpoint()
        return assembled(self.settings(), self.asked.cwd, now=self.asked.now, keep=False)

    def _look(self) -> Look:
        """The books as the next run would find them."""
        self.clock()
        return look(self.world().desk, self.record())
