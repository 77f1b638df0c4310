"""Faults in what stops opening, and in what must never be stopped: I5, I19, I21.

Law of the file: rows alone. The halt is forgotten on each path by itself, so that no path leans on another's guard.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

CYCLE, EXECUTION, BREAKERS = "engine/cycle.py", "engine/execution.py", "decisions/breakers.py"
SENDING, LATCH = "decisions/sending.py", "adapters/latch.py"
INVARIANTS = "proof/test_invariants_orders.py::"
BLIND = '__import__("dataclasses").replace'


def forgetful(case: str) -> str:
    """The same case, its halts forgotten."""
    return f"{BLIND}({case}, state={BLIND}({case}.state, halts={{}}))"


PATHS = (
    mutant(
        "halt forgotten by every path at once",
        "I5",
        BREAKERS,
        ("    if state.halted:\n        return Reason.HALTED", "    if state is None:\n        return Reason.HALTED"),
        "decisions/test_breakers.py::test_each_bar_to_opening_names_itself",
    ),
    mutant(
        "halt forgotten by entries",
        "I5",
        "decisions/entries.py",
        (
            "(why := why_not_yet(case, signal.ticker)) is not None:",
            f"(why := why_not_yet({forgetful('case')}, signal.ticker)) is not None:",
        ),
        "decisions/test_refusals.py::test_a_halted_desk_says_so_of_each_signal",
    ),
    mutant(
        "halt forgotten by redeployment",
        "I5",
        "decisions/redeployment.py",
        ("or why_not_yet(case, signal.ticker)", f"or why_not_yet({forgetful('case')}, signal.ticker)"),
        "decisions/test_redeployment_checks.py::test_a_queued_signal_is_bought_as_strictly_as_a_new_one",
    ),
    mutant(
        "halt forgotten by the resend of an old entry",
        "I5",
        SENDING,
        ("or why_not_yet(case, order.symbol))", f"or why_not_yet({forgetful('case')}, order.symbol))"),
        "decisions/test_sending.py::test_an_intent_from_before_a_halt_does_not_open",
    ),
    mutant(
        "halt forgotten by the resend of an old redeployment",
        "I5",
        SENDING,
        ("redeployment.why_not(case, signal) is None", f"redeployment.why_not({forgetful('case')}, signal) is None"),
        "decisions/test_sending.py::test_a_redeployment_left_behind_is_judged_again_too",
    ),
    mutant(
        "halt forgotten by the look before each POST",
        "I5",
        CYCLE,
        ("        if see_latch(desk, journal) or not contact", "        if not contact"),
        INVARIANTS + "test_i5_a_halt_between_the_decision_and_the_next_post_stops_it[halt]",
    ),
    mutant(
        "breakers forgotten by the look before each POST",
        "I5 I19",
        CYCLE,
        (
            "        return breakers.why_nothing_opens(journal.state, market, desk.rules.breakers) is None",
            "        return True",
        ),
        INVARIANTS + "test_i19_five_order_failures_in_a_row_stop_opening",
    ),
    mutant(
        "the owner's halt is not looked at when the run begins",
        "I5",
        CYCLE,
        ("    see_latch(desk, journal)\n    _break(", "    _break("),
        "engine/test_execution.py::test_halted_open_buys_are_cancelled_and_exits_go",
    ),
    mutant(
        "old intents are sent during a halt",
        "I5",
        SENDING,
        (
            "is Purpose.ENTRY else _still_queued(case, order)):\n            continue\n",
            "is Purpose.ENTRY else _still_queued(case, order)):\n            pass\n",
        ),
        "decisions/test_sending.py::test_an_intent_from_before_a_halt_does_not_open",
    ),
    mutant(
        "an intent of an earlier session opens in this one",
        "I1 I5",
        SENDING,
        ("purpose.opens or order.decision.session != market.session.date:", "purpose.opens:"),
        "decisions/test_sending.py::test_an_intent_of_an_earlier_session_never_opens_in_this_one",
    ),
    mutant(
        "an old redeployment goes on another's place in the queue",
        "I5",
        SENDING,
        ("for queued in queue if queued.signal.ticker == order.symbol)", "for queued in queue)"),
        "decisions/test_sending.py::test_a_redeployment_left_behind_does_not_go_on_anothers_place_in_the_queue",
    ),
    mutant(
        "open buys are left to rest during a halt",
        "I5",
        "decisions/cancels.py",
        ("    if state.halted:\n        return Reason.HALTED\n", ""),
        "decisions/test_cancels.py::test_a_halt_takes_back_every_resting_buy_at_once",
    ),
    mutant(
        "a halt stops the stops",
        "I5",
        "decisions/exits.py",
        (
            "if not market.is_open or market.disabled is not None:",
            "if not market.is_open or market.disabled is not None or state.halted:",
        ),
        "decisions/test_exits.py::test_i5_no_halt_stops_a_stop",
    ),
    mutant(
        "a halt keeps an old sell from being sent",
        "I5",
        SENDING,
        (
            "if not market.is_open or market.disabled is not None:",
            "if not market.is_open or market.disabled is not None or state.halted:",
        ),
        "decisions/test_sending.py::test_a_sell_goes_while_the_desk_is_halted",
    ),
)

SWITCH = (
    mutant(
        "the kill switch is ignored by decisions",
        "I5",
        BREAKERS,
        ("    if market.disabled is not None:\n        return Reason", "    if market is None:\n        return Reason"),
        "decisions/test_breakers.py::test_each_bar_to_opening_names_itself",
    ),
    mutant(
        "the kill switch is ignored before each POST",
        "I5",
        EXECUTION,
        ("if desk.gate.disabled() is not None or not may_go():", "if not may_go():"),
        INVARIANTS + "test_i5_a_halt_between_the_decision_and_the_next_post_stops_it[kill switch]",
    ),
    mutant(
        "the kill switch is ignored before each cancel",
        "I5",
        EXECUTION,
        ("        if desk.gate.disabled() is not None:\n            break\n", ""),
        "engine/test_execution.py::test_a_kill_switch_thrown_between_two_cancels_holds_the_second_back",
    ),
    mutant(
        "a kill switch that cannot be looked at counts as off",
        "I5",
        LATCH,
        (
            'return f"{file} cannot be looked at ({problem.strerror})"',
            'print(f"{file} cannot be looked at ({problem.strerror})")\n                continue',
        ),
        "adapters/test_latch.py::test_a_place_that_cannot_be_looked_at_engages_the_kill_switch",
    ),
    mutant(
        "a halt that cannot be read counts as none",
        "I5",
        LATCH,
        (
            'return LatchReading("unreadable", f"the file {path.name} cannot be read ({why})", "")',
            "return None if why else None",
        ),
        "adapters/test_latch.py::test_what_cannot_be_read_counts_as_set",
    ),
    mutant(
        "a halt set while another is lifted goes with it",
        "I5",
        LATCH,
        ("if taken is None or taken.token != token:", "if taken is None:"),
        "adapters/test_latch.py::test_a_halt_set_while_another_is_lifted_stands",
    ),
    mutant(
        "any token lifts any latch",
        "I5 I21",
        LATCH,
        (
            """            if standing is None or standing.token != token:
                return standing is None
            with suppress(FileNotFoundError):
                os.replace(self._path, self._aside)
            taken = _reading(self._aside)
            if taken is None or taken.token != token:
""",
            """            if standing is None:
                return True
            with suppress(FileNotFoundError):
                os.replace(self._path, self._aside)
            taken = _reading(self._aside)
            if taken is None:
""",
        ),
        "adapters/test_latch.py::test_lifting_another_token_leaves_the_latch",
    ),
    mutant(
        "any token lifts any halt on record",
        "I5 I21",
        "domain/evolve.py",
        ("if standing is None or standing.token != event.token:", "if standing is None:"),
        "decisions/test_breakers.py::test_i21_resume_lifts_the_latch_it_saw_and_no_newer_one",
    ),
)

COUNTERS = (
    mutant(
        "every breaker is set back at midnight",
        "I21",
        BREAKERS,
        ("if halt.session is not None and halt.session < today", "if halt.session is None or halt.session < today"),
        "decisions/test_breakers.py::test_the_next_session_lifts_the_day_loss_halt_and_nothing_else",
    ),
    mutant(
        "the day's loss is forgiven within the day",
        "I21",
        BREAKERS,
        ("halt.session is not None and halt.session < today", "halt.session is not None and halt.session <= today"),
        "decisions/test_breakers.py::test_the_same_session_never_lifts_the_day_loss_halt_even_when_equity_comes_back",
    ),
    mutant(
        "resume lifts the day's loss too",
        "I21",
        "engine/owner.py",
        ("                if reason not in UNTIL_NEXT_SESSION\n", ""),
        "proof/test_invariants_halts.py::test_i21_the_owners_word_does_not_lift_the_days_loss",
    ),
    mutant(
        "the day-loss baseline is taken anew each run",
        "I21",
        "domain/accounting.py",
        (
            "if day.session == event.session and day.last_equity is None:\n"
            "        day = replace(day, last_equity=event.account.last_equity)",
            "if day.session == event.session:\n        day = replace(day, last_equity=event.account.equity)",
        ),
        "domain/test_accounting.py::test_the_last_close_counts_once_a_session_and_as_it_was_first_told",
    ),
    mutant(
        "the day-loss baseline is the broker's word of the moment",
        "I21",
        BREAKERS,
        (
            "state.day.last_equity if state.day.last_equity is not None else account.last_equity",
            "account.last_equity",
        ),
        "decisions/test_breakers.py::test_the_day_loss_is_reckoned_from_the_close_first_told_and_not_from_a_later_word",
    ),
    mutant(
        "the losing streak is forgotten over night",
        "I21",
        "domain/evolve.py",
        (
            "state = replace(state, day=day, orders=orders, sold=sold,",
            "state = replace(state, losses=(), day=day, orders=orders, sold=sold,",
        ),
        "decisions/test_losing_streak.py::test_i21_the_row_outlives_the_night_and_the_log",
    ),
    mutant(
        "the high-water mark begins anew each session",
        "I21",
        "domain/accounting.py",
        (
            "day, high = replace(day, high_counted=True), max(best)",
            "day, high = replace(day, high_counted=True), best[0]",
        ),
        "domain/test_accounting.py::test_the_mark_is_the_best_closing_equity",
    ),
)

ROWS = (*PATHS, *SWITCH, *COUNTERS)
