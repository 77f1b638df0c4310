"""Two to four real processes on one folder, or on two folders of one account: one acts, nothing is done twice.

    python -m pytest tests/proof/test_racing.py -q                     # 8 rounds and every scene
    ROUNDS=1000 python -m pytest tests/proof/test_racing.py -q         # a thousand rounds and every step
    FIRST=400 ROUNDS=1000 python -m pytest tests/proof/test_racing.py -q -k round    # the last six hundred of them
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

from automated_trading.adapters.audit_line import Line
from automated_trading.adapters.audit_log import read_lines
from automated_trading.adapters.proof import prove
from tests.engine.builders import moment
from tests.proof.races import rounds as race_rounds
from tests.proof.races.ground import Finish, Ground, prepare
from tests.proof.races.intents import kept_back
from tests.proof.races.rounds import Round, drawn

ROUNDS = int(os.environ.get("ROUNDS", "8"))
FIRST = int(os.environ.get("FIRST", "0"))
STRIDE = 1 if ROUNDS >= 1000 else 23


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
    seeds = [int(os.environ["SEED"])] if "SEED" in os.environ else range(FIRST, ROUNDS)
    wrong: list[str] = []
    kinds, ended = Counter[str](), Counter[str]()
    for done, seed in enumerate(seeds):
        if done and done % 50 == 0:
            with capsys.disabled():
                print(f"\nracing: {done} rounds so far, violations {len(wrong)}", flush=True)
        one = drawn(seed)
        told = race_rounds.run(ground, one)
        for what in told.wrong:
            with capsys.disabled():
                print(f"\n{what}", flush=True)
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


def standing(laid: str, step: int, *commands: str) -> Round:
    """The first command stands still at a step until others have ended; one that waits for the lock comes behind it."""
    return Round(113, laid, "one folder", "leader stands", step, tuple(("one", command) for command in commands))


def unsent(ground: Ground) -> list[str]:
    return sorted(one.client_order_id for one in ground.state("one").open_orders() if one.status.unanswered)


def end_of_the_halt(ground: Ground, how: str) -> list[str]:
    """What is wrong with how orders end that a halt has left unsent: they go once, or their session ends."""
    left, asked = unsent(ground), ground.venue.asked
    if how == "resume":
        ends = [ground.run("resume").code, ground.run("monitor").code]
        went = sorted(ground.venue.asked - asked)
    else:
        ground.exchange.advance_to(moment("16:30"))
        ends = [ground.run("eod").code]
        told = [line.data for line in read_lines(ground.record("one")) if line.event == "order_withdrawn"]
        went = sorted(data["client_order_id"] for data in told if data["reason"] == "never_arrived")
        if ground.venue.asked != asked:
            return [f"{how}: sent behind the close"]
    wrong = [*ground.sent_twice(), *prove(ground.record("one")).problems]
    if set(ends) != {0} or went != left or unsent(ground):
        wrong.append(f"{how}: ended with {ends}, left {left}, went {went}")
    return [f"{how}: {what}" for what in wrong]


def test_what_a_halt_keeps_from_being_sent_waits_and_then_goes_once_or_ends_with_its_session(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    """`SEED=113` on purpose: two halts between the ink and the sending of a morning, and a second morning beside it.

    Seen red when: the run's line does not name what waits; an intent found neither here nor there is not sent again;
    `eod` withdraws nothing.
    """
    steps = steps_of(ground, "fresh", "morning")
    first, *_, last = (number for number, name in enumerate(steps, 1) if name == "POST leaves")
    chosen = range(first - 1, last, 1 if STRIDE == 1 else 9)  # from the flush of the ink on
    wrong: list[str] = []
    left = 0
    for step in chosen:
        for how in ("resume", "eod"):
            wrong += race_rounds.run(ground, standing("fresh", step, "morning", "halt", "halt", "morning")).wrong
            left += len(unsent(ground))
            wrong += [f"step {step} ({steps[step - 1]}), {what}" for what in end_of_the_halt(ground, how)]
    with capsys.disabled():
        print(f"\nhalts behind the ink: {len(chosen)} steps, {left} orders left unsent, {len(wrong)} violations")
    assert (wrong, left > 0) == ([], True)


BUY, SELL, SAID = ("order_intended", "buy"), ("order_intended", "sell"), ("halt_seen", "h1")
AGAIN, RESUMED, OTHER = ("halt_seen", "h2"), ("resumed", "owner"), ("resumed", "drawdown")
MORNING, MONITOR, EOD, RESUME = (("run_finished", name) for name in ("morning", "monitor", "eod", "resume"))
LATER = [SAID, MORNING, RESUMED, RESUME, AGAIN, MONITOR]


@pytest.mark.parametrize(
    ("lines", "latch", "kept"),
    [
        ([BUY, SAID, MORNING, MONITOR], "h1", True),
        ([BUY, EOD, SAID, MONITOR], "h1", True),  # a run that sends nothing leaves it to the next
        ([BUY, *LATER], "h2", True),  # halted anew before any run could send it
        ([BUY, SAID, OTHER, MORNING], "h1", True),
        ([BUY, SAID, MORNING, AGAIN, MONITOR], "h2", True),
        ([BUY, MORNING], None, False),
        ([BUY, MORNING, SAID, MONITOR], "h1", False),  # the morning was free to send it
        ([BUY, SAID, MORNING, RESUMED, RESUME, MONITOR, AGAIN, MONITOR], "h2", False),
        ([BUY, SAID, MORNING, RESUMED, RESUME], None, False),
        ([BUY, SAID, MORNING], None, False),  # no such latch lies there
        ([BUY, SAID, MORNING], "h2", False),
        ([SAID, BUY, MORNING], "h1", False),  # written under the halt
        ([SELL, SAID, MORNING], "h1", False),
    ],
)
def test_a_buy_is_kept_back_only_by_a_halt_that_came_before_any_run_could_send_it_and_stands(
    lines: list[tuple[str, str]], latch: str | None, kept: bool
) -> None:
    """Seen red when: any condition of `kept_back` is taken out."""
    keys = {"order_intended": "side", "halt_seen": "token", "resumed": "reason", "run_finished": "command"}
    told = [
        Line("", "", {keys[event]: word, "client_order_id": "AAA"}, event, "", "paper", "", "1-morning", seq, 3)
        for seq, (event, word) in enumerate(lines, 1)
    ]
    assert kept_back(told, latch) == ({"AAA"} if kept else set())


@pytest.mark.parametrize(
    ("spoilt", "stands", "commands", "told"),
    [
        ("forgets_to_send", "never", ("morning",), "without an answer"),
        ("forgets_to_send", "never", ("morning", "halt"), "without an answer"),
        ("imagines_a_halt", "never", ("morning",), "without an answer"),
        ("forgets_after_resume", "behind the ink", ("morning", "halt", "resume"), "without an answer"),
        ("gives_up_when_halted", "behind the ink", ("morning", "halt"), "no longer waiting"),
        ("writes_while_halted", "before the latch is read", ("morning", "halt"), "without an answer"),
        ("sends_while_halted", "behind the ink", ("morning", "halt"), "bought by the runs afterwards, under the latch"),
        ("keeps_exits_back_when_halted", "behind the ink", ("monitor", "halt"), "without an answer"),
    ],
)
def test_a_desk_that_loses_an_order_or_hides_it_behind_a_halt_is_seen(
    ground: Ground, spoilt: str, stands: str, commands: tuple[str, ...], told: str
) -> None:
    """The judges themselves: the round is clean on the desk as it is, and red on one that is spoilt."""
    laid = "fresh" if commands[0] == "morning" else "fallen"
    steps = steps_of(ground, laid, commands[0])
    step = {"never": 999, "behind the ink": steps.index("POST leaves"), "before the latch is read": 4}[stands]
    one = standing(laid, step, *commands)
    clean = race_rounds.run(ground, one).wrong
    ground.spoilt = spoilt
    try:
        wrong = race_rounds.run(ground, one).wrong
    finally:
        ground.spoilt = ""
    assert clean == []
    assert any(told in what for what in wrong), wrong


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
