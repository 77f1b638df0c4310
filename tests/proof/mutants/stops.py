"""Faults in the stops that rest at the broker: I1, I2, I6, I11, I15, I16, I18.

Law of the file: rows alone, each a fault that leaves a position bare, sells it twice, or books it in another day.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

PROTECTING, SENDING, BOOKING = "decisions/protecting.py", "decisions/sending.py", "domain/booking.py"
PLAIN, LIVED = "decisions/test_protecting.py::", "engine/test_protective_stops.py::"
VANISHED = "engine/test_vanished_orders.py::"

PLACING = (
    mutant(
        "a stop placed while a sell is open",
        "I6",
        PROTECTING,
        (
            "reason = Reason.ENTRY_OPEN if order.side is Side.BUY else Reason.ORDER_OPEN\n        return reason,",
            "reason = Reason.ENTRY_OPEN if order.side is Side.BUY else Reason.ORDER_OPEN\n        "
            "if order.side is Side.SELL:\n            break\n        return reason,",
        ),
        f"{PLAIN}test_what_keeps_a_stop_from_the_broker",
    ),
    mutant(
        "a stop for more than is held there",
        "I6",
        PROTECTING,
        (
            "free = min(position.qty, free_at_the_broker(state, market, symbol)) if position is not None else ZERO",
            "free = position.qty + 1 if position is not None else ZERO",
        ),
        f"{PLAIN}test_never_for_more_than_the_broker_holds",
    ),
    mutant(
        "a stop in a symbol in dispute",
        "I16",
        PROTECTING,
        ("if symbol in state.differences:\n        seen =", "if False:\n        seen ="),
        f"{PLAIN}test_what_keeps_a_stop_from_the_broker",
    ),
    mutant(
        "a stop where one print stands",
        "I15",
        PROTECTING,
        ("return all(price > stop for price in witnesses(", "return any(price > stop for price in witnesses("),
        f"{PLAIN}test_what_keeps_a_stop_from_the_broker",
        f"{PLAIN}test_it_is_not_raised_to_where_a_price_stands",
    ),
    mutant(
        "a refused stop asked for every five minutes",
        "I19",
        PROTECTING,
        ("same and order.status in GONE and _as_before(", "same and order.status in () and _as_before("),
        f"{PLAIN}test_what_the_broker_refused_is_not_asked_again_that_session",
    ),
    mutant(
        "no stop while halted",
        "I18",
        PROTECTING,
        (
            "rules.protection is Protection.MONITOR:\n        return []",
            "rules.protection is Protection.MONITOR or state.halted:\n        return []",
        ),
        f"{PLAIN}test_nothing_is_placed_while_the_market_is_closed_trading_disabled_or_the_monitor_alone_is_to_watch",
    ),
)

TAKING_BACK = (
    mutant(
        "a stop raised without the cancel confirmed",
        "I6",
        PROTECTING,
        (
            "for order in state.open_orders(symbol):",
            "for order in (one for one in state.open_orders(symbol) if one.cancelling is None):",
        ),
        f"{LIVED}test_a_cancel_that_is_not_confirmed_is_waited_for",
    ),
    mutant(
        "an exit that leaves the stop where it is",
        "I6",
        PROTECTING,
        ("    if symbol in selling:\n        return Reason.SALE_DUE\n    return _better(", "    return _better("),
        f"{PLAIN}test_when_it_is_taken_back",
        f"{LIVED}test_a_sale_goes_behind_the_confirmed_cancel_of_the_stop",
    ),
    mutant(
        "an exit beside a stop that still rests",
        "I6",
        "decisions/exits.py",
        (
            "if qty > 0 and not state.open_orders(symbol):",
            "qty = state.positions[symbol].qty\n        "
            "if qty > 0 and not [o for o in state.open_orders(symbol) if not o.protects]:",
        ),
        f"{LIVED}test_a_cancel_that_loses_to_part_of_a_fill_leaves_the_rest_to_the_exit",
        f"{LIVED}test_an_exit_waits_for_a_cancel_that_is_slow",
    ),
    mutant(
        "a stop that falls with the desk's own",
        "I18",
        PROTECTING,
        ("higher = stop >= (order.stop_price or ZERO) * STEP", "higher = stop != order.stop_price"),
        f"{PLAIN}test_it_never_falls",
    ),
    mutant(
        "a stop in dispute is taken back at once",
        "I18",
        PROTECTING,
        ("return Reason.STOP_RESIZED if too_much else None", "return Reason.STOP_RESIZED"),
        f"{PLAIN}test_in_a_dispute_it_stays_unless_it_could_sell_more_than_there_is",
    ),
    mutant(
        "a stop taken back at the bell",
        "I18",
        PROTECTING,
        ("if late or market.account.blocked", "if market.account.blocked"),
        f"{PLAIN}test_in_a_session_s_last_minute_no_stop_is_taken_back_for_another_order",
    ),
    mutant(
        "a stop taken back though the account is blocked",
        "I18",
        PROTECTING,
        ("if late or market.account.blocked is not None:", "if late:"),
        f"{PLAIN}test_where_the_broker_would_refuse_what_takes_its_place_it_stays",
        "engine/test_at_broker.py::test_what_rests_there_is_not_taken_back_for_an_order_that_would_be_refused",
    ),
    mutant(
        "a stop nobody shows any more stays open for ever",
        "I12",
        "engine/contact.py",
        (
            "if sending.is_over(order, session, journal.now):\n            # It is open",
            "if not order.protects:\n            # It is open",
        ),
        "engine/test_vanished_orders.py::test_a_stop_the_broker_forgot_holds_its_sale_back_until_its_session_is_over",
    ),
    mutant(
        "adopting leaves the old stop",
        "I6",
        "decisions/settling.py",
        ("return [*found, *_stops(state, symbol, Reason.STOP_RESIZED), *", "return [*found, *"),
        "decisions/test_settling.py::test_adopting_takes_a_resting_stop_back",
    ),
)

ANSWERS = (
    mutant(
        "through the stop, and nothing is sold",
        "I18",
        "domain/ordering.py",
        ("if event.through:\n                return _through(", "if False:\n                return _through("),
        f"{LIVED}test_refused_because_the_price_is_through_it_the_position_is_sold_in_the_same_run",
    ),
    mutant(
        "an unclear stop taken as refused",
        "I1 I9",
        "engine/execution.py",
        ("elif asked and refusal.through and order.protects:", "elif order.protects:"),
        f"{LIVED}test_an_unclear_stop_refused_for_another_reason_stays_unclear",
    ),
    mutant(
        "stops of an earlier run go before a sale",
        "I18",
        "engine/cycle.py",
        (
            "settled = [order for order in sending.protecting(journal.state, market, rules) if order.symbol in due]",
            "settled = [order for order in sending.protecting(journal.state, market, rules) if due is not None]",
        ),
        f"{LIVED}test_a_stop_without_an_answer_that_keeps_nothing_back_goes_behind_the_sales",
    ),
    mutant(
        "an unclear stop is not sent again first",
        "I18",
        "engine/cycle.py",
        ("    send(desk, journal, settled, may_go)\n", ""),
        f"{LIVED}test_a_lost_request_is_settled_first_by_the_next_run_and_holds_no_exit_back",
    ),
    mutant(
        "a late fill booked today",
        "I11",
        BOOKING,
        ("told = new_york_date(event.filled_at) if event.filled_at is not None else today", "told = today"),
        f"{LIVED}test_a_week_with_a_dead_monitor_was_protected_and_wednesday_s_fill_is_wednesday_s_on_friday",
    ),
    mutant(
        "a stop's fill booked in the session it was decided in",
        "I11",
        BOOKING,
        ("if order.time_in_force is TimeInForce.DAY or today is None:", "if True:"),
        f"{LIVED}test_a_stop_filled_and_heard_in_its_session_is_that_session_s_and_frees_room",
    ),
    mutant(
        "an old stop's end is forgotten at once",
        "I11",
        "domain/evolve.py",
        ("return own if order.ended_in is None else max(own, order.ended_in)", "return own"),
        f"{LIVED}test_an_old_stop_s_end_is_kept_a_week_so_that_late_news_find_it",
    ),
    mutant(
        "the broker's own stop price is not followed",
        "I10",
        "engine/hearing.py",
        ('("stop", order.stop_price, _stop_price(order, told)),', ""),
        f"{LIVED}test_a_stop_the_broker_moved_is_followed",
    ),
    mutant(
        "a name the broker's order had before is forgotten",
        "I11 I18",
        "domain/ordering.py",
        ("former=(*order.former, *before),", "former=before[:0],"),
        "engine/test_troubled_orders.py::test_i11_an_order_replaced_twice_is_ours_in_a_reading_that_lags_behind_the_second",
    ),
    mutant(
        "a replaced order shown again has its successor's shares only",
        "I10 I18",
        "engine/hearing.py",
        (
            "    qty = order.carried_qty + told.qty\n    return OrderAccepted",
            "    qty = told.qty\n    return OrderAccepted",
        ),
        f"{VANISHED}test_a_stop_that_sold_in_part_was_replaced_and_then_hidden_still_guards_what_is_left",
    ),
    mutant(
        "an order no longer shown has expired for good",
        "I10 I11",
        "engine/contact.py",
        (
            "OrderEnded(order.client_order_id, OrderStatus.LOST)",
            "OrderEnded(order.client_order_id, OrderStatus.EXPIRED)",
        ),
        f"{VANISHED}test_one_replaced_and_filled_while_it_was_hidden_is_ours_though_it_was_given_up",
        f"{VANISHED}test_a_stop_hidden_for_longer_than_ended_orders_are_kept_is_ours_again_too",
    ),
    mutant(
        "a lost stop is forgotten in a week",
        "I11 I18",
        "domain/evolve.py",
        (" or _may_rest(order, event.session)", ""),
        f"{VANISHED}test_a_stop_hidden_for_longer_than_ended_orders_are_kept_is_ours_again_too",
    ),
    mutant(
        "a stop lost in the fourth form's words is forgotten in a week",
        "I11 I18",
        "domain/orders.py",
        (
            "        return withdrawn or self.status is OrderStatus.LOST",
            "        return self.status is OrderStatus.LOST",
        ),
        "domain/test_evolve.py::test_a_lost_stop_is_kept_for_as_long_as_the_broker_lets_one_rest_and_a_lost_sale_is_not",
    ),
    mutant(
        "what a lost stop's successor sold is counted again",
        "I11 I25",
        "domain/accounting.py",
        ("order.is_open or (order.symbol, order.side) in lost or", "order.is_open or"),
        f"{VANISHED}test_what_a_hidden_stop_s_successor_sold_moves_our_cash_once_however_late_the_stop_is_shown",
    ),
    mutant(
        "a look-up stops at the first successor",
        "I11",
        "engine/contact.py",
        ("            _look_up(desk, journal, followed, session)  # to", "            pass  # to"),
        f"{VANISHED}test_one_replaced_twice_and_left_out_by_the_list_is_followed_to_the_last_in_one_run",
    ),
    mutant(
        "a look-up goes round in a ring",
        "I12",
        "engine/contact.py",
        ("not in (told.broker_id, *followed.former)", "not in (told.broker_id,)"),
        f"{VANISHED}test_replacements_that_lead_round_in_a_ring_end",
    ),
    mutant(
        "a stop that proves to be through leaves the limit as it was",
        "I18",
        "engine/cycle.py",
        ("    if settled:  # an answer", "    if not settled:  # an answer"),
        "engine/test_protective_stops.py::"
        "test_a_lost_stop_found_through_makes_a_sale_at_the_market_of_one_under_a_limit",
    ),
)

ROWS = (*PLACING, *TAKING_BACK, *ANSWERS)
