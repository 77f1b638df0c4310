"""`reconcile`: each difference in words, with the command that settles it; settled only on the owner's word."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.commands.front_door import REFUSED_PORT, Door, paper
from tests.commands.terminal import typed


@pytest.fixture
def holding(door: Door) -> Door:
    door.run("morning")
    return door


def by_hand(door: Door, symbol: str = "BOLT", side: str = "buy", qty: int = 5) -> None:
    with door.exchange() as exchange:
        exchange.trade_by_hand(symbol, side, Decimal(qty))


def test_books_that_agree_say_so(holding: Door) -> None:
    answer = holding.run("reconcile")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "SIMULATED reconcile Tue 2026-02-03 09:35 New York: books and broker agree\n"


def test_a_difference_is_explained_with_the_commands_that_settle_it(holding: Door) -> None:
    by_hand(holding)
    answer = holding.run("reconcile")
    assert (answer.code, answer.err.count("\n")) == (6, 1)
    assert answer.out.splitlines() == [
        "SIMULATED reconcile Tue 2026-02-03 09:35 New York: books and broker differ: BOLT",
        "  BOLT: our books have 0, the broker 5 (seen twice)",
        "      an order that is not ours: buy 5 BOLT, 5 filled for 100.05, ended, Tue 2026-02-03 09:35",
        "    automated-trading reconcile --adopt BOLT",
        "      the book takes the 5 shares over, with a stop under today's price",
        "    automated-trading reconcile --ignore BOLT",
        "      they are yours: never sold, counted in exposure",
    ]


def test_the_command_to_type_names_the_folder_it_was_asked_with(holding: Door) -> None:
    by_hand(holding)
    told = holding.run("reconcile", "--data-dir", str(holding.data)).out
    assert f"automated-trading reconcile --data-dir {holding.data} --adopt BOLT" in told


@pytest.mark.parametrize(
    ("option", "said", "held"),
    [
        ("--adopt", "adopted: 5 BOLT at 20.01 by insider, stop 18.40", ["ACME", "BOLT"]),
        ("--ignore", "ignored from here on: BOLT is the owner's own", ["ACME"]),
    ],
)
@pytest.mark.parametrize("symbol", ["BOLT", "bolt", "ALL"])
def test_the_owners_word_settles_it(holding: Door, option: str, said: str, held: list[str], symbol: str) -> None:
    by_hand(holding)
    answer = holding.run("reconcile", option, symbol, "--yes")
    assert (answer.code, said in answer.out) == (0, True)
    shown = holding.run("status", "--json")
    assert (shown.code, [row["symbol"] for row in shown.document["positions"]]) == (0, held)


def test_what_the_broker_no_longer_holds_is_forgotten(holding: Door) -> None:
    by_hand(holding, "ACME", "sell", 198)
    assert "automated-trading reconcile --forget ACME" in holding.run("reconcile").out
    answer = holding.run("reconcile", "--forget", "ACME", "--yes")
    assert (answer.code, "forgotten: 198 ACME" in answer.out) == (0, True)


def test_a_split_is_named_as_what_explains_it(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.split("ACME", Decimal(2))
    assert "      split ACME, 198 shares, Tue 2026-02-03 09:35" in holding.run("reconcile").out
    answer = holding.run("reconcile", "--adopt", "ACME", "--yes")
    assert "a split: 198 shares became 396" in answer.out
    assert answer.code == 0


def test_an_adopted_position_that_will_be_sold_at_once_is_a_warning(holding: Door) -> None:
    by_hand(holding, "ACME", "sell", 8)
    with holding.exchange() as exchange:
        exchange.set_price("ACME", Decimal(40))
    told = holding.run("reconcile", "--adopt", "ACME", "--yes").out
    assert "WARNING: the stop of ACME, 45.02, is at or over its price, 40.00: the next `monitor` sells it" in told


def test_a_resting_order_of_somebody_elses_is_a_difference(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.rest_by_hand("BOLT", "buy", Decimal(10), Decimal(15))
    answer = holding.run("reconcile")
    assert (answer.code, "books and broker differ: an order in BOLT" in answer.out) == (6, True)
    assert "an order that is not ours rests: buy 10 BOLT, open (seen twice)" in answer.out
    assert holding.run("status").code == 6


def test_cash_that_nothing_explains_is_told_and_counted_anew_on_the_owners_word(holding: Door) -> None:
    with holding.exchange() as exchange:
        exchange.ledger.cash -= Decimal(300)
    told = holding.run("reconcile").out
    assert "cash: ours 90,094.06, the broker's 89,794.06: 300.00 missing (seen twice)" in told
    assert "no fee, dividend or transfer is on record that explains the rest" in told
    answer = holding.run("reconcile", "--cash", "--yes")
    assert (answer.code, "cash counted: our books go on from 89,794.06" in answer.out) == (0, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--adopt", "BOLT"), "neither we nor the broker hold BOLT"),
        (("--forget", "BOLT"), "our books do not have BOLT"),
        (("--ignore", "ACME"), "ACME is on our books"),
        (("--adopt", "no ticker"), "is not a plain US ticker"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_cannot_be_meant_is_exit_2_and_settles_nothing(
    holding: Door, options: tuple[str, ...], words: str, more: tuple[str, ...]
) -> None:
    assert holding.run("reconcile", *options, "--yes", *more).failed(2, words)
    assert holding.run("reconcile").code == 0


def test_a_book_that_is_not_there_is_exit_2(holding: Door) -> None:
    by_hand(holding)
    assert holding.run("reconcile", "--adopt", "BOLT", "--book", "none", "--yes").failed(2, "there is no book none")


def test_json_is_one_document_with_remedies(holding: Door) -> None:
    by_hand(holding)
    answer = holding.run("reconcile", "--json")
    (row,) = answer.document["differences"]
    assert (answer.code, answer.document["exit_code"], row["kind"], row["symbol"]) == (6, 6, "quantity", "BOLT")
    assert [remedy["option"] for remedy in row["remedies"]] == ["--adopt BOLT", "--ignore BOLT"]
    settled = holding.run("reconcile", "--adopt", "BOLT", "--yes", "--json").document
    assert (settled["exit_code"], settled["differences"]) == (0, [])
    assert settled["settled"] == ["adopted: 5 BOLT at 20.01 by insider, stop 18.40 (taken over from the broker)"]


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 6)])
def test_at_a_terminal_it_shows_the_difference_and_asks(holding: Door, answer: str, code: int) -> None:
    by_hand(holding)
    seen = typed(holding, answer, "reconcile", "--adopt", "BOLT")
    assert seen.code == code
    assert seen.text.index("our books have 0, the broker 5") < seen.text.index("Settle what you named? [y/N]")
    assert ("adopted: 5 BOLT" in seen.text) is (code == 0)


@pytest.mark.parametrize("named", ["BOLT", "ALL"])
def test_what_moved_while_the_question_stood_is_exit_2_and_not_settled(holding: Door, named: str) -> None:
    by_hand(holding)
    seen = typed(holding, "y\n", "reconcile", "--adopt", named, meanwhile=lambda: by_hand(holding, qty=3))
    last = seen.text.splitlines()[-1]
    assert (seen.code, last.startswith("automated-trading: BOLT is not as it was shown (ours 0, ")) == (2, True)
    assert "BOLT: our books have 0, the broker 8" in holding.run("reconcile").out


def test_all_is_what_stood_on_the_screen(holding: Door) -> None:
    by_hand(holding)
    seen = typed(holding, "y\n", "reconcile", "--adopt", "ALL", meanwhile=lambda: by_hand(holding, "CORE"))
    assert (seen.code, "adopted: 5 BOLT" in seen.text, "adopted: 5 CORE" in seen.text) == (6, True, False)
    assert "books and broker differ: CORE\n" in holding.run("reconcile").out


def test_where_all_is_nothing_nothing_is_asked(holding: Door) -> None:
    seen = typed(holding, "", "reconcile", "--adopt", "ALL")
    assert (seen.code, "Settle what you named?" in seen.text) == (0, False)


def test_with_the_broker_down_nothing_can_be_compared(holding: Door) -> None:
    assert holding.run("reconcile", **paper(REFUSED_PORT)).failed(4)


def test_it_moves_no_simulated_clock(holding: Door) -> None:
    holding.run("reconcile")
    assert holding.run("status", "--json").document["at"] == "2026-02-03T14:35:00Z"
