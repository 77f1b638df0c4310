"""The front door: one short function a command.

Law of the room: clock, environment and terminal are read here, once, and nowhere below. One error handler turns every
known failure into one line and its exit code; only a bug shows a traceback. A command ends within its time.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from automated_trading.commands.asked import Asked
from automated_trading.domain.errors import OutOfTime, TradingError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
audit_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Read the audit log, and prove it.")
simulator_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The embedded exchange.")
app.add_typer(audit_app, name="audit")
app.add_typer(simulator_app, name="simulator")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder (else TRADING_DATA_DIR, else ./data).")]
Config = Annotated[Path | None, typer.Option("--config", help="The rules (else ./trading.toml).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Decide and show; send nothing, write nothing.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, everything else on stderr.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colours.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more; a traceback with an error.")]
At = Annotated[str | None, typer.Option("--at", help="Simulated mode: HH:MM New York, or a whole time, to run at.")]

RUN_SECONDS = 240
WAITING_SECONDS = 500
"""A command that may wait four minutes for the lock has its own four minutes after that."""


@app.command()
def morning(
    data_dir: DataDir = None,
    config: Config = None,
    dry_run: DryRun = False,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
    at: At = None,
) -> None:
    """Order approved signals (09:35 to 12:00)."""
    _scheduled("morning", _asked(data_dir, config, json, no_color, verbose, dry_run=dry_run, at=at))


@app.command()
def monitor(
    data_dir: DataDir = None,
    config: Config = None,
    dry_run: DryRun = False,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
    at: At = None,
) -> None:
    """Hear fills, sell at stops, retry signals."""
    _scheduled("monitor", _asked(data_dir, config, json, no_color, verbose, dry_run=dry_run, at=at))


@app.command()
def eod(
    data_dir: DataDir = None,
    config: Config = None,
    dry_run: DryRun = False,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
    at: At = None,
) -> None:
    """Close the session; record its figures."""
    _scheduled("eod", _asked(data_dir, config, json, no_color, verbose, dry_run=dry_run, at=at))


@app.command()
def status(
    data_dir: DataDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Show how things stand. Read only."""
    from automated_trading.commands.status import status as run

    asked = _asked(data_dir, config, json, no_color, verbose)
    _through_the_door(asked, lambda: run(asked))


@app.command()
def halt(
    reason: Annotated[str, typer.Option("--reason", help="Why, for the record.")] = "by hand",
    data_dir: DataDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Stop opening positions; exits go on."""
    from automated_trading.commands.owner import halt as run

    asked = _asked(data_dir, config, json, no_color, verbose)
    _through_the_door(asked, lambda: run(asked, reason))


@app.command()
def resume(
    data_dir: DataDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Lift a halt (not a day-loss halt)."""
    from automated_trading.commands.owner import resume as run

    asked = _asked(data_dir, config, json, no_color, verbose)
    _through_the_door(asked, lambda: run(asked), WAITING_SECONDS)


@audit_app.command("show")
def audit_show(
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many lines.")] = 40,
    symbol: Annotated[str | None, typer.Option("--symbol", help="Only lines about this ticker.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """The log's last lines, in words."""
    from automated_trading.commands.audit import show

    asked = _asked(data_dir, config, json, no_color, verbose)
    _through_the_door(asked, lambda: show(asked, last, symbol))


@audit_app.command("verify")
def audit_verify(
    data_dir: DataDir = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Prove the whole log and its state."""
    from automated_trading.commands.audit import check

    asked = _asked(data_dir, config, json, no_color, verbose)
    _through_the_door(asked, lambda: check(asked))


@app.command()
def demo(
    data_dir: DataDir = None,
    fast: Annotated[bool, typer.Option("--fast", help="No pauses.")] = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Watch a simulated day, without keys."""
    from automated_trading.commands.demo import demo as run

    asked = _asked(data_dir, None, False, no_color, verbose)
    _through_the_door(asked, lambda: run(asked, fast))


@app.command()
def replay(
    signals: Annotated[Path, typer.Option("--signals", help="Folder of YYYY-MM-DD.json signal files.")],
    prices: Annotated[Path, typer.Option("--prices", help="CSV of utc,ticker,price.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value: a rule changed for this replay.")] = None,
    config: Config = None,
    json: Json = False,
    no_color: NoColor = False,
    verbose: Verbose = False,
) -> None:
    """Run recorded days through the same cycle."""
    from automated_trading.commands.replay import replay as run

    asked = _asked(None, config, json, no_color, verbose)
    _through_the_door(asked, lambda: run(asked, signals, prices, set_ or []), None)


@simulator_app.command("serve")
def simulator_serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1 (0: any free).")] = 8787,
    admin_port: Annotated[int, typer.Option("--admin-port", min=0, max=65535, help="Port of the owner's hand.")] = 8788,
    prices: Annotated[Path | None, typer.Option("--prices", help="CSV of utc,ticker,price instead of a seed.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
    no_color: NoColor = False,
    verbose: Verbose = False,
    at: At = None,
) -> None:
    """Serve the exchange on a loopback port."""
    from automated_trading.commands.simulator import serve as run

    asked = _asked(data_dir, config, False, no_color, verbose, at=at)
    _through_the_door(asked, lambda: run(asked, port, admin_port, prices), None)


def _asked(
    data_dir: Path | None,
    config: Path | None,
    json: bool,
    no_color: bool,
    verbose: bool,
    *,
    dry_run: bool = False,
    at: str | None = None,
) -> Asked:
    return Asked(
        environ=dict(os.environ),
        cwd=Path.cwd(),
        now=datetime.now(UTC),
        terminal=sys.stdout.isatty() and not json,
        data_dir=data_dir,
        config=config,
        dry_run=dry_run,
        json=json,
        color=not no_color and "NO_COLOR" not in os.environ,
        verbose=verbose,
        at=at,
    )


def _scheduled(name: str, asked: Asked) -> None:
    from automated_trading.commands.trade import trade
    from automated_trading.decisions.routines import Routine

    _through_the_door(asked, lambda: trade(asked, Routine(name)))


def _through_the_door(asked: Asked, command: Callable[[], int], seconds: int | None = RUN_SECONDS) -> NoReturn:
    """Run a command; every failure becomes one line on stderr and an exit code."""
    os.umask(0o077)
    code = 0
    try:
        with _deadline(seconds):
            code = command()
            sys.stdout.flush()
    except TradingError as problem:
        code = problem.exit_code
        print(f"automated-trading: {problem}", file=sys.stderr)
        if asked.verbose:
            traceback.print_exc()
    except BrokenPipeError:  # whoever read our words has gone; what was done is done
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception:  # the front door: what is not known to fail is a bug, and shows itself
        code = 1
        traceback.print_exc()
        print("automated-trading: this is a bug; nothing is lost, the next run goes on from the log", file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def _deadline(seconds: int | None) -> Iterator[None]:
    """No command outlives its time: a run cut off here is taken up by the next, as after any crash."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise OutOfTime("the run's time is up; the next run goes on where it stopped")

    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
