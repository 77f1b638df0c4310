"""What a client sees of each fault, on a socket and in process, and whether the venue acted on it.

Law of the file: the table is what `simulator/faults.py` promises, written down a second time by hand.
"""

from __future__ import annotations

from automated_trading.simulator.faults import FaultKind as K

NEVER, ONCE = 0, 1

ORDERED: dict[K, tuple[int | str, int]] = {
    # an order is asked for: the status, or the error of requests; how many orders there are then
    K.LOST_BEFORE: ("ConnectionError", NEVER),
    K.LOST_AFTER: ("ConnectionError", ONCE),
    K.RESET_BEFORE: ("ConnectionError", NEVER),
    K.RESET_AFTER: ("ConnectionError", ONCE),
    K.SILENT_BEFORE: ("ReadTimeout", NEVER),
    K.SILENT_AFTER: ("ReadTimeout", ONCE),
    K.LATE: ("ConnectionError", NEVER),
    K.TWICE: (200, ONCE),
    K.TOO_MANY: (429, NEVER),
    K.TOO_MANY_BARE: (429, NEVER),
    K.ERROR_500_BEFORE: (500, NEVER),
    K.ERROR_500_AFTER: (500, ONCE),
    K.ERROR_502_BEFORE: (502, NEVER),
    K.ERROR_502_AFTER: (502, ONCE),
    K.ERROR_503_BEFORE: (503, NEVER),
    K.ERROR_503_AFTER: (503, ONCE),
    K.ERROR_504_BEFORE: (504, NEVER),
    K.ERROR_504_AFTER: (504, ONCE),
    K.HTML: (200, ONCE),
    K.TRUNCATED: (200, ONCE),
    K.CUT_OFF: ("ChunkedEncodingError", ONCE),
    K.HUGE: (200, ONCE),
    K.WRONG_TYPES: (200, ONCE),
    K.EXTRA_FIELDS: (200, ONCE),
    K.MISSING_FIELDS: (200, ONCE),
    K.UNKNOWN_STATUS: (200, ONCE),
    K.LAGGING: (200, ONCE),
    K.UNSEEN: (200, ONCE),
    K.TRICKLE: ("ReadTimeout", ONCE),
    K.REDIRECT: (307, NEVER),
    K.SKEWED: (200, ONCE),
    K.CRASH: ("ConnectionError", ONCE),
}
