"""The owner's two switches, as the engine asks for them.

Law of the room: both are files (and one setting) read afresh at each call; what cannot be read counts as set. A desk
without a folder of its own has no latch.
"""

from __future__ import annotations

from dataclasses import dataclass

from automated_trading.adapters.latch import KillSwitch, Latch, LatchReading


@dataclass(frozen=True, slots=True)
class OwnersHand:
    """The kill switch and the latch of `halt`."""

    switch: KillSwitch
    halt: Latch | None

    def disabled(self) -> str | None:
        """Why trading is switched off, None while it is on."""
        return self.switch.engaged()

    def latch(self) -> LatchReading | None:
        """The standing `halt`, if any."""
        return self.halt.read() if self.halt is not None else None

    def lift(self, token: str) -> bool:
        """Take the latch away if it still holds that token."""
        return self.halt is None or self.halt.lift(token)
