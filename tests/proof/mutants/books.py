"""Faults in shares, money and caps: I6, I9, I10, I11, I17, I25.

Law of the file: rows alone.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

EXITS, SENDING, SIZING = "decisions/exits.py", "decisions/sending.py", "decisions/sizing.py"
BOOKING, HEARING, STATE = "domain/booking.py", "engine/hearing.py", "domain/state.py"
RECONCILIATION = "decisions/reconciliation.py"

SHORT = (
    mutant(
        "cash missed at the last close counts as today's",
        "I21 I25",
        "domain/accounting.py",
        ("since = _gap(state) - state.day.carried", "since = _gap(state)"),
        "engine/test_cash_of_before.py",
    ),
    mutant(
        "what a session's first reading misses hides a loss",
        "I21 I25",
        "domain/accounting.py",
        ("    if day.last_equity is None:", "    if False:"),
        "engine/test_cash_of_before.py::test_cash_that_was_missing_at_the_close_hides_no_loss_of_today",
    ),
    mutant(
        "open sells are ignored in what is sellable",
        "I6",
        STATE,
        ("return max(ZERO, position.qty - promised)", "return max(ZERO, position.qty)"),
        "domain/test_state.py::test_i6_what_is_sellable_is_held_and_not_promised",
    ),
    mutant(
        "open sells are ignored when an old sell is sent",
        "I6",
        SENDING,
        ("        and _covered(state, market, order)\n", ""),
        "decisions/test_sending.py::test_i6_a_sell_is_sent_only_while_its_shares_are_there_and_not_promised",
    ),
    mutant(
        "the owner's open sells are ignored",
        "I6",
        EXITS,
        ("    return held - promised", "    return held"),
        "decisions/test_exits.py::test_i6_what_an_order_of_the_owners_already_sells_is_not_sold_again",
    ),
    mutant(
        "a fill heard after the positions were read is not taken from them",
        "I6",
        EXITS,
        ("if position is None else min(position.qty, market.held_qty(symbol))", ""),
        "engine/test_outside_orders.py::"
        "test_i6_what_sells_while_our_own_order_is_taken_back_is_not_free_beside_the_owner_s",
    ),
    mutant(
        "shares the broker does not hold are sold",
        "I6",
        EXITS,
        (
            "qty = min(state.sellable(symbol), free_at_the_broker(state, market, symbol))",
            "qty = state.sellable(symbol)",
        ),
        "decisions/test_exits.py::test_i6_what_the_broker_does_not_hold_is_not_sold",
    ),
    mutant(
        "an exit is decided though a cancel is not confirmed",
        "I6",
        EXITS,
        ("if qty > 0 and not state.open_orders(symbol):", "if qty > 0:"),
        "decisions/test_exits.py::test_an_order_that_is_open_in_the_symbol_is_waited_for",
    ),
    mutant(
        "an old sell is sent though a buy still rests",
        "I6",
        SENDING,
        ("        and not state.open_orders(order.symbol, Side.BUY)\n", ""),
        "decisions/test_sending.py::test_i6_a_sell_left_behind_waits_for_the_end_of_a_buy_that_rests",
    ),
    mutant(
        "a short position is adopted",
        "I6",
        "decisions/settling.py",
        ("    if holding.qty < 0:\n", "    if holding.qty == 0:\n"),
        "decisions/test_settling.py::test_i6_a_short_position_cannot_be_adopted",
    ),
)

CAPS = (
    mutant(
        "unclear orders are ignored in exposure",
        "I9 I17",
        STATE,
        (
            "found = [order for order in self.orders.values() if order.status not in ENDS]",
            "found = [order for order in self.orders.values() if order.status not in {*ENDS, OrderStatus.UNCLEAR}]",
        ),
        "decisions/test_sizing.py::test_f3_a_buy_intended_resting_or_unclear_is_already_spent",
    ),
    mutant(
        "open buys are ignored in exposure",
        "I17",
        SIZING,
        ("pending = sum((order.open_value for order in mine), ZERO)", "pending = ZERO"),
        "decisions/test_sizing.py::test_i17_an_open_buy_takes_of_the_exposure_of_its_own_book",
    ),
    mutant(
        "open buys are ignored in cash",
        "I17",
        SIZING,
        ("- (bought(state) - market.bought) - on_the_way - theirs", "- (bought(state) - market.bought) - theirs"),
        "decisions/test_sizing.py::test_f3_a_buy_intended_resting_or_unclear_is_already_spent",
    ),
    mutant(
        "open buys take no place among the positions",
        "I17",
        SIZING,
        (
            "len({position.symbol for position in held} | {order.symbol for order in mine})",
            "len({position.symbol for position in held})",
        ),
        "decisions/test_sizing.py::test_f3_a_buy_intended_resting_or_unclear_is_already_spent",
    ),
    mutant(
        "an old intent passes the cap of its sector",
        "I17",
        SENDING,
        (" or space.overdrawn or crowded:", " or space.overdrawn:"),
        "decisions/test_sending.py::test_i17_an_intent_left_behind_may_fill_its_sector_and_not_pass_it",
    ),
    mutant(
        "a buy filled since the account was read has taken no cash",
        "I17",
        SIZING,
        ("- (bought(state) - market.bought) - on_the_way", "- on_the_way"),
        "decisions/test_sizing.py::test_a_buy_filled_after_the_account_was_read_has_taken_its_cash",
    ),
    mutant(
        "one position too many inside one batch",
        "I17",
        SIZING,
        ("        if self.slots < 1:\n", "        if self.slots < 0:\n"),
        "decisions/test_entries.py::test_f3_one_batch_stops_at_ten_positions_those_held_and_on_order_among_them",
    ),
    mutant(
        "the batch forgets what it has planned",
        "I17",
        SIZING,
        ("exposure=self.exposure - cost,", "exposure=self.exposure,"),
        "decisions/test_entries.py::test_one_batch_stops_at_seventy_per_cent_exposure",
    ),
    mutant(
        "one entry a day too many inside one batch",
        "I17",
        SIZING,
        ("        if self.entries < 1:\n", "        if self.entries < 0:\n"),
        "decisions/test_entries.py::test_one_batch_stops_at_twenty_entries_a_day",
    ),
)

BOOKS = (
    mutant(
        "a fill is applied twice",
        "I11 I25",
        BOOKING,
        (
            """    if order is None or event.total_qty <= order.filled_qty:
        return state
    qty = event.total_qty - order.filled_qty
    value = event.total_value - order.filled_value
""",
            """    if order is None:
        return state
    qty = event.total_qty
    value = event.total_value
""",
        ),
        "domain/test_booking.py::test_i11_a_fill_heard_twice_or_out_of_order_is_booked_once",
    ),
    mutant(
        "a running total is taken for an increment",
        "I11 I25",
        BOOKING,
        (
            "    qty = event.total_qty - order.filled_qty\n    value = event.total_value - order.filled_value\n",
            "    qty = event.total_qty\n    value = event.total_value\n",
        ),
        "domain/test_booking.py::test_i11_a_fill_heard_twice_or_out_of_order_is_booked_once",
    ),
    mutant(
        "a fill heard late takes back a newer one",
        "I11",
        BOOKING,
        ("event.total_qty <= order.filled_qty:", "event.total_qty == order.filled_qty:"),
        "domain/test_booking.py::test_i11_a_fill_heard_twice_or_out_of_order_is_booked_once",
    ),
    mutant(
        "a fill on an ended order is lost",
        "I11",
        HEARING,
        (
            "    if total > order.filled_qty and value > order.filled_value:\n",
            "    if not ended and total > order.filled_qty and value > order.filled_value:\n",
        ),
        "engine/test_hearing.py::test_a_late_fill_on_an_order_that_had_ended_is_booked_and_told",
    ),
    mutant(
        "what a replaced order had filled is forgotten",
        "I11 I25",
        "domain/ordering.py",
        ("carried_qty=order.filled_qty,", "carried_qty=order.carried_qty,"),
        "domain/test_ordering.py::test_a_replaced_order_is_followed_and_its_fills_are_carried_over",
    ),
    mutant(
        "a difference unfreezes itself",
        "I10",
        RECONCILIATION,
        (
            "(known.ours, known.theirs) == (ours, theirs):\n            continue\n",
            "(known.ours, known.theirs) == (ours, theirs):\n"
            '            found.append(DifferenceSettled(symbol, "told"))\n            continue\n',
        ),
        "decisions/test_reconciliation.py::test_a_standing_difference_is_told_again_only_when_its_figures_change",
    ),
    mutant(
        "a difference that moves is never confirmed",
        "I10",
        RECONCILIATION,
        (
            "readings = min(known.readings + 1, CONFIRMED_READINGS) if known is not None else 1\n        found",
            "readings = 2 if known is not None and known.theirs == theirs else 1\n        found",
        ),
        "decisions/test_reconciliation.py::test_a_difference_that_moves_between_two_readings_is_confirmed_all_the_same",
    ),
    mutant(
        "a symbol in dispute is bought",
        "I10",
        "decisions/refusals.py",
        (
            "if ticker in case.state.differences or case.market.held_qty(ticker) != 0:",
            "if case.market.held_qty(ticker) != 0:",
        ),
        "decisions/test_refusals.py::test_nothing_opens_in_a_symbol_in_dispute_from_the_first_reading_on",
    ),
    mutant(
        "adopted without the proof that was shown",
        "I10",
        "engine/settling.py",
        (
            "if (now := _figures(state, holdings, name)) != shown:",
            "if (now := _figures(state, holdings, name)) is None:",
        ),
        "engine/test_settling.py::test_figures_that_moved_since_they_were_shown_are_not_settled",
    ),
)

MONEY = (
    mutant(
        "money leaves as a float",
        "I25",
        "adapters/alpaca_words.py",
        ("            body[name] = spell(price)\n", "            body[name] = str(float(price))\n"),
        "adapters/test_alpaca_broker.py::test_no_digit_of_a_price_is_lost_on_the_way",
    ),
    mutant(
        "money arrives as a float",
        "I25",
        "adapters/alpaca_wire.py",
        ("json.JSONDecoder(parse_float=Decimal,", "json.JSONDecoder(parse_float=lambda text: Decimal(float(text)),"),
        "adapters/test_alpaca_client.py::test_fractions_are_read_exactly",
    ),
    mutant(
        "an average price of six digits moves parts of a cent",
        "I25",
        "domain/orders.py",
        (
            "return cents(self.filled_qty * (self.filled_avg_price or ZERO))",
            "return self.filled_qty * (self.filled_avg_price or ZERO)",
        ),
        "engine/test_late_news.py::test_an_order_is_worth_what_its_cash_was_to_the_cent",
    ),
    mutant(
        "activities are read again from two days back",
        "I11",
        "engine/contact.py",
        ("OVERLAP = timedelta(days=6)", "OVERLAP = timedelta(days=2)"),
        "engine/test_cash.py::test_what_is_dated_friday_and_put_on_record_on_monday_is_heard_behind_one_of_monday",
    ),
    mutant(
        "the date of a record says when its money moved",
        "I21 I25",
        "domain/accounting.py",
        ("    if state.marked_at is None or carried_over:", "    if state.marked_at is not None or carried_over:"),
        "engine/test_cash_of_before.py::test_a_deposit_behind_the_close_under_a_date_of_before_it_hides_no_loss",
    ),
    mutant(
        "what the first count of cash held is no flow of the next session",
        "I21 I25",
        "domain/accounting.py",
        ("event.flow and (counted or state.cash_since is None)", "event.flow and counted"),
        "engine/test_cash_of_before.py::"
        "test_a_deposit_behind_the_close_and_before_the_first_contact_hides_no_loss_of_the_next_day",
    ),
    mutant(
        "what the count held already moves when its record comes",
        "I21 I25",
        "domain/accounting.py",
        ("_moved_at(state, told) if counted else told.at", "_moved_at(state, told)"),
        "domain/test_accounting.py::"
        "test_what_the_count_of_cash_held_already_keeps_its_date_and_is_a_flow_of_no_session",
    ),
    mutant(
        "what the close had unexplained moves again when its record comes",
        "I21 I25",
        "domain/accounting.py",
        (" or carried_over:\n", ":\n"),
        "domain/test_accounting.py::test_what_was_missing_at_the_close_had_moved_by_then_though_it_was_seen_later",
    ),
    mutant(
        "activities are forgotten in a week",
        "I25",
        "domain/accounting.py",
        ("ACTIVITIES_KEPT = timedelta(days=30)", "ACTIVITIES_KEPT = timedelta(days=7)"),
        "engine/test_cash.py::test_what_is_put_on_record_ten_days_behind_its_date_is_counted_once",
    ),
    mutant(
        "a dividend is counted each time it is told",
        "I25",
        "domain/accounting.py",
        ("    if told.activity_id in state.activities:\n", "    if told.activity_id is None:\n"),
        "domain/test_accounting.py::test_an_activity_is_counted_once_however_often_it_is_told",
    ),
)

ROWS = (*SHORT, *CAPS, *BOOKS, *MONEY)
