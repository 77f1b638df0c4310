"""What may not be sent: no second sending before its look-up, nothing that arrives late into a halt."""

from __future__ import annotations

from pathlib import Path

from automated_trading.domain.orders import OrderStatus
from tests.engine.builders import EOD, MONITOR, MORNING, bench, moment
from tests.engine.test_second_sendings import arriving_late, lost
from tests.engine.wire import answering


def test_nothing_is_sent_again_while_its_look_up_gets_no_answer(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    b.wire.on("POST", "/v2/orders", lost)
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    b.wire.on("GET", "/v2/orders:by_client_order_id", answering(500, {}))
    asked = b.asked("POST")
    told = b.run(MONITOR, "09:40")
    assert (told.exit_code, b.asked("POST")) == (4, asked)
    b.wire.acts = ()
    assert b.run(MONITOR, "09:45").state.positions["AAA"].qty == 99


def test_a_late_arrival_is_cancelled_by_a_halted_desk_though_the_market_is_shut(tmp_path: Path) -> None:
    b = bench(tmp_path, "AAA")
    arrive = arriving_late(b, lost)
    b.run(MORNING, "09:35")
    b.wire.acts = ()
    b.signals.entries = []  # so that nothing is sent again by itself
    assert [order.status for order in b.run(EOD, "16:30").state.orders.values()] == [OrderStatus.WITHDRAWN]
    b.exchange.advance_to(moment("16:40"))
    arrive()
    b.halt()
    b.run(MONITOR, "17:00")
    assert [order.status for order in b.state().orders.values()] == [OrderStatus.CANCELLED]
