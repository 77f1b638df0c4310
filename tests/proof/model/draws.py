"""What a story is drawn from: when it begins, the caps, and all that can befall a command.

Law of the file: half of all commands are calm; what is drawn for one is a plain value that can be printed.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from automated_trading.simulator.faults import Fault, FaultKind
from tests.proof.model.bench import CALM, SYMBOLS, Trouble
from tests.proof.model.door import Limits

STARTS = (
    date(2026, 2, 3),  # a Tuesday
    date(2026, 2, 26),  # two sessions before a month's end, and a change of the clocks a week behind it
    date(2026, 3, 6),  # the Friday before the clocks go on
    date(2026, 10, 29),  # the Thursday before they go back
    date(2026, 11, 25),  # Thanksgiving's eve: a holiday and a half day
)
LIMITS = (Limits(), Limits(positions=2, entries=4, exposure=Decimal("0.30")))
ENDPOINTS = (
    ("POST", "/v2/orders"),
    ("DELETE", "/v2/orders"),
    ("GET", "/v2/orders"),
    ("GET", "/v2/orders:"),
    ("GET", "/v2/positions"),
    ("GET", "/v2/account"),
    ("GET", "/v2/account/activities"),
    ("GET", "/v2/clock"),
    ("GET", "/v2/calendar"),
    ("GET", "/v2/assets"),
    ("GET", "/v2/stocks"),
)
tickers = st.sampled_from(SYMBOLS)
kinds = [kind for kind in FaultKind if kind.value != "huge"]  # 50 MB a time: the fault matrix has it
fault = st.builds(
    lambda kind, where, nth, seconds: Fault(kind, where[0], where[1], nth, timedelta(seconds=seconds)),
    st.sampled_from(kinds),
    st.sampled_from(ENDPOINTS),
    st.integers(1, 3),
    st.sampled_from((10, 10, 600, 90_000)),
)
cut = st.tuples(st.integers(1, 45), st.booleans(), st.sampled_from(("kept", "lost", "half", "zeroes", "undone")))
troubles = st.one_of(
    st.just(CALM),
    st.just(CALM),
    st.builds(lambda one: Trouble(faults=(one,)), fault),
    st.builds(lambda one, two: Trouble(faults=(one, two)), fault, fault),
    st.builds(lambda one: Trouble(cut=one), cut),
    st.builds(lambda one, two: Trouble((one,), two), fault, cut),
)
asking = st.builds(
    lambda kind, nth, seconds: Trouble((Fault(kind, "POST", "/v2/orders", nth, timedelta(seconds=seconds)),)),
    st.sampled_from(kinds),
    st.integers(1, 2),
    st.sampled_from((10, 400, 90_000)),
)
place = st.one_of(st.tuples(st.integers(7, 14), st.just("GET")), st.tuples(st.integers(1, 2), st.just("POST")))
hand = st.builds(lambda what, at: Trouble(hand=(what, *at)), st.sampled_from(("halt", "switch")), place)
at_the_order = st.one_of(asking, asking, hand, troubles)
small = st.sampled_from([Decimal(one) for one in ("0.5", "0.8", "0.91", "0.97", "1.02", "1.06", "1.3", "2")])
