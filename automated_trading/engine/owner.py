"""What the owner does by hand.

Law of the room: an owner's act is an event like any other, written before it takes effect. `resume` lifts the halt it
saw and no other. What is asked of the broker is asked once.
"""

from __future__ import annotations

from automated_trading.decisions.breakers import UNTIL_NEXT_SESSION
from automated_trading.domain.errors import BrokerError, BrokerUnclear, ConfigError
from automated_trading.domain.events import Event, Resumed
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from automated_trading.engine.desk import Desk, Outcome
from automated_trading.engine.execution import see_latch
from automated_trading.engine.journal import Journal

LOCK_WAIT_SECONDS = 240


def resume(desk: Desk) -> Outcome:
    """Lift the owner's halt and those only an owner may lift; the day-loss halt stays until the next session.

    Raises RunInProgress if another run holds the folder for four minutes.
    """
    with desk.store.lock(LOCK_WAIT_SECONDS):
        journal = Journal(desk.store.open(), desk, "resume")
        try:
            journal.begin()
            see_latch(desk, journal)
            lifted: list[Event] = [
                Resumed(reason, Reason.OWNER, journal.now, halt.token)
                for reason, halt in journal.state.halts.items()
                if reason not in UNTIL_NEXT_SESSION
            ]
            tokens = [event.token for event in lifted if isinstance(event, Resumed) and event.reason is Reason.OWNER]
            journal.note(lifted)
            journal.durable()
            stays = [token for token in tokens if not desk.gate.lift(token)]
            said = _words(journal, lifted, stays)
            journal.finish("done", said)
        finally:
            journal.close()
    return Outcome("resume", 0, said, journal.now, journal.state, journal.head, tuple(journal.events))


SUSPENDED = {
    True: "suspended at the broker: every new order of this account is refused there, sells and stops too, "
    "until `automated-trading resume --at-broker`; stops already resting there stay",
    False: "the broker takes orders again",
}


def at_broker(desk: Desk, on: bool) -> tuple[int, str]:
    """Suspend trading at the broker itself, or lift that: exit code and one line. Raises ConfigError on refused keys.

    An answer that is lost is looked up; the question is not asked again.
    """
    disabled = desk.gate.disabled()
    if disabled is not None:
        return 3, f"trading is disabled ({disabled}): the broker was not asked"
    try:
        desk.broker.suspend(on)
    except BrokerUnclear as silence:
        return _looked_up(desk, on, silence)
    except BrokerError as problem:
        return 4, f"the broker did not do it: {problem}"
    return 0, SUSPENDED[on]


def still_suspended(desk: Desk, state: State) -> bool:
    """Whether the broker refuses every order on the owner's word; where it cannot be asked, as it last was."""
    try:
        return desk.broker.suspended()
    except (BrokerError, ConfigError):
        return state.marked is not None and state.marked.suspended


def _looked_up(desk: Desk, on: bool, silence: BrokerUnclear) -> tuple[int, str]:
    try:
        stands = desk.broker.suspended()
    except BrokerError:
        return 4, f"unclear whether the broker did it: {silence}; `automated-trading status` shows how it stands"
    if stands is on:
        return 0, SUSPENDED[on]
    return (
        4,
        f"the broker has not done it so far: {silence}; say it again if `automated-trading status` shows no change",
    )


def _words(journal: Journal, lifted: list[Event], stays: list[str]) -> str:
    names = sorted(event.reason.value for event in lifted if isinstance(event, Resumed))
    said = f"resumed: {', '.join(names)}" if names else "nothing to resume"
    if stays:
        said += "; a newer halt stands and was left"
    standing = sorted(reason.value for reason in journal.state.halts)
    return f"{said}; still halted: {', '.join(standing)}" if standing else said
