"""A replay's result to say sentences with: a day of one entry that waited, a thousand dollars, nothing held.

Law of the file: everything holds unless a test says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from automated_trading.domain.positions import ClosedTrade
from automated_trading.reports.replay_fates import Fate, Kind, Listed, Reach, Tally, Told
from automated_trading.reports.replay_report import figures
from automated_trading.reports.replay_result import Held, Proof, Result
from tests.builders import BOOK, NOW, TODAY, D, a_position, an_account

WAITED = Fate(Kind.NOT_YET, "no_quote")


def a_trade(symbol: str = "AAA", realised: str = "-10", **changes: Any) -> ClosedTrade:
    """Ten shares bought at ten dollars and sold at a stop."""
    exit_price = 10 + D(realised) / 10
    return replace(
        ClosedTrade(symbol, BOOK, D(10), D(10), exit_price, D(realised), "stop_loss", NOW, NOW, score=D(7)), **changes
    )


def a_told(label: str = "AAA", fate: Fate = WAITED, **entry: Any) -> Told:
    return Told(replace(Listed(TODAY, label, True, Reach.DAY, D(7)), **entry), fate)


def a_held(symbol: str = "AAA", mark: str | None = "11", **position: Any) -> Held:
    """Ten shares bought at ten dollars today, and priced today."""
    return Held(a_position(symbol, **{"score": D(7), **position}), D(mark) if mark is not None else None, TODAY)


def a_result(**changes: Any) -> Result:
    """`trades` and `proof` (its changes) may be said apart."""
    trades, proof = changes.pop("trades", ()), changes.pop("proof", {})
    result = Result(
        start=D(1000),
        account=an_account("1000", "1000"),
        figures=replace(figures([]), sessions=(TODAY,), trades=trades),
        told=(a_told(),),
        days={TODAY: Tally(1, {WAITED: 1}, {Reach.DAY: 1})},
        held=(),
        signal_closes=0,
        proof=replace(Proof(3, (3, "h"), (), True, D(1000), D(1000)), **proof),
    )
    return replace(result, **changes)
