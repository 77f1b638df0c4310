"""What the model found, told as stories: each was a failure of a machine's making, cut down to what it takes.

Each was red when the model first told it.
"""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

from automated_trading.adapters.proof import prove
from automated_trading.domain.reasons import Reason
from automated_trading.engine import settling
from automated_trading.engine.settling import Wish
from tests.engine.builders import EOD, MONITOR, MORNING, WEDNESDAY, Bench, Signals, bench, moment, signal
from tests.engine.stage import holding, lay


def money_appears(b: Bench, amount: str) -> None:
    """Cash that no record explains."""
    b.exchange.ledger.cash += Decimal(amount)
    b.exchange.version += 1


def test_forgetting_what_the_broker_still_holds_is_no_agreement(tmp_path: Path) -> None:
    """The owner strikes AAA from the books while the broker holds it: the books differ, and the answer says so."""
    b = holding(tmp_path, "AAA")
    outcome, holdings = settling.reconcile(b.desk(), Wish(forget=("AAA",)))
    assert holdings["AAA"].qty == 99
    assert outcome.exit_code == 6
    assert set(b.state().differences) == {"AAA"}


def test_cash_is_counted_in_a_first_contact_that_meets_the_owner_s_resting_order(tmp_path: Path) -> None:
    """An open order of the owner's is read twice; being read a second time is no fill."""
    b = bench(tmp_path)
    lay(b, "AAA", "100")
    b.exchange.rest_by_hand("AAA", "buy", Decimal(5), Decimal(80))
    b.run(MONITOR, "09:40")
    assert b.state().cash == Decimal(100_000)


def on_wednesday(tmp_path: Path, amount: str) -> Bench:
    """A desk that holds AAA; money came or went on Tuesday and no record says why; the session was closed."""
    b = holding(tmp_path, "AAA")
    money_appears(b, amount)
    b.run(MONITOR, "10:00")
    b.run(EOD, "16:30")
    lay(b, "AAA", "100")
    b.exchange.advance_to(moment("09:35", WEDNESDAY))
    return b


def test_money_unexplained_since_yesterday_is_no_loss_of_today(tmp_path: Path) -> None:
    """The last close has it already: taken off today's equity alone, it looks like a loss and halts the day."""
    b = on_wednesday(tmp_path, "7000")
    b.run(MORNING)
    assert Reason.DAY_LOSS not in b.state().halts


def test_money_of_yesterday_counted_today_is_no_loss_of_today(tmp_path: Path) -> None:
    """The owner's word explains it a day late: no flow of this session, and no loss of it."""
    b = on_wednesday(tmp_path, "7000")
    settling.reconcile(b.desk(), Wish(cash=True))
    b.run(MORNING)
    assert Reason.DAY_LOSS not in b.state().halts


def test_cash_missed_yesterday_and_counted_today_hides_no_loss_of_today(tmp_path: Path) -> None:
    """The dangerous side of the same: today really loses more than it may."""
    b = on_wednesday(tmp_path, "-7000")
    settling.reconcile(b.desk(), Wish(cash=True))
    b.exchange.advance_to(moment("09:36", WEDNESDAY))
    b.exchange.pay("FEE", Decimal(-6_000))
    b.run(MORNING)
    assert Reason.DAY_LOSS in b.state().halts


def test_a_lost_folder_takes_back_what_a_replaced_order_bought_before_what_was_sold_of_it(tmp_path: Path) -> None:
    """The venue puts another order in the place of ours, it fills and is sold; the folder is lost: nothing is held."""
    b = bench(tmp_path, "AAA")
    b.exchange.set_quote("AAA", Decimal("98.6"), Decimal(100), last=Decimal("98.5"))
    b.run(MORNING, "09:35")
    b.exchange.replace_order(b.orders("AAA")[0].id)
    b.exchange.set_price("AAA", Decimal(99))
    b.run(MONITOR, "09:40")
    settling.ask_exit(b.desk(), "AAA")
    b.run(MONITOR, "09:45")
    assert not b.state().positions
    shutil.rmtree(b.folder)
    b.run(MONITOR, "09:50")
    assert not b.state().positions


def test_a_checkpoint_written_by_a_run_is_the_one_that_is_read(tmp_path: Path) -> None:
    """Orders are intended by score and spelled by name; snapshots of one order and a log of the other are no damage."""
    b = bench(tmp_path, "AAA", "BBB")
    b.signals = Signals([signal("AAA", score=8), signal("BBB", score=9)])
    b.run(MORNING, "09:35")
    b.run(EOD, "16:30")
    assert prove(b.folder).problems == ()


def test_what_the_owner_traded_in_a_week_without_a_run_is_heard(tmp_path: Path) -> None:
    """Nobody ran the desk for a week; what the owner bought on its first day explains where the cash went."""
    b = holding(tmp_path, "AAA")
    lay(b, "BBB", "40")
    b.exchange.advance_to(moment("10:00"))
    b.exchange.trade_by_hand("BBB", "buy", Decimal(50))
    b.run(MONITOR, "10:00", date(2026, 2, 11))
    assert b.state().cash == b.exchange.ledger.cash
    assert b.state().cash_difference is None
