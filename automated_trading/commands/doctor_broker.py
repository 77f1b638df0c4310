"""The doctor on the broker: keys, account, clock, calendar and prices.

Law of the file: nothing but reads, each with its deadline. Each verdict is a function of what was told.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from automated_trading.adapters.nyse_table import bundled_calendar, table_ends
from automated_trading.commands.asked import in_new_york
from automated_trading.commands.doctor_case import Case
from automated_trading.domain.market import Account, BrokerClock, Price
from automated_trading.domain.rules import BreakerRules
from automated_trading.domain.sessions import Session, new_york_date
from automated_trading.engine.contact import refuse_another
from automated_trading.reports.amounts import money, price
from automated_trading.reports.differences import at_words
from automated_trading.reports.finding import Finding, bad, good, warn
from automated_trading.settings.endpoint import Endpoint
from automated_trading.settings.urls import is_loopback

UNREACHED = 4
LIQUID = "SPY"
WEEKS = timedelta(weeks=4)
NEAR = timedelta(days=120)
FRESH = timedelta(minutes=15)


def keys(case: Case) -> Finding:
    """The mode, its gates, and keys that can be keys. Raises ConfigError, StateError."""
    found = case.settings()
    endpoint = case.endpoint()
    case.world()
    if endpoint is None:
        return good("keys", "simulated: the exchange in the box, no keys needed")
    if endpoint.live:
        return good("keys", "LIVE, with real money: both gates are set, and the live keys")
    return good("keys", f"{found.mode.value}: set")


def hosts(case: Case) -> Finding:
    """Whom the desk will speak to."""
    endpoint = case.endpoint()
    return good("hosts", "no other machine" if endpoint is None else _spoken_to(endpoint))


def _spoken_to(endpoint: Endpoint) -> str:
    return f"orders to {_named(endpoint.trading_url)}, prices from {_named(endpoint.data_url)}"


def _named(url: str) -> str:
    return f"{url} (this machine)" if is_loopback(url) else str(urlsplit(url).hostname)


def broker(case: Case) -> Finding:
    """Whether it answers, to these keys. Raises BrokerUnreachable, ConfigError."""
    clock = case.clock()
    return good("broker", f"it is {in_new_york(clock.now)}, the market is {'open' if clock.is_open else 'closed'}")


def account(case: Case) -> Finding:
    """Whether it may trade, and is this folder's. Raises BrokerUnreachable, StateError for another one's folder."""
    case.clock()
    told = case.world().desk.broker.account()
    record = case.record()
    refuse_another(record, told)
    return judged(told, pinned=bool(record.account))


def judged(told: Account, *, pinned: bool) -> Finding:
    """An account that is this folder's, or no folder's yet."""
    if told.blocked is not None:
        remedy = "Alpaca's dashboard tells why; what you suspended yourself you can lift there"
        return bad("account", f"{told.account_id} may not trade: {told.blocked}", remedy)
    where = "pinned to this folder" if pinned else "the first run pins it to this folder"
    return good("account", f"{told.account_id}, active, equity {money(told.equity)}; {where}")


def clock(case: Case) -> Finding:
    """This machine's clock against the broker's Date header."""
    return skewed(case.clock(), case.settings().rules.breakers)


def skewed(told: BrokerClock, rules: BreakerRules) -> Finding:
    if told.skew is None:
        return good("clock", "not judged: the broker's answers carry no date")
    seconds = told.skew.total_seconds()
    said = f"this machine's is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} the broker's"
    remedy = "let it be set from the network (timedatectl set-ntp true)"
    if abs(told.skew) > rules.skew_blocks:
        return bad("clock", f"{said}: over {rules.skew_blocks.total_seconds():.0f} s nothing opens", remedy)
    if abs(told.skew) > rules.skew_reported:
        return warn("clock", said, remedy)
    return good("clock", f"within {rules.skew_reported.total_seconds():.0f} s of the broker's")


def calendar(case: Case) -> Finding:
    """The bundled table against the broker's own for the coming weeks, and how far the table reaches."""
    today = new_york_date(case.clock().now)
    until, ends = today + WEEKS, table_ends()
    theirs = case.world().desk.broker.calendar(today, until)
    try:
        ours = bundled_calendar(today, until).sessions
    except ValueError:
        return _short(f"the bundled table ends on {ends}")
    return compared([one for one in ours if today <= one.date <= until], theirs, until, ends)


def compared(ours: Sequence[Session], theirs: Sequence[Session], until: date, ends: date) -> Finding:
    """Both calendars up to `until`; the table of ours ends on `ends`."""
    apart = sorted({one.date for one in {*ours} ^ {*theirs}})
    if apart:
        named = ", ".join(map(str, apart[:5])) + (f" and {len(apart) - 5} more" if len(apart) > 5 else "")
        said = f"the broker's differs from the bundled table on {named}"
        return warn("calendar", said, "nothing: in session the broker's is used; a newer version may know those days")
    if ends - until < NEAR:
        return _short(f"as the broker's until {until}, but the bundled table ends on {ends}")
    return good("calendar", f"as the broker's until {until}; bundled table to {ends}")


def _short(said: str) -> Finding:
    return warn("calendar", said, "install a newer version, whose table reaches farther")


def prices(case: Case) -> Finding:
    """A quote of something held, else of what is always quoted. Raises MarketDataError, ConfigError."""
    desk = case.world().desk
    symbol = next(iter(sorted(case.record().positions)), LIQUID)
    told = desk.prices.snapshots([symbol]).get(symbol)
    seen = case.clock()
    return quoted(symbol, told, seen.now if seen.is_open else None)


def quoted(symbol: str, told: Price | None, now: datetime | None) -> Finding:
    """One symbol's price; `now` is None while the market is closed, when it may be old."""
    remedy = "ask again in session; ALPACA_DATA_FEED chooses the feed, the paid one (sip) quotes all exchanges"
    quote = told.quote if told is not None else None
    if quote is None:
        return bad("prices", f"no quote of {symbol}", remedy, UNREACHED)
    said = f"{symbol} {price(quote.bid)} to {price(quote.ask)} of {at_words(quote.at)}"
    if now is None:
        return good("prices", f"{said}; market closed")
    if not 0 < quote.bid <= quote.ask:
        return warn("prices", f"{said}: not a market with two sides", remedy)
    if now - quote.at > FRESH:
        return warn("prices", f"{said}: old", remedy)
    return good("prices", said)
