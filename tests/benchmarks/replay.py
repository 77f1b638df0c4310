"""How many cycles a replay lives through in a second, by hand or nightly: `python tests/benchmarks/replay.py [DATA]`.

Invented days: ten positions held over four weeks, prices every five minutes. With DATA, a folder of `insider_signals`
and `insider_prices_5min.csv`, the recorded days too. CPU of this process counts, not the clock on the wall; the goal
is 500 cycles a second with ten positions.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from automated_trading.adapters.nyse_table import bundled_calendar  # noqa: E402
from automated_trading.commands.replay import replayed  # noqa: E402
from automated_trading.commands.replay_days import recorded_days  # noqa: E402
from automated_trading.settings import load_settings  # noqa: E402
from automated_trading.settings.replay_keys import replay_settings  # noqa: E402
from tests.recordings import TUESDAY, entry, price_file, price_rows, signal_day  # noqa: E402

ROUNDS = 3
NAMES = tuple(f"A{letter}" for letter in "ABCDEFGHIJ")
HOLD_ALL = {"max_total_exposure": "1", "max_position_pct": "0.09", "age_rules": "none"}


def measure(name: str, signals: Path, prices: Path, rules: dict[str, str]) -> None:
    settings = load_settings({}, dotenv=None, toml=None, overrides=rules)
    days, (keys, _) = recorded_days(signals, prices), replay_settings([])
    rates, cycles = list[float](), 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        result = replayed(settings, keys, days, lambda: None)
        cycles = result.figures.cycles
        rates.append(cycles / (time.process_time() - begun))
    held = f"{len(result.held)} held at the end"
    print(f"{name:<14} {cycles:,} cycles, {held}: {min(rates):.0f} to {max(rates):.0f} a second, proof included")


def invented(home: Path) -> tuple[Path, Path]:
    """Ten signals on the first day, and flat prices for four weeks."""
    sessions = bundled_calendar(TUESDAY, TUESDAY + timedelta(days=27)).sessions
    days = [session.date for session in sessions if 0 <= (session.date - TUESDAY).days < 28]
    signals = signal_day(home / "signals", TUESDAY, *(entry(name, entry_price=100, sector=name) for name in NAMES))
    rows = (price_rows(name, day, "100") for name in NAMES for day in days)
    return signals, price_file(home / "prices.csv", *rows)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        measure("ten positions", *invented(Path(name)), HOLD_ALL)
    for folder in sys.argv[1:]:
        data = Path(folder)
        measure("recorded", data / "insider_signals", data / "insider_prices_5min.csv", {})


if __name__ == "__main__":
    main()
