"""`halt` and `resume`: the latch with a token."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.owners_hand import OwnersHand
from automated_trading.domain.reasons import Reason
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, bench, names


def test_resume_lifts_the_halt_and_the_next_run_opens(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.halt()
    assert set(b.run(MORNING, "09:35").state.halts) == {Reason.OWNER}
    told = b.resume()
    assert (told.exit_code, told.said, b.latch.read()) == (0, "resumed: owner", None)
    b.run(MONITOR, "09:40")
    assert len(b.orders()) == 1


def test_resume_lifts_the_token_it_saw_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    b = bench(tmp_path, "AAA")
    b.halt("old")
    b.run(MORNING, "09:35")
    lift = OwnersHand.lift

    def halted_meanwhile(self: OwnersHand, token: str) -> bool:
        b.halt("new")
        return lift(self, token)

    monkeypatch.setattr(OwnersHand, "lift", halted_meanwhile)
    told = b.resume()
    assert "a newer halt stands and was left" in told.said
    standing = b.latch.read()
    assert standing is not None
    assert standing.token == "new"
    b.run(MONITOR, "09:40")
    assert (b.orders(), set(b.state().halts)) == ([], {Reason.OWNER})


def test_a_latch_taken_away_by_hand_leaves_the_halt_until_resume(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.halt()
    b.run(MORNING, "09:35")
    (b.folder / "halted").unlink()
    b.run(MONITOR, "09:40")
    assert b.orders() == []


def test_a_latch_seen_twice_is_written_once(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.halt()
    assert names(b.run(MORNING, "09:35")).count("HaltSeen") == 1
    assert "HaltSeen" not in names(b.run(MONITOR, "09:40"))


def test_resume_does_not_lift_a_day_loss_but_the_next_session_does(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.exchange.pay("FEE", Decimal(-6_000))
    b.run(MORNING, "09:35")
    assert "still halted: day_loss" in b.resume().said
    told = b.run(MORNING, "09:35", WEDNESDAY)
    assert (told.state.halts, len(b.orders())) == ({}, 1)


def test_resume_needs_no_broker(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.halt()
    b.run(MORNING, "09:35")
    asked = b.wire.asked
    b.resume()
    assert b.wire.asked == asked


def test_a_halt_of_the_afternoon_is_on_the_evening_s_record(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.run(MORNING, "09:35")
    b.halt()
    told = b.run(EOD, "16:30")
    assert (set(told.state.halts), told.said.startswith("HALTED")) == ({Reason.OWNER}, True)
