"""Faults in the owner's emergency words and in what is seen from outside: I5, I6, I19, I20, I23.

Law of the file: rows alone. What `flatten` sells is the monitor's own doing and stands with the exits.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

WATCH, CONTACT, EVOLVE = "decisions/watchkeeping.py", "engine/contact.py", "domain/evolve.py"
OWNER, FLATTENING, FLATTEN = "engine/owner.py", "decisions/flattening.py", "engine/flatten.py"
DOOR, PULSE, BEAT = "commands/flatten.py", "commands/pulse.py", "adapters/heartbeat.py"
WATCHED = "decisions/test_watchkeeping.py"
FOUND = "engine/test_watchkeeping.py"
FLAT = "engine/test_flatten.py"
SWITCH = "engine/test_at_broker.py"
BEATS = "adapters/test_heartbeat.py"

MISSED = (
    mutant(
        "a silence of an hour is none",
        "I20",
        WATCH,
        ("SILENCE = timedelta(minutes=15)", "SILENCE = timedelta(minutes=60)"),
        f"{WATCHED}::test_a_silence_in_session_is_told_from_when_to_when",
    ),
    mutant(
        "nights count as silence",
        "I20",
        WATCH,
        ("max(session.opens, heard), min(session.closes, now)", "heard, now"),
        f"{WATCHED}::test_a_night_a_weekend_and_a_holiday_are_no_silence",
    ),
    mutant(
        "a morning is missed before its window is over",
        "I20",
        WATCH,
        ("if not heard < ends <= now or", "if not heard < ends or"),
        f"{WATCHED}::test_a_morning_is_missed_once_its_window_is_over_and_told_once",
    ),
    mutant(
        "a missed morning is told by every run after it",
        "I20",
        WATCH,
        ("if not heard < ends <= now or", "if not ends <= now or"),
        f"{WATCHED}::test_each_gap_of_any_history_is_told_once_and_nothing_else",
    ),
    mutant(
        "a first day misses what lies before it",
        "I20",
        WATCH,
        ("return state.day.session is None or (", "return state.day.session is None and ("),
        f"{WATCHED}::test_a_desks_first_day_does_not_cry_wolf",
    ),
    mutant(
        "a session that was never closed is forgotten",
        "I20",
        WATCH,
        (
            "    if state.day.session != session.date:\n        return True",
            "    if state.day.session != session.date:\n        return False",
        ),
        f"{WATCHED}::test_whole_days_without_a_run_are_one_row_a_command",
    ),
    mutant(
        "a late morning is on time",
        "I20",
        CONTACT,
        ("if clock.is_open and journal.command == Routine.MORNING.value:", "if False:"),
        f"{FOUND}::test_a_late_morning_says_how_late",
    ),
    mutant(
        "what was missed is told after the session that forgets it began",
        "I20",
        CONTACT,
        ("    journal.note([*missed, SessionBegan(session.date,", "    journal.note([SessionBegan(session.date,"),
        f"{FOUND}::test_whole_days_are_told_before_the_session_begins_that_would_forget_them",
    ),
    mutant(
        "what was missed is never on record",
        "I20",
        CONTACT,
        ("journal.note([*missed, EquityMarked(", "journal.note([EquityMarked("),
        f"{FOUND}::test_a_silent_monitor_is_found_by_whatever_runs_next_and_told_once",
    ),
    mutant(
        "what was found today is forgotten by its own session",
        "I20",
        EVOLVE,
        ("missed = tuple(row for row in state.day.missed if row.found == event.session)", "missed = ()"),
        f"{FOUND}::test_whole_days_are_told_before_the_session_begins_that_would_forget_them",
    ),
)

HEARTBEAT = (
    mutant(
        "a failed run beats as if it were well",
        "I20",
        BEAT,
        ('{0: "", _HELD: "/log", None: "/fail"}.get(code, f"/{code}")', '""'),
        f"{BEATS}::test_the_outcome_is_in_the_address_and_the_line_in_the_body",
    ),
    mutant(
        "the heartbeat follows wherever it is sent",
        "I23",
        BEAT,
        ("allow_redirects=False", "allow_redirects=True"),
        f"{BEATS}::test_nobody_is_followed_elsewhere",
    ),
    mutant(
        "the heartbeat waits for ever",
        "I19",
        BEAT,
        ("    worker.join(seconds)", "    worker.join()"),
        f"{BEATS}::test_a_thread_that_is_never_done_does_not_hold_the_run",
    ),
    mutant(
        "a heartbeat that fails tells its address",
        "I23",
        BEAT,
        ("return type(fault).__name__", "return repr(fault)"),
        f"{BEATS}::test_nobody_there_is_one_word_without_the_address",
    ),
    mutant(
        "a heartbeat may end a run",
        "I19",
        PULSE,
        ("    except OutOfTime:\n        return", "    except KeyError:\n        return"),
        "commands/test_pulse.py::test_time_that_is_up_while_it_is_told_changes_no_code",
    ),
    mutant(
        "a dry run beats",
        "I20",
        PULSE,
        ("if url is not None and not screen.asked.dry_run:", "if url is not None:"),
        "commands/test_pulse.py::test_only_scheduled_runs_tell",
    ),
)

AT_BROKER = (
    mutant(
        "the broker's switch is thrown though trading is disabled",
        "I5",
        OWNER,
        (
            "    if disabled is not None:\n        return 3,",
            "    if disabled is not None and not on:\n        return 3,",
        ),
        f"{SWITCH}::test_where_trading_is_disabled_nothing_leaves",
    ),
    mutant(
        "an unclear switch is asked for again",
        "I19",
        OWNER,
        ("        return _looked_up(desk, on, silence)", "        desk.broker.suspend(on)"),
        f"{SWITCH}::test_a_lost_request_is_told_as_not_done_so_far_and_not_asked_again",
    ),
    mutant(
        "an unclear switch counts as thrown",
        "I5",
        OWNER,
        ("    if stands is on:\n", "    if stands is not None:\n"),
        f"{SWITCH}::test_a_lost_request_is_told_as_not_done_so_far_and_not_asked_again",
    ),
    mutant(
        "the broker's word on its switch is not read",
        "I5",
        "adapters/alpaca_broker.py",
        (
            "        if stands is not on:\n            raise BrokerUnclear",
            "        if stands is None:\n            raise BrokerUnclear",
        ),
        f"{SWITCH}::test_an_answer_that_does_not_say_so_is_looked_up",
    ),
    mutant(
        "a halt at the broker without the latch here",
        "I5",
        "commands/owner.py",
        (
            "    Latch(mode_folder(settings)).set(secrets.token_hex(8), reason,",
            "    _ = at_broker or Latch(mode_folder(settings)).set(secrets.token_hex(8), reason,",
        ),
        "commands/test_owner.py::test_disabled_outranks_halt_at_the_broker_and_the_halt_stands",
    ),
)

FLATTENED = (
    mutant(
        "flatten without a halt",
        "I5",
        DOOR,
        (
            '    Latch(mode_folder(settings)).set(secrets.token_hex(8), "flatten",',
            '    _ = (Latch, mode_folder, secrets.token_hex(8), "flatten",',
        ),
        "commands/test_flatten.py::test_it_shows_what_it_will_sell_sells_it_and_halts",
    ),
    mutant(
        "flatten though trading is disabled",
        "I5",
        DOOR,
        ("if (disabled := hand.disabled()) is not None:", "if (disabled := hand.disabled()) == 0:"),
        "commands/test_flatten.py::test_disabled_outranks_it_and_nothing_is_changed",
    ),
    mutant(
        "flatten forgets what an open buy may bring",
        "I5",
        FLATTENING,
        ("for symbol in sorted(coming | held(state))", "for symbol in sorted(held(state))"),
        f"{FLAT}::test_what_fills_after_the_command_was_killed_is_sold_by_the_next_monitor",
    ),
    mutant(
        "a wish for a buy is not taken down",
        "I5",
        EVOLVE,
        (
            "event.symbol in state.positions or bool(state.open_orders(event.symbol, Side.BUY))",
            "event.symbol in state.positions",
        ),
        f"{FLAT}::test_what_fills_after_the_command_was_killed_is_sold_by_the_next_monitor",
    ),
    mutant(
        "a wish for a buy that brought nothing stands for ever",
        "I5",
        "domain/ordering.py",
        ("    return replace(state, leaving=without(state.leaving, order.symbol))", "    return state"),
        f"{FLAT}::test_an_open_buy_is_cancelled_and_nothing_of_it_stays",
    ),
    mutant(
        "a wish for a buy ends with the end that was only believed",
        "I5",
        "domain/ordering.py",
        ("any(order.lost or not order.status.ended for", "any(not order.status.ended for"),
        f"{FLAT}::test_what_a_buy_bought_while_it_was_hidden_is_sold_once_it_is_shown",
    ),
    mutant(
        "a wish nothing can bring any more stands for ever",
        "I5",
        EVOLVE,
        (
            "for symbol, at in state.leaving.items() if may_bring(state, symbol)}",
            "for symbol, at in state.leaving.items()}",
        ),
        f"{FLAT}::test_a_wish_for_a_buy_the_broker_no_longer_shows_stands_until_it_is_let_go",
    ),
    mutant(
        "what the owner wants sold is bought",
        "I5",
        "decisions/refusals.py",
        ("    if ticker in case.state.leaving:\n", "    if ticker in ():\n"),
        "decisions/test_refusals.py::"
        "test_a_symbol_the_owner_wants_sold_is_not_bought_while_a_lost_buy_may_still_bring_it",
    ),
    mutant(
        "flatten says flat while something is left",
        "I10",
        FLATTENING,
        ("    return 4 if rest and market.is_open else 0", "    return 0"),
        f"{FLAT}::test_shares_promised_to_an_order_of_the_owners_are_left_to_it",
    ),
    mutant(
        "flatten hides what differs",
        "I10",
        FLATTENING,
        (
            "    if any(symbol in state.differences for symbol in rest):\n        return 6",
            "    if any(symbol in state.differences for symbol in rest):\n        return 0",
        ),
        f"{FLAT}::test_a_symbol_frozen_by_a_difference_is_left_and_the_others_go",
    ),
    mutant(
        "flatten ends after one round",
        "I18",
        FLATTEN,
        ("        if not (new or _goes_on(told, rest, refused)) or desk", "        if told or desk"),
        f"{FLAT}::test_a_sell_that_fills_in_parts_is_followed_to_its_end",
    ),
    mutant(
        "a refused sell is asked for again and again",
        "I19",
        FLATTENING,
        ("or (symbol in refused and not state.open_orders(symbol)):", "or False:"),
        f"{FLAT}::test_a_refused_sell_is_asked_for_once_and_named_with_the_brokers_words",
    ),
    mutant(
        "flatten waits for what no round can bring",
        "I19",
        FLATTENING,
        ("order.side is Side.SELL or not order.status.unanswered for order in orders", "order for order in orders"),
        f"{FLAT}::test_a_buy_without_an_answer_is_not_waited_for_and_what_it_brings_is_sold",
    ),
)

ROWS = (*MISSED, *HEARTBEAT, *AT_BROKER, *FLATTENED)
