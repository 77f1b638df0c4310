"""The front door: one short function a command.

Law of the room: clock, environment and terminal are read here, once, and nowhere below; each command gets them as what
was asked. One error handler turns every known failure into one line and its exit code; only a bug shows a traceback. A
command ends within its time.
"""

from __future__ import annotations

import inspect
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from automated_trading.commands.asked import Asked
from automated_trading.commands.deadline import deadline
from automated_trading.commands.options import COMMON, At, DryRun, Folder, SendTest, Symbol, Why, Yes
from automated_trading.commands.veiled import veiled
from automated_trading.domain.errors import TradingError

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
audit_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Read the audit log; prove it; begin it anew."
)
config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The settings in force.")
signals_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The signals file.")
simulator_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The embedded exchange.")
app.add_typer(audit_app, name="audit")
app.add_typer(config_app, name="config")
app.add_typer(signals_app, name="signals")
app.add_typer(simulator_app, name="simulator")

RUN_SECONDS = 240
SCHEDULED_SECONDS = 205
"""What is left of the four minutes is the post's."""
WAITING_SECONDS = 500
"""A command that may wait four minutes for the lock has its own four minutes after that."""

Command = Callable[..., int]


def _command(
    group: typer.Typer, name: str | None = None, *, without: tuple[str, ...] = (), seconds: int | None = RUN_SECONDS
) -> Callable[[Command], Command]:
    """Put a command behind the door: it gets the common options as an `Asked` and its own as they are."""

    def register(run: Command) -> Command:
        @wraps(run)
        def typed(**given: Any) -> None:
            asked = _asked({key: given.pop(key, default) for key, (_, default) in COMMON.items()})
            _through_the_door(asked, lambda: run(asked, **given), seconds)

        own = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
        common = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for key, (kind, default) in COMMON.items()
            if key not in without
        ]
        shown = [*(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own), *common]
        typed.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        typed.__annotations__ = {one.name: one.annotation for one in shown}
        group.command(name)(typed)
        return run

    return register


@_command(app, seconds=SCHEDULED_SECONDS)
def morning(asked: Asked, dry_run: DryRun = False, at: At = None) -> int:
    """Order approved signals (09:35 to 12:00)."""
    return _scheduled("morning", asked, dry_run, at)


@_command(app, seconds=SCHEDULED_SECONDS)
def monitor(asked: Asked, dry_run: DryRun = False, at: At = None) -> int:
    """Hear fills, sell at stops, retry signals."""
    return _scheduled("monitor", asked, dry_run, at)


@_command(app, seconds=SCHEDULED_SECONDS)
def eod(asked: Asked, dry_run: DryRun = False, at: At = None) -> int:
    """Close the session; record its figures."""
    return _scheduled("eod", asked, dry_run, at)


@_command(app)
def status(asked: Asked) -> int:
    """Show how things stand. Read only."""
    from automated_trading.commands.status import status as run

    return run(asked)


@_command(app)
def why(
    asked: Asked,
    symbol: Symbol,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many sessions.")] = 10,
) -> int:
    """The story of one symbol. Read only."""
    from automated_trading.commands.why import why as run

    return run(asked, symbol, last)


@_command(app, seconds=WAITING_SECONDS)
def halt(
    asked: Asked,
    reason: Why = "by hand",
    at_broker: Annotated[bool, typer.Option("--at-broker", help="The broker refuses every order too (asks).")] = False,
    yes: Yes = False,
) -> int:
    """Stop opening positions; exits go on."""
    from automated_trading.commands.owner import halt as run

    return run(asked, reason, at_broker, yes)


@_command(app, seconds=WAITING_SECONDS)
def resume(
    asked: Asked,
    at_broker: Annotated[bool, typer.Option("--at-broker", help="Also what `halt --at-broker` did.")] = False,
) -> int:
    """Lift a halt (not a day-loss halt)."""
    from automated_trading.commands.owner import resume as run

    return run(asked, at_broker)


@_command(app, "exit", seconds=WAITING_SECONDS)
def leave(asked: Asked, symbol: Symbol, yes: Yes = False) -> int:
    """Sell a position now (asks first)."""
    from automated_trading.commands.owner import leave as run

    return run(asked, symbol, yes)


@_command(app, seconds=WAITING_SECONDS)
def flatten(asked: Asked, yes: Yes = False) -> int:
    """Sell everything now and halt (asks)."""
    from automated_trading.commands.flatten import flatten as run

    return run(asked, yes)


@_command(app, seconds=WAITING_SECONDS)
def block(asked: Asked, symbol: Symbol, reason: Why = "") -> int:
    """Do not buy a symbol until `unblock`."""
    from automated_trading.commands.owner import block as run

    return run(asked, symbol, reason)


@_command(app, seconds=WAITING_SECONDS)
def unblock(asked: Asked, symbol: Symbol) -> int:
    """Let a symbol be bought again."""
    from automated_trading.commands.owner import unblock as run

    return run(asked, symbol)


@_command(app, seconds=WAITING_SECONDS)
def reconcile(
    asked: Asked,
    adopt: Annotated[list[str] | None, typer.Option(metavar="SYMBOL", help="A book takes it over (or ALL).")] = None,
    forget: Annotated[list[str] | None, typer.Option(metavar="SYMBOL", help="Our books strike it out.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="SYMBOL", help="It is your own holding.")] = None,
    book: Annotated[str, typer.Option("--book", help="The book that adopts.")] = "insider",
    cash: Annotated[bool, typer.Option("--cash", help="Take the broker's cash over.")] = False,
    yes: Yes = False,
) -> int:
    """Explain differences; settle them."""
    from automated_trading.commands.reconcile import Words, reconcile as run

    words = Words(tuple(adopt or ()), tuple(forget or ()), tuple(ignore or ()), book, cash)
    return run(asked, words, yes)


@_command(audit_app, "show")
def audit_show(
    asked: Asked,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many lines.")] = 40,
    symbol: Annotated[str | None, typer.Option("--symbol", help="Only lines about this ticker.")] = None,
) -> int:
    """The log's last lines, in words."""
    from automated_trading.commands.audit import show

    return show(asked, last, symbol)


@_command(audit_app, "verify")
def audit_verify(
    asked: Asked,
    head: Annotated[
        str | None, typer.Option("--head", metavar="SEQ:HASH", help="Does it still hold this line, as eod printed it?")
    ] = None,
) -> int:
    """Prove the whole log and its state."""
    from automated_trading.commands.audit import check

    return check(asked, head)


@_command(audit_app, "restart", seconds=WAITING_SECONDS)
def audit_restart(asked: Asked, yes: Yes = False) -> int:
    """Begin a new log after damage (asks first)."""
    from automated_trading.commands.audit import restart

    return restart(asked, yes)


@_command(config_app, "show")
def config_show(asked: Asked) -> int:
    """Every setting, and which place decided it."""
    from automated_trading.commands.config import show

    return show(asked)


@_command(signals_app, "check")
def signals_check(
    asked: Asked, file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of signals, as JSON.")]
) -> int:
    """What each entry is, and what would be done with it now."""
    from automated_trading.commands.signals import check

    return check(asked, file)


@_command(app, without=("data_dir", "config"))
def init(asked: Asked, folder: Folder = None) -> int:
    """Lay out a desk; overwrite nothing."""
    from automated_trading.commands.init import init as run

    return run(asked, folder)


@_command(app)
def doctor(asked: Asked, send_test: SendTest = False) -> int:
    """Check everything a desk needs. Read only."""
    from automated_trading.commands.doctor import doctor as run

    return run(asked, send_test)


@_command(app, without=("config", "json"))
def demo(asked: Asked, fast: Annotated[bool, typer.Option("--fast", help="No pauses.")] = False) -> int:
    """Watch a simulated day, without keys."""
    from automated_trading.commands.demo import demo as run

    return run(asked, fast)


@_command(app, without=("data_dir",), seconds=None)
def replay(
    asked: Asked,
    signals: Annotated[Path, typer.Option("--signals", help="Folder of YYYY-MM-DD.json signal files.")],
    prices: Annotated[Path, typer.Option("--prices", help="CSV of utc,ticker,price.")],
    set_: Annotated[list[str] | None, typer.Option("--set", help="key=value: a rule changed for this replay.")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="Also with unchanged rules: what differs.")] = False,
) -> int:
    """Run recorded days through the same cycle."""
    from automated_trading.commands.replay import replay as run

    return run(asked, signals, prices, set_ or [], compare)


@_command(simulator_app, "serve", without=("json",), seconds=None)
def simulator_serve(
    asked: Asked,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1 (0: any free).")] = 8787,
    admin_port: Annotated[int, typer.Option("--admin-port", min=0, max=65535, help="Port of the owner's hand.")] = 8788,
    prices: Annotated[Path | None, typer.Option("--prices", help="CSV of utc,ticker,price instead of a seed.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="How it errs: paper, realistic, hostile.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Of prices and faults.")] = None,
    at: At = None,
) -> int:
    """Serve the exchange on a loopback port."""
    from automated_trading.commands.simulator import serve as run

    overrides = asked.overrides if seed is None else {**asked.overrides, "simulated_seed": str(seed)}
    return run(replace(asked, at=at, overrides=overrides), port, admin_port, prices, profile)


def _asked(given: dict[str, Any]) -> Asked:
    """The common options as typed, and the world around them."""
    return Asked(
        environ=dict(os.environ),
        cwd=Path.cwd(),
        now=datetime.now(UTC),
        terminal=sys.stdout.isatty() and not given["json"],
        data_dir=given["data_dir"],
        config=given["config"],
        json=given["json"],
        color=not given["no_color"] and "NO_COLOR" not in os.environ,
        verbose=given["verbose"],
    )


def _scheduled(name: str, asked: Asked, dry_run: bool, at: str | None) -> int:
    from automated_trading.commands.trade import trade
    from automated_trading.decisions.windows import Routine

    return trade(replace(asked, dry_run=dry_run, at=at), Routine(name))


def _through_the_door(asked: Asked, command: Callable[[], int], seconds: int | None = RUN_SECONDS) -> NoReturn:
    """Run a command; every failure becomes one line on stderr and an exit code."""
    os.umask(0o077)
    with veiled(asked.veil):
        code = _outcome(asked, command, seconds)
    raise typer.Exit(code)


def _outcome(asked: Asked, command: Callable[[], int], seconds: int | None) -> int:
    code = 0
    try:
        with deadline(seconds):
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
    return code


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
