"""`halt` and `resume`: the owner's word.

Law of the file: `halt` waits for nobody and needs no broker; `resume` is a run like any other, under the lock.
"""

from __future__ import annotations

import secrets

from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.domain.sessions import utc_text


def halt(asked: Asked, reason: str) -> int:
    """Set the latch: nothing opens until `resume`. Raises StateError."""
    from automated_trading.adapters.latch import Latch
    from automated_trading.assembly import mode_folder

    settings, screen = asked.settings(), Screen(asked)
    Latch(mode_folder(settings)).set(secrets.token_hex(8), reason, utc_text(asked.now))
    said = "halted: nothing opens until `automated-trading resume`; exits and stops go on"
    _said(screen, settings.mode.value, "halt", said)
    return 0


def resume(asked: Asked) -> int:
    """Lift what only the owner may lift. Raises RunInProgress, StateError, AuditError."""
    from automated_trading.assembly import assembled
    from automated_trading.engine.owner import LOCK_WAIT_SECONDS, resume as lift

    settings, screen = asked.settings(), Screen(asked)
    with assembled(settings, asked.cwd, now=asked.now, wait_seconds=LOCK_WAIT_SECONDS) as world:
        outcome = lift(world.desk)
    _said(screen, settings.mode.value, "resume", outcome.said)
    return outcome.exit_code


def _said(screen: Screen, mode: str, command: str, said: str) -> None:
    screen.say(f"{mode.upper()} {said}")
    if screen.asked.json:
        screen.document({"schema": 1, "mode": mode, "command": command, "exit_code": 0, "said": said})
