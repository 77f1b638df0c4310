"""Profiles and their chance: the same seed meets the same faults, at the rates the table says."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from automated_trading.simulator.api import Api, Request
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.profiles import PROFILES, Chance, Profile
from automated_trading.simulator.troubles import CALM
from tests.simulator.conftest import new_exchange


def drawn(chance: Chance, count: int, method: str = "GET") -> list[Fault | None]:
    return [chance.fault(method, "/v2/clock") for _ in range(count)]


def test_the_same_seed_meets_the_same_faults_and_another_meets_others() -> None:
    hostile = PROFILES["hostile"]
    assert drawn(Chance(hostile, 1), 500) == drawn(Chance(hostile, 1), 500)
    assert drawn(Chance(hostile, 1), 500) != drawn(Chance(hostile, 2), 500)


def test_who_sets_the_count_back_meets_the_same_again() -> None:
    chance = Chance(PROFILES["hostile"], 3)
    drawn(chance, 100)
    chance.number = 0
    assert drawn(chance, 200) == drawn(Chance(PROFILES["hostile"], 3), 200)


@pytest.mark.parametrize("name", PROFILES)
def test_faults_come_at_their_rates(name: str) -> None:
    told = Counter(fault.kind for fault in drawn(Chance(PROFILES[name], 5), 50_000) if fault is not None)
    for kind in FaultKind:
        wanted = PROFILES[name].wire.get(kind, Decimal(0)) * 50_000
        assert abs(told[kind] - wanted) <= 5 * wanted.sqrt() + (1 if wanted else 0), kind


def test_hostile_is_everything_and_paper_what_is_known_of_paper() -> None:
    assert set(PROFILES["hostile"].wire) == set(FaultKind)
    assert all(rate > 0 for rate in _rates(PROFILES["hostile"]).values())
    assert {kind.status for kind in PROFILES["paper"].wire} == {429, 504}
    assert {name: rate for name, rate in _rates(PROFILES["paper"]).items() if rate} == {"partial": Decimal("0.1")}


def _rates(profile: Profile) -> dict[str, Decimal]:
    return {name: getattr(profile.venue, name) for name in profile.venue.__slots__}


def test_a_list_cannot_lag_behind_what_is_no_read() -> None:
    behind = {FaultKind.LAGGING, FaultKind.UNSEEN}
    assert not behind & {fault.kind for fault in drawn(Chance(PROFILES["hostile"], 1), 5_000, "POST") if fault}


def test_rates_that_add_up_to_more_than_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 1"):
        Chance(Profile({FaultKind.CRASH: Decimal("0.6"), FaultKind.HTML: Decimal("0.6")}, CALM), 1)


def test_a_scripted_fault_comes_before_chance() -> None:
    api = Api(new_exchange(), chance=Chance(Profile({FaultKind.TOO_MANY: Decimal(1)}, CALM), 1))
    api.faults.append(Fault(FaultKind.ERROR_502_BEFORE, "GET", "/v2/clock"))
    told = [api.handle(Request("GET", "/v2/clock")).status for _ in range(3)]
    assert told == [502, 429, 429]
    assert [fault.kind for fault in api.struck][1:] == [FaultKind.TOO_MANY, FaultKind.TOO_MANY]
