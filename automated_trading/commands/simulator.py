"""`simulator serve`: the data folder's own exchange, for any Alpaca client on this machine.

Law of the file: loopback only, one holder at a time, and the clock stands still until its owner moves it. What the
exchange said it remembers: its memory is kept before each answer, and once more at the end. What goes wrong is drawn
anew at each start.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from threading import Event
from types import FrameType

from automated_trading.assembly.in_process import local_exchange, next_simulated_time
from automated_trading.commands.asked import Asked, in_new_york, read_time
from automated_trading.commands.replay_days import read_tape
from automated_trading.commands.screen import Screen
from automated_trading.decisions.routines import Routine
from automated_trading.domain.errors import ConfigError, UsageError
from automated_trading.domain.sessions import at_new_york, new_york_date, utc_text
from automated_trading.simulator.api import Api
from automated_trading.simulator.market import RowsTape
from automated_trading.simulator.profiles import PROFILES, Chance, Profile
from automated_trading.simulator.server import Server, serve as listen


def serve(asked: Asked, port: int, admin_port: int, prices: Path | None = None, profile: str | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 0. Raises UsageError, ConfigError, RunInProgress, StateError."""
    worst = _profile(profile)
    settings = replace(asked, overrides={**asked.overrides, "alpaca_trading_mode": "simulated"}).settings()
    tape = read_tape(prices) if prices is not None else None
    screen = Screen(asked)
    with local_exchange(settings, _begins(asked, prices, tape), tape=tape) as api:
        notes = [*_misbehave(api, profile, worst, settings.simulated_seed), *_set_clock(asked, api)]
        notes += _past_the_prices(api, tape)
        api.keep()
        with _serving(api, port, admin_port) as server, _until_told() as told:
            _introduce(screen, api, server, notes)
            told.wait()
        api.keep()
        screen.say(f"stopped at {in_new_york(api.exchange.now)}; the next start goes on from there")
    return 0


def _profile(name: str | None) -> Profile | None:
    if name is not None and name not in PROFILES:
        raise UsageError(f"there is no profile {ascii(name)[:40]}: choose one of {', '.join(PROFILES)}")
    return None if name is None else PROFILES[name]


def _misbehave(api: Api, name: str | None, profile: Profile | None, seed: int) -> list[str]:
    """Let go wrong what the profile says; what to say of it."""
    if profile is None:
        return []
    api.exchange.troubles, api.exchange.partial_fill_rate = profile.venue, profile.venue.partial
    api.chance = Chance(profile, seed)
    return [f"it misbehaves as {name} does, by seed {seed}: answers go missing, come late or lie"]


def _begins(asked: Asked, prices: Path | None, tape: RowsTape | None) -> datetime:
    """Where an exchange without a memory begins: today, or where the recorded prices do."""
    if tape is None:
        return asked.now
    span = tape.span()
    if span is None:
        raise ConfigError(f"the prices {prices} hold no row of a session: there is nothing to serve")
    return at_new_york(span[0], time(0))


def _set_clock(asked: Asked, api: Api) -> list[str]:
    """Move the clock to `--at`, never backwards; what to say where that would have been so."""
    if asked.at is None:
        return []
    at = read_time(asked.at, api.exchange.now)
    if at < api.exchange.now:
        return [f"--at {in_new_york(at)} has passed at this exchange; its clock never goes back"]
    api.exchange.advance_to(at)
    return []


def _past_the_prices(api: Api, tape: RowsTape | None) -> list[str]:
    span = tape.span() if tape is not None else None
    if span is None or new_york_date(api.exchange.now) <= span[1]:
        return []
    return [f"the recorded prices end on {span[1]}, before its time: nothing has a quote (another --data-dir is new)"]


@contextmanager
def _serving(api: Api, port: int, admin_port: int) -> Iterator[Server]:
    try:
        server = listen(api, port=port, admin_port=admin_port)
    except OSError as problem:
        ports = f"port {' or '.join(str(one) for one in (port, admin_port) if one)} of 127.0.0.1"
        raise ConfigError(
            f"{ports} cannot be had ({problem.strerror}): choose others with --port and --admin-port"
        ) from None
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def _until_told() -> Iterator[Event]:
    """An event that SIGINT or SIGTERM sets."""
    told = Event()

    def ring(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    before = {number: signal.signal(number, ring) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _introduce(screen: Screen, api: Api, server: Server, notes: list[str]) -> None:
    """What a person, or a test, needs to talk to it."""
    morning = next_simulated_time(Routine.MORNING, api.exchange.now)
    clock = f"curl -s {server.admin_url}/_sim/clock -d"
    screen.say(f"SIMULATED exchange at {server.url}", "title")
    screen.say(f"its owner's hand at {server.admin_url}")
    screen.say(
        f"its time is {in_new_york(api.exchange.now)} ({utc_text(api.exchange.now)}); it stands still until moved"
    )
    for note in notes:
        screen.say(note, "warn")
    if api.exchange.blotter.rows:
        orders = len(api.exchange.blotter.rows)
        screen.say(f"its account has orders already ({orders}): a desk that did not place them begins halted", "warn")
    screen.say("point a desk at it (any key will do):")
    keys = "ALPACA_PAPER_API_KEY=any ALPACA_PAPER_SECRET_KEY=any"
    screen.say(f"  export ALPACA_TRADING_MODE=paper ALPACA_TRADING_URL={server.url} {keys}")
    screen.say("move its clock on, by seconds or to a time:")
    screen.say(f"""  {clock} '{{"advance_seconds": 300}}'""")
    screen.say(f"""  {clock} '{{"at": "{utc_text(morning)}"}}'""")
    screen.say("stop it with Ctrl-C")
    sys.stdout.flush()
