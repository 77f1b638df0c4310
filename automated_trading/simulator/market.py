"""The price tapes there are: SeededTape invents a market, RowsTape plays a recorded one back.

A door only; the tapes live in their own modules.
"""

from __future__ import annotations

from automated_trading.simulator.rows_tape import RowsTape, read_csv
from automated_trading.simulator.seeded_tape import SeededTape
from automated_trading.simulator.tape import CENT, Bar, Tape

__all__ = ["CENT", "Bar", "RowsTape", "SeededTape", "Tape", "read_csv"]
