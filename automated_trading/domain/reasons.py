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
    FUTURE = "future"
    LOW_SCORE = "low_score"
    ACCOUNT_BLOCKED = "account_blocked"
    BLOCKED = "blocked"
    IGNORED = "ignored"
    ASSET_UNKNOWN = "asset_unknown"
    ASSET_INACTIVE = "asset_inactive"
    NOT_TRADABLE = "not_tradable"
    HELD = "held"
    OTHER_BOOK = "other_book"
    ORDER_OPEN = "order_open"
    COOL_DOWN = "cool_down"
    MAX_SECTOR = "max_sector"
    # not yet
    NO_FILE = "no_file"
    HALTED = "halted"
    TRADING_DISABLED = "trading_disabled"
    CLOCK_SKEW = "clock_skew"
    NO_EQUITY = "no_equity"
    CASH_UNEXPLAINED = "cash_unexplained"
    ASSET_NOT_ASKED = "asset_not_asked"
    OUTSIDE_ORDER = "outside_order"
    NO_QUOTE = "no_quote"
    STALE_QUOTE = "stale_quote"
    ONE_SIDED_QUOTE = "one_sided_quote"
    CROSSED_QUOTE = "crossed_quote"
    WIDE_SPREAD = "wide_spread"
    NO_PREVIOUS_CLOSE = "no_previous_close"
    GAP_UP = "gap_up"
    GAP_DOWN = "gap_down"
    OFF_SIGNAL_PRICE = "off_signal_price"
    FROZEN = "frozen"
    # allowed, but said
    FAR_FROM_SIGNAL = "far_from_signal"
    # queued: only room is lacking
    MAX_POSITIONS = "max_positions"
    MAX_EXPOSURE = "max_exposure"
    NO_CASH = "no_cash"
    DAILY_ORDERS = "daily_orders"
    UNDER_ONE_SHARE = "under_one_share"
    # dropped from the queue
    AGED = "aged"
    REDEPLOYED = "redeployed"
    # orders
    ENTRY = "entry"
    REDEPLOYMENT = "redeployment"
    STOP_LOSS = "stop_loss"
    TRAILING_STOP = "trailing_stop"
    TAKE_PROFIT = "take_profit"
    AGE = "age"
    UNDECIDED = "undecided"
    OWNER_EXIT = "owner_exit"
    STOP_DECIDED = "stop_decided"
    EXIT_TIMEOUT = "exit_timeout"
    ENTRY_TIMEOUT = "entry_timeout"
    EXIT_FIRST = "exit_first"
    PROTECTIVE_STOP = "protective_stop"
    THROUGH_STOP = "through_stop"
    STOP_RAISED = "stop_raised"
    STOP_RESIZED = "stop_resized"
    SALE_DUE = "sale_due"
    POSITION_GONE = "position_gone"
    NEVER_ARRIVED = "never_arrived"
    TAKEN_BACK = "taken_back"
    # no stop at the broker
    MONITOR_ONLY = "monitor_only"
    ENTRY_OPEN = "entry_open"
    FRACTION = "fraction"
    PRICE_AT_STOP = "price_at_stop"
    STOP_REFUSED = "stop_refused"
    NO_STOP_YET = "no_stop_yet"
    # halts
    OWNER = "owner"
    DAY_LOSS = "day_loss"
    LOSING_STREAK = "losing_streak"
    DRAWDOWN = "drawdown"
    LOST_FOLDER = "lost_folder"
    ORDER_FAILURES = "order_failures"
    NEXT_SESSION = "next_session"


SENTENCES: dict[Reason, str] = {
    Reason.MALFORMED: "The entry is not usable: bad ticker, or a number that is missing, not finite or not positive.",
    Reason.DUPLICATE: "The file has a better entry of the same ticker.",
    Reason.STALE: "The signal was generated before the previous session's close.",
    Reason.FUTURE: "The signal is dated after this session's close.",
    Reason.LOW_SCORE: "The score is under min_signal_score.",
    Reason.ACCOUNT_BLOCKED: "The broker has blocked the account or its trading.",
    Reason.BLOCKED: "The owner has blocked this symbol (`block`).",
    Reason.IGNORED: "The owner holds this symbol himself (`reconcile --ignore`): the desk leaves it alone.",
    Reason.ASSET_UNKNOWN: "The broker does not know this symbol.",
    Reason.ASSET_INACTIVE: "The broker says this symbol is not active.",
    Reason.NOT_TRADABLE: "The broker does not trade this symbol.",
    Reason.HELD: "The book already holds this symbol.",
    Reason.OTHER_BOOK: "Another book holds this symbol or has an order in it.",
    Reason.ORDER_OPEN: "An order of this symbol is open, or its outcome is unclear.",
    Reason.COOL_DOWN: "The symbol was sold less than COOL_DOWN_DAYS ago.",
    Reason.MAX_SECTOR: "The order would take its sector over MAX_SECTOR_PCT of the book.",
    Reason.NO_FILE: "There is no signals file to read yet.",
    Reason.HALTED: "The desk is halted: nothing opens.",
    Reason.TRADING_DISABLED: "Trading is switched off (TRADING_ENABLED or .trading_disabled).",
    Reason.CLOCK_SKEW: "This machine's clock is more than 60 seconds off the broker's.",
    Reason.NO_EQUITY: "The broker tells no usable equity for the account.",
    Reason.CASH_UNEXPLAINED: "Cash is missing at the broker that nothing on record explains.",
    Reason.ASSET_NOT_ASKED: "The broker could not be asked about this symbol.",
    Reason.OUTSIDE_ORDER: "An order that is not the desk's rests in this symbol.",
    Reason.NO_QUOTE: "There is no quote.",
    Reason.STALE_QUOTE: "The quote is older than quote_max_age (or from the future).",
    Reason.ONE_SIDED_QUOTE: "The quote lacks its bid or its ask.",
    Reason.CROSSED_QUOTE: "The bid is above the ask.",
    Reason.WIDE_SPREAD: "The spread is over MAX_SPREAD_PCT of the price.",
    Reason.NO_PREVIOUS_CLOSE: "The official close of the session before is not known.",
    Reason.GAP_UP: "The ask is more than MAX_GAP_UP_PCT above the previous close.",
    Reason.GAP_DOWN: "The ask is more than MAX_GAP_DOWN_PCT below the previous close.",
    Reason.OFF_SIGNAL_PRICE: "The ask is over REDEPLOYMENT_PRICE_TOLERANCE_PCT away from the queued signal's price.",
    Reason.FAR_FROM_SIGNAL: "Ordered, though the ask is over FAR_FROM_SIGNAL_PCT away from the signal's own price.",
    Reason.FROZEN: "Our books and the broker differ in this symbol; it is frozen until that is settled.",
    Reason.MAX_POSITIONS: "The book has MAX_POSITIONS positions and open buys.",
    Reason.MAX_EXPOSURE: "The order would take the book over MAX_TOTAL_EXPOSURE.",
    Reason.NO_CASH: "The order costs more than the cash not already promised to open buys.",
    Reason.DAILY_ORDERS: "MAX_ENTRIES_PER_DAY entries have been ordered today.",
    Reason.UNDER_ONE_SHARE: "One share costs more than a full position.",
    Reason.AGED: "The queued signal is older than one session.",
    Reason.REDEPLOYED: "The queued signal has been bought.",
    Reason.ENTRY: "An approved signal is bought.",
    Reason.REDEPLOYMENT: "A queued signal is bought with room that came free.",
    Reason.STOP_LOSS: "Two prices agree that the stop under entry is reached.",
    Reason.TRAILING_STOP: "Two prices agree that the stop that followed the high is reached.",
    Reason.TAKE_PROFIT: "Two prices agree that the tier's target is reached.",
    Reason.AGE: "The position is as old as a row of AGE_RULES and has gained less than it asks.",
    Reason.UNDECIDED: "One price alone said sell for UNDECIDED_CYCLES cycles: sold by limit under the best price.",
    Reason.OWNER_EXIT: "The owner said `exit`.",
    Reason.STOP_DECIDED: "The prices agree now: the limit sell is taken back, for a market order or for none.",
    Reason.EXIT_TIMEOUT: "The limit sell did not fill within EXIT_TIMEOUT_MINUTES.",
    Reason.ENTRY_TIMEOUT: "The entry did not fill within entry_timeout.",
    Reason.EXIT_FIRST: "The symbol is to be sold, so its open buy goes first.",
    Reason.PROTECTIVE_STOP: "The stop that rests at the broker sells it there.",
    Reason.THROUGH_STOP: "The broker says that the price is through the stop already: sold at once.",
    Reason.STOP_RAISED: "The stop at the broker is taken back for one that stands 1% higher or more.",
    Reason.STOP_RESIZED: "The stop at the broker is for another number of shares than it should be: it is placed anew.",
    Reason.SALE_DUE: "The symbol is to be sold, so its stop at the broker goes first.",
    Reason.POSITION_GONE: "Our books hold nothing any more that the stop at the broker could sell.",
    Reason.NEVER_ARRIVED: "The order's session is over and the broker does not know it.",
    Reason.TAKEN_BACK: "An order of ours was found at the broker and is on the books again.",
    Reason.MONITOR_ONLY: "PROTECTIVE_STOPS is monitor: no stop rests at the broker, each `monitor` looks at the price.",
    Reason.ENTRY_OPEN: "The buy has not ended yet; a stop beside it would be refused.",
    Reason.FRACTION: "Part of a share is left over: a stop that rests is for whole shares.",
    Reason.PRICE_AT_STOP: "A price stands at or under the stop and no second one agrees: the desk's own stop decides.",
    Reason.STOP_REFUSED: "The broker refused the stop; it is not asked again this session.",
    Reason.NO_STOP_YET: "The next run while the market is open places the stop.",
    Reason.OWNER: "The owner said halt.",
    Reason.DAY_LOSS: "Equity, net of deposits and withdrawals, fell by DAILY_LOSS_LIMIT_PCT since the last close.",
    Reason.LOSING_STREAK: "MAX_CONSECUTIVE_LOSSES positions in a row were closed at a loss.",
    Reason.DRAWDOWN: "Equity is MAX_DRAWDOWN_HALT_PCT under its high-water mark, net of deposits and withdrawals.",
    Reason.LOST_FOLDER: "The data folder is empty but the account has orders of this desk, or its log was begun anew.",
    Reason.ORDER_FAILURES: "Five orders in a row failed.",
    Reason.NEXT_SESSION: "A later session lifts the halt.",
}
