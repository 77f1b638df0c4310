"""Letters after trading: each matter told once, whatever breaks; and nothing that breaks in them touches a trade."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import AuditLog
from automated_trading.engine import letters
from automated_trading.engine.desk import Outcome
from automated_trading.reports.letter import Letter, Level
from tests.adapters.small_disk import SmallDisk
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, bench, names
from tests.engine.letter_box import Cut, LetterBox
from tests.engine.stage import stands
from tests.engine.wire import answering


@pytest.fixture
def box() -> LetterBox:
    return LetterBox()


def a_desk(home: Path, box: LetterBox, *tickers: str) -> Bench:
    b = bench(home, *tickers)
    b.outbox = box
    return b


def a_day(b: Bench) -> list[Outcome]:
    """Bought, one stopped out, closed."""
    told = [b.run(MORNING, "09:35"), b.run(MONITOR, "09:40")]
    stands(b, "AAA", "92")
    told += [b.run(MONITOR, "13:00"), b.run(MONITOR, "13:05"), b.run(EOD, "16:30")]
    return told


def test_a_day_is_told_in_a_morning_its_fills_and_an_evening(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA", "BBB")
    a_day(b)
    assert [kind for kind in box.kinds() if kind != "silence"] == ["morning", "fills", "fills", "evening"]
    assert [letter.facts["rows"][0][0] for letter in box.of("silence")] == ["monitor", "monitor"]
    assert box.of("morning")[0].subject == "Morning: 2 orders placed (AAA, BBB)"
    assert [letter.subject for letter in box.of("fills")] == ["Bought AAA, BBB", "Closed AAA"]
    assert {row.sent for row in b.state().letters.values()} == {False}


def test_a_desk_without_an_outbox_notes_no_letter(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    assert "LetterKept" not in names(b.run(MORNING, "09:35"))
    assert (b.state().told, b.state().letters) == ({}, {})


def test_what_was_told_is_told_by_no_later_run(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    a_day(b)
    before = box.matters()
    for routine in (EOD, MONITOR, EOD):
        b.run(routine, "17:00")
    assert box.matters() == before
    assert len(before) == len(set(before))


def test_a_later_morning_corrects_the_first_and_a_monitor_does_not(tmp_path: Path, box: LetterBox) -> None:
    """Seen red when: any command may correct the morning."""
    b = a_desk(tmp_path, box, "AAA", "BBB")
    b.exchange.set_price("BBB", None)
    b.run(MORNING, "09:35")
    b.exchange.set_price("BBB", Decimal(100))
    b.run(MONITOR, "09:40")
    assert [letter.correction for letter in box.of("morning")] == [False]
    b.run(MORNING, "09:45")
    assert [letter.correction for letter in box.of("morning")] == [False, True]
    assert box.of("morning")[1].subject == "Morning: 2 orders placed (AAA, BBB)"
    b.run(MORNING, "09:50")
    assert len(box.of("morning")) == 2


@pytest.mark.parametrize("cut", ["before", "behind"])
def test_a_run_cut_off_round_keeping_a_letter_loses_nothing_and_repeats_nothing(
    tmp_path: Path, box: LetterBox, cut: str
) -> None:
    """Seen red when: a missing letter is not looked for, and when a letter is noted behind its keeping."""
    b = a_desk(tmp_path, box, "AAA", "BBB")
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    stands(b, "AAA", "92")
    box.cut = cut
    with pytest.raises(Cut):
        b.run(MONITOR, "13:00")
    box.cut = ""
    stands(b, "BBB", "92")  # there is more to tell by the next run
    b.run(MONITOR, "13:05")
    told = box.matters()
    assert len(told) == len(set(told))
    assert {name.split(":")[1] for name in told if name.startswith("closed:")} == {"AAA", "BBB"}
    assert b.state().keeping == {}


def test_a_letter_lost_to_a_run_cut_off_is_found_missing_by_whatever_run_comes_next(
    tmp_path: Path, box: LetterBox
) -> None:
    """Seen red when: only a cycle looks for it, since the end of `resume` would bury it."""
    b = a_desk(tmp_path, box, "AAA")
    box.cut = "before"
    with pytest.raises(Cut):
        b.run(MORNING, "09:35")
    box.cut = ""
    assert "LetterLost" in names(b.resume())
    b.run(MONITOR, "09:40")
    assert box.kinds() == ["morning", "fills"]


def test_what_the_outbox_will_not_keep_is_told_when_it_does_again(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    box.broken = True
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, box.kinds()) == (0, [])
    assert any("a letter could not be kept: the outbox is broken" in words for words in told.problems)
    assert b.state().told == {}
    box.broken = False
    assert b.run(MONITOR, "09:40").problems == ()
    assert sorted(box.kinds()) == ["fills", "morning"]


def test_what_the_outbox_is_not_certain_of_is_told_once_more_in_the_same_letter(tmp_path: Path, box: LetterBox) -> None:
    """Seen red when: a letter whose name could not be flushed counted as kept, and a power cut took it."""
    b = a_desk(tmp_path, box, "AAA")
    box.doubtful = True
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, names(told).count("LetterLost"), b.state().told) == (0, 2, {})
    box.doubtful = False
    assert names(b.run(MONITOR, "09:40")).count("LetterKept") == 2
    assert sorted(box.kinds()) == ["fills", "morning"]


def test_i13_a_failing_outbox_changes_nothing_in_the_brokers_history(tmp_path: Path) -> None:
    """Seen red when: letters are kept before the sells."""
    histories, codes = [], []
    for number, box in enumerate([None, LetterBox(), LetterBox(broken=True)]):
        b = bench(tmp_path / str(number), "AAA", "BBB")
        b.outbox = box
        codes.append([told.exit_code for told in a_day(b)])
        histories.append((b.wire.requests, b.orders()))
    assert codes[0] == codes[1] == codes[2]
    assert histories[0] == histories[1] == histories[2]


def test_a_fault_in_the_letters_costs_no_trade_and_is_a_bug(
    tmp_path: Path, box: LetterBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red when: letters stand outside the fence."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a letter")

    b = a_desk(tmp_path, box, "AAA")
    monkeypatch.setattr(letters, "letters", broken)
    told = b.run(MORNING, "09:35")
    assert (told.exit_code, len(b.orders("AAA"))) == (1, 1)
    assert names(told)[-1] == "RunFinished"


def test_letters_that_left_are_noted_by_the_next_run(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    b.run(MORNING, "09:35")
    box.gone.update(box.letters)
    assert "LetterSent" in names(b.run(MONITOR, "09:40"))
    assert "LetterSent" not in names(b.run(MONITOR, "09:45"))
    assert [row.sent for row in b.state().letters.values()] == [True, True]


def test_a_lasting_halt_is_told_at_once_then_once_a_session_and_so_is_its_end(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    b.halt()
    for at in ("10:00", "10:05"):
        b.run(MONITOR, at)
    assert [letter.subject for letter in box.of("halt")] == ["Halted, nothing opens: owner"]
    for at in ("10:00", "10:05"):
        b.run(MONITOR, at, WEDNESDAY)
    assert [letter.subject for letter in box.of("halt")][1:] == ["Still halted, nothing opens: owner"]
    b.resume()
    for at in ("10:10", "10:15"):
        b.run(MONITOR, at, WEDNESDAY)
    assert [letter.subject for letter in box.of("resume")] == ["Opening again: halt owner is over"]


def test_a_broker_that_cannot_be_reached_is_told_once_a_day_and_that_it_is_back(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    b.run(MORNING, "09:35")
    b.wire.on("GET", "/v2/positions", answering(503, {}))
    for at in ("09:40", "09:45"):
        assert b.run(MONITOR, at).exit_code == 4
    b.run(MONITOR, "10:00", WEDNESDAY)
    assert [letter.level for letter in box.of("unreachable")] == [Level.CRITICAL, Level.CRITICAL]
    b.wire.acts = ()
    b.run(MONITOR, "10:05", WEDNESDAY)
    assert len(box.of("reached")) == 1
    assert len(box.of("unreachable")) == 2


def test_an_evening_that_no_run_told_is_told_by_the_next_session(tmp_path: Path, box: LetterBox) -> None:
    """Seen red when: a session's figures are forgotten with its day."""
    b = a_desk(tmp_path, box, "AAA")
    b.run(MORNING, "09:35")
    box.broken = True
    b.run(EOD, "16:30")
    box.broken = False
    b.run(MORNING, "09:35", WEDNESDAY)
    (late,) = box.of("evening")
    assert str(late.session) == "2026-02-03"
    assert late.facts["late"].startswith("Told late")
    b.run(MONITOR, "09:40", WEDNESDAY)
    assert len(box.of("evening")) == 1


def test_the_evening_names_a_line_that_is_in_the_log_for_ever(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    a_day(b)
    seq, _, sealed = box.of("evening")[0].facts["head"].partition(":")
    lines = (b.folder / "audit_log.jsonl").read_text("ascii").splitlines()
    assert f'"hash":"{sealed}"' in lines[int(seq) - 1]


def test_the_line_the_evening_names_is_durable_before_the_letter_is_kept(
    tmp_path: Path, box: LetterBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red when: the log is not flushed before an evening is kept."""
    durable: list[int] = []
    named: list[tuple[int, int]] = []
    flush, keep = AuditLog.flush, LetterBox.keep

    def flushed(log: AuditLog) -> None:
        flush(log)
        durable.append(log.head[0])

    def kept(self: LetterBox, letter: Letter) -> None:
        keep(self, letter)
        if letter.kind == "evening":
            named.append((int(letter.facts["head"].partition(":")[0]), max(durable)))

    b = a_desk(tmp_path, box, "AAA")
    monkeypatch.setattr(AuditLog, "flush", flushed)
    monkeypatch.setattr(LetterBox, "keep", kept)
    a_day(b)
    assert [seq <= flushed_to for seq, flushed_to in named] == [True]


def test_changed_rules_are_told_once(tmp_path: Path, box: LetterBox) -> None:
    b = a_desk(tmp_path, box, "AAA")
    b.run(MORNING, "09:35")
    b.rules_hash = "others"
    for at in ("09:40", "09:45"):
        b.run(MONITOR, at)
    assert [letter.subject for letter in box.of("settings")] == ["Settings changed: rules rules became others"]


def test_on_a_full_disk_nothing_is_told_until_there_is_room(
    tmp_path: Path, box: LetterBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen red when: letters are composed on a cramped disk."""
    disk = SmallDisk(tmp_path / "simulated")
    disk.fit(monkeypatch)
    b = a_desk(tmp_path, box, "AAA")
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    stands(b, "AAA", "92")
    disk.taken_by_others()
    told = len(box.letters)
    assert b.run(MONITOR, "13:00").exit_code == 3
    assert (len(box.letters), b.state().positions) == (told, {})
    disk.leave(None)
    b.run(MONITOR, "13:05")
    assert box.of("fills")[-1].subject == "Closed AAA"
