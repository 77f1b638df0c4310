"""The example file that comes with the desk shows what each kind of entry becomes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from automated_trading.adapters.signal_file import SignalFile
from automated_trading.domain.rules import EntryRules
from automated_trading.domain.signals import SignalList

EXAMPLE = Path(__file__).parents[2] / "data" / "approved_signals.example.json"
MODIFIED = datetime.fromtimestamp(EXAMPLE.stat().st_mtime, UTC)


def example() -> SignalList:
    return SignalFile(EXAMPLE, lambda: MODIFIED).read(MODIFIED)


def test_the_example_has_entries_that_pass_one_too_low_and_one_refused() -> None:
    found, least = example(), EntryRules().min_signal_score
    assert found.broken is None
    assert [signal.ticker for signal in found.signals if signal.score >= least] == ["ACME", "BOLT", "CRUX", "DUSK"]
    assert [signal.ticker for signal in found.signals if signal.score < least] == ["FERN"]
    assert [(bad.label, bad.detail) for bad in found.malformed] == [
        ("entry 5 (ECHO)", "signal_score NaN is not a finite number")
    ]


def test_the_example_has_every_tier_and_a_sector_each() -> None:
    signals = example().signals
    assert {signal.tier for signal in signals} == {"tier1", "tier2", "tier3", "none"}
    assert all(signal.sector and signal.company for signal in signals)


def test_the_examples_own_age_counts_because_no_entry_has_a_date() -> None:
    assert all(abs((signal.generated - MODIFIED).total_seconds()) < 1 for signal in example().signals)
