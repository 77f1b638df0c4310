"""What the owner does by hand.

Law of the room: an owner's act is an event like any other, written before it takes effect. `resume` lifts the halt it
saw and no other.
"""

from __future__ import annotations

from automated_trading.decisions.breakers import UNTIL_NEXT_SESSION
from automated_trading.domain.events import Event, Resumed
from automated_trading.domain.reasons import Reason
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


def _words(journal: Journal, lifted: list[Event], stays: list[str]) -> str:
    names = sorted(event.reason.value for event in lifted if isinstance(event, Resumed))
    said = f"resumed: {', '.join(names)}" if names else "nothing to resume"
    if stays:
        said += "; a newer halt stands and was left"
    standing = sorted(reason.value for reason in journal.state.halts)
    return f"{said}; still halted: {', '.join(standing)}" if standing else said
