"""`halt`, `resume`, `block`, `unblock`, `exit`: the owner's word.

Law of the file: `halt` waits for nobody and needs no broker; the others are runs like any other, under the lock. None
of them moves a simulated clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from automated_trading.commands.asked import Asked, read_ticker
from automated_trading.commands.consent import agreed, must_be_said
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import RunInProgress, UsageError
from automated_trading.domain.sessions import utc_text

if TYPE_CHECKING:
    from automated_trading.engine.desk import Desk, Outcome
    from automated_trading.settings import Settings


def halt(asked: Asked, reason: str, at_broker: bool = False, yes: bool = False) -> int:
    """Set the latch: nothing opens until `resume`. Raises UsageError, StateError.

    `at_broker` has the broker refuse every order too, which outlives this desk; the latch stands whatever comes of it.
    """
    from automated_trading.adapters.latch import Latch
    from automated_trading.assembly import mode_folder

    settings, screen = asked.settings(), Screen(asked)
    mode = settings.mode.value
    if at_broker:
        must_be_said(asked, yes)
    Latch(mode_folder(settings)).set(secrets.token_hex(8), reason, utc_text(asked.now))
    said = "halted: nothing opens until `automated-trading resume`; exits and stops go on"
    if not at_broker:
        _said(screen, mode, "halt", said)
        return 0
    question = (
        f"{mode.upper()}: halted here. Shall the broker refuse every new order of this account, sells and stops too?"
    )
    if not agreed(asked, question, yes):
        _said(screen, mode, "halt", f"{said}; the broker was not asked")
        return 0
    code, told = _at_broker(settings, asked, on=True)
    _said(screen, mode, "halt", f"halted: {told}" if code == 0 else said, code)
    if code:
        screen.wrong(f"halted here, but {told}")
    return code


def resume(asked: Asked, at_broker: bool = False) -> int:
    """Lift what only the owner may lift; `at_broker` first what he had the broker do, else that is only named.

    Where the broker does not lift it nothing is lifted here. Raises RunInProgress, StateError, AuditError.
    """
    from automated_trading.assembly import assembled
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS, resume as lift, still_suspended

    settings, screen = asked.settings(), Screen(asked)
    if at_broker:
        code, told = _at_broker(settings, asked, on=False)
        if code:
            screen.wrong(f"nothing was resumed: {told}")
            return code
        screen.say(f"{settings.mode.value.upper()} {told}")
    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        outcome = lift(world.desk)
        stands = not at_broker and still_suspended(world.desk, outcome.state)
    beside = "; the broker itself still refuses every order, which `resume --at-broker` lifts" if stands else ""
    _said(screen, settings.mode.value, "resume", f"{outcome.said}{beside}", outcome.exit_code)
    return outcome.exit_code


def _at_broker(settings: Settings, asked: Asked, *, on: bool) -> tuple[int, str]:
    """Exit code and line of what was asked of the broker."""
    from automated_trading.assembly import assembled
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS, at_broker

    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        return at_broker(world.desk, on)


def block(asked: Asked, symbol: str, reason: str) -> int:
    """Nothing opens in a symbol any more. Raises UsageError, RunInProgress, StateError, AuditError."""
    from automated_trading.engine.settling import block as bar

    ticker = read_ticker(symbol)
    return _noted(asked, "block", lambda desk: bar(desk, ticker, reason))


def unblock(asked: Asked, symbol: str) -> int:
    """The symbol may be bought again. Raises UsageError, RunInProgress, StateError, AuditError."""
    from automated_trading.engine.settling import unblock as lift

    ticker = read_ticker(symbol)
    return _noted(asked, "unblock", lambda desk: lift(desk, ticker))


def leave(asked: Asked, symbol: str, yes: bool) -> int:
    """`exit`: sell a position whatever the rules say, at once if the market is open.

    Returns the code of the run that sells. Raises UsageError, RunInProgress, StateError, AuditError.
    """
    from automated_trading.adapters.folder_store import FolderStore
    from automated_trading.assembly import assembled, mode_folder
    from automated_trading.decisions.routines import Routine
    from automated_trading.engine.cycle import run_cycle
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS
    from automated_trading.engine.settling import ask_exit
    from automated_trading.reports.leaving import when_sold

    ticker, settings, screen = read_ticker(symbol), asked.settings(), Screen(asked)
    mode = settings.mode.value
    state, _ = FolderStore(mode_folder(settings), mode).peek()
    held = state.positions.get(ticker)
    if held is None:
        raise UsageError(f"our books do not hold {ticker}: they hold {', '.join(sorted(state.positions)) or 'nothing'}")
    if not agreed(asked, f"{mode.upper()}: sell all {held.qty} {ticker} at the market?", yes):
        _said(screen, mode, "exit", "nothing was done")
        return 0
    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        noted = ask_exit(world.desk, ticker)
        try:
            outcome = run_cycle(world.desk, Routine.MONITOR)
        except RunInProgress:
            _said(screen, mode, "exit", f"{noted.said}: the run at work just now sells it, or the next `monitor`")
            return 0
    said = f"{ticker}: {when_sold(outcome.state, outcome.market, ticker)}"
    _said(screen, mode, "exit", said, outcome.exit_code, outcome.said)
    if outcome.exit_code:
        screen.wrong(next(iter(outcome.problems), outcome.said))
    return outcome.exit_code


def _noted(asked: Asked, command: str, word: Callable[[Desk], Outcome]) -> int:
    """An owner's word put on record under the lock."""
    from automated_trading.assembly import assembled
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS

    settings, screen = asked.settings(), Screen(asked)
    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        outcome = word(world.desk)
    _said(screen, settings.mode.value, command, outcome.said, outcome.exit_code)
    return outcome.exit_code


def _said(screen: Screen, mode: str, command: str, said: str, code: int = 0, monitor: str = "") -> None:
    screen.say(f"{mode.upper()} {said}")
    if monitor:
        screen.say(f"  monitor: {monitor}")
    if screen.asked.json:
        run = {"monitor": monitor} if monitor else {}
        told = {"schema": 1, "mode": mode, "command": command, "exit_code": code, "said": said}
        screen.document({**told, **run})
