"""The photograph: everything outside that one cycle decides from, taken once.

Law of the room: decisions see the world only through a `Market`, and `now` in it is the broker's clock.
A missing fact is None, never a guess; a fact that a rule needs is added here, not fetched there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from automated_trading.domain.money import ZERO
from automated_trading.domain.sessions import Session
from automated_trading.domain.signals import SignalList


@dataclass(frozen=True, slots=True)
class BrokerClock:
    """The broker's clock answer. `skew` is the host's clock minus the broker's, None where it cannot be judged."""

    now: datetime
    is_open: bool
    skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The account as the broker tells it. Buying power is left out on purpose: it is margin."""

    account_id: str
    equity: Decimal
    last_equity: Decimal
    cash: Decimal
    blocked: str | None = None

    @property
    def suspended(self) -> bool:
        """Whether the broker takes no order on the owner's own word, `halt --at-broker` among it."""
        return self.blocked is not None and "suspended" in self.blocked


@dataclass(frozen=True, slots=True)
class Holding:
    """A position as the broker tells it: signed shares, average entry price, the broker's own mark."""

    symbol: str
    qty: Decimal
    entry_price: Decimal
    mark: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask. A side the market does not have is zero."""

    bid: Decimal
    ask: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Trade:
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Price:
    """What is known of one symbol's price; each part may be missing."""

    quote: Quote | None = None
    trade: Trade | None = None


NO_PRICE = Price()


@dataclass(frozen=True, slots=True)
class Asset:
    """What the broker says of a symbol as such."""

    symbol: str
    active: bool
    tradable: bool
    known: bool = True


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that moved the account and was no trade: its kind in the broker's own word (DIV, FEE, CSD, SPLIT, ...).

    `amount` is the signed money it moved, zero where it moved none; `at` when it was put on record; `flow` marks money
    of the owner's that came or went.
    """

    activity_id: str
    kind: str
    amount: Decimal
    at: datetime
    symbol: str = ""
    qty: Decimal = ZERO
    flow: bool = False


FLOWS = frozenset({"CSD", "CSW", "CSR", "JNL", "JNLC", "TRANS", "WIRE", "ACATC"})
"""Kinds of activity by which the owner's own money comes and goes: neither profit nor loss."""


SHARE_CHANGES = frozenset({"SPLIT", "SSP", "SSO", "SPIN", "MA", "NC", "REORG", "REO", "ACATS", "JNLS"})
"""Kinds of activity by which shares become others, or come and go: their price says nothing until somebody looked."""


@dataclass(frozen=True, slots=True)
class Market:
    """One cycle's photograph.

    `session` is the latest session whose New York date is not after today's, `previous` the one before it;
    `is_open` is the broker's own word; `opening` says that this routine may buy on new signals now, `redeploying` that
    it may put freed room to use. `disabled` says why trading is switched off, None while it is on; `following` is the
    session after this one; `bought` is what all buys on our books had cost when the account was read. `closes` are the
    official closes of the session before, `assets` what the broker says of each symbol it was asked for; `heard` is
    where `witnesses` keeps what it was asked before.
    """

    now: datetime
    session: Session
    previous: Session
    is_open: bool
    account: Account
    opening: bool = False
    redeploying: bool = False
    holdings: Mapping[str, Holding] = field(default_factory=dict)
    prices: Mapping[str, Price] = field(default_factory=dict)
    signals: SignalList = field(default_factory=SignalList)
    disabled: str | None = None
    skew: timedelta | None = None
    following: Session | None = None
    bought: Decimal = ZERO
    closes: Mapping[str, Decimal] = field(default_factory=dict)
    assets: Mapping[str, Asset] = field(default_factory=dict)
    heard: dict[tuple[str, timedelta], tuple[Decimal, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def price(self, symbol: str) -> Price:
        return self.prices.get(symbol, NO_PRICE)

    def held_qty(self, symbol: str) -> Decimal:
        holding = self.holdings.get(symbol)
        return holding.qty if holding is not None else ZERO

    def last_price(self, symbol: str) -> Decimal | None:
        """Best known price for valuing a holding: last trade, else the broker's mark."""
        trade = self.price(symbol).trade
        if trade is not None and trade.price > 0:
            return trade.price
        holding = self.holdings.get(symbol)
        return holding.mark if holding is not None else None
