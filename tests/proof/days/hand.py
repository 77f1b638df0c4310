"""What befalls the account between two runs: the owner's own trades and money, the market's tricks, silent cash.

Law of the file: each happening has its rate and comes by the seed; what the market was made to show is taken back some
runs later, and nobody tells the desk of anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from automated_trading.simulator.errors import Refused
from tests.proof.days.ledger import CENT, ZERO
from tests.proof.months.market import TICKERS

if TYPE_CHECKING:
    from tests.proof.days.world import World

RATES: tuple[tuple[str, float], ...] = (
    ("deposit", 0.012),
    ("withdrawal", 0.012),
    ("fee", 0.02),
    ("dividend", 0.012),
    ("unknown activity", 0.004),
    ("silent cash", 0.004),
    ("hand buy", 0.008),
    ("hand sell", 0.010),
    ("hand sell of all", 0.006),
    ("hand buy rests", 0.006),
    ("hand sell rests", 0.006),
    ("split", 0.006),
    ("reverse split", 0.003),
    ("all fall", 0.006),
    ("fall", 0.10),
    ("climb", 0.08),
    ("bad print low", 0.02),
    ("bad print high", 0.008),
    ("one price says sell", 0.010),
    ("halted stock", 0.010),
    ("crossed quote", 0.010),
    ("stale quote", 0.012),
    ("no quote", 0.008),
    ("wide quote", 0.008),
    ("renamed", 0.002),
    ("delisted", 0.001),
    ("account blocked", 0.002),
    ("trading blocked", 0.002),
)
"""Chances of each a run."""


class Hand:
    """Does things to the exchange. `sound` are symbols whose last print is false, with the true price."""

    def __init__(self, world: World, rng: Random) -> None:
        self.world, self.rng = world, rng
        self.done: Counter[str] = Counter()
        self.sound: dict[str, Decimal] = {}
        self.laid: dict[str, int] = {}
        self.blocked_until = 0

    def act(self) -> None:
        """Everything that happens before the next run."""
        self._lift()
        for kind, rate in RATES:
            if self.rng.random() < rate:
                exchange = self.world.exchange
                self.world.wire.advance_to(exchange.now + timedelta(seconds=1))
                try:
                    happened = self._do(kind)
                except Refused:
                    happened = False
                self.world.ledger.read()
                self.done[kind] += happened

    def calm(self) -> None:
        """The market shows itself as it is."""
        for symbol in self.laid:
            self.world.exchange.board.laid.pop(symbol, None)
        self.laid, self.sound = {}, {}
        self.world.exchange.block(account=False, trading=False)
        self.world.exchange.version += 1

    def _lift(self) -> None:
        if self.blocked_until <= self.world.step:
            self.world.exchange.block(account=False, trading=False)
        for symbol in [one for one, until in self.laid.items() if until <= self.world.step]:
            self.world.exchange.board.laid.pop(symbol, None)
            del self.laid[symbol]
            self.sound.pop(symbol, None)
            self.world.exchange.version += 1

    def _do(self, kind: str) -> bool:
        exchange, rng = self.world.exchange, self.rng
        match kind:
            case "deposit":
                exchange.move_cash(Decimal(rng.randint(1_000, 8_000)))
            case "withdrawal":
                exchange.move_cash(-Decimal(rng.randint(500, 4_000)))
            case "fee":
                exchange.pay("FEE", -Decimal(rng.randint(1, 5_000)) / 100)
            case "unknown activity":
                exchange.pay("XYZQ", Decimal(rng.randint(-50_000, 50_000)) / 100)
            case "silent cash":
                if self.world.state.cash is None:
                    return False
                back = -self.world.ledger.unexplained
                self.world.ledger.move_silently(back or Decimal(rng.randint(60_000, 500_000)) / rng.choice((100, -100)))
            case "account blocked" | "trading blocked":
                exchange.block(**{kind.split()[0]: True})
                self.blocked_until = self.world.step + 3
            case "all fall":
                for symbol in self.world.ledger.held():
                    self._move(symbol, Decimal("0.88"))
            case "hand buy" | "hand buy rests" | "crossed quote" | "stale quote" | "no quote" | "wide quote":
                return self._with_free(kind)
            case _:
                return self._with_held(kind)
        return True

    # --- symbols

    def _free(self) -> str | None:
        ledger = self.world.ledger
        taken = {*self.laid, *ledger.ignored, *(row.symbol for row in self.world.exchange.blotter.open())}
        free = [one for one in TICKERS if one not in taken and not ledger.theirs[one] and not ledger.ours[one]]
        return self.rng.choice(free) if free else None

    def _held(self) -> str | None:
        ledger = self.world.ledger
        taken = {*self.laid, *ledger.differences(), *(row.symbol for row in self.world.exchange.blotter.open())}
        held = [one for one in ledger.held() if one not in taken and ledger.theirs[one] > 0 and self.true(one) > 0]
        return self.rng.choice(held) if held else None

    def true(self, symbol: str) -> Decimal:
        return self.world.tape.price(symbol, self.world.exchange.now) or ZERO

    def _move(self, symbol: str, factor: Decimal) -> None:
        self.world.tape.move(symbol, self.world.exchange.now, factor)
        self.world.exchange.version += 1

    # --- with a symbol

    def _with_free(self, kind: str) -> bool:
        symbol = self._free()
        if symbol is None:
            return False
        exchange, price = self.world.exchange, self.true(symbol)
        qty = max(Decimal(1), 1_500 // price)
        match kind:
            case "hand buy":
                exchange.trade_by_hand(symbol, "buy", qty)
                return True
            case "hand buy rests":
                exchange.rest_by_hand(symbol, "buy", qty, (price * Decimal("0.8")).quantize(CENT))
                return True
            case "crossed quote":
                exchange.set_quote(symbol, price + 1, price, last=price)
            case "stale quote":
                old = exchange.now - timedelta(minutes=self.rng.choice((3, 30, 3_000)))
                exchange.set_quote(symbol, price - CENT, price + CENT, last=price, at=old)
            case "no quote":
                exchange.set_price(symbol, None)
            case _:
                exchange.set_quote(symbol, price * Decimal("0.9"), price, last=price)
        return self._until(symbol, 2)

    def _with_held(self, kind: str) -> bool:
        symbol = self._held()
        if symbol is None:
            return False
        exchange, price, qty = self.world.exchange, self.true(symbol), self.world.ledger.theirs[symbol]
        lay: Callable[..., None] = exchange.set_quote
        match kind:
            case "fall" | "climb":
                self._move(symbol, Decimal(self.rng.choice(("0.84", "0.93") if kind == "fall" else ("1.06", "1.25"))))
                return True
            case "dividend":
                exchange.pay("DIV", qty / 10, symbol)
                return True
            case "hand sell" if qty >= 3:
                exchange.trade_by_hand(symbol, "sell", qty // 3)
                return True
            case "hand sell of all":
                exchange.trade_by_hand(symbol, "sell", qty)
                return True
            case "hand sell rests" if qty >= 2:
                exchange.rest_by_hand(symbol, "sell", qty // 2, (price * Decimal("1.3")).quantize(CENT))
                return True
            case "renamed":
                exchange.rename(symbol, f"{symbol}{'XYZ'[self.world.step % 3]}")
                return True
            case "delisted":
                exchange.delist(symbol)
                return True
            case "split" | "reverse split":
                return self._split(symbol, kind, qty)
            case "halted stock":
                lay(symbol, ZERO, ZERO, last=price, at=exchange.now)
                return self._until(symbol, 4)
            case "one price says sell":
                lay(symbol, ZERO, price, last=price * Decimal("0.8").quantize(CENT))
                return self._until(symbol, 5)
            case "bad print low" | "bad print high":
                wrong = (price * Decimal("2" if kind.endswith("high") else "0.7")).quantize(CENT)
                self.sound[symbol] = price
                lay(symbol, price - CENT, price + CENT, last=wrong)
                return self._until(symbol, 1)
        return False

    def _until(self, symbol: str, runs: int) -> bool:
        self.laid[symbol] = self.world.step + runs
        return True

    def _split(self, symbol: str, kind: str, qty: Decimal) -> bool:
        """Two or three for one, or one for two where that leaves whole shares; the tape follows."""
        if kind == "reverse split" and qty % 2:
            return False
        ratio = Decimal("0.5") if kind == "reverse split" else Decimal(self.rng.choice((2, 3)))
        self.world.exchange.split(symbol, ratio)
        self.world.tape.move(symbol, self.world.exchange.now, 1 / ratio)
        self.world.exchange.board.laid.pop(symbol, None)
        return True
