"""Shares that became others: a split, a spin-off, a merger. Nothing is sold by itself, and the owner settles it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.domain.errors import UsageError
from automated_trading.engine.settling import Wish, reconcile
from tests.engine.builders import MONITOR, WEDNESDAY, Bench
from tests.engine.stage import holding, sides, stands
from tests.engine.wire import rewording


def unadapted(b: Bench) -> None:
    """From now on the broker's positions tell of AAA as it was before the split."""

    def as_before(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return [{**row, "qty": "99", "avg_entry_price": "100.05"} if row["symbol"] == "AAA" else row for row in rows]

    b.wire.on("GET", "/v2/positions", rewording(as_before))


@pytest.mark.parametrize("ratio", ["2", "0.1"])
def test_i16_a_split_on_record_sells_nothing_though_the_positions_do_not_tell_of_it_yet(
    tmp_path: Path, ratio: str
) -> None:
    """Seen red when: only a difference in shares kept a stop from firing."""
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(b.exchange.now.replace(hour=23))
    b.exchange.split("AAA", Decimal(ratio))
    unadapted(b)
    told = b.run(MONITOR, "09:40", WEDNESDAY)
    assert (sides(b, "AAA"), told.state.positions["AAA"].stop) == (["buy filled"], Decimal("92.04"))
    assert told.state.frozen("AAA")


def test_a_spin_off_that_leaves_the_shares_freezes_them_until_the_owner_has_looked(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(b.exchange.now.replace(hour=23))
    b.exchange.pay("SPIN", Decimal(0), "AAA")
    stands(b, "AAA", "80")
    assert b.run(MONITOR, "09:40", WEDNESDAY).state.positions.keys() == {"AAA"}
    outcome, _ = reconcile(b.desk(), Wish(adopt=("AAA",)))
    position = outcome.state.positions["AAA"]
    assert (outcome.exit_code, outcome.state.disturbed, position.qty) == (0, {}, 99)
    assert (position.stop, position.base) == (Decimal("73.60"), Decimal("80"))
    assert b.run(MONITOR, "09:45", WEDNESDAY).state.positions.keys() == {"AAA"}


def test_a_position_no_split_disturbed_cannot_be_adopted_again(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    with pytest.raises(UsageError, match="nothing to adopt"):
        reconcile(b.desk(), Wish(adopt=("AAA",)))


def test_shares_are_taken_over_at_the_lowest_price_anybody_tells(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.set_price("OWN", Decimal(100))
    b.exchange.trade_by_hand("OWN", "buy", Decimal(5))
    b.wire.on(
        "GET",
        "/v2/positions",
        rewording(lambda rows: [{**row, "current_price": "250"} if row["symbol"] == "OWN" else row for row in rows]),
    )
    outcome, _ = reconcile(b.desk(), Wish(adopt=("OWN",)))
    assert outcome.state.positions["OWN"].stop == Decimal("92.00")


def test_a_split_is_remembered_by_the_fold_and_by_a_fill_that_ends_it(tmp_path: Path) -> None:
    b = holding(tmp_path, "AAA")
    b.exchange.advance_to(b.exchange.now.replace(hour=23))
    b.exchange.split("AAA", Decimal(2))
    b.run(MONITOR, "09:40", WEDNESDAY)
    assert b.state().disturbed == {"AAA": "SPLIT"}
    outcome, _ = reconcile(b.desk(), Wish(adopt=("AAA",)))
    held = outcome.state.positions["AAA"]
    assert (held.qty, held.stop, replace(held, qty=held.qty).cost) == (198, Decimal("46.02"), Decimal("9904.95"))
