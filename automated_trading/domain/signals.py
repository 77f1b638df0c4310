"""Signals: what somebody else thinks is worth buying.

Law of the room: nothing from outside is trusted. An entry either becomes a `Signal`, whose numbers are finite
and positive and whose ticker is a plain ASCII ticker, or a `Malformed` with its reason; one bad entry never
costs the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from automated_trading.domain.money import amount
from automated_trading.domain.orders import TICKER
from automated_trading.domain.reasons import Reason

MAX_SCORE = Decimal(1_000)
MAX_PRICE = Decimal(1_000_000)
"""Ceilings no real signal comes near (scores seen: 3 to 41; the dearest US share: under $1,000,000)."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One approved signal. `generated` is aware UTC, from `date_generated` or else the file's own time."""

    ticker: str
    score: Decimal
    entry_price: Decimal
    generated: datetime
    tier: str = "none"
    sector: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """An entry that cannot be used: where it stands in the file, what it calls itself, and why not."""

    label: str
    detail: str
    reason: Reason = Reason.MALFORMED


@dataclass(frozen=True, slots=True)
class SignalList:
    """One reading of the signals file, best first.

    `missing` is why there is nothing to read yet; `broken` that the file is there and is not a list of signals.
    """

    signals: tuple[Signal, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    missing: Reason | None = None
    broken: str | None = None
    digest: str = ""


def ranked(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Best score first; equal scores in order of the ticker."""
    return tuple(sorted(signals, key=lambda signal: (-signal.score, signal.ticker)))


def read_signals(entries: Sequence[object], file_time: datetime, digest: str) -> SignalList:
    """Every entry of a decoded file as a signal or as a named problem; of two with one ticker the better stays."""
    good: list[Signal] = []
    bad: list[Malformed] = []
    for number, entry in enumerate(entries, start=1):
        signal = read_signal(entry, number, file_time)
        (good if isinstance(signal, Signal) else bad).append(signal)  # type: ignore[arg-type]
    seen: set[str] = set()
    unique: list[Signal] = []
    for signal in ranked(good):
        if signal.ticker in seen:
            label = f"{signal.ticker} (again, score {signal.score})"
            bad.append(Malformed(label, "a better entry of the same ticker stands in the file", Reason.DUPLICATE))
            continue
        seen.add(signal.ticker)
        unique.append(signal)
    return SignalList(tuple(unique), tuple(bad), digest=digest)


def read_signal(entry: object, number: int, file_time: datetime) -> Signal | Malformed:
    """One entry of the file; `number` counts from 1 and names an entry that cannot name itself."""
    if not isinstance(entry, Mapping):
        return Malformed(f"entry {number}", "not an object")
    ticker = entry.get("ticker")
    if not isinstance(ticker, str) or TICKER.fullmatch(ticker) is None:
        return Malformed(f"entry {number}", f"ticker {printable(ticker)} is not a plain US ticker")
    try:
        score = positive("signal_score", entry.get("signal_score"), MAX_SCORE)
        price = positive("entry_price", entry.get("entry_price"), MAX_PRICE)
        generated = generated_at(entry.get("date_generated"), file_time)
    except ValueError as problem:
        return Malformed(f"entry {number} ({ticker})", str(problem))
    company = entry.get("company") or entry.get("company_name")
    return Signal(
        ticker=ticker,
        score=score,
        entry_price=price,
        generated=generated,
        tier=words(entry.get("multi_signal_tier")) or "none",
        sector=words(entry.get("sector")),
        company=words(company),
    )


def positive(name: str, value: object, ceiling: Decimal) -> Decimal:
    """A finite number above zero and not above `ceiling`. Raises ValueError naming the field."""
    if isinstance(value, str):
        raise ValueError(f"{name} is text, not a number")
    try:
        number = amount(value)
    except ValueError:
        raise ValueError(f"{name} {printable(value)} is not a finite number") from None
    if not 0 < number <= ceiling:
        raise ValueError(f"{name} {printable(value)} is not between 0 and {ceiling}")
    return number


def generated_at(value: object, file_time: datetime) -> datetime:
    """`date_generated` is `YYYY-MM-DD HH:MM:SS` in naive UTC; where it is absent the file's own time stands."""
    if value is None or value == "":
        return file_time
    if not isinstance(value, str) or len(value) > 40:
        raise ValueError("date_generated is not a date")
    try:
        stamp = datetime.fromisoformat(value)
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"date_generated {printable(value)} is not a date") from None


def words(value: object) -> str:
    """Text from outside, printable and cut to a length that fits a table; anything else is no text."""
    return "".join(filter(str.isprintable, value[:200])).strip()[:80] if isinstance(value, str) else ""


def printable(value: object) -> str:
    """A hostile value as short plain ASCII."""
    return (str(value) if isinstance(value, Decimal) else ascii(value))[:40]
