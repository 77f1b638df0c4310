"""The runs whose power is cut: what was before each, and what must have come of it in the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from automated_trading.domain.rules import Caps, Rules
from automated_trading.engine import settling
from automated_trading.engine.desk import Outcome
from automated_trading.engine.flatten import ask_exits, follow
from automated_trading.engine.settling import Wish
from tests.engine.builders import EOD, MONITOR, MORNING, TUESDAY, WEDNESDAY, Bench, moment, signal, watched

LATE = date(2026, 2, 24)
LAST, FIRST = date(2026, 2, 27), date(2026, 3, 2)
"""The last session of a month and the first of the next."""


@dataclass(frozen=True)
class Scenario:
    """What was before, the run whose power is cut, and what must be sold in the end; `resume` where it ends halted.

    `word` is what the owner says again where a look shows that it was lost; `queued` tells that the run may buy
    without a file of signals, `twice` which decision has two generations because its first order was replaced;
    Stops rest at the broker, and letters are kept, only in the scenarios that are about them. `does` are the ids and
    steps that a run nobody disturbs must show, or the scenario is not the one it is named after.
    """

    name: str
    before: Callable[[Bench], object]
    run: Callable[[Bench], Outcome]
    sold: tuple[str, ...] = ()
    day: date = TUESDAY
    resume: bool = False
    rules: Rules = field(default_factory=watched)
    word: Callable[[Bench], object] | None = None
    queued: bool = False
    twice: str = ""
    does: tuple[str, ...] = ()
    letters: bool = False


def partly_bought(b: Bench) -> None:
    """AAA is bought in part, its buy still rests, and its bid and last have fallen through the stop."""
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))
    b.exchange.advance_to(moment("09:39"))


def never_closed(b: Bench) -> None:
    """A session with one position and no `eod`: the next session's first run writes the checkpoint."""
    b.signals.entries = [signal("AAA")]
    b.run(MORNING, "09:35")


def halted(b: Bench) -> None:
    b.halt("first")
    b.run(MORNING, "09:35")


def lost_long_after(b: Bench) -> None:
    """Two positions three weeks old, one round trip before them, and an empty folder."""
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(50))
    b.run(MONITOR, "09:40")
    b.run(MONITOR, "09:45")
    b.run(EOD, "16:30")
    b.run(MORNING, "09:35", WEDNESDAY)
    b.run(EOD, "16:30", WEDNESDAY)
    shutil.rmtree(b.folder)
    b.folder.mkdir()


def room_set_free(b: Bench) -> None:
    """One position is allowed; BBB waits in the queue, and the last of AAA is sold behind the run that decided it."""
    b.run(MORNING, "09:35")
    b.exchange.set_price("AAA", Decimal(80))
    b.run(MONITOR, "09:40")
    assert set(b.state().queue) == {"insider/BBB"}


def undecided(b: Bench) -> None:
    """For three cycles one price alone said sell: a limit sell rests; now the prices agree, and under its limit."""
    b.run(MORNING, "09:35")
    b.exchange.set_quote("AAA", Decimal(0), Decimal(130), last=Decimal(90))
    for at in ("09:40", "09:45", "09:50"):
        b.run(MONITOR, at)
    assert [order.limit_price for order in b.state().open_orders("AAA")] == [Decimal("89.1")]
    b.exchange.set_quote("AAA", Decimal(80), Decimal(130), last=Decimal(80))


def month_ended(b: Bench) -> None:
    """A position, and a last session of the month that was never closed."""
    b.signals.entries = [signal("AAA")]
    b.run(MORNING, "09:35", LAST)


def bought_by_hand(b: Bench) -> None:
    """The owner has bought CCC and sold some of AAA; both differences were seen twice."""
    b.run(MORNING, "09:35")
    b.exchange.set_price("CCC", Decimal(50))
    b.exchange.advance_to(moment("09:38"))
    b.exchange.trade_by_hand("CCC", "buy", Decimal(10))
    b.exchange.trade_by_hand("AAA", "sell", Decimal(10))
    b.run(MONITOR, "09:40")
    assert {symbol for symbol, seen in b.state().differences.items() if seen.confirmed} == {"AAA", "CCC"}


def adopt(b: Bench) -> Outcome:
    return settling.reconcile(b.desk(), Wish(adopt=("AAA", "CCC")))[0]


def adopt_again(b: Bench) -> None:
    """What the owner does who finds the differences still there, when nothing of ours is open in them."""
    apart = tuple(sorted(b.state().differences))
    if apart:
        settling.reconcile(b.desk(), Wish(adopt=apart))


def exit_by_word(b: Bench) -> Outcome:
    settling.ask_exit(b.desk(), "AAA")
    return b.run(MONITOR, "09:45")


def ask_again(b: Bench) -> None:
    """What the owner does who finds that AAA is neither sold nor to be sold."""
    state = b.state()
    if "AAA" in state.positions and "AAA" not in state.leaving:
        settling.ask_exit(b.desk(), "AAA")


def half_bought(b: Bench) -> None:
    """AAA is bought; of BBB a part, and the rest of its buy stays open."""
    b.run(MORNING, "09:35")
    b.exchange.set_quote("BBB", Decimal(99), Decimal(130), last=Decimal(99))
    b.exchange.advance_to(moment("09:39"))


def flatten(b: Bench) -> Outcome:
    """`flatten`, as the command does it: the latch, the wish on record, the rounds."""
    b.exchange.advance_to(moment("09:41"))
    b.halt("flatten")
    ask_exits(b.desk())
    return follow(b.desk()).last


def flatten_again(b: Bench) -> None:
    """What the owner does who finds that something is held which does not go."""
    state = b.state()
    if set(state.positions) - set(state.leaving):
        flatten(b)


def bought(b: Bench) -> None:
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")


def guarded(b: Bench) -> None:
    """Both are bought, and a stop rests at the broker for each."""
    b.run(MORNING, "09:35")
    b.run(MONITOR, "09:40")
    assert [len(b.state().stops(symbol)) for symbol in ("AAA", "BBB")] == [1, 1]


def guarded_and_risen(b: Bench) -> None:
    """The same, and AAA has risen: its stop is to be raised at the broker."""
    guarded(b)
    b.exchange.set_price("AAA", Decimal(110))


def through_unseen(b: Bench) -> None:
    """Nobody has a fresh price of AAA, and the broker knows that it is through the stop."""
    b.run(MORNING, "09:35")
    b.exchange.advance_to(moment("09:36"))
    b.exchange.set_quote("AAA", Decimal(80), Decimal(81), last=Decimal(80), at=moment("08:00"))


STOPS = (
    Scenario(
        "stops placed",
        lambda b: b.run(MORNING, "09:35"),
        lambda b: b.run(MONITOR, "09:40"),
        rules=Rules(),
        does=("AAA-SELL-20260203-153000", "BBB-SELL-20260203-153000"),
    ),
    Scenario(
        "stop raised",
        guarded_and_risen,
        lambda b: b.run(MONITOR, "09:45"),
        rules=Rules(),
        twice="AAA-SELL",
        does=("DELETE leaves", "AAA-SELL-20260203-153000"),
    ),
    Scenario(
        "exit behind a stop",
        guarded,
        exit_by_word,
        sold=("AAA",),
        rules=Rules(),
        word=ask_again,
        does=("DELETE leaves", "AAA-SELL-20260203-150000"),
    ),
    Scenario(
        "through the stop",
        through_unseen,
        lambda b: b.run(MONITOR, "09:40"),
        sold=("AAA",),
        rules=Rules(),
        does=("BBB-SELL-20260203-153000", "AAA-SELL-20260203-150000"),
    ),
)

LETTERS = (
    Scenario("morning with letters", lambda b: None, lambda b: b.run(MORNING, "09:35"), letters=True),
    Scenario("monitor with letters", partly_bought, lambda b: b.run(MONITOR, "09:40"), sold=("AAA",), letters=True),
    Scenario("evening with letters", lambda b: b.run(MORNING, "09:35"), lambda b: b.run(EOD, "16:30"), letters=True),
)

SCENARIOS = (
    Scenario("morning", lambda b: None, lambda b: b.run(MORNING, "09:35")),
    Scenario("monitor", partly_bought, lambda b: b.run(MONITOR, "09:40"), sold=("AAA",)),
    Scenario("eod", lambda b: b.run(MORNING, "09:35"), lambda b: b.run(EOD, "16:30")),
    Scenario("next day", never_closed, lambda b: b.run(MORNING, "09:35", WEDNESDAY), day=WEDNESDAY),
    Scenario("resume", halted, lambda b: b.resume(), resume=True),
    Scenario("lost folder", lost_long_after, lambda b: b.run(MONITOR, "10:00", LATE), day=LATE, resume=True),
    Scenario(
        "redeployment",
        room_set_free,
        lambda b: b.run(MONITOR, "09:45"),
        sold=("AAA",),
        rules=watched(Rules(caps=Caps(max_positions=1))),
        queued=True,
        does=("BBB-BUY-20260203-120000",),
    ),
    Scenario(
        "undecided",
        undecided,
        lambda b: b.run(MONITOR, "09:55"),
        sold=("AAA",),
        twice="AAA-SELL",
        does=("DELETE leaves", "AAA-SELL-20260203-150000"),
    ),
    Scenario(
        "new month",
        month_ended,
        lambda b: b.run(MORNING, "09:35", FIRST),
        day=FIRST,
        does=("link", "replace", "BBB-BUY-20260302-093500"),
    ),
    Scenario("adopt", bought_by_hand, adopt, word=adopt_again, does=("write", "fsync")),
    Scenario(
        "flatten",
        half_bought,
        flatten,
        sold=("AAA", "BBB"),
        resume=True,
        word=flatten_again,
        does=("DELETE leaves", "AAA-SELL-20260203-150000", "BBB-SELL-20260203-150000"),
    ),
    Scenario(
        "flatten behind stops",
        guarded,
        flatten,
        sold=("AAA", "BBB"),
        rules=Rules(),
        resume=True,
        word=flatten_again,
        does=("DELETE leaves", "AAA-SELL-20260203-150000", "BBB-SELL-20260203-150000"),
    ),
    Scenario("exit", bought, exit_by_word, sold=("AAA",), word=ask_again, does=("AAA-SELL-20260203-150000",)),
)

ALL = (*SCENARIOS, *STOPS, *LETTERS)
