"""Why. Every refusal, wait, queueing, exit and halt carries one of these slugs.

Law of the room: a slug is listed here once, with the sentence README prints; nothing in the desk says no without one.
"""

from __future__ import annotations

from enum import Enum


class Reason(Enum):
    """A slug; its sentence is in `SENTENCES`."""

    # a signal refused
    MALFORMED = "malformed"
    DUPLICATE = "duplicate"
    STALE = "stale"
    LOW_SCORE = "low_score"
    ACCOUNT_BLOCKED = "account_blocked"
    HELD = "held"
    OTHER_BOOK = "other_book"
    ORDER_OPEN = "order_open"
    # not yet
    NO_FILE = "no_file"
    HALTED = "halted"
    TRADING_DISABLED = "trading_disabled"
    CLOCK_SKEW = "clock_skew"
    NO_EQUITY = "no_equity"
    NO_QUOTE = "no_quote"
    STALE_QUOTE = "stale_quote"
    ONE_SIDED_QUOTE = "one_sided_quote"
    CROSSED_QUOTE = "crossed_quote"
    FROZEN = "frozen"
    # queued: only room is lacking
    MAX_POSITIONS = "max_positions"
    MAX_EXPOSURE = "max_exposure"
    NO_CASH = "no_cash"
    DAILY_ORDERS = "daily_orders"
    UNDER_ONE_SHARE = "under_one_share"
    # dropped from the queue
    AGED = "aged"
    # orders
    ENTRY = "entry"
    STOP_LOSS = "stop_loss"
    ENTRY_TIMEOUT = "entry_timeout"
    EXIT_FIRST = "exit_first"
    NEVER_ARRIVED = "never_arrived"
    TAKEN_BACK = "taken_back"
    # halts
    OWNER = "owner"
    DAY_LOSS = "day_loss"
    LOST_FOLDER = "lost_folder"
    ORDER_FAILURES = "order_failures"
    NEXT_SESSION = "next_session"


SENTENCES: dict[Reason, str] = {
    Reason.MALFORMED: "The entry is not usable: bad ticker, or a number that is missing, not finite or not positive.",
    Reason.DUPLICATE: "The file has a better entry of the same ticker.",
    Reason.STALE: "The signal was generated before the previous session's close.",
    Reason.LOW_SCORE: "The score is under min_signal_score.",
    Reason.ACCOUNT_BLOCKED: "The broker has blocked the account or its trading.",
    Reason.HELD: "The book already holds this symbol.",
    Reason.OTHER_BOOK: "Another book holds this symbol or has an order in it.",
    Reason.ORDER_OPEN: "An order of this symbol is open, or its outcome is unclear.",
    Reason.NO_FILE: "There is no signals file to read yet.",
    Reason.HALTED: "The desk is halted: nothing opens.",
    Reason.TRADING_DISABLED: "Trading is switched off (TRADING_ENABLED or .trading_disabled).",
    Reason.CLOCK_SKEW: "This machine's clock is more than 60 seconds off the broker's.",
    Reason.NO_EQUITY: "The broker tells no usable equity for the account.",
    Reason.NO_QUOTE: "There is no quote.",
    Reason.STALE_QUOTE: "The quote is older than quote_max_age (or from the future).",
    Reason.ONE_SIDED_QUOTE: "The quote lacks its bid or its ask.",
    Reason.CROSSED_QUOTE: "The bid is above the ask.",
    Reason.FROZEN: "Our books and the broker differ in this symbol; it is frozen until that is settled.",
    Reason.MAX_POSITIONS: "The book has MAX_POSITIONS positions and open buys.",
    Reason.MAX_EXPOSURE: "The order would take the book over MAX_TOTAL_EXPOSURE.",
    Reason.NO_CASH: "The order costs more than the cash not already promised to open buys.",
    Reason.DAILY_ORDERS: "MAX_ENTRIES_PER_DAY entries have been ordered today.",
    Reason.UNDER_ONE_SHARE: "One share costs more than a full position.",
    Reason.AGED: "The queued signal is older than one session.",
    Reason.ENTRY: "An approved signal is bought.",
    Reason.STOP_LOSS: "Bid and last trade are both at or under the position's stop.",
    Reason.ENTRY_TIMEOUT: "The entry did not fill within entry_timeout.",
    Reason.EXIT_FIRST: "The symbol is to be sold, so its open buy goes first.",
    Reason.NEVER_ARRIVED: "The order's session is over and the broker does not know it.",
    Reason.TAKEN_BACK: "An order of ours was found at the broker and is on the books again.",
    Reason.OWNER: "The owner said halt.",
    Reason.DAY_LOSS: "Equity fell by DAILY_LOSS_LIMIT_PCT or more against the last close.",
    Reason.LOST_FOLDER: "The data folder is empty but the account has orders of this desk.",
    Reason.ORDER_FAILURES: "Five orders in a row failed.",
    Reason.NEXT_SESSION: "A new session lifts the day-loss halt.",
}
