"""Faults in how an order gets its id, leaves the house, and is believed or not: I1, I2, I9, I12, I19.

Law of the file: rows alone, each a fault that somebody's desk has really had or could have.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

CYCLE, EXECUTION, CONTACT = "engine/cycle.py", "engine/execution.py", "engine/contact.py"
HEARING, ORDERS, ORDERING = "engine/hearing.py", "domain/orders.py", "domain/ordering.py"
ANSWERS, BROKER, WIRE = "adapters/alpaca_answers.py", "adapters/alpaca_broker.py", "adapters/alpaca_wire.py"
INVARIANTS = "proof/test_invariants_orders.py::"

IDS = (
    mutant(
        "an id with a clock",
        "I1",
        "decisions/entries.py",
        (
            "order_id(state.account, state.mode, decision)",
            'order_id(state.account, f"{state.mode}{market.now:%H%M%S}", decision)',
        ),
        "decisions/test_entries.py::test_f2_the_order_id_is_the_same_whenever_the_decision_is_made",
    ),
    mutant(
        "an exit's id with a clock",
        "I1",
        "decisions/exits.py",
        (
            "order_id(state.account, state.mode, decision)",
            'order_id(state.account, f"{state.mode}{market.now:%H%M%S}", decision)',
        ),
        "decisions/test_exits.py::test_the_id_of_an_exit_is_the_same_whenever_it_is_decided",
    ),
    mutant(
        "an id with a random part",
        "I1 I24",
        ORDERS,
        ('hashlib.sha256(fact.encode("ascii"))', 'hashlib.sha256(fact.encode("ascii") + __import__("os").urandom(8))'),
        "domain/test_orders.py::test_the_id_of_a_decision_never_changes",
    ),
    mutant(
        "a generation that is not counted",
        "I1",
        "domain/state.py",
        ("return max((made.generation + 1 for made in mine), default=0)", "return 0"),
        "domain/test_state.py::test_the_next_order_of_a_kind_has_a_generation_above_every_one_before",
    ),
    mutant(
        "any id of our form is taken for ours",
        "I1",
        ORDERS,
        ("if order_id(account, mode, decision) == client_order_id:", "if client_order_id:"),
        "domain/test_orders.py::test_an_id_made_elsewhere_is_not_recognised",
    ),
    mutant(
        "a lost folder trades on",
        "I1",
        CONTACT,
        ("return [Halted(Reason.LOST_FOLDER, detail, journal.now), began,", "return [began,"),
        "engine/test_contact.py::test_a_lost_folder_begins_halted_and_takes_back_orders_and_positions",
    ),
    mutant(
        "a lost folder looks back a day, not ninety",
        "I1 I10",
        CONTACT,
        ("return now - LOOK_BACK", "return now - timedelta(days=1)"),
        "engine/test_contact.py::test_a_position_of_weeks_ago_is_taken_back_too",
    ),
)

INK = (
    mutant(
        "ink after voice",
        "I2",
        EXECUTION,
        (
            """    journal.durable()
    for order in orders:
        if desk.gate.disabled() is not None or not may_go():
            return
        if not _ask(desk, journal, order):
            return
""",
            """    for order in orders:
        if desk.gate.disabled() is not None or not may_go():
            break
        if not _ask(desk, journal, order):
            break
    journal.durable()
""",
        ),
        INVARIANTS + "test_i2_at_the_moment_of_acceptance_the_intent_is_durable",
    ),
    mutant(
        "no flush before sending",
        "I2",
        EXECUTION,
        ("    journal.durable()\n    for order in orders:\n", "    for order in orders:\n"),
        INVARIANTS + "test_i2_at_the_moment_of_acceptance_the_intent_is_durable",
    ),
    mutant(
        "no flush before a cancel",
        "I2",
        EXECUTION,
        ("    journal.durable()\n    waiting: dict", "    waiting: dict"),
        "engine/test_execution.py::test_i2_a_cancel_is_durable_before_it_is_asked_for",
    ),
    mutant(
        "a flush that does nothing",
        "I2",
        "adapters/audit_log.py",
        ("            os.fsync(self._fd)\n", "            pass\n"),
        "adapters/test_audit_log.py::test_flush_flushes_once_what_was_written_and_always_what_was_read_back",
    ),
    mutant(
        "no flush on recovery",
        "I2",
        "adapters/audit_log.py",
        ("self._unflushed = found.head != EMPTY", "self._unflushed = False"),
        "adapters/test_audit_log.py::test_flush_flushes_once_what_was_written_and_always_what_was_read_back",
    ),
    mutant(
        "what a killed run left is not flushed when it is opened",
        "I2 I4",
        "adapters/folder_store.py",
        ("if log.head not in beside:", "if not log.head:"),
        "adapters/test_folder_store.py::test_what_a_killed_run_left_is_durable_before_a_line_stands_behind_it",
    ),
    mutant(
        "a last line that ends a run counts as flushed",
        "I2 I4",
        "adapters/folder_store.py",
        ("if log.head not in beside:", 'if log.tail and log.tail[-1].event != "run_finished":'),
        "adapters/test_folder_store.py::test_what_a_run_killed_between_its_last_line_and_its_flush_left_is_durable_too",
    ),
)

ANSWER = (
    mutant(
        "a time-out is taken as refused",
        "I1 I9",
        EXECUTION,
        (
            "journal.note([OrderUnclear(key, attempt, str(silence))])",
            "journal.note([OrderRefused(key, 0, 'timed out')])",
        ),
        "engine/test_execution.py::test_a_request_that_was_lost_is_sent_again_by_the_next_run_under_the_same_id",
    ),
    mutant(
        "a time-out is taken as not sent",
        "I1 I9",
        ANSWERS,
        ("    if method == READ:\n", '    if method == READ or what.startswith("no whole answer"):\n'),
        "adapters/test_alpaca_client.py::test_a_post_without_a_clear_answer_is_unclear_and_was_sent_once[reset]",
    ),
    mutant(
        "not found is taken as dead",
        "I1 I9",
        CONTACT,
        (
            "elif order.status.unanswered and sending.is_over(order, session, journal.now):",
            "elif order.status.unanswered:",
        ),
        "engine/test_execution.py::test_a_request_that_was_lost_is_sent_again_by_the_next_run_under_the_same_id",
    ),
    mutant(
        "a session is taken as over when it begins",
        "I9",
        "decisions/sending.py",
        ("and now >= session.closes)", "and now >= session.opens)"),
        "decisions/test_sending.py::test_i9_a_day_order_is_given_up_only_once_its_session_is_over",
    ),
    mutant(
        "a 5xx is taken as refused",
        "I1 I9",
        ANSWERS,
        ("if not 400 <= status < 500:", "if not 400 <= status < 600:"),
        "adapters/test_alpaca_client.py::"
        "test_a_post_without_a_clear_answer_is_unclear_and_was_sent_once[500 in words of the broker's]",
    ),
    mutant(
        "a page that is not the broker's is taken for its no",
        "I1 I9",
        ANSWERS,
        ('if "message" not in answer and (method != READ or status == _NOT_FOUND):', "if method is None:"),
        "adapters/test_alpaca_client.py::test_a_no_that_is_not_the_brokers_own_leaves_a_sending_unclear",
    ),
    mutant(
        "an id that is taken is believed refused",
        "I1",
        BROKER,
        ("                return self._taken(order.client_order_id)\n", "                raise\n"),
        "adapters/test_alpaca_broker.py::test_an_id_that_is_taken_is_looked_up_and_answered_as_accepted",
    ),
    mutant(
        "the refusal of a second sending is believed of the first",
        "I1 I9",
        EXECUTION,
        ("if journal.intended_here(key):", "if key:"),
        "engine/test_second_sendings.py::"
        "test_a_second_sending_that_is_refused_stays_unclear_and_is_not_sent_a_third_time",
    ),
    mutant(
        "sent again though its look-up got no answer",
        "I1",
        EXECUTION,
        (
            "orders = [order for order in orders if order.client_order_id not in journal.unheard]",
            "orders = list(orders)",
        ),
        "engine/test_held_back.py::test_nothing_is_sent_again_while_its_look_up_gets_no_answer",
    ),
    mutant(
        "a doubted order is sent a third time",
        "I1",
        "decisions/sending.py",
        ("        if order.doubted:\n", "        if order is None:\n"),
        "decisions/test_sending.py::test_an_entry_refused_when_sent_again_is_not_sent_a_third_time",
    ),
    mutant(
        "a status nobody knows is taken for an end",
        "I12",
        "adapters/alpaca_words.py",
        ("status=STATUSES.get(status, BrokerStatus.UNKNOWN)", "status=STATUSES.get(status, BrokerStatus.CANCELLED)"),
        "adapters/test_alpaca_reads.py::test_each_status_has_its_meaning_and_keeps_its_word",
    ),
    mutant(
        "an end once reached can change",
        "I12",
        ORDERING,
        (
            "    if order is None or order.status.ended:\n        return state\n    failed",
            "    if order is None:\n        return state\n    failed",
        ),
        "domain/test_ordering.py::test_i12_an_end_once_reached_never_changes",
    ),
    mutant(
        "an open order the list leaves out is not looked up",
        "I10 I12",
        CONTACT,
        ("        _look_up(desk, journal, order, session)\n", "        pass\n"),
        "engine/test_vanished_orders.py::test_an_order_the_list_leaves_out_for_once_is_found_by_its_id",
    ),
    mutant(
        "a replacement is not followed",
        "I10 I12",
        HEARING,
        ("found.append(OrderReplaced(key, told.replaced_by))", "found.append(OrderEnded(key, OrderStatus.CANCELLED))"),
        "engine/test_hearing.py::test_an_order_the_broker_replaced_is_followed_to_its_successor",
    ),
)

PACE = (
    mutant(
        "a POST is retried",
        "I1 I19",
        WIRE,
        (
            "return _session(urllib3.Retry(0, read=False))",
            "return _session(urllib3.Retry(READ_AGAIN, allowed_methods=None))",
        ),
        INVARIANTS + "test_i19_a_post_and_a_delete_go_out_once_and_a_read_three_times",
    ),
    mutant(
        "the pace is unlimited",
        "I19",
        "adapters/alpaca_pace.py",
        ("if len(sent) == MOST_IN_A_WINDOW:", "if len(sent) > MOST_IN_A_WINDOW:"),
        "adapters/test_alpaca_pace.py::test_at_most_149_requests_leave_in_any_minute",
    ),
    mutant(
        "asking goes on when the run's time is up",
        "I19",
        "adapters/alpaca_pace.py",
        ("if max(now, go_at) >= self._ends:", "if max(now, go_at) < 0:"),
        "adapters/test_alpaca_pace.py::test_after_the_runs_time_nothing_is_asked",
    ),
    mutant(
        "no line, and the next order is asked all the same",
        "I19",
        EXECUTION,
        ("        if not _ask(desk, journal, order):\n            return\n", "        _ask(desk, journal, order)\n"),
        INVARIANTS + "test_i19_after_no_line_one_request_is_not_followed_by_others",
    ),
    mutant(
        "the order failure counter is set back by each failure",
        "I19 I21",
        ORDERING,
        ("failed = state.failures + 1", "failed = 1"),
        "domain/test_ordering.py::test_failures_in_a_row_are_counted_and_an_order_that_lived_ends_the_row",
    ),
    mutant(
        "the order failure counter is set back by the night",
        "I19 I21",
        "domain/evolve.py",
        (
            "state = replace(state, day=day, orders=orders, sold=sold,",
            "state = replace(state, failures=0, day=day, orders=orders, sold=sold,",
        ),
        "domain/test_evolve.py::test_a_new_session_forgets_nothing_that_outlives_a_day",
    ),
    mutant(
        "five failures in a batch do not stop the sixth",
        "I19",
        "decisions/breakers.py",
        ("    if state.failures >= rules.order_failures:\n", "    if state.failures > 1000:\n"),
        INVARIANTS + "test_i19_five_order_failures_in_a_row_stop_opening",
    ),
    mutant(
        "an order is sent in the session's last seconds",
        "I14",
        CONTACT,
        ("< self.session.closes - LAST_SECONDS", "< self.session.closes"),
        "engine/test_second_sendings.py::test_no_exit_leaves_in_the_sessions_last_seconds_or_behind_the_bell",
    ),
)

ROWS = (*IDS, *INK, *ANSWER, *PACE)
