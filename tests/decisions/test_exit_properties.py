"""Any price path, any fill, any number of days: no stop falls, nothing is sold without its reason, twice or short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import event as seen_in, given, settings, strategies as st

from automated_trading.decisions import cancels, exits, reconciliation, watching
from automated_trading.decisions.sending import closing
from automated_trading.domain import events as e
from automated_trading.domain.codec import decode, encode
from automated_trading.domain.evolve import evolve
from automated_trading.domain.market import Market, Price, Quote, Trade
from automated_trading.domain.money import ZERO, cents, floor_to_tick
from automated_trading.domain.orders import Order, OrderStatus, Side
from automated_trading.domain.positions import Position
from automated_trading.domain.state import State
from automated_trading.engine.hearing import sold_out
from tests.builders import (
    MINUTE,
    RULES,
    TODAY,
    D,
    a_buy,
    a_fill,
    a_holding,
    a_market,
    a_position,
    a_session,
    a_state,
    after,
    an_activity,
    an_outside_order,
    ny,
    resting,
)

START = D(100_000)
PRICES = st.none() | st.integers(850, 1350).map(lambda number: D(number) / 100)
HAPPENINGS = [
    *["quiet"] * 8, "fill", "fill", "end", "silence", "refusal", "night", "night", "fee", "by hand", "by hand, undone",
    "owner's order", "owner's order ended", "exit", "buy",
]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """What happens between two cycles, and the prices the second of them sees; a price may be missing or too old."""

    what: str
    n: int
    bid: Decimal | None
    last: Decimal | None
    mark: Decimal | None
    old_bid: bool
    old_last: bool


RARELY = st.integers(0, 9).map(lambda number: number == 0)
STEPS = st.lists(
    st.builds(Step, st.sampled_from(HAPPENINGS), st.integers(1, 12), PRICES, PRICES, PRICES, RARELY, RARELY),
    max_size=30,
)


@dataclass
class World:
    """What is true: what the broker holds, the day, the money that came and went; and how often nothing was decided."""

    state: State
    held: Decimal
    missing: Decimal = ZERO
    day: date = TODAY
    cycles: int = 0
    moved: Decimal = ZERO
    realised: Decimal = ZERO
    undecided: int = 0

    @property
    def now(self) -> datetime:
        return ny("10:00", self.day) + self.cycles * 5 * MINUTE

    def hear(self, *events: e.Event) -> None:
        """Each event changes the state once, heard once or twice."""
        for event in events:
            self.state = evolve(self.state, event)
            assert evolve(self.state, event) == self.state

    def market(self, step: Step) -> Market:
        aged = self.now - RULES.exits.price_max_age - MINUTE
        quote = Quote(step.bid, step.bid * 2, aged if step.old_bid else self.now) if step.bid else None
        trade = Trade(step.last, aged if step.old_last else self.now) if step.last else None
        mark = str(step.mark) if step.mark else None
        holdings = {"AAA": a_holding(qty=str(self.held), mark=mark)} if self.held else {}
        session = a_session(self.day)
        return a_market(prices={"AAA": Price(quote, trade)}, holdings=holdings, now=self.now, session=session)


def a_world() -> World:
    bought = a_position(qty="20")
    return World(a_state(bought, cash=START - bought.cost, cash_since=ny("09:31")), bought.qty)


def happens(world: World, step: Step) -> None:
    """One thing between two cycles."""
    state, what, n = world.state, step.what, D(step.n)
    world.cycles += 1
    if what == "night":
        over = [e.OrderEnded(order.client_order_id, OrderStatus.EXPIRED) for order in state.open_orders()]
        world.day, world.cycles = world.day + timedelta(days=4 * step.n), 0
        world.hear(*over, e.SessionBegan(world.day, world.now))
    elif what == "fee":
        world.moved -= n
        world.hear(e.ActivityHeard(an_activity(str(-n), world.now), flow=False))
    elif what == "exit":
        world.hear(e.ExitAsked("AAA", world.now))
    elif what == "by hand":
        gone = min(n, world.held)
        world.held, world.missing = world.held - gone, world.missing + gone
    elif what == "by hand, undone":
        world.held, world.missing = world.held + world.missing, ZERO
    elif what.startswith("owner's order"):
        is_over = what.endswith("ended")
        if not is_over or "theirs" in state.outside:
            world.hear(e.OutsideOrderSeen(an_outside_order(str(n), is_open=not is_over)))
    elif what == "buy":
        order = resting(a_buy(qty=str(n), day=world.day, generation=len(state.orders)))
        world.held += n
        ended = e.OrderEnded(order.client_order_id, OrderStatus.FILLED)
        world.hear(e.OrderIntended(order), a_fill(order, str(n), str(n * 10)), ended)
    else:
        _answers(world, step)


def _answers(world: World, step: Step) -> None:
    """What the broker says of our open sell, if there is one."""
    sells = world.state.open_orders("AAA", Side.SELL)
    if not sells:
        return
    order, n = sells[0], D(step.n)
    key = order.client_order_id
    if step.what == "fill":
        more = min(n, order.open_qty, world.held)
        value = order.filled_value + more * (step.bid or D(9))
        world.held -= more
        world.hear(a_fill(order, str(order.filled_qty + more), str(value)))
        if world.state.orders[key].open_qty == 0:
            world.hear(e.OrderEnded(key, OrderStatus.FILLED))
    elif step.what == "end":
        world.hear(e.OrderEnded(key, OrderStatus.CANCELLED))
    elif step.what == "silence":
        world.hear(e.OrderUnclear(key, order.attempts + 1, ""))
    elif step.what == "refusal" and order.status.unanswered:
        world.hear(e.OrderRefused(key, 422, "no"))


def cycle(world: World, step: Step) -> list[Order]:
    """A round about AAA; returns the sells it would send."""
    market = world.market(step)
    world.hear(*sold_out(world.state, world.now))
    world.hear(*reconciliation.decide(world.state, market.holdings, world.now))
    world.hear(*watching.observe(world.state, market, RULES.exits))
    due = exits.to_exit(world.state, market, RULES.exits)
    for order in cancels.decide(world.state, market, RULES, due):
        assert isinstance(order, e.CancelIntended)
        world.hear(order, e.OrderEnded(order.client_order_id, OrderStatus.CANCELLED))
    world.hear(*exits.decide(world.state, market, exits.to_exit(world.state, market, RULES.exits)))
    sent = closing(world.state, market, RULES.exits)
    if step.what not in ("silence", "refusal"):
        world.hear(
            *(
                e.OrderAccepted(o.client_order_id, f"b-{o.client_order_id}", o.qty, o.limit_price, world.now)
                for o in sent
            )
        )
    return sent


# ---- what must be true, said without the code that is judged ------------------------------------------------------


def speaking(step: Step) -> list[Decimal]:
    """The prices that are there, new enough, and no echo of another; the mark only beside one of them."""
    found = [] if step.bid is None or step.old_bid else [step.bid]
    found += [] if step.last is None or step.old_last else [step.last]
    return found + ([] if step.mark in (None, step.last) or not found else [step.mark])


def allowed(world: World, step: Step, position: Position, *, asked: bool) -> set[str]:
    """The reasons for which this position may be sold on this step's prices."""
    found = speaking(step)
    last = step.last if not step.old_last and step.last else next(iter(found), None)
    reasons = {"owner_exit"} if asked else set[str]()
    if sum(price <= position.stop for price in found) >= 2:
        reasons |= {"stop_loss", "trailing_stop"}
    if world.undecided >= 3 and found:
        reasons.add("undecided")
    days, gain = (world.day - position.session).days, (last / position.base - 1 if last else ZERO)
    if (
        found
        and last
        and any(days >= age and gain < least for age, least in ((21, 0), (30, D("0.03")), (45, D("0.15"))))
    ):
        reasons.add("age")
    return reasons


def judged(world: World, step: Step, stop: Decimal) -> None:
    """Counts the cycles in a row in which one price alone was at or under the stop."""
    found = speaking(step)
    under = sum(price <= stop for price in found)
    if under == 1 and len(found) < 3:
        world.undecided += 1
    elif found:
        world.undecided = 0


def conserved(world: World) -> Decimal:
    """The cash of our books and what the shares on them cost, less what was won on those sold."""
    held = world.state.positions.values()
    assert world.state.cash is not None
    booked = world.state.cash + sum((position.cost for position in held), ZERO)
    return cents(booked - world.realised - sum((position.realised for position in held), ZERO))


@settings(max_examples=250)
@given(STEPS)
def test_i6_i15_i25_whatever_happens_nothing_is_sold_without_its_reason_nor_twice_nor_short(steps: list[Step]) -> None:
    """Seen red when: one witness was enough, the count began at two, `_covered` or `free_at_the_broker` always said
    yes, a stop was set and not raised, or a fill moved no cash."""
    world = a_world()
    for step in steps:
        happens(world, step)
        for closed in sold_out(world.state, world.now):
            assert isinstance(closed, e.PositionClosed)
            world.realised += closed.trade.realised
            world.hear(closed)
        before = world.state.positions.get("AAA")
        if before is None:
            break
        judged(world, step, before.stop)
        asked, disputed = "AAA" in world.state.leaving, world.held != before.qty
        sent = cycle(world, step)
        position = world.state.positions["AAA"]
        reasons = allowed(world, step, position, asked=asked)
        promised = sum((order.open_qty for order in world.state.open_orders("AAA", Side.SELL)), ZERO)
        theirs = sum((order.qty for order in world.state.outside_orders("AAA", Side.SELL)), ZERO)
        assert position.stop >= before.stop
        assert position.high >= before.high
        assert all(order.reason in reasons or _older(order, reasons) for order in sent), (sent, reasons)
        assert not (disputed and sent)
        assert position.sold_qty + promised <= position.bought_qty
        assert sum((order.open_qty for order in sent), ZERO) <= max(ZERO, world.held - theirs)
        assert conserved(world) == START + world.moved
        for order in sent:
            seen_in(order.reason)
    assert decode(State, encode(world.state)) == world.state


def _older(order: Order, reasons: set[str]) -> bool:
    """An order an earlier cycle decided and could not send goes on whatever reason there is now, but on one."""
    return order.attempts > 0 and bool(reasons)


@settings(max_examples=100)
@given(st.lists(PRICES, min_size=1, max_size=40))
def test_no_path_of_prices_lowers_a_stop_and_it_trails_the_high_by_its_rungs_share(path: list[Decimal | None]) -> None:
    """Seen red when: `_raised` told a lower stop, or the rung was chosen by the price and not by the high."""
    state, high, stop = a_state(a_position()), D(10), D("9.20")
    for price in path:
        step = Step("quiet", 1, price, price, None, old_bid=False, old_last=False)
        state = after(state, *watching.observe(state, World(state, D(10)).market(step), RULES.exits))
        high = max(high, price or ZERO)
        share = D("0.93") if high >= 13 else D("0.90") if high >= 12 else D("0.95") if high >= D("10.30") else ZERO
        stop = max(stop, floor_to_tick(high * share))
        assert (state.positions["AAA"].high, state.positions["AAA"].stop) == (high, stop)


def test_the_world_of_these_steps_sells_for_every_reason() -> None:
    """A property nobody ever reaches holds nothing: each reason is reached by hand once."""
    fallen = Step("quiet", 1, D(9), D(9), None, old_bid=False, old_last=False)
    divided = replace(fallen, last=D("9.90"))
    paths = {
        "stop_loss": [fallen],
        "undecided": [divided] * 3,
        "owner_exit": [replace(divided, what="exit")],
        "age": [replace(divided, what="night", n=8, bid=D(10), last=D(10))],
        "trailing_stop": [replace(fallen, bid=D(12), last=D(12)), replace(fallen, bid=D("10.8"), last=D("10.8"))],
    }
    for reason, path in paths.items():
        world = a_world()
        for step in path:
            happens(world, step)
            sent = cycle(world, step)
        assert [order.reason for order in sent] == [reason]
