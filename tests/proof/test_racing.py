"""Two to four real processes on one folder, or on two folders of one account: one acts, nothing is done twice.

    python -m pytest tests/proof/test_racing.py -q                     # 30 rounds and every scene, 60 s
    ROUNDS=1000 python -m pytest tests/proof/test_racing.py -q         # a thousand rounds and every step
    SEED=17 python -m pytest tests/proof/test_racing.py -q -k round    # one round again, as far as racing repeats

Racers are forked from a warm process and run the command line's `main` with real argv against the exchange on a socket.
What a round is, which racer leads, where it stands still or is killed, comes from the seed; who is faster does not, but
for the rounds in which the leader stands still at its step until the others have ended.

What is not shown: two machines whose desks differ (another build, other rules) may order under other ids; the exchange,
not a lock, is then what keeps shares from being sold twice. A run whose folder is renamed under it ends in the log it
holds open, and leaves its snapshots under the old name: the desk that begins there refuses them (exit 8) if they are
ahead of its log.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.proof import prove
from tests.proof.races import rounds as race_rounds
from tests.proof.races.ground import Finish, Ground, prepare
from tests.proof.races.rounds import drawn

ROUNDS = int(os.environ.get("ROUNDS", "30"))
STRIDE = 1 if ROUNDS >= 1000 else 13


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    shm = Path("/dev/shm")  # a disk of memory where there is one: what a flush is worth is shown elsewhere
    with tempfile.TemporaryDirectory(dir=shm if os.access(shm, os.W_OK) else tmp_path_factory.mktemp("r")) as home:
        laid = Ground(Path(home))
        try:
            prepare(laid)
            yield laid
        finally:
            laid.close()


def stands(ground: Ground, command: str, step: int, *others: tuple[str, str]) -> list[Finish]:
    """The command on folder one stands still at a step until the others have ended."""
    leader = ground.racer("one", *command.split())
    leader.lead = step
    racers = [ground.racer(folder, *words.split()) for folder, words in others]
    for racer in racers:
        racer.late = racer.awaited = True
    return ground.heat([leader, *racers])


def steps_of(ground: Ground, laid: str, command: str) -> list[str]:
    """What the command does, step by step, when it is alone."""
    ground.lay(laid, "one")
    return ground.run(*command.split()).lived.steps


def test_a_round_of_racers_ends_as_if_one_had_run_behind_the_other(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen red when: `held` takes no lock; the lock is let go before the cycle; each process has a lock of its own."""
    seeds = [int(os.environ["SEED"])] if "SEED" in os.environ else range(ROUNDS)
    wrong: list[str] = []
    kinds, ended = Counter[str](), Counter[str]()
    for seed in seeds:
        one = drawn(seed)
        told = race_rounds.run(ground, one)
        wrong += told.wrong
        kinds.update([f"{one.machines}, {one.manner}"])
        names = {0: "acted", 7: "stood back", -9: "killed"}
        ended.update(names.get(finish.code, f"ended with {finish.code}") for finish in told.finishes)
    with capsys.disabled():
        print(f"\nracing: {len(seeds)} rounds, {sum(ended.values())} racers: {dict(sorted(ended.items()))}")
        for kind, times in sorted(kinds.items()):
            print(f"  {kind:<36}{times:>6}")
        print(f"  violations {len(wrong)}")
    assert wrong == []


def test_a_halt_is_obeyed_from_whatever_step_a_run_has_come_to(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen red when: the latch is read once a run."""
    steps = steps_of(ground, "fresh", "morning")
    wrong = []
    chosen = sorted({*range(1, len(steps) + 1, STRIDE), *(n + 1 for n, name in enumerate(steps) if "POST" in name)})
    for step in chosen:
        ground.lay("fresh", "one")
        leader, halt = stands(ground, "morning", step, ("one", "halt"))
        most = 1 if leader.lived.stood_at == "POST leaves" else 0
        if leader.code not in (0, 4) or halt.code != 0 or leader.lived.buys_after > most:
            wrong.append(f"step {step} ({leader.lived.stood_at}): {leader.lived.buys_after} buys after, {leader.err}")
    with capsys.disabled():
        print(f"\nhalts during a run: {len(chosen)} of {len(steps)} steps, {len(wrong)} disobeyed")
    assert wrong == []


def test_two_machines_that_sell_the_same_shares_send_one_order(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second hears that the id must be unique, finds the order and takes it as its own.

    Seen red when: an id holds the minute of its run, or a refusal of a doubled id ends the order.
    """
    steps = steps_of(ground, "fallen", "monitor")
    wrong: list[str] = []
    ground.venue.doubles = 0
    chosen = sorted({*range(1, len(steps) + 1, STRIDE), *(n + 1 for n, name in enumerate(steps) if "POST" in name)})
    for step in chosen:
        ground.lay("fallen", "one", "two")
        ends = [finish.code for finish in stands(ground, "monitor", step, ("two", "monitor"))]
        ends += [ground.run("monitor", folder=folder).code for folder in ("one", "two")]
        told = [*ground.sent_twice(), *ground.venue.seen]
        sells = [name for symbol, side, name in ground.venue.orders if (symbol, side) == ("AAA", "sell")]
        sold = [name for name in sells if "-153000-" not in name]
        books = [{name: one.qty for name, one in ground.state(f).positions.items()} for f in ("one", "two")]
        if told or len(sold) != 1 or books != [ground.held()] * 2 or set(ends) != {0}:
            wrong.append(f"step {step} ({steps[step - 1]}): {ends}, {told}, {sold}, {books} for {ground.held()}")
    doubles = ground.venue.doubles
    with capsys.disabled():
        print(f"\ntwo machines sell: {len(chosen)} of {len(steps)} steps, {doubles} doubled ids, {len(wrong)} wrong")
    assert (wrong, doubles > 0) == ([], True)


def during(ground: Ground, hand: list[list[str]], *, laid: str = "fallen", command: str = "monitor") -> list[Finish]:
    """Somebody does this to the files while the command stands before its first order, and then runs `monitor`."""
    step = steps_of(ground, laid, command).index("POST leaves") + 1
    ground.lay(laid, "one")
    leader, other = ground.racer("one", command), ground.racer("one", "monitor")
    leader.lead, other.late, other.awaited, other.hand = step, True, True, hand
    return ground.heat([leader, other])


@pytest.mark.parametrize("took", ["deleted", "moved away", "replaced"])
def test_a_lock_file_taken_away_under_a_run_lets_no_second_one_in(ground: Ground, took: str) -> None:
    """Seen red when: the file `.lock` alone is locked, and not the folder."""
    lock = str(ground.record("one") / ".lock")
    hand = {
        "deleted": [["unlink", lock]],
        "moved away": [["rename", lock, f"{lock}.away"]],
        "replaced": [["rename", lock, f"{lock}.away"], ["mknod", lock]],
    }[took]
    first, second = during(ground, hand)
    assert (first.code, second.code, ground.sent_twice(), ground.venue.seen) == (0, 7, [], [])
    assert "its file .lock was taken away; try again when it has ended" in second.err
    assert (ground.run("monitor").code, prove(ground.record("one")).problems) == (0, ())


def test_a_lock_file_left_by_a_dead_run_holds_nobody_up(ground: Ground) -> None:
    ground.lay("fallen", "one")
    (ground.record("one") / ".lock").write_text("4711\n")
    assert ground.run("monitor").code == 0
    assert len([name for _, _, name in ground.venue.orders if "-153000-" not in name]) == 5


def test_a_folder_renamed_under_a_run_sends_nothing_twice(ground: Ground) -> None:
    """The run goes on in the log it holds open; who comes finds an empty folder on an account with orders of ours."""
    record = ground.record("one")
    first, second = during(ground, [["rename", str(record), f"{record}.away"]])
    assert (first.code, second.code, ground.sent_twice(), ground.venue.seen) == (0, 0, [], [])
    assert "lost_folder" in second.out
    away = record.with_name("paper.away")
    intended = {line.data["client_order_id"] for line in read_lines(away) if line.event == "order_intended"}
    assert {name for _, _, name in ground.venue.orders} <= intended
    after = ground.run("monitor")
    assert (prove(away).problems, after.code, ground.sent_twice()) == ((), 8, [])
    assert "a snapshot beside it tells of line" in after.err


def test_after_a_kill_at_any_step_the_next_run_finds_no_lock_and_goes_on(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen red when: the lock is a file whose being there is the lock."""
    steps = steps_of(ground, "fallen", "monitor")
    wrong = []
    chosen = range(1, len(steps) + 1, STRIDE)
    for step in chosen:
        ground.lay("fallen", "one")
        holder, waiting, coming = (ground.racer("one", *words.split()) for words in ("monitor", "resume", "monitor"))
        holder.kill, coming.late = step, True
        ends = [finish.code for finish in ground.heat([holder, waiting, coming])]
        after = ground.run("monitor")
        told = [*ground.sent_twice(), *ground.venue.seen, *prove(ground.record("one")).problems]
        waiting = [order for order in ground.state("one").open_orders() if not (order.protects and order.rests)]
        if after.code != 0 or told or ends[1] != 0 or waiting:
            wrong.append(f"killed at {step} ({steps[step - 1]}): {ends}, then {after.code}: {after.err}{told}")
    with capsys.disabled():
        print(
            f"\nkilled holders: {len(range(1, len(steps) + 1, STRIDE))} of {len(steps)} steps, {len(wrong)} violations"
        )
    assert wrong == []
