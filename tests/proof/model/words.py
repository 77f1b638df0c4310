"""The owner's words in the model: what each must come to is foretold before it is said.

Law of the file: a word that cannot be meant ends in a refusal and changes nothing; one cut off by a power failure is
either on record whole or not at all, and the record says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from automated_trading.adapters.dry_run import DryRunBroker
from automated_trading.adapters.folder_store import FolderStore, MemoryStore
from automated_trading.decisions.routines import Routine
from automated_trading.domain.state import State
from automated_trading.engine import settling
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Outcome
from automated_trading.engine.look import look
from automated_trading.engine.settling import Wish
from tests.proof.model import judge
from tests.proof.model.bench import CALM, Model, Trouble, tree
from tests.proof.model.ledger import CENT

TIMED = ("day_loss",)
"""Halts that only time lifts."""


def resume(model: Model, trouble: Trouble = CALM) -> Outcome | None:
    def after(state: State) -> None:
        model.latched = model.latched and model.bench.latch.read() is not None

    outcome = model.go("resume", model.bench.resume, trouble, after)
    if outcome is not None:
        left = set(model.door.halts) - set(TIMED)
        model.door.must(not left, f"after resume still halted: {left}")
        model.judge("resume")
    return outcome


def adopt(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    ledger = model.ledger

    def due() -> tuple[bool, bool]:
        apart = ledger.theirs[symbol] != ledger.ours.get(symbol, 0)
        either = symbol in ledger.other_shares and not apart and symbol in ledger.ours
        return apart and not busy(model, symbol), either or unsure(model, symbol)

    def meant(state: State) -> bool:
        held = state.positions.get(symbol)
        return (held.qty if held is not None else 0) == ledger.theirs[symbol]

    before = _on_record(model).positions.get(symbol)
    ratio = model.splits.pop(symbol, None)

    def tell() -> None:
        now = _on_record(model).positions.get(symbol)
        if ratio is not None and before is not None and now is not None and now.qty == before.qty * ratio:
            least = before.stop / ratio + CENT
            model.door.must(now.stop <= least, f"{symbol} split {ratio}: its stop of {before.stop} became {now.stop}")
        ledger.adopted(symbol)
        model.stops.pop(symbol, None)  # in other shares it hangs anew

    _settle(model, Wish(adopt=(symbol,)), trouble, due, meant, tell)


def forget(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    ledger = model.ledger

    def due() -> tuple[bool, bool]:
        if symbol not in ledger.ours:
            return symbol in ledger.ignored, False
        return not busy(model, symbol), unsure(model, symbol)

    def meant(state: State) -> bool:
        return symbol not in state.positions and symbol not in state.ignored

    _settle(model, Wish(forget=(symbol,)), trouble, due, meant, lambda: ledger.forgotten(symbol))


def ignore(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    ledger = model.ledger

    def due() -> tuple[bool, bool]:
        free = symbol not in ledger.ours and symbol not in ledger.ignored
        return free and not busy(model, symbol), free and unsure(model, symbol)

    def meant(state: State) -> bool:
        return symbol in state.ignored

    _settle(model, Wish(ignore=(symbol,)), trouble, due, meant, lambda: ledger.ignored.add(symbol))


def count_cash(model: Model, trouble: Trouble = CALM) -> None:
    def meant(state: State) -> bool:
        return state.cash == model.exchange.ledger.cash

    _settle(model, Wish(cash=True), trouble, lambda: (True, False), meant, model.ledger.recounted)


def busy(model: Model, symbol: str) -> bool:
    """Whether an order of ours is open in a symbol, at the exchange or on our books alone; a resting stop gives way."""
    waiting = [one for one in _on_record(model).open_orders(symbol) if not (one.protects and one.rests)]
    return _rests(model, symbol) or bool(waiting)


def unsure(model: Model, symbol: str) -> bool:
    """Whether only our books have an order open in a symbol: its end is heard first, if there is one to hear."""
    return busy(model, symbol) and not _rests(model, symbol)


def _rests(model: Model, symbol: str) -> bool:
    mine = [one for one in model.exchange.blotter.open() if one.symbol == symbol and model.ledger.is_ours(one)]
    return any(one.type != "stop" for one in mine)


def _settle(
    model: Model,
    wish: Wish,
    trouble: Trouble,
    due: Callable[[], tuple[bool, bool]],
    meant: Callable[[State], bool],
    tell: Callable[[], object],
) -> None:
    """`due`: whether the word must be taken, and whether it may be either way."""
    verdict, said = (False, False), False

    def act() -> Outcome:
        nonlocal verdict, said
        verdict = due()
        outcome = settling.reconcile(model.bench.desk(), wish)[0]
        said = True
        model.ledger.read()
        if any(verdict):
            tell()
        return outcome

    def after(state: State) -> None:
        known = state.account != ""  # a folder that has nothing on record does not have the word either
        if not said and trouble.cut is not None and any(verdict) and known and meant(state):
            tell()

    before = len(model.wire.struck)
    model.go("reconcile", act, trouble, after)
    undisturbed = trouble.cut is None and len(model.wire.struck) == before
    if not verdict[1]:
        model.door.must(said <= verdict[0], f"{wish} was taken and cannot be meant")
        model.door.must(said or not verdict[0] or not undisturbed, f"{wish} was not taken")
    model.judge("reconcile")


def ask_exit(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    held = symbol in _on_record(model).positions

    def after(state: State) -> None:
        model.leaving = dict(state.leaving)

    _note(model, "exit", lambda: settling.ask_exit(model.bench.desk(), symbol), trouble, held, after)


def block(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    def after(state: State) -> None:
        _follow(model.ledger.blocked, symbol, state.blocked)

    _note(model, "block", lambda: settling.block(model.bench.desk(), symbol, "by hand"), trouble, True, after)


def unblock(model: Model, symbol: str, trouble: Trouble = CALM) -> None:
    def after(state: State) -> None:
        _follow(model.ledger.blocked, symbol, state.blocked)

    known = symbol in model.ledger.blocked
    _note(model, "unblock", lambda: settling.unblock(model.bench.desk(), symbol), trouble, known, after)


def _follow(words: set[str], symbol: str, told: Iterable[str]) -> None:
    (words.add if symbol in told else words.discard)(symbol)


def _note(
    model: Model,
    name: str,
    act: Callable[[], Outcome],
    trouble: Trouble,
    due: bool,
    after: Callable[[State], None],
) -> None:
    taken = model.go(name, act, trouble, after) is not None
    told = trouble.cut is not None or taken == due
    model.door.must(told, f"{name}: taken {taken}, due {due}")
    model.judge(name)


def _on_record(model: Model) -> State:
    return FolderStore(model.folder, "simulated").peek()[0]


def dry_run(model: Model, routine: Routine, trouble: Trouble = CALM) -> None:
    """The same run with nothing sent and nothing written."""
    model.later()
    before, silence = (tree(model.folder), len(model.bench.orders())), model.door.silence
    model.door.silence = "this is a dry run"
    desk = model.bench.desk()
    broker = DryRunBroker(desk.broker)  # type: ignore[arg-type]
    desk = replace(desk, store=MemoryStore("simulated", state=_on_record(model)), broker=broker)
    halts, record = dict(model.door.halts), (model.ledger.pinned, model.ledger.counted, model.ledger.unexplained)
    stops = dict(model.stops)  # what a dry run would raise is nowhere on record
    try:
        model.go(f"dry {routine.value}", lambda: run_cycle(desk, routine), replace(trouble, cut=None, hand=None))
    finally:
        model.door.silence, model.door.halts, model.stops = silence, halts, stops
        model.ledger.pinned, model.ledger.counted, model.ledger.unexplained = record
    model.door.must((tree(model.folder), len(model.bench.orders())) == before, "a dry run left a trace")
    model.judge("dry run")


def peek(model: Model) -> None:
    """What `status` sees: the books as the next run would find them; nothing is touched."""
    model.later()
    before = (tree(model.folder), len(model.bench.orders()))
    state = _on_record(model)
    fresh = state.account == "" or state.cash is None
    seen = look(model.bench.desk(), state)
    model.door.must((tree(model.folder), len(model.bench.orders())) == before, "a look left a trace")
    if not fresh:
        stops = dict(model.stops)
        judge.compare(model, seen.state)
        model.stops = stops
    model.judge("status")
