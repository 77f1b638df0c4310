"""Faults in what time it is and what a price may say: I14, I15, I16, I18.

Law of the file: rows alone.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

SESSIONS, BREAKERS, QUOTES = "domain/sessions.py", "decisions/breakers.py", "decisions/quotes.py"
WITNESSES, WATCHING, EXITS = "decisions/witnesses.py", "decisions/watching.py", "decisions/exits.py"
EQUITY = "decisions/equity.py"

TIME = (
    mutant(
        "a naive time is taken for UTC",
        "I14",
        SESSIONS,
        ('        raise ValueError(f"a time without its zone: {at}")', "        return at.replace(tzinfo=dt.UTC)"),
        "domain/test_sessions.py::test_a_naive_time_is_refused_everywhere",
    ),
    mutant(
        "a session has UTC's date",
        "I14",
        SESSIONS,
        ("return new_york(at).date()", "return _aware(at).astimezone(dt.UTC).date()"),
        "domain/test_sessions.py::test_the_date_is_new_yorks",
    ),
    mutant(
        "New York is five hours behind all year",
        "I14",
        SESSIONS,
        (
            "return _aware(at).astimezone(_NEW_YORK)",
            "return _aware(at).astimezone(dt.timezone(dt.timedelta(hours=-5)))",
        ),
        "domain/test_sessions.py::test_the_date_is_new_yorks",
        "decisions/test_routines.py::test_f17_both_windows_move_with_new_yorks_clock_and_not_with_utc_to_the_second",
    ),
    mutant(
        "half days are whole days",
        "I14",
        SESSIONS,
        ("_EARLY_CLOSE if text in half_days else _CLOSE", "_CLOSE if text in half_days else _CLOSE"),
        "domain/test_sessions.py::test_opening_and_closing_follow_new_yorks_clock",
    ),
    mutant(
        "the host's clock stands in for the broker's",
        "I14",
        "adapters/alpaca_broker.py",
        (
            'return BrokerClock(now, words.flag(row, "is_open")',
            'return BrokerClock(self._client.clock.now(), words.flag(row, "is_open")',
        ),
        "adapters/test_alpaca_reads.py::test_the_clock_is_read_in_utc_without_its_nanoseconds",
    ),
    mutant(
        "a host's clock that is behind bars nothing",
        "I14",
        BREAKERS,
        ("abs(market.skew) > rules.skew_blocks", "market.skew > rules.skew_blocks"),
        "decisions/test_breakers.py::test_a_clock_more_than_sixty_seconds_off_opens_nothing",
    ),
)

NUMBERS = (
    mutant(
        "NaN is an amount",
        "I15 I25",
        "domain/money.py",
        (
            "    if not value.is_finite():\n",
            "    if value.is_nan():\n        return value\n    if not value.is_finite():\n",
        ),
        "domain/test_money.py::test_what_could_not_be_read_back_is_not_spelled",
    ),
    mutant(
        "NaN passes for a price",
        "I15",
        "adapters/alpaca_data.py",
        (
            'bid, ask = amount(_get(row, "bp")), amount(_get(row, "ap"))',
            'bid, ask = (__import__("decimal").Decimal(str(_get(row, side))) for side in ("bp", "ap"))',
        ),
        "adapters/test_alpaca_data.py::test_a_bad_number_takes_only_its_own_part",
    ),
    mutant(
        "NaN passes for equity",
        "I15",
        "adapters/alpaca_words.py",
        ('equity=number(row, "equity")', 'equity=Decimal(str(row.get("equity")))'),
        "adapters/test_alpaca_reads.py::test_a_read_that_is_not_understood_counts_as_not_answered",
    ),
    mutant(
        "NaN passes for a score",
        "I15",
        "domain/signals.py",
        (
            "        number = amount(value)\n",
            "        if isinstance(value, Decimal) and value.is_nan():\n            return value\n"
            "        number = amount(value)\n",
        ),
        "domain/test_signals.py::test_an_unusable_entry_is_named_with_its_reason",
    ),
    mutant(
        "equity nobody told opens",
        "I15",
        BREAKERS,
        (
            "    if not (market.account.equity > 0 and market.account.last_equity > 0):\n",
            "    if market.account.equity < 0:\n",
        ),
        "decisions/test_breakers.py::test_without_a_usable_last_close_no_day_loss_is_claimed_and_nothing_opens",
    ),
)

QUOTE = (
    mutant(
        "a stale quote passes",
        "I15",
        QUOTES,
        ("    if abs(age) > rules.quote_max_age:\n", "    if -age > rules.quote_max_age:\n"),
        "decisions/test_quotes.py::test_i15_no_buy_on_a_quote_that_cannot_be_trusted",
    ),
    mutant(
        "a quote from the future passes",
        "I15",
        QUOTES,
        ("    if abs(age) > rules.quote_max_age:\n", "    if age > rules.quote_max_age:\n"),
        "decisions/test_quotes.py::test_i15_no_buy_on_a_quote_that_cannot_be_trusted",
    ),
    mutant(
        "a crossed quote passes",
        "I15",
        QUOTES,
        ("    if quote.bid > quote.ask:\n", "    if quote.bid > quote.ask * 2:\n"),
        "decisions/test_quotes.py::test_i15_no_buy_on_a_quote_that_cannot_be_trusted",
    ),
    mutant(
        "a one-sided quote passes",
        "I15",
        QUOTES,
        ("    if quote.bid <= 0 or quote.ask <= 0:\n", "    if quote.ask <= 0:\n"),
        "decisions/test_quotes.py::test_i15_no_buy_on_a_quote_that_cannot_be_trusted",
    ),
    mutant(
        "a blocked account buys",
        "I15",
        "decisions/refusals.py",
        ("    if case.market.account.blocked is not None:\n", "    if case.market.account is None:\n"),
        "decisions/test_refusals.py::test_i15_no_buy_on_a_blocked_account",
    ),
    mutant(
        "one bad print fires a stop",
        "I15",
        WITNESSES,
        ("return sum(price <= level for price in found) >= NEEDED", "return any(price <= level for price in found)"),
        "decisions/test_exits.py::test_i15_a_stop_fires_only_when_two_prices_are_at_or_under_it",
    ),
    mutant(
        "a mark that repeats the bad print is a second witness",
        "I15",
        WITNESSES,
        (" and (trade is None or mark != trade.price):", ":"),
        "decisions/test_witnesses.py::test_a_mark_speaks_beside_a_fresh_price_that_it_does_not_repeat",
    ),
    mutant(
        "an old trade fires a stop",
        "I15",
        WITNESSES,
        ("trade.price > 0 and abs(market.now - trade.at) <= max_age:", "trade.price > 0:"),
        "decisions/test_witnesses.py::test_a_price_speaks_for_fifteen_minutes_and_one_from_the_future_no_longer",
    ),
    mutant(
        "a high is taken from one print",
        "I15",
        WATCHING,
        ("high = max(position.high, agreed_high(found) or position.high)", "high = max(position.high, *found)"),
        "decisions/test_watching.py::test_i15_a_new_high_is_one_that_bid_and_last_trade_both_reached",
    ),
    mutant(
        "a stop can be lowered by the rules",
        "I15 I18",
        WATCHING,
        ("if stop > position.stop else None", "if stop != position.stop else None"),
        "decisions/test_watching.py::test_a_stop_is_never_lowered_by_the_rules",
    ),
    mutant(
        "a stop can be lowered by the record",
        "I15 I18",
        "domain/booking.py",
        ("stop=max(position.stop, event.stop)", "stop=event.stop"),
        "domain/test_booking.py::test_a_stop_told_lower_than_the_one_there_is_stays_where_it_was",
    ),
    mutant(
        "a stop that cannot be judged is not named",
        "I18",
        WATCHING,
        ("rules.price_max_age)) < NEEDED", "rules.price_max_age)) < 1"),
        "decisions/test_watching.py::test_i18_a_position_with_fewer_than_two_witnesses_is_named",
    ),
)

MARKS = (
    mutant(
        "one false print makes the next position larger",
        "I17",
        EQUITY,
        ("max(ZERO, holding.mark - most)", "ZERO"),
        "decisions/test_equity.py::test_a_holding_counts_for_no_more_than_a_sound_ask_or_two_witnesses",
    ),
    mutant(
        "a print without a quote beside it vouches for itself",
        "I17",
        EQUITY,
        ("known.get(holding.symbol) if most is None else most", "holding.mark if most is None else most"),
        "decisions/test_equity.py::"
        "test_where_nothing_fresh_vouches_a_holding_counts_for_no_more_than_the_high_two_ever_vouched_for",
    ),
    mutant(
        "one false low print of what is held makes room",
        "I17",
        "decisions/sizing.py",
        ("max(market.last_price(symbol) or cost, offered", "max(market.last_price(symbol) or cost, ZERO and offered"),
        "decisions/test_sizing.py::test_i17_a_false_low_print_makes_no_room_where_somebody_offers_more",
    ),
    mutant(
        "what the account may have invested grows with a false print",
        "I17",
        "decisions/sizing.py",
        ("caps.max_exposure * whole - _invested", "caps.max_exposure * market.account.equity - _invested"),
        "decisions/test_equity.py::test_i17_one_false_print_makes_no_room_in_any_cap",
    ),
    mutant(
        "one false print hides a loss of the day",
        "I15",
        "engine/cycle.py",
        ("soundly(market, desk.rules.exits.price_max_age), desk", "market, desk"),
        "engine/test_false_prints.py::test_a_false_high_print_hides_no_loss_of_the_day",
    ),
)

SPLITS = (
    mutant(
        "a split sells",
        "I16",
        EXITS,
        ("if position.qty <= 0 or symbol in state.differences:", "if position.qty <= 0:"),
        "decisions/test_exits.py::test_i16_nothing_is_sold_while_a_reading_of_the_quantity_differs",
    ),
    mutant(
        "a split raises a stop",
        "I16",
        WATCHING,
        ("settled = symbol not in state.differences", "settled = symbol is not None"),
        "decisions/test_watching.py::test_i16_while_quantities_differ_no_price_raises_a_high_or_a_stop",
    ),
    mutant(
        "a split on record disturbs nothing before the shares tell of it",
        "I16",
        "domain/accounting.py",
        ("if told.kind in SHARE_CHANGES and held is not None", "if told.kind is None and held is not None"),
        "engine/test_changed_shares.py::"
        "test_i16_a_split_on_record_sells_nothing_though_the_positions_do_not_tell_of_it_yet",
    ),
    mutant(
        "a split that is adopted leaves the stop where it was",
        "I16",
        "decisions/settling.py",
        ("stop=floor_to_tick(held.stop * up / down)", "stop=held.stop"),
        "decisions/test_settling.py::test_i16_a_split_keeps_the_money_and_takes_stop_and_high_along_to_the_tick",
    ),
)

ROWS = (*TIME, *NUMBERS, *QUOTE, *MARKS, *SPLITS)
