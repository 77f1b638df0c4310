"""What thousands of simulated days must have seen, or they have proved nothing.

Law of the file: one list for some hundred days, one for some thousand; a name here is a name in the table.
"""

from __future__ import annotations

from automated_trading.simulator.faults import FaultKind
from tests.proof.days.disk import FATES
from tests.proof.days.hand import RATES
from tests.proof.days.wire import ACT_FAULTS, GET_FAULTS

EVERY: tuple[str, ...] = (
    *(f"cut: {fate}" for fate in FATES),
    *("disk: ENOSPC", "disk: EIO at write", "disk: EIO at fsync", "disk: EIO at replace"),
    *("disk full for a run", "disk full for hours", "raised: StateError"),
    *(f"snapshots {how}" for how in ("deleted", "cut", "garbage", "older")),
    *(f"schedule: {how}" for how in ("dropped", "doubled", "late", "on an edge")),
    *(f"clock: {seconds} s off" for seconds in (3, 30, 75, 3_600, 86_400)),
    *("surprise: clock jumps", "surprise: halt", "surprise: switched off"),
    *("owner: halt", "owner: switch off", "owner: settled", "run: resume", "run: reconcile", "run: exit", "run: block"),
    *("hand: deposit", "hand: withdrawal", "hand: fee", "hand: dividend", "hand: split", "hand: hand buy"),
    *("hand: hand sell", "hand: halted stock", "hand: bad print low", "hand: one price says sell", "hand: silent cash"),
    *("hand: stale quote", "hand: crossed quote", "hand: no quote", "hand: wide quote", "hand: all fall"),
    *(f"wire: GET {kind.value}" for kind, _ in GET_FAULTS),
    *("wire: POST late", "wire: POST twice", "wire: POST lost_before", "wire: POST lost_after"),
    *("order: filled", "order: canceled", "order: rejected", "order: replaced"),
    *("log: intended buy entry", "log: intended buy redeployment", "log: intended sell stop_loss"),
    "log: intended sell protective_stop",
    *("log: intended sell trailing_stop", "log: intended sell undecided", "log: intended sell owner_exit"),
    *("log: order_unclear", "log: order_replaced", "log: cancel_intended", "log: log_cut", "log: halt_seen"),
    *("log: halted day_loss", "log: halted losing_streak", "log: resumed owner by owner"),
    *("log: signal_not_yet halted", "log: signal_not_yet trading_disabled", "log: signal_not_yet gap_up"),
    *("log: difference_seen 1", "log: difference_seen 2", "log: cash_difference_seen 2", "log: position_adopted"),
    *("log: position_forgotten", "log: session_closed", "log: checkpoint", "log: activity_heard SPLIT"),
    *("a clean run judged", "a quiet evening judged", "signals: none new", "signals: broken file"),
)
"""What some hundred days have seen."""

RARE: tuple[str, ...] = (
    *(f"hand: {kind}" for kind, _ in RATES),
    *(f"wire: POST {kind.value}" for kind, _ in ACT_FAULTS),
    *("wire: DELETE late", "wire: DELETE lost_after", "wire: DELETE twice", "wire: DELETE lost_before"),
    f"wire: GET {FaultKind.HUGE.value}",
    *("folder lost", "order: expired", "log: halted lost_folder", "log: halted drawdown", "log: symbol_ignored"),
    *("log: order_refused", "log: order_withdrawn", "log: order_doubted", "log: order_puzzling"),
    *("log: signal_not_yet clock_skew", "log: signal_not_yet cash_unexplained", "log: intended sell age"),
    *("log: intended buy taken_back", "log: intended sell taken_back", "log: outside_order_seen"),
)
"""What some thousand days have seen too."""
