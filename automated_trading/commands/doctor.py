"""`doctor`: a line for each thing a desk needs, with a verdict and, where it is not good, what to do.

Law of the file: read only, and no lock is taken. A check that fails is a finding and hides no other; the worst finding
is the exit code, and a warning is none.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from automated_trading.commands import (
    doctor_alerts as alerts,
    doctor_books as books,
    doctor_broker as broker,
    doctor_folder as folder,
    doctor_program as program,
)
from automated_trading.commands.asked import Asked
from automated_trading.commands.doctor_case import Case, Withheld
from automated_trading.commands.screen import Screen
from automated_trading.domain.errors import ConfigError, OutOfTime, TradingError
from automated_trading.reports.finding import CONFIGURATION, Finding, Verdict, bad, row, warn, worst

WIDTH = 80
NAME = 10
INDENT = " " * (6 + NAME)
TONES = {Verdict.GOOD: "good", Verdict.WARN: "warn", Verdict.BAD: "bad"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at, and what to do where looking itself fails."""

    name: str
    look: Callable[[Case], Finding]
    remedy: str


LINE = "see whether this machine has a line; https://status.alpaca.markets tells of Alpaca's"
DISK = "check the folder and its disk"
CHECKS = (
    Check("python", program.python, program.INSTALL),
    Check("packages", program.packages, program.INSTALL),
    Check("settings", program.settings, "mend it where it stands; `automated-trading init` writes examples"),
    Check("folder", folder.folder, DISK),
    Check("rights", folder.rights, DISK),
    Check("log", folder.log, DISK),
    Check("disk", folder.disk, DISK),
    Check("lock", folder.lock, DISK),
    Check("keys", broker.keys, "write what is missing into .env; .env.example has every name"),
    Check("hosts", broker.hosts, "mend the addresses in .env"),
    Check("broker", broker.broker, LINE),
    Check("account", broker.account, "give each account a folder of its own, with its own keys"),
    Check("clock", broker.clock, LINE),
    Check("calendar", broker.calendar, LINE),
    Check("prices", broker.prices, LINE),
    Check("mail", alerts.mail, "mend GMAIL_USER, GMAIL_APP_PASSWORD, SMTP_HOST or SMTP_PORT in .env"),
    Check("phone", alerts.phone, "mend NOTIFY_URLS in .env"),
    Check("heartbeat", alerts.heartbeat, "mend HEARTBEAT_URL in .env"),
    Check("runs", books.runs, books.SCHEDULE),
    Check("books", books.books, LINE),
    Check("stops", books.stops, LINE),
    Check("halts", books.halts, LINE),
)
"""In the order of the page; a check comes behind those it waits for."""


def doctor(asked: Asked, send_test: bool) -> int:
    """Look at everything; the exit code of the worst finding, else 0."""
    screen, mode, findings = Screen(asked), _mode(asked), list[Finding]()
    with ExitStack() as opened:
        case = Case(asked, opened, send_test=send_test)
        screen.say(f"{mode.upper()} doctor {asked.cwd}".strip(), "title")
        for found in examined(case):
            findings.append(found)
            _say(screen, found)
    grave = worst(findings)
    code, said = grave.code if grave is not None else 0, _counted(findings)
    screen.say(said)
    if grave is not None:
        screen.wrong(f"{grave.check}: {grave.said}; {grave.remedy}")
    if asked.json:
        head = {"schema": 1, "mode": mode or None, "command": "doctor", "exit_code": code, "said": said}
        screen.document({**head, "rows": [row(found) for found in findings]})
    return code


def examined(case: Case) -> Iterator[Finding]:
    """What each check found, one by one."""
    for check in CHECKS:
        try:
            yield check.look(case)
        except OutOfTime:
            raise
        except Withheld as held:
            yield warn(check.name, str(held), f"mend `{held.by}` first")
        except TradingError as problem:
            yield bad(check.name, str(problem), check.remedy, problem.exit_code or CONFIGURATION)


def _mode(asked: Asked) -> str:
    """The mode, "" where the settings cannot be read: that is a finding of its own."""
    try:
        return asked.settings().mode.value
    except ConfigError:
        return ""


def _counted(findings: list[Finding]) -> str:
    count = {verdict: sum(found.verdict is verdict for found in findings) for verdict in Verdict}
    return ", ".join(f"{number} {verdict.value}" for verdict, number in count.items())


def _say(screen: Screen, found: Finding) -> None:
    """The finding's line; a remedy that does not fit behind it stands under it."""
    tone = TONES[found.verdict]
    first = f"{found.verdict.value:<4}  {found.check:<{NAME}}{found.said}"
    remedy = f"-> {found.remedy}" if found.remedy else ""
    whole = f"{first} {remedy}".rstrip()
    for line in [whole] if len(whole) <= WIDTH or not remedy else [first, f"{INDENT}{remedy}"]:
        for piece in _wrapped(line) if screen.asked.terminal else [line]:
            screen.say(piece, tone)


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False)
