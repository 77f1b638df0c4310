"""The owner's two switches, as the engine asks for them.

Law of the room: both are files (and one setting) read afresh at each call; what cannot be read counts as set.
"""

from __future__ import annotations

from dataclasses import dataclass

from automated_trading.adapters.latch import KillSwitch, Latch, LatchReading


@dataclass(frozen=True, slots=True)
class OwnersHand:
    """The kill switch and the latch of `halt`."""

    switch: KillSwitch
    halt: Latch

    def disabled(self) -> str | None:
        """Why trading is switched off, None while it is on."""
        return self.switch.engaged()

    def latch(self) -> LatchReading | None:
        """The standing `halt`, if any."""
        return self.halt.read()

    def lift(self, token: str) -> bool:
        """Take the latch away if it still holds that token."""
        return self.halt.lift(token)
