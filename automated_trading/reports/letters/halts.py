"""What stopped opening, what gave warning of it, and that it is over.

Law of the file: a halt that stands is told when it begins and then once a session; its end is told to whom its
beginning was told.
"""

from __future__ import annotations

from collections.abc import Iterator

from automated_trading.decisions.breakers import UNTIL_NEXT_SESSION, day_change
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Halt, State
from automated_trading.reports.amounts import bound, counted, money, per_cent, signed
from automated_trading.reports.letter import Letter, Level
from automated_trading.reports.letters.occasion import Occasion, Row, clock, digest, is_news, stamp, told_begins
from automated_trading.reports.letters.reasons import sentence

EXITS_GO_ON = "Nothing opens and open buys are cancelled. Exits, stops and cancels go on."
NO_ORDER = "Nothing opens, and the broker takes no order of this account, sells and stops neither"


def halt(state: State, occasion: Occasion) -> Iterator[Letter]:
    """The halts that stand, where one of them was not told this session."""
    if not state.halts:
        return
    standing = sorted(state.halts.items(), key=lambda row: row[1].since)
    matters = {f"{_name(reason, halt)}:{occasion.session}": digest(halt.detail) for reason, halt in standing}
    if not is_news(state, matters):
        return
    lasting = all(told_begins(state, f"{_name(reason, halt)}:") for reason, halt in standing)
    names = ", ".join(sorted(reason.value for reason in state.halts))
    subject = f"{'Still halted' if lasting else 'Halted'}, nothing opens: {names}"
    yield Letter(
        kind="halt",
        session=occasion.session,
        level=Level.WARNING if state.halts.keys() == {Reason.OWNER} else Level.CRITICAL,
        subject=subject,
        short=f"{subject}. {standing[-1][1].detail}",
        matters=matters,
        facts={
            "said": _said(state),
            "halts": [_halt_row(reason, halt) for reason, halt in standing],
            "held": _held(state),
            "todo": _todo(state),
        },
    )


def _name(reason: Reason, halt: Halt) -> str:
    return f"halt:{reason.value}:{stamp(halt.since)}"


def _halt_row(reason: Reason, halt: Halt) -> Row:
    detail = f"{sentence(reason.value)} {halt.detail}".strip()
    return [reason.value, detail, f"since {clock(halt.since)}"]


def _held(state: State) -> str:
    held = sum(position.qty > 0 for position in state.positions.values())
    return f"{counted(held, 'position')} held; each keeps its stop." if held else "No position is held."


def _said(state: State) -> str:
    blocked = state.marked.blocked if state.marked is not None else None
    return EXITS_GO_ON if blocked is None else f"{NO_ORDER} ({blocked}). Stops already resting there stay."


def _todo(state: State) -> str:
    there = state.marked is not None and state.marked.suspended
    resume = "automated-trading resume --at-broker" if there else "automated-trading resume"
    by_time = [reason.value for reason, halt in state.halts.items() if halt.session is not None]
    by_hand = sorted(reason.value for reason in state.halts if reason not in UNTIL_NEXT_SESSION)
    told = [f"Once you have looked: {resume} (lifts {', '.join(by_hand)})"] if by_hand else []
    told += [f"{', '.join(sorted(by_time))} ends by itself with its last session"] if by_time else []
    return ". ".join(told) + "."


def resumed(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Halts that were told and stand no more."""
    standing = {_name(reason, halt) for reason, halt in state.halts.items()}
    told = {":".join(name.split(":")[:3]) for name in state.told if name.startswith("halt:")}
    over = sorted(told - standing)
    matters = {f"over:{name}": digest("over") for name in over}
    matters = {name: told for name, told in matters.items() if is_news(state, {name: told})}
    if not matters:
        return
    reasons = sorted({name.split(":")[2] for name in matters})
    left = sorted(reason.value for reason in state.halts)
    subject = f"Over: halt {', '.join(reasons)}" if left else f"Opening again: halt {', '.join(reasons)} is over"
    yield Letter(
        kind="resume",
        session=occasion.session,
        level=Level.INFO,
        subject=subject,
        short=subject,
        matters=matters,
        facts={
            "said": f"Still halted by {', '.join(left)}: nothing opens."
            if left
            else "The desk may open positions again.",
            "lifted": [[reason, sentence(reason), _by(reason)] for reason in reasons],
        },
    )


def _by(reason: str) -> str:
    return "its session is over" if reason in {known.value for known in UNTIL_NEXT_SESSION} else "lifted"


def warned(state: State, occasion: Occasion) -> Iterator[Letter]:
    """Half of the day's loss limit is gone."""
    day, account = state.day, state.marked
    if not day.warned or day.session is None or account is None:
        return
    matters = {f"loss-warning:{day.session}": digest("warned")}
    if not is_news(state, matters):
        return
    base = day.last_equity if day.last_equity is not None else account.last_equity
    limit = bound(occasion.rules.breakers.daily_loss)
    part = day_change(state, account)
    change = per_cent(part) if part is not None else "unknown"
    subject = f"Half of the day's loss limit is gone: equity {change}"
    yield Letter(
        kind="warning",
        session=day.session,
        level=Level.WARNING,
        subject=subject,
        short=f"{subject}, limit -{limit}",
        matters=matters,
        facts={
            "said": f"At -{limit} nothing opens for the rest of the session. Exits and stops go on either way.",
            "figures": [
                ["Equity now", money(account.equity), f"{change} since the last close"],
                ["Equity at the last close", money(base), ""],
                *([["Paid in and taken out", signed(day.flows), "no profit and no loss"]] if day.flows != 0 else []),
                ["Daily loss limit", f"-{limit}", ""],
            ],
        },
    )
