"""A month of one desk on one exchange, and a stranger's ledger beside it: every difference seen, none silent.

Twelve runs a day from a holiday over a month's end to a change of the clocks, on a seeded tape with falls, climbs and
gaps, seeded signals, and everything the owner, the broker, the wire and the disk can do beside; then the week of
Thanksgiving with its half day. The long form, with as many seeds as wanted (about five seconds each; FULL=1 is twelve):

    MONTHS=60 python -m pytest tests/proof/test_simulated_month.py -q
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from automated_trading.adapters.audit_log import Line, read_lines
from automated_trading.adapters.signal_file import SignalFile
from automated_trading.domain.rules import AgeRule, Caps, ExitRules, Protection, Rules, Sizing
from automated_trading.simulator.calendar import Session, sessions
from automated_trading.simulator.exchange import Exchange
from tests.engine.builders import EOD, MONITOR, MORNING, Bench, Signals, moment
from tests.proof.months.hand import DAY, PLAN, Hand
from tests.proof.months.ledger import ZERO, Ledger
from tests.proof.months.market import INACTIVE, UNTRADABLE, MovedTape, spread_over, write_signals
from tests.proof.months.watch import Watch

MONTHS = int(os.environ.get("MONTHS", "12" if os.environ.get("FULL") == "1" else "0"))
SEEDS = range(1, MONTHS + 1) if MONTHS else (2, 3)
MONTH, THANKSGIVING = (date(2026, 2, 17), date(2026, 3, 20)), (date(2026, 11, 23), date(2026, 12, 1))

RULES = (
    Rules(),
    Rules(
        caps=Caps(max_positions=6, max_entries_per_day=3, capital_limit=Decimal(90_000)),
        exits=ExitRules(ages=(AgeRule(4, Decimal("0.01")), AgeRule(8, Decimal("0.05")))),
    ),
    Rules(
        caps=Caps(sizing=Sizing.SCORE, max_positions=5, max_exposure=Decimal("0.9")),
        exits=ExitRules(protection=Protection.MONITOR),
        books={"insider": Decimal("0.6"), "second": Decimal("0.4")},
    ),
)

WEEK = dict.fromkeys(("deposit", "fee", "hand buy, adopted", "split, adopted", "hand buy rests", "answer lost"), 1)
MUST = (
    *(f"hand: {kind}" for kind in PLAN),
    *(f"activity_heard: {kind}" for kind in ("CSD", "CSW", "FEE", "DIV", "SPLIT", "XYZQ")),
    *("difference_seen 1", "difference_seen 2", "difference_settled", "outside_order_seen"),
    *("cash_difference_seen 1", "cash_difference_seen 2", "cash_difference_settled", "cash_counted"),
    *(
        "position_adopted",
        "position_forgotten",
        "symbol_ignored",
        "symbol_minded",
        "symbol_blocked",
        "symbol_unblocked",
    ),
    *("halt_seen", "halted: day_loss", "resumed", "signal_not_yet: halted", "signal_not_yet: trading_disabled"),
    *("signal_refused: malformed", "signal_refused: stale", "signal_refused: held", "signal_refused: cool_down"),
    *("signal_not_yet: gap_up", "signal_not_yet: gap_down", "signal_dropped: aged", "order_unclear"),
    *("buy: entry", "buy: redeployment", "fill in part", "stop_undecided", "stop_raised", "run: unreachable"),
    *("sell: undecided", "sell: owner_exit"),
    *("rotation", "checkpoint", "session_closed", "position_closed"),
)
"""What a month that proves anything has seen, whatever its seed."""

SOLD = {
    Protection.BROKER: ("sell: protective_stop", "sell: trailing_stop"),
    Protection.MONITOR: ("sell: stop_loss", "sell: trailing_stop"),
}
"""Who sold at a stop: the order resting at the broker, or a `monitor`."""


class Month:
    """One desk, one exchange, one seed."""

    def __init__(self, home: Path, seed: int, first: date) -> None:
        self.seed, self.rng = seed, Random(seed)
        self.tape = MovedTape(seed)
        start = moment("08:00", first)
        self.exchange = Exchange(self.tape, start=start, seed=seed, partial_fill_rate=Decimal("0.3"))
        self.exchange.inactive.add(INACTIVE)
        self.exchange.untradable.add(UNTRADABLE)
        self.file = home / "approved_signals.json"
        rules = RULES[seed % len(RULES)]
        signals: Signals = SignalFile(self.file, lambda: self.exchange.now)  # type: ignore[assignment]
        self.bench = Bench(home, self.exchange, signals, rules)
        self.ledger = Ledger(self.exchange)
        self.watch = Watch(self.bench, self.ledger, rules)
        self.hand = Hand(self.bench, self.watch, self.tape, self.rng)
        self.equity = self.exchange.equity()
        self.runs = self.step = 0

    def live(self, days: list[Session]) -> None:
        for session in days:
            self.weather(session)
            times = [session.open + timedelta(minutes=5), *spread_over(session.open, session.close, DAY - 2)]
            for at in [*times, session.close + timedelta(minutes=30)]:
                self.exchange.advance_to(at)
                number = self.step % DAY
                routine = MORNING if number == 0 else EOD if number == DAY - 1 else MONITOR
                self.watch.where = f"seed {self.seed}, step {self.step} ({session.day} {routine.value})"
                self.hand.act(self.step)
                outcome = self.bench.run(routine)
                if self.hand.silent:
                    self.watch.unheard(outcome)
                    self.hand.silent, self.bench.wire.acts = False, self.bench.wire.acts[1:]
                else:
                    self.watch.after(outcome)
                assert self.watch.found == []
                self.step += 1

    def happened(self) -> Counter[str]:
        """Everything that was counted, by its name."""
        found = Counter(name for line in read_lines(self.bench.folder) for name in names(line))
        found.update({f"exchange: {kind}": count for kind, count in self.ledger.kinds.items()})
        found.update({f"hand: {kind}": count for kind, count in self.hand.done.items()})
        found["rotation"] = len(list(self.bench.folder.glob("audit_log-*.jsonl")))
        return found

    def weather(self, session: Session) -> None:
        """Tomorrow's signals and what the prices will do."""
        good = write_signals(self.file, self.rng, self.tape, session.day, self.exchange.now)
        up, down = self.rng.sample(good, 2)
        self.tape.move(up, session.open, Decimal("1.06"))
        self.tape.move(down, session.open, Decimal("0.88"))
        for symbol in sorted(self.ledger.all_held()):
            at = session.open + timedelta(minutes=self.rng.randint(0, 300))
            factor = self.rng.choices(("1", "0.84", "1.05", "1.12", "1.35"), (10, 2, 2, 2, 1))[0]
            self.tape.move(symbol, at, Decimal(factor), steps=4, every=timedelta(minutes=15))


def names(line: Line) -> list[str]:
    """What a line of the log counts as."""
    match line.event:
        case "signal_refused" | "signal_not_yet" | "signal_queued" | "signal_dropped" | "halted":
            return [f"{line.event}: {line.data['reason']}"]
        case "order_intended":
            return [f"{line.data['side']}: {line.data['reason']}"]
        case "activity_heard":
            return [f"{line.event}: {line.data['activity']['kind']}"]
        case "order_ended":
            return [f"{line.event}: {line.data['end']}"]
        case "run_finished":
            return [f"run: {line.data['outcome']}"]
        case "fill" if Decimal(line.data["total_qty"]) < Decimal(line.data["qty"]):
            return ["fill", "fill in part"]
        case "difference_seen" | "cash_difference_seen":
            return [f"{line.event} {line.data['readings']}"]
        case _:
            return [line.event]


def judge(month: Month) -> list[str]:
    """What must hold in the end: the record proves itself, and every cent of the account is explained."""
    state, ledger, exchange = month.bench.state(), month.ledger, month.exchange
    open_profit = sum((one.qty * exchange.mark(name) - one.cost for name, one in state.positions.items()), ZERO)
    beside = ledger.hand_money + month.watch.adopted_cost
    beside += sum(((qty - ledger.held(one)) * exchange.mark(one) for one, qty in ledger.theirs.items()), ZERO)
    realised = month.watch.realised + sum((one.realised for one in state.positions.values()), ZERO)
    explained = realised + open_profit + ledger.paid + ledger.silent + beside
    change = exchange.equity() - month.equity
    cent = Decimal("0.01")
    told = [] if explained.quantize(cent) == change.quantize(cent) else [f"equity {change}, explained {explained}"]
    told += [] if state.cash == exchange.ledger.cash else [f"cash {state.cash} on our books, {exchange.ledger.cash}"]
    heard = [line.data for line in read_lines(month.bench.folder) if line.event == "activity_heard"]
    lines = [row["activity"]["activity_id"] for row in heard]
    told += [] if set(lines) == ledger.payments else [f"{len(lines)} activities in the log of {len(ledger.payments)}"]
    return told + [f"{count} times in the log: {one}" for one, count in Counter(lines).items() if count > 1]


def summary(month: Month) -> str:
    lines = [f"{count:6d}  {kind}" for kind, count in sorted(month.happened().items())]
    return "\n".join([f"\nseed {month.seed}: {month.step} runs, {len(month.bench.orders())} orders", *lines])


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_month_every_difference_is_seen_and_every_cent_explained(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    month = Month(tmp_path, seed, MONTH[0])
    days = sessions(*MONTH)
    month.hand.plan(PLAN, DAY + 2, DAY * (len(days) - 6))
    month.live(days)
    with capsys.disabled():
        print(summary(month))
    assert judge(month) == [], f"seed {seed}"
    assert month.hand.unfinished() == [], f"seed {seed}"
    missing = [kind for kind in (*MUST, *SOLD[month.bench.rules.exits.protection]) if not month.happened()[kind]]
    assert missing == [], f"seed {seed}: these never happened"


def test_a_week_with_a_holiday_and_a_half_day_holds_to_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    month = Month(tmp_path, 1, THANKSGIVING[0])
    month.hand.plan(WEEK, DAY + 2, 3 * DAY)
    month.live(sessions(*THANKSGIVING))
    closes = [line.data["session"] for line in read_lines(month.bench.folder) if line.event == "session_closed"]
    half = next(session for session in sessions(*THANKSGIVING) if session.day == date(2026, 11, 27))
    with capsys.disabled():
        print(summary(month))
    assert judge(month) == []
    assert closes == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27", "2026-11-30", "2026-12-01"]
    assert [row for row in month.bench.orders() if half.open <= row.created_at < half.close]
    assert month.hand.unfinished() == []
