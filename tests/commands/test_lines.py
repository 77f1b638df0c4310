"""Which lines of the log are about a symbol, and in what words."""

from __future__ import annotations

from typing import Any

import pytest

from automated_trading.adapters.audit_line import Line
from automated_trading.commands.lines import about, words_of


def line(event: str = "fill", **data: Any) -> Line:
    return Line("a", "2026-02-03T14:35:00Z", data, event, "h", "paper", "p", "1-morning", 1, 1)


@pytest.mark.parametrize(
    "data",
    [
        {"symbol": "AAA"},
        {"ticker": "AAA"},
        {"signal": "AAA"},
        {"signal": {"ticker": "AAA"}},
        {"signal": "entry 3 (AAA)"},
        {"signal": "AAA (again, score 3)"},
        {"order": {"symbol": "AAA"}},
        {"trade": {"symbol": "AAA"}},
        {"position": {"symbol": "AAA"}},
        {"activity": {"symbol": "AAA"}},
        {"client_order_id": "AAA-BUY-20260203-093500-0123ABCD"},
    ],
)
def test_a_line_is_about_every_symbol_it_names(data: dict[str, Any]) -> None:
    assert about(line(**data), "AAA")
    assert not about(line(**data), "AA")


@pytest.mark.parametrize("symbol", ["", "entry", "3", "aaa"])
def test_what_is_no_ticker_is_in_no_line(symbol: str) -> None:
    assert not about(line(signal="entry 3 (AAA)", symbol=""), symbol)


def test_a_dash_in_a_ticker_does_not_make_it_another() -> None:
    assert about(line(client_order_id="BRK-B-SELL-20260203-150000-0123ABCD"), "BRK-B")
    assert not about(line(client_order_id="BRK-B-SELL-20260203-150000-0123ABCD"), "BRK")


def test_a_line_that_cannot_be_told_has_no_words() -> None:
    assert words_of(line("symbol_blocked", symbol="AAA", words="")) == "blocked: AAA"
    assert words_of(line("run_finished", said="done")) == "run_finished: done"
    assert words_of(line("run_started")) is None
    assert words_of(line("of_a_later_version")) is None
