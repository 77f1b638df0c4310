"""The doctor on the program: Python, the packages it stands on, and the settings.

Law of the file: what the package itself asks for is what is checked; nothing is listed here a second time.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata

from automated_trading.adapters.alpaca_client import check_library
from automated_trading.commands.doctor_case import Case
from automated_trading.reports.finding import Finding, bad, good, warn

DISTRIBUTION = "automated-trading"
INSTALL = "install it anew in its virtual environment: pip install automated-trading, or -e . in a clone"
_WISH = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*\(?([^;()]*)\)?\s*(?:;(.*))?")
_BOUND = re.compile(r"(==|>=|<=|<|>|!=|~=)\s*([0-9]+(?:\.[0-9]+)*)(\.\*)?[A-Za-z0-9.+-]*")


def python(case: Case) -> Finding:
    """The interpreter, against what the package asks for."""
    version = platform.python_version()
    wanted = _wanted_python()
    if wanted and not suits(version, wanted):
        return bad("python", f"Python {version}; {wanted} is wanted", "make the virtual environment with a newer one")
    return good("python", f"Python {version}")


def packages(case: Case) -> Finding:
    """Every package the program asks for, and the parts of alpaca-py that it replaces. Raises ConfigError."""
    check_library()
    try:
        wishes = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return warn("packages", "the program runs from its source and is not installed: versions unknown", INSTALL)
    wrong, count = [], 0
    for name, wanted in asked_for(wishes):
        count += 1
        if (why := _lacks(name, wanted)) is not None:
            wrong.append(why)
    if wrong:
        return bad("packages", "; ".join(wrong), INSTALL)
    return good("packages", f"{count} as wanted, alpaca-py {metadata.version('alpaca-py')} among them")


def settings(case: Case) -> Finding:
    """Everything that is told anywhere must be known and in its range. Raises ConfigError."""
    found = case.settings()
    rows = found.inventory()
    changed = sum(row.differs for row in rows)
    told = {row.name: row.value for row in rows}
    said = f"{changed} of {len(rows)} changed; preset {found.preset.value}"
    said += f"; rules {found.rules_hash()}"
    if told["ALLOW_LIVE_TRADING"] == "true" and found.mode.value != "live":
        remedy = "take ALLOW_LIVE_TRADING away until the mode is live: it is the second gate"
        return warn("settings", f"{said}; one gate of live trading stands open in {found.mode.value} mode", remedy)
    return good("settings", said)


def asked_for(wishes: list[str]) -> Iterator[tuple[str, str]]:
    """Name and version wanted of each package; what is only for an extra or another system is left out."""
    for wish in wishes:
        found = _WISH.fullmatch(wish.strip())
        if found is not None and not (found[3] or "").strip():
            yield found[1], found[2].strip()


def suits(version: str, wanted: str) -> bool:
    """Whether a version is one of those wanted (">=2.7", "==0.44.*"); numbers count, letters behind them do not."""
    return all(_within(version, part.strip()) for part in wanted.split(",") if part.strip())


def _within(version: str, part: str) -> bool:
    found = _BOUND.fullmatch(part)
    if found is None:
        return False
    ours, theirs = _numbers(version), _numbers(found[2])
    length = len(theirs) if found[3] else max(len(ours), len(theirs))
    mine, bound = ours[:length], theirs + (0,) * (length - len(theirs))
    mine += (0,) * (length - len(mine))
    match found[1]:
        case "==":
            return mine == bound
        case "!=":
            return mine != bound
        case ">=":
            return mine >= bound
        case "<=":
            return mine <= bound
        case ">":
            return mine > bound
        case "<":
            return mine < bound
        case _:  # ~=1.4.2: the same but for its last number, and not under it
            return mine >= bound and mine[: len(theirs) - 1] == bound[: len(theirs) - 1]


def _numbers(version: str) -> tuple[int, ...]:
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    return tuple(int(number) for number in found[0].split(".")) if found is not None else ()


def _lacks(name: str, wanted: str) -> str | None:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"{name} is missing"
    return None if suits(version, wanted) else f"{name} {version}; {wanted} is wanted"


def _wanted_python() -> str:
    try:
        return str(metadata.metadata(DISTRIBUTION)["Requires-Python"] or "")
    except metadata.PackageNotFoundError:
        return ""
