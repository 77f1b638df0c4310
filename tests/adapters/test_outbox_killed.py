"""Killed before whichever step, of keeping or of sending: no letter is lost, none is half there, none has two names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from automated_trading.adapters.kept_letter import KeptLetter
from tests.adapters.letters import a_letter, a_mailer, an_outbox, names, posted
from tests.adapters.mail_server import MailServer, mail_server

STEPS = ("open", "write", "fsync", "replace", "unlink", "mkdir")
LETTERS = [a_letter(name) for name in ("one", "two")]


class Killed(BaseException):
    """The process ends here."""


class Fuse:
    """Ends the process before its step number `at`; counts the steps there were."""

    def __init__(self, at: int) -> None:
        self.at, self.steps = at, 0

    def before(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            self.steps += 1
            if self.steps == self.at:
                raise Killed
            return really(*given, **named)

        return step


def killed_at(at: int, act: Callable[[], object]) -> int:
    """Do something that is killed at that step, if it has so many; returns how many steps there were."""
    fuse = Fuse(at)
    with ExitStack() as stack:
        for name in STEPS:
            stack.enter_context(patch.object(os, name, fuse.before(getattr(os, name))))
        with suppress(Killed):
            act()
    return fuse.steps


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path) as found:
        monkeypatch.setenv("SSL_CERT_FILE", str(found.authority))
        yield found


def test_a_letter_is_kept_whole_or_not_at_all_and_the_next_run_can_keep_it(tmp_path: Path) -> None:
    """Seen red when: the file is written in its place."""
    at = steps = 0
    while steps >= at:
        at += 1
        box = tmp_path / str(at) / "outbox"
        steps = killed_at(at, lambda box=box: an_outbox(box, phone=True).keep(LETTERS[0]))  # type: ignore[misc]
        for name in names(box, ".json", ".phone"):
            assert KeptLetter.decoded((box / name).read_bytes()).key == LETTERS[0].key
        an_outbox(box, phone=True).keep(LETTERS[0])
        assert an_outbox(box).kept() == {LETTERS[0].key}
        assert len(names(box, ".json", ".phone")) == 2
    assert steps >= 12


def test_a_posting_killed_anywhere_is_taken_up_and_a_letter_that_goes_again_has_the_same_id(
    tmp_path: Path, server: MailServer
) -> None:
    """Seen red when: a letter is moved before it is handed over."""
    at = steps = twice = 0
    while steps >= at:
        at += 1
        box = tmp_path / str(at) / "outbox"
        server.letters.clear()
        for letter in LETTERS:
            an_outbox(box).keep(letter)
        steps = killed_at(at, lambda box=box: posted(box, a_mailer(server)))  # type: ignore[misc]
        posted(box, a_mailer(server))
        assert names(box, ".json") == []
        assert an_outbox(box).sent() == {letter.key for letter in LETTERS}
        assert len(set(server.ids)) == len(LETTERS)
        assert len(server.ids) <= len(LETTERS) + 1
        twice += len(server.ids) - len(LETTERS)
    assert steps >= 8
    assert twice >= 1


def test_a_folder_that_a_killed_run_left_has_a_durable_name_before_a_letter_is_in_it(tmp_path: Path) -> None:
    """Seen red when: a folder that was there counted as durable, and a power cut took all its letters with it."""
    box, flushed = tmp_path / "data" / "outbox", list[Path]()
    box.parent.mkdir()
    assert killed_at(2, lambda: an_outbox(box).keep(LETTERS[0])) == 2
    assert names(box.parent, "outbox") == ["outbox"]
    fsync = os.fsync

    def watched(fd: int) -> None:
        flushed.append(Path(os.readlink(f"/proc/self/fd/{fd}")))
        fsync(fd)

    with patch.object(os, "fsync", watched):
        an_outbox(box).keep(LETTERS[0])
    assert box.parent in flushed[: flushed.index(box)]


def test_a_letter_of_a_killed_run_has_a_durable_name_before_it_counts_as_kept(tmp_path: Path) -> None:
    """Seen red when: it was there and counted, and a power cut took it."""
    box = tmp_path / "outbox"
    an_outbox(box).keep(LETTERS[0])
    flushed: list[Path] = []
    with patch.object(os, "fsync", lambda fd: flushed.append(Path(os.readlink(f"/proc/self/fd/{fd}")))):
        assert an_outbox(box).kept() == {LETTERS[0].key}
        assert flushed == []
        assert an_outbox(box).kept(durably=True) == {LETTERS[0].key}
    assert flushed == [box]
    with patch.object(os, "fsync", side_effect=OSError(5, "sick")):
        assert an_outbox(box).kept(durably=True) == set()
