"""How badly a venue behaves: `paper` as it is known to, `realistic` a bad week, `hostile` everything at once.

Law of the file: rates are data. Chance has a seed and counts requests; the same seed and the same requests meet the
same faults.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Protocol

from automated_trading.simulator.faults import DELAY, Fault, FaultKind
from automated_trading.simulator.troubles import Troubles

_PER = 10_000
_DRAWS = 2**32
_SECONDS: Mapping[FaultKind, tuple[int, ...]] = {
    FaultKind.LATE: (2, 30, 90, 300, 3_600, 86_400),
    FaultKind.LAGGING: (1, 5, 10, 30),
    FaultKind.UNSEEN: (1, 5, 10, 30),
    FaultKind.SKEWED: (2, 30, 90, 3_600),
}

_WIRE: Mapping[FaultKind, tuple[int, int, int]] = {
    # of 10,000 requests:          paper  realistic  hostile
    FaultKind.LOST_BEFORE:        (0,     5,         40),
    FaultKind.LOST_AFTER:         (0,     5,         60),
    FaultKind.RESET_BEFORE:       (0,     3,         40),
    FaultKind.RESET_AFTER:        (0,     3,         40),
    FaultKind.SILENT_BEFORE:      (0,     3,         30),
    FaultKind.SILENT_AFTER:       (0,     3,         30),
    FaultKind.LATE:               (0,     2,         60),
    FaultKind.TWICE:              (0,     2,         40),
    FaultKind.TOO_MANY:           (3,     30,        60),
    FaultKind.TOO_MANY_BARE:      (1,     10,        40),
    FaultKind.ERROR_500_BEFORE:   (0,     3,         30),
    FaultKind.ERROR_500_AFTER:    (0,     1,         30),
    FaultKind.ERROR_502_BEFORE:   (0,     5,         30),
    FaultKind.ERROR_502_AFTER:    (0,     1,         30),
    FaultKind.ERROR_503_BEFORE:   (0,     5,         30),
    FaultKind.ERROR_503_AFTER:    (0,     1,         30),
    FaultKind.ERROR_504_BEFORE:   (1,     5,         30),
    FaultKind.ERROR_504_AFTER:    (1,     5,         60),
    FaultKind.HTML:               (0,     2,         30),
    FaultKind.TRUNCATED:          (0,     2,         30),
    FaultKind.CUT_OFF:            (0,     2,         30),
    FaultKind.HUGE:               (0,     0,         2),
    FaultKind.WRONG_TYPES:        (0,     1,         40),
    FaultKind.EXTRA_FIELDS:       (0,     5,         30),
    FaultKind.MISSING_FIELDS:     (0,     1,         40),
    FaultKind.UNKNOWN_STATUS:     (0,     2,         30),
    FaultKind.LAGGING:            (0,     50,        100),
    FaultKind.UNSEEN:             (0,     50,        100),
    FaultKind.TRICKLE:            (0,     1,         20),
    FaultKind.REDIRECT:           (0,     1,         20),
    FaultKind.SKEWED:             (0,     2,         20),
    FaultKind.CRASH:              (0,     1,         40),
}  # fmt: skip

_VENUE: Mapping[str, tuple[int, int, int]] = {
    # of 10,000:                   paper  realistic  hostile
    # orders
    "rejected":                   (0,     50,        300),
    "partial":                    (1_000, 2_000,     5_000),
    "replaced":                   (0,     10,        200),
    "aside":                      (0,     100,       500),
    # cancels
    "cancel_loses":               (0,     300,       2_000),
    "cancel_lasts":               (0,     300,       1_500),
    # symbols in a session
    "halted":                     (0,     20,        300),
    # symbols in a minute
    "stale":                      (0,     50,        300),
    "zero":                       (0,     5,         100),
    "crossed":                    (0,     10,        100),
    "absent":                     (0,     20,        200),
    "bad_print":                  (0,     5,         50),
    # sessions
    "deposit":                    (0,     200,       500),
    "withdrawal":                 (0,     100,       300),
    "fee":                        (0,     1_000,     2_000),
    "dividend":                   (0,     300,       500),
    "hand_trade":                 (0,     100,       500),
    "split":                      (0,     10,        200),
    "reverse_split":              (0,     5,         100),
    "rename":                     (0,     5,         100),
    "delisting":                  (0,     2,         50),
    "blocked":                    (0,     5,         50),
    "skew":                       (0,     20,        200),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """Rates from 0 to 1: of each fault for a request, and of each trouble for what it befalls."""

    wire: Mapping[FaultKind, Decimal]
    venue: Troubles


class Odds(Protocol):
    """As much of a profile as chance needs."""

    @property
    def wire(self) -> Mapping[FaultKind, Decimal]: ...


def _profile(column: int) -> Profile:
    wire = {kind: Decimal(row[column]) / _PER for kind, row in _WIRE.items() if row[column]}
    venue = {name: Decimal(row[column]) / _PER for name, row in _VENUE.items()}
    return Profile(MappingProxyType(wire), Troubles(**venue))


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {name: _profile(column) for column, name in enumerate(("paper", "realistic", "hostile"))}
)
"""The profiles by name."""


class Chance:
    """Which request is struck, and by what: a hash of the seed and the request's number.

    `number` counts the requests asked about; who sets it back meets the same faults again.
    """

    def __init__(self, profile: Odds, seed: int) -> None:
        self.number = 0
        self._seed = seed
        self._steps: list[tuple[int, FaultKind]] = []
        upto = Decimal(0)
        for kind in FaultKind:
            upto += profile.wire.get(kind, Decimal(0))
            self._steps.append((int(upto * _DRAWS), kind))
        if not 0 <= upto <= 1:
            raise ValueError("the rates of all faults must add up to at most 1")

    def fault(self, method: str, path: str) -> Fault | None:
        """What befalls the next request, if anything does."""
        self.number += 1
        raw = hashlib.shake_256(f"wire/{self._seed}/{self.number}".encode()).digest(12)
        draw, more, which = (int.from_bytes(raw[at : at + 4]) for at in (0, 4, 8))
        kind = next((kind for upto, kind in self._steps if draw < upto), None)
        if kind is None or (kind in {FaultKind.LAGGING, FaultKind.UNSEEN} and method != "GET"):
            return None
        # Now and then every field is bent, most often one.
        return Fault(kind, method, path, delay=_delay(kind, more), which=None if which % 8 == 0 else which)


def _delay(kind: FaultKind, draw: int) -> timedelta:
    choices = _SECONDS.get(kind)
    return DELAY if choices is None else timedelta(seconds=choices[draw % len(choices)])
