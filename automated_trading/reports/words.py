"""One line of plain words for each event.

Law of the room: words are made from the event alone, say what happened and never what was hoped. An event either has
words or stands on the list of the silent.
"""

from __future__ import annotations

from typing import assert_never

from automated_trading.domain import events as e
from automated_trading.domain.state import CONFIRMED_READINGS, Checkpoint, LoggedEvent
from automated_trading.reports.account_words import tell_account
from automated_trading.reports.alarm_words import tell_alarm
from automated_trading.reports.amounts import money as money, price as price, signed as signed
from automated_trading.reports.letter_words import tell_letter
from automated_trading.reports.order_words import order_words as order_words, symbol_of as symbol_of, tell_order
from automated_trading.reports.owner_words import tell_owner
from automated_trading.reports.position_words import tell_position
from automated_trading.reports.signal_words import tell_signal

SILENT = (
    e.RunStarted,
    e.RunFinished,
    e.AccountPinned,
    e.SessionBegan,
    e.MorningBegan,
    e.EquityMarked,
    e.AssetsSeen,
    Checkpoint,
)
"""Events that only keep the books."""

GRAVE = (
    e.Halted,
    e.HaltSeen,
    e.LogCut,
    e.LogRestarted,
    e.LossWarned,
    e.OrderDoubted,
    e.OrderPuzzling,
    e.OrderReplaced,
    e.OrderUnclear,
    e.RunLate,
    e.RunMissed,
    e.SettingsChanged,
    e.StopUndecided,
)
"""Events an owner must hear of at once, whatever they say."""


def tell(event: LoggedEvent) -> str | None:
    """The event in words, or None for one of the silent."""
    if isinstance(event, SILENT):
        return None
    if isinstance(event, e.OrderWritten | e.OrderAnswered | e.Fill):
        return tell_order(event)
    if isinstance(event, e.SignalEvent):
        return tell_signal(event)
    if isinstance(event, e.OwnerEvent):
        return tell_owner(event)
    if isinstance(event, e.PositionEvent):
        return tell_position(event)
    if isinstance(event, e.HaltEvent | e.DifferenceEvent):
        return tell_alarm(event)
    if isinstance(event, e.LetterEvent):
        return tell_letter(event)
    match event:
        case e.RunMissed():
            return f"MISSED: {event.words}"
        case e.RunLate():
            return f"LATE: {event.words}"
        case e.CashCounted() | e.ActivityHeard() | e.OutsideOrderSeen():
            return tell_account(event)
        case e.CashDifferenceSeen() | e.CashDifferenceSettled():
            return tell_account(event)
        case e.SessionClosed():
            return f"session {event.session} closed: equity {money(event.equity)}"
        case e.LogCut():
            return f"the log's torn tail after line {event.after_seq} was cut and kept as {event.kept_as}"
        case e.SettingsChanged():
            return f"settings changed: rules {event.old} became {event.new}"
        case _:
            assert_never(event)


def is_grave(event: LoggedEvent) -> bool:
    """Whether an owner must be told of the event by every run, asked or not."""
    match event:
        case e.DifferenceSeen() | e.CashDifferenceSeen():
            return event.readings >= CONFIRMED_READINGS
        case e.OutsideOrderSeen(order):
            return order.is_open and order.readings >= CONFIRMED_READINGS
        case e.OrderAccepted():
            return bool(event.mismatch)
        case _:
            return isinstance(event, GRAVE)
