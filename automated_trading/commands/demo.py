"""`demo`: one day of the desk on the embedded exchange, told as it happens.

Law of the file: the day is the real thing: the same cycle, log and exchange as `morning` and `monitor` typed by hand;
only prices, one lost answer and the pauses between lines are staged.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from automated_trading.adapters.clock import WallClock
from automated_trading.adapters.disk import make_folder, told
from automated_trading.adapters.proof import prove
from automated_trading.assembly import World, assembled
from automated_trading.commands.asked import Asked
from automated_trading.commands.screen import Screen
from automated_trading.decisions.routines import Routine
from automated_trading.domain import events as e
from automated_trading.domain.errors import StateError
from automated_trading.domain.sessions import at_new_york, new_york, new_york_date
from automated_trading.domain.state import LoggedEvent
from automated_trading.engine.cycle import run_cycle
from automated_trading.engine.desk import Outcome
from automated_trading.reports.summary import session_summary
from automated_trading.reports.words import tell
from automated_trading.simulator.exchange import Exchange
from automated_trading.simulator.faults import Fault, FaultKind

PAUSE = timedelta(milliseconds=120)
QUIET_RUNS = timedelta(minutes=10)

TOGETHER = ",\n"

PRICES = {
    "ACME": "48.20",
    "BOLT": "112.60",
    "CRUX": "23.15",
    "DUSK": "8.44",
    "ECHO": "61.05",
    "GALE": "35.70",
    "JADE": "74.90",
}
"""Where the stocks stand at the open; all but JADE closed there the evening before."""

CLOSES = {**PRICES, "FERN": "19.60", "JADE": "68.40"}

SIGNALS: tuple[tuple[str, str, str, str, str], ...] = (
    ("ACME", "14.2", "tier1", "Software", "four insiders bought"),
    ("BOLT", "11.8", "tier2", "Electricals", "the CEO bought"),
    ("JADE", "10.9", "tier2", "Mining", "opens 9.5% above its close"),
    ("CRUX", "9.6", "tier3", "Biotechnology", "two directors bought"),
    ("DUSK", "9.1", "none", "Retail", "one insider bought"),
    ("ECHO", "8.7", "none", "Media", "one insider bought"),
    ("FERN", "8.2", "none", "Forestry", "no quote until ten"),
    ("GALE", "4.9", "none", "Energy", "a weak score"),
    ("HULL", "10.5", "none", "Shipping", "last week's news"),
    ("IRIS", "NaN", "none", "Optics", "a score that is no number"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the day: what the market does first, and what the reader is told."""

    at: time
    routine: Routine
    title: str
    staged: Callable[[World], None] = lambda world: None


def demo(asked: Asked, fast: bool) -> int:
    """Live through the day; returns 0, or 8 if the log does not verify."""
    settings = asked.settings()
    folder = _new_folder(settings.data_dir / "demo", f"{asked.now:%Y%m%d-%H%M%S}")
    given = {"trading_data_dir": str(folder), "alpaca_trading_mode": "simulated", "max_positions": "4"}
    asked = replace(asked, data_dir=None, overrides=given, environ={}, config=None)
    settings, screen = replace(asked, cwd=folder).settings(), Screen(asked)
    pause = PAUSE.total_seconds() if asked.terminal and not fast else 0
    outcome: Outcome | None = None
    with assembled(settings, folder, now=asked.now) as world:
        day = new_york_date(world.desk.clock.now())
        _write_signals(folder, at_new_york(day, time(7)))
        _say(screen, pause, "A day at the desk: an exchange in this process, $100,000, at most 4 positions.", "title")
        _say(screen, pause, "Between what is shown here, `monitor` runs and finds nothing to tell.", "dim")
        _say(screen, pause, f"Ten signals arrive before the open of {day:%A %Y-%m-%d}:", "")
        for ticker, score, tier, sector, why in SIGNALS:
            _say(screen, pause, f"    {ticker}  score {score:<5} {tier:<6} {sector:<14} {why}", "dim")
        for scene in SCENES:
            _meanwhile(world, at_new_york(day, scene.at))
            scene.staged(world)
            world.move_clock(at_new_york(day, scene.at))
            outcome = run_cycle(world.desk, scene.routine)
            _play(screen, pause, scene, outcome)
    if outcome is not None:
        _say(screen, pause, "\nThe evening's page:", "title")
        for line in session_summary(outcome.state, settings.mode.value, outcome.head):
            _say(screen, pause, f"    {line}", "")
    return _farewell(screen, pause, folder)


def _meanwhile(world: World, until: datetime) -> None:
    """Between two scenes `monitor` runs as a scheduler would have it, unshown; before the first there is no session."""
    opens = at_new_york(new_york_date(until), SCENES[0].at)
    while opens <= world.desk.clock.now() < until - QUIET_RUNS:
        world.move_clock(world.desk.clock.now() + QUIET_RUNS)
        run_cycle(world.desk, Routine.MONITOR)


def _new_folder(parent: Path, name: str) -> Path:
    """A folder of this demo's own, whoever else began one in the same second. Raises StateError."""
    with told(parent, "make the demo's folder"):
        make_folder(parent)
        for number in count(1):
            folder = parent / (name if number == 1 else f"{name}-{number}")
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                break
    return folder


def _farewell(screen: Screen, pause: float, folder: Path) -> int:
    proof = prove(folder / "simulated")
    for problem in proof.problems:
        _say(screen, pause, f"AUDIT LOG BROKEN: {problem}", "bad")
    if not proof.problems:
        told = f"The log verifies: {proof.lines} lines, and what they add up to is the state on disk."
        _say(screen, pause, told, "good")
    shown = _shortest(folder, screen.asked.cwd)
    _say(screen, pause, f"\nEverything was written to {shown}:", "title")
    _say(screen, pause, "    simulated/audit_log.jsonl   every decision and every answer, chained", "")
    _say(screen, pause, "    simulated/*.json            the same, as snapshots for people", "")
    _say(screen, pause, "    simulated/outbox/           the letters a desk with mail would have sent", "")
    _say(screen, pause, "Try next:", "title")
    _say(screen, pause, f"    automated-trading status --data-dir {shown}", "")
    _say(screen, pause, f"    automated-trading why CRUX --data-dir {shown}", "")
    _say(screen, pause, f"    automated-trading audit verify --data-dir {shown}", "")
    return 8 if proof.problems else 0


def _shortest(folder: Path, cwd: Path) -> Path:
    whole = (cwd / folder).resolve()
    return whole.relative_to(cwd.resolve()) if whole.is_relative_to(cwd.resolve()) else whole


def _play(screen: Screen, pause: float, scene: Scene, outcome: Outcome) -> None:
    at = new_york(outcome.market.now) if outcome.market is not None else None
    clock = f"{at:%H:%M}" if at is not None else f"{scene.at:%H:%M}"
    _say(screen, pause, f"\n{clock}  {scene.routine.value:<8} {scene.title}", "title")
    told = [(event, tell(event)) for event in outcome.events]
    # The day is lived in leaps: that nobody looked between two scenes is no news to the reader.
    aside = (e.SessionClosed, e.RunMissed)
    shown = [(event, words) for event, words in told if words is not None and not isinstance(event, aside)]
    for event, words in shown:
        _say(screen, pause, f"    {words}", _tone(event))
    if not shown:
        _say(screen, pause, f"    {outcome.said}", "dim")


def _tone(event: LoggedEvent) -> str:
    match event:
        case e.OrderUnclear() | e.Halted() | e.DifferenceSeen() | e.OrderRefused():
            return "bad"
        case e.Fill() | e.OrderAccepted():
            return "good"
        case e.SignalRefused() | e.SignalNotYet() | e.SignalQueued() | e.CancelIntended() | e.PositionClosed():
            return "warn"
        case _:
            return ""


def _say(screen: Screen, pause: float, text: str, tone: str) -> None:
    screen.say(text, tone)
    if pause:
        WallClock().wait(pause)


def _write_signals(folder: Path, generated: datetime) -> None:
    """The morning's file, as a signal finder would leave it: one entry too old, one with a NaN."""
    entries = [
        f'{{"ticker": "{ticker}", "signal_score": {score}, "entry_price": {CLOSES.get(ticker, "20")}, '
        f'"multi_signal_tier": "{tier}", "sector": "{sector}", '
        f'"date_generated": "{generated - timedelta(days=7 if ticker == "HULL" else 0):%Y-%m-%d %H:%M:%S}"}}'
        for ticker, score, tier, sector, _ in SIGNALS
    ]
    with told(folder, "write the demo's signals"):
        (folder / "approved_signals.json").write_text(f"[\n{TOGETHER.join(entries)}\n]\n", "ascii")


def _exchange(world: World) -> Exchange:
    if world.exchange is None:
        raise StateError("the demo runs on the exchange in this process only")
    return world.exchange


def _at(ticker: str, price: str) -> Callable[[World], None]:
    """From here on a stock stands at a price."""
    return lambda world: _exchange(world).set_price(ticker, Decimal(price))


def _both(*staged: Callable[[World], None]) -> Callable[[World], None]:
    def all_of_them(world: World) -> None:
        for one in staged:
            one(world)

    return all_of_them


def _the_open(world: World) -> None:
    """Prices stand; the answer to the second order will be lost; DUSK runs away the moment it is ordered."""
    exchange = _exchange(world)
    for ticker, close in CLOSES.items():
        exchange.set_close(ticker, Decimal(close))
    for ticker, price in PRICES.items():
        exchange.set_price(ticker, Decimal(price))
    exchange.set_price("FERN", None)
    if world.api is not None:
        world.api.faults.append(Fault(FaultKind.LOST_AFTER, "POST", "/v2/orders", 2))

    def runs_away(order: object) -> None:
        if isinstance(order, dict) and order.get("symbol") == "DUSK":
            exchange.set_price("DUSK", Decimal("8.71"))

    exchange.witness = runs_away


def _later(world: World) -> None:
    _exchange(world).witness = None
    _at("FERN", "19.80")(world)
    _at("JADE", "70.10")(world)


def _one_bad_print(world: World) -> None:
    """The last trade of CRUX is far under its stop, the bid is not."""
    _exchange(world).set_quote("CRUX", Decimal("23.05"), Decimal("23.09"), last=Decimal("19.00"))


SCENES = (
    Scene(time(9, 35), Routine.MORNING, "what may be bought is ordered; one answer gets lost on the way", _the_open),
    Scene(time(9, 40), Routine.MONITOR, "the fills are heard; a stop goes to rest at the broker for each"),
    Scene(
        time(10, 10), Routine.MONITOR, "DUSK ran away and is given up; JADE's gap has closed, FERN has a quote", _later
    ),
    Scene(
        time(11, 0), Routine.MONITOR, "a bad print of CRUX at 19.00: the bid disagrees, nothing is sold", _one_bad_print
    ),
    Scene(
        time(11, 5),
        Routine.MONITOR,
        "its next print is sound; ACME climbs, and its stop is raised at the broker",
        _both(_at("CRUX", "23.10"), _at("ACME", "53.40")),
    ),
    Scene(
        time(13, 20),
        Routine.MONITOR,
        "CRUX fell through its stop and the broker has sold it; ECHO, queued since the morning, gets the room",
        _at("CRUX", "21.02"),
    ),
    Scene(time(13, 25), Routine.MONITOR, "ECHO has its stop too"),
    Scene(
        time(14, 40),
        Routine.MONITOR,
        "ACME fell back to the stop that followed it up: sold before anybody looked",
        _at("ACME", "50.60"),
    ),
    Scene(time(15, 55), Routine.MONITOR, "shortly before the close"),
    Scene(time(16, 30), Routine.EOD, "the session is closed"),
)
