"""Everything that can go wrong, drawn once.

    TradingError
    |- UsageError           an option asks for what cannot be  nothing was read        exit 2
    |- ConfigError          a knob is missing or absurd            nothing was read        exit 3
    |- StateError           the data folder cannot be used         nothing was sent        exit 3
    |- AuditError           the record is damaged or contradicts   nothing was sent        exit 8
    |- MarketDataError      no price, or one not understood        that name waits         exit 4
    |- BrokerError                                                                         exit 4
    |  |- BrokerUnreachable   asked, no line: nothing was done     the next cycle asks again
    |  |- BrokerUnclear       sent, no answer                      the broker's records settle it
    |  `- BrokerRefused       the venue said no, in its own words  becomes a report
    |- OutOfTime            the run's minutes are over         as after a crash        exit 4
    |- RunInProgress        another run holds the folder           nothing was read        exit 7
    `- AlertError           a letter did not leave                 never stops a cycle

Law of the room: an error is one line for the owner: what is wrong and what to do. A refusal by our own
rules is not an error; it is an Action with a reason.
"""

from __future__ import annotations


class TradingError(Exception):
    """Anything the desk knows how to name; `exit_code` is what the command line returns for it."""

    exit_code = 4


class UsageError(TradingError):
    """An option of the command line asks for what cannot be."""

    exit_code = 2


class ConfigError(TradingError):
    """A setting is missing, unknown or out of its range."""

    exit_code = 3


class StateError(TradingError):
    """The data folder cannot be used: read-only, full, damaged or another account's."""

    exit_code = 3


class AuditError(TradingError):
    """The audit log is damaged, or does not agree with the snapshots beside it."""

    exit_code = 8


class MarketDataError(TradingError):
    """Prices could not be had, or not understood."""


class BrokerError(TradingError):
    """The broker did not do what was asked."""


class BrokerUnreachable(BrokerError):
    """Asked, no line: the broker certainly did nothing."""


class BrokerUnclear(BrokerError):
    """Sent, and no answer that can be read: the broker may have acted."""


class BrokerRefused(BrokerError):
    """The broker said no; `status` is its HTTP status, `words` its own message.

    `through`: because the price stands beyond the order's stop already.
    """

    def __init__(self, status: int, words: str, *, through: bool = False) -> None:
        super().__init__(f"the broker refused ({status}): {words}")
        self.status = status
        self.words = words
        self.through = through


class OutOfTime(TradingError):
    """The run's minutes are over. No BrokerError: nothing below the front door may take it for an answer."""


class RunInProgress(TradingError):
    """Another run holds this data folder."""

    exit_code = 7


class AlertError(TradingError):
    """A letter did not leave; it stays in the outbox."""

    exit_code = 0
