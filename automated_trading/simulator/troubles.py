"""How often what goes wrong at a venue: in its orders, its prices and the account, each at a rate of its own.

Law of the file: chance has no state. Whether something happens follows from the seed and what it would befall, so
that the same seed gives the same bytes; at a rate of nought nothing is drawn and nothing happens.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache

_ZERO = Decimal(0)
_WHOLE = 2**32
OF_A_SESSION = (
    "deposit",
    "withdrawal",
    "fee",
    "dividend",
    "hand_trade",
    "split",
    "reverse_split",
    "rename",
    "delisting",
    "blocked",
)
"""What happens to the account once a session at most."""


@dataclass(frozen=True, slots=True)
class Troubles:
    """Chances from 0 to 1; raises ValueError on any other. All are 0: a venue where nothing goes wrong.

    Of an order: `rejected` once it was accepted, `partial` (it fills in parts), `replaced` by the broker, `aside`
    (a rare status passes by). Of a cancel: `cancel_loses` to a fill, `cancel_lasts` for minutes. Of a symbol and a
    session: `halted` for a while. Of a symbol and a minute: `stale`, `zero`, `crossed` and `absent` quotes,
    `bad_print` of a trade. Of a session, once at most: the rest.
    """

    rejected: Decimal = _ZERO
    partial: Decimal = _ZERO
    replaced: Decimal = _ZERO
    aside: Decimal = _ZERO
    cancel_loses: Decimal = _ZERO
    cancel_lasts: Decimal = _ZERO
    halted: Decimal = _ZERO
    stale: Decimal = _ZERO
    zero: Decimal = _ZERO
    crossed: Decimal = _ZERO
    absent: Decimal = _ZERO
    bad_print: Decimal = _ZERO
    deposit: Decimal = _ZERO
    withdrawal: Decimal = _ZERO
    fee: Decimal = _ZERO
    dividend: Decimal = _ZERO
    hand_trade: Decimal = _ZERO
    split: Decimal = _ZERO
    reverse_split: Decimal = _ZERO
    rename: Decimal = _ZERO
    delisting: Decimal = _ZERO
    blocked: Decimal = _ZERO
    skew: Decimal = _ZERO

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"the rate of {field.name} must be from 0 to 1")

    @property
    def quiet(self) -> bool:
        """Whether nothing befalls an order that the market takes."""
        return not (self.rejected or self.replaced or self.aside)

    @property
    def lively(self) -> bool:
        """Whether anything happens to the account by itself."""
        return any(getattr(self, kind) for kind in OF_A_SESSION)


CALM = Troubles()
"""Nothing goes wrong."""


def happens(rate: Decimal, seed: int, *befalls: object) -> bool:
    """Whether it happens, at that rate, to what is named."""
    return bool(rate) and draw(seed, "whether", *befalls) < rate * _WHOLE


@lru_cache(maxsize=65536)
def draw(seed: int, *befalls: object) -> int:
    """An even draw from 0 to 2**32 - 1, always the same for the same words."""
    text = "/".join(map(str, ("troubles", seed, *befalls)))
    return int.from_bytes(hashlib.shake_256(text.encode()).digest(4))
