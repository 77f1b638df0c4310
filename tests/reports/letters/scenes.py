"""A scene for each kind of letter: a state and an occasion from which it is written.

Law of the file: every figure is the builders' quiet Wednesday; what a scene adds is what its letter is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from automated_trading.domain import events as e
from automated_trading.domain.orders import OrderStatus, Purpose
from automated_trading.domain.positions import ClosedTrade
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import Closing, Difference, RulesChange, State
from automated_trading.reports.letter import Letter
from automated_trading.reports.letters.failed import failed_run
from automated_trading.reports.letters.occasion import Occasion
from automated_trading.reports.letters.silence import silence
from automated_trading.reports.letters.trial import trial_letter
from automated_trading.reports.letters.written import letters
from tests.builders import (
    BOOK,
    NOW,
    RULES,
    TODAY,
    TOMORROW,
    YESTERDAY,
    D,
    a_buy,
    a_market,
    a_position,
    a_price,
    a_sell,
    a_signal,
    a_state,
    after,
    an_account,
    an_outside_order,
    ny,
    resting,
)

HEAD = (412, "9f" * 32)
TRADE = ClosedTrade(
    "CCC", BOOK, D(40), D("25.00"), D("22.90"), D("-84.00"), "stop_loss", ny("09:40", YESTERDAY), ny("13:20"), TODAY
)
FIGURES = e.SessionClosed(TODAY, ny("16:30"), D("100412.55"), D("100000"), D("61200.10"), D("-84.00"), D("512.35"))


def occasion(**changes: Any) -> Occasion:
    """A monitor of the open market in which nothing stands out."""
    base = Occasion(command="monitor", session=TODAY, now=NOW, rules=RULES, head=HEAD, market=a_market())
    return replace(base, **changes)


def written(state: State, kind: str, **changes: Any) -> list[Letter]:
    """The letters of a kind that are to be written."""
    return [letter for letter in letters(state, occasion(**changes)) if letter.kind == kind]


def tell(state: State, *told: Letter) -> State:
    """The state after letters were kept."""
    return after(state, *(e.LetterKept(one.key, one.kind, one.session, one.matters) for one in told))


def a_morning() -> State:
    """Two ordered, one of them refused by the broker; one queued, one not yet, one refused."""
    lost = a_buy("BBB", "4", "25", status=OrderStatus.REFUSED, refusal="insufficient buying power")
    state = replace(a_state(), day=replace(a_state().day, morning_began=True))
    return after(
        state,
        e.OrderIntended(resting(a_buy("AAA", "10", "10.05"))),
        e.OrderIntended(lost),
        e.SignalQueued(BOOK, TODAY, a_signal("CCC", "9"), Reason.MAX_POSITIONS, "20 at 10.00", NOW),
        e.SignalNotYet(BOOK, TODAY, "DDD", Reason.NO_QUOTE, ""),
        e.SignalRefused(BOOK, TODAY, "EEE", Reason.LOW_SCORE, "5 < 6"),
        e.SignalRemarked(BOOK, TODAY, "AAA", Reason.FAR_FROM_SIGNAL, "12% away"),
    )


def some_fills() -> State:
    """One bought whole, one in part, one closed by its stop, one sold in part, one entry expired, one sell refused."""
    whole = filled(a_buy("AAA", "10", "10.05"), "10", "100.20", OrderStatus.FILLED)
    part = filled(a_buy("BBB", "20", "5.00"), "8", "39.60")
    gone = a_buy("DDD", "5", "30", status=OrderStatus.CANCELLED, cancelling="entry_timeout")
    selling = filled(a_sell("EEE", "30", reason="age"), "12", "133.20")
    no = a_sell("FFF", status=OrderStatus.REFUSED, refusal="held for orders")
    sold = filled(a_sell("CCC", "40"), "40", "916.00", OrderStatus.FILLED)
    held = a_position("EEE", "18", "11", realised=D("1.20"))
    return a_state(a_position("AAA", stop=D("9.22")), held, whole, part, gone, selling, no, sold, trades=(TRADE,))


def filled(order: Any, qty: str, value: str, status: OrderStatus = OrderStatus.ACCEPTED) -> Any:
    return replace(resting(order), filled_qty=D(qty), filled_value=D(value), status=status)


def halted() -> State:
    """The day's loss limit is reached, two positions are held."""
    detail = "equity -5.10% since the last close, limit -5.00%"
    return after(
        a_state(a_position(), a_position("BBB")), e.Halted(Reason.DAY_LOSS, detail, ny("10:05"), session=TODAY)
    )


def told(state: State, kind: str, **changes: Any) -> State:
    """The state once the letters of a kind were kept."""
    return tell(state, *written(state, kind, **changes))


def over() -> State:
    return after(told(halted(), "halt"), e.Resumed(Reason.DAY_LOSS, Reason.NEXT_SESSION, NOW))


def losing() -> State:
    state = a_state(marked=an_account(equity="97350"))
    return after(state, e.LossWarned(TODAY, "equity -2.65%"))


def differing() -> State:
    """Shares, an order and cash."""
    return a_state(
        a_position(),
        differences={"AAA": Difference(D(10), D(7), 2, ny("09:50"))},
        outside={"theirs": an_outside_order(readings=2)},
        cash=D(500),
        cash_since=ny("09:35"),
        cash_difference=Difference(D(500), D(420), 2, ny("09:50")),
    )


def agreeing() -> State:
    return after(
        told(differing(), "difference"),
        e.DifferenceSettled("AAA", "agree again"),
        e.CashDifferenceSettled("explained again"),
        e.OutsideOrderSeen(an_outside_order(readings=2, is_open=False)),
    )


def changed() -> State:
    return a_state(rules_change=RulesChange("3f1c9a20", "b7704e11", ny("09:35")))


def out_of_reach() -> State:
    return a_state(a_position(), resting(a_buy("BBB", "4", "25")), marked_at=ny("09:55"))


NO_LINE: dict[str, Any] = {"market": None, "unreachable": "GET /v2/clock: no answer within 10 s"}


def disputed() -> State:
    return a_state(a_position(), a_position("HHH"), differences={"AAA": Difference(D(10), D(7), 2, ny("09:50"))})


def evening() -> State:
    """A closed session: two held, one stopped out, a queue, refusals, a month of closings."""
    state = replace(a_morning(), trades=(TRADE,))
    bought = filled(a_buy("AAA", "10", "10.05"), "10", "100.20", OrderStatus.FILLED)
    sold = filled(a_sell("CCC", "40"), "40", "916.00", OrderStatus.FILLED)
    again = filled(a_buy("GGG", "6", "30", purpose=Purpose.REDEPLOY), "2", "59.80", OrderStatus.EXPIRED)
    orders = {order.client_order_id: order for order in (bought, sold, again)}
    day = replace(state.day, closed=(TRADE,), bought=D("160.00"), sold=D("916.00"), realised=D("-84.00"))
    older = a_position("HHH", "50", "40", opened=ny("09:40", date(2026, 6, 20)), session=date(2026, 6, 20), stop=D(41))
    return after(
        replace(
            state,
            day=day,
            orders={**state.orders, **orders},
            positions={"AAA": a_position(), "HHH": older},
            closings=tuple(curve()),
            runs={},
        ),
        e.RunStarted("morning", ny("09:35"), "r1", "1"),
        e.RunFinished("morning", ny("09:35"), "done", ""),
        e.RunStarted("monitor", ny("15:55"), "r1", "1"),
        e.RunFinished("monitor", ny("15:55"), "done", ""),
        e.RunStarted("eod", ny("16:30"), "r1", "1"),
        FIGURES,
    )


def curve() -> list[Closing]:
    """Thirty closings that rise, fall and rise."""
    moves = (120, -80, 60, 210, -340, 90, 150, -60, 30, -110)
    equity, day, rows = 99_700, TODAY - timedelta(days=31), []
    for number in range(30):
        equity += moves[number % 10]
        rows.append(Closing(day + timedelta(days=number), D(equity)))
    return rows


AT_THE_CLOSE: dict[str, Any] = {
    "command": "eod",
    "now": ny("16:30"),
    "market": a_market(
        prices={"AAA": a_price(last="10.40"), "HHH": a_price(last="44.10")}, now=ny("16:30"), is_open=False
    ),
}

MISSED = [
    ("monitor", YESTERDAY, "no monitor from 11:05 to the close"),
    ("eod", YESTERDAY, "never ran; its session was closed by nobody"),
    ("morning", TODAY, "began 10:40, 65 minutes late"),
]


def one(kind: str) -> Letter:
    """The letter of a kind."""
    (letter,) = SCENES[kind]()
    return letter


BROKEN_LOG = "audit log line 57 is not the one its successor names; `automated-trading audit verify` lists all"

SCENES: dict[str, Callable[[], list[Letter]]] = {
    "morning": lambda: written(a_morning(), "morning", command="morning"),
    "fills": lambda: written(some_fills(), "fills"),
    "halt": lambda: written(halted(), "halt"),
    "resume": lambda: written(over(), "resume", session=TOMORROW),
    "warning": lambda: written(losing(), "warning"),
    "difference": lambda: written(differing(), "difference"),
    "settled": lambda: written(agreeing(), "settled"),
    "settings": lambda: written(changed(), "settings"),
    "unreachable": lambda: written(out_of_reach(), "unreachable", **NO_LINE),
    "reached": lambda: written(told(out_of_reach(), "unreachable", **NO_LINE), "reached"),
    "silence": lambda: list(silence(a_state(), occasion(), MISSED)),
    "unprotected": lambda: written(disputed(), "unprotected"),
    "evening": lambda: written(evening(), "evening", **AT_THE_CLOSE),
    "trial": lambda: [trial_letter("paper", TODAY)],
    "run_failed": lambda: [failed_run("monitor", "AuditError", BROKEN_LOG, TODAY)],
}
