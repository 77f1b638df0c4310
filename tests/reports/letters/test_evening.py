"""A session in one letter, the same however often it is written."""

from __future__ import annotations

from dataclasses import replace

from automated_trading.domain import events as e
from automated_trading.domain.reasons import Reason
from automated_trading.domain.state import State
from tests.builders import NOW, TOMORROW, YESTERDAY, D, a_market, a_state, after, ny, resting
from tests.reports.letters.scenes import AT_THE_CLOSE, FIGURES, TRADE, a_stop, evening, one, told, written


def summaries(state: State) -> list[str]:
    return [letter.subject for letter in written(state, "evening", **AT_THE_CLOSE)]


def test_it_is_written_once_the_closing_figures_are_on_record() -> None:
    assert summaries(a_state()) == []
    assert summaries(evening()) == ["Evening: equity 100,412.55, +412.55 (+0.41%)"]


def test_the_figures_are_those_recorded() -> None:
    assert one("evening").facts["figures"] == [
        ["Equity", "100,412.55", "cash 61,200.10"],
        ["Change on the day", "+412.55 (+0.41%)", ""],
        ["Realised profit", "-84.00", "from the session's fills"],
        ["Open profit", "+512.35", "at the last marks"],
        ["Bought and sold", "160.00 and 916.00", ""],
    ]


def test_a_day_with_a_withdrawal_is_measured_against_what_was_left_as_the_breaker_does() -> None:
    """Seen red when: `status` said one per cent and the evening another."""
    state = evening()
    figures = replace(FIGURES, equity=D(49_000), last_equity=D(100_000))
    state = replace(state, day=replace(state.day, flows=D(-50_000), figures=figures))
    (letter,) = written(state, "evening", **AT_THE_CLOSE)
    assert letter.subject == "Evening: equity 49,000.00, -1,000.00 (-2.00%)"


def test_a_position_tells_the_way_to_its_stop_and_to_its_age_rule() -> None:
    positions = {row[0]: row for row in one("evening").facts["positions"]}
    assert positions["HHH"] == [
        "HHH",
        "50 shares at 40.00, now 44.10. Stop 41.00 (trailing_stop), 7% below; none at the broker. "
        "In 5 days sold for its age if its gain is under 3%.",
        "+205.00 (+10.25%)",
    ]


def test_a_position_tells_its_stop_at_the_broker() -> None:
    state = after(evening(), e.OrderIntended(resting(a_stop("HHH", "50"))))
    (letter,) = written(state, "evening", **AT_THE_CLOSE)
    told = {row[0]: row[1] for row in letter.facts["positions"]}
    assert "; at the broker 9.20. " in told["HHH"]
    assert "; none at the broker. " in told["AAA"]


def test_a_sale_of_an_earlier_session_heard_of_only_now_is_told_as_such() -> None:
    day = evening().day
    late = replace(TRADE, symbol="DDD", session=YESTERDAY)
    (letter,) = written(replace(evening(), day=replace(day, late=(late,))), "evening", **AT_THE_CLOSE)
    assert [row[0] for row in letter.facts["exits"]] == ["CCC", "DDD"]
    assert ", sold 2026-07-14 and heard of only now. " in letter.facts["exits"][1][1]


def test_a_position_without_a_price_says_so() -> None:
    (letter,) = written(evening(), "evening", **{**AT_THE_CLOSE, "market": a_market(prices={})})
    assert [row[2] for row in letter.facts["positions"]] == ["no price", "no price"]


def test_exits_orders_queue_and_refusals_are_told_by_reason() -> None:
    facts = one("evening").facts
    assert facts["exits"] == [
        [
            "CCC",
            "40 shares from 25.00 to 22.90. Two prices agree that the stop under entry is reached.",
            "-84.00 (-8.40%)",
        ]
    ]
    assert facts["orders"][:2] == [
        ["Entries", "1 filled, 1 refused", "2 ordered"],
        ["Redeployments", "1 filled in part", "1 ordered"],
    ]
    assert facts["queue"] == [["CCC", "The book has MAX_POSITIONS positions and open buys.", "score 9"]]
    assert [row[0] for row in facts["refusals"]] == ["low_score (refused)", "no_quote (not yet)"]


def test_it_names_the_head_of_the_log_as_verify_takes_it() -> None:
    assert one("evening").facts["head"] == f"412:{'9f' * 32}"


def test_money_the_owner_moved_is_no_profit() -> None:
    state = evening()
    (letter,) = written(replace(state, day=replace(state.day, flows=D(400))), "evening", **AT_THE_CLOSE)
    figures = {row[0]: row[1:] for row in letter.facts["figures"]}
    assert figures["Change on the day"] == ["+12.55 (+0.01%)", "money moved left out"]
    assert figures["Paid in and taken out"] == ["+400.00", "no profit and no loss"]


def test_the_curve_ends_with_the_sessions_own_equity() -> None:
    facts = one("evening").facts
    assert facts["curve"][-1] == ["2026-07-15", "100412.55"]
    assert facts["caption"].endswith("highest 100,412.55, last 100,412.55")


def test_a_first_evening_has_a_curve_from_the_equity_it_began_with() -> None:
    state = replace(evening(), closings=evening().closings[-1:])
    state = replace(state, day=replace(state.day, since=ny("16:00", FIGURES.session.replace(day=14))))
    (letter,) = written(state, "evening", **AT_THE_CLOSE)
    assert letter.facts["curve"] == [["2026-07-14", "100000.00"], ["2026-07-15", "100412.55"]]
    without = replace(state, day=replace(state.day, since=None))
    (letter,) = written(without, "evening", **AT_THE_CLOSE)
    assert letter.facts["caption"] == "The curve of closing equities begins with the second session."


def test_a_later_run_tells_the_same_figures_and_so_nothing() -> None:
    """Seen red when: prices of the moment are part of the digest."""
    state = told(evening(), "evening", **AT_THE_CLOSE)
    assert written(state, "evening", **{**AT_THE_CLOSE, "market": a_market(prices={})}) == []


def test_a_fill_heard_after_the_close_is_a_correction() -> None:
    state = told(evening(), "evening", **AT_THE_CLOSE)
    late = replace(state, day=replace(state.day, realised=D("-90.00"), sold=D("950.00")))
    (letter,) = written(late, "evening", **AT_THE_CLOSE)
    assert letter.correction
    assert letter.facts["figures"][2] == ["Realised profit", "-84.00", "-6.00 more heard after the close"]


def test_an_evening_never_told_is_told_in_the_next_session_of_its_own_day() -> None:
    """Seen red when: the day's figures go with the day."""
    state = after(evening(), e.SessionBegan(TOMORROW, NOW, ny("16:00")))
    (letter,) = written(state, "evening", session=TOMORROW)
    assert (str(letter.session), letter.facts["exits"][0][0]) == ("2026-07-15", TRADE.symbol)
    assert letter.facts["late"].startswith("Told late")
    assert written(told(state, "evening", session=TOMORROW), "evening", session=TOMORROW) == []


def test_what_stands_in_the_way_is_named() -> None:
    state = after(evening(), e.Halted(Reason.DRAWDOWN, "15.2% under the high", NOW), e.SymbolBlocked("ZZZ", "a hunch"))
    (letter,) = written(state, "evening", **AT_THE_CLOSE)
    assert [row[0] for row in letter.facts["standing"]] == ["halted: drawdown", "blocked on your word"]


def test_a_command_that_did_not_run_is_missing() -> None:
    (letter,) = written(replace(evening(), runs={}), "evening", **AT_THE_CLOSE)
    assert {row[2] for row in letter.facts["runs"]} == {"missing"}
