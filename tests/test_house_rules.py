"""Every module keeps every house rule, and every rule goes red on a planted offence."""

from __future__ import annotations

from pathlib import Path

import pytest

import automated_trading
from tests import house_rules as rules
from tests.house_rules import RULES, Rule, Source

HOUSE = Path(automated_trading.__file__).parent
MODULES = {path.relative_to(HOUSE).as_posix(): path.read_text(encoding="utf-8") for path in sorted(HOUSE.rglob("*.py"))}
LAW = '"""A law."""\n'


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", MODULES)
def test_the_house_rule_is_kept(path: str, rule: Rule) -> None:
    assert rule(Source(path, MODULES[path])) == []


def test_there_are_at_most_two_broad_excepts_and_both_have_their_place() -> None:
    found = {path: rules.broad_excepts(Source(path, text)) for path, text in MODULES.items()}
    assert {path for path, lines in found.items() if lines} <= rules.BROAD_FILES
    assert sum(map(len, found.values())) <= 2


OFFENCES = [
    (rules.states_its_law, "domain/a.py", "x = 1"),
    (rules.is_small, "domain/a.py", "x = 1\n" * 351),
    (rules.has_short_functions, "domain/a.py", "def f():\n" + "    x = 1\n" * 60),
    (rules.has_short_functions, "cli.py", "class A:\n    async def f(self):\n" + "        x = 1\n" * 60),
    (rules.broad_excepts, "cli.py", "try: x\nexcept: pass"),
    (rules.broad_excepts, "cli.py", "try: x\nexcept Exception: pass"),
    (rules.broad_excepts, "cli.py", "try: x\nexcept (ValueError, BaseException) as e: pass"),
    (rules.reads_no_clock, "engine/a.py", "from datetime import datetime\nx = datetime.now()"),
    (rules.reads_no_clock, "engine/a.py", "import datetime as dt\nx = dt.datetime.utcnow()"),
    (rules.reads_no_clock, "simulator/a.py", "from datetime import date as Day\nx = Day.today()"),
    (rules.reads_no_clock, "adapters/a.py", "import time\nx = time.monotonic()"),
    (rules.reads_no_clock, "adapters/a.py", "from time import time as t\nx = t"),
    (rules.reads_no_environment, "adapters/a.py", "import os\nx = os.environ['A']"),
    (rules.reads_no_environment, "settings.py", "from os import getenv\nx = getenv('A')"),
    (rules.holds_no_float, "domain/a.py", "x = 0.1"),
    (rules.holds_no_float, "decisions/a.py", "x = float('1')"),
    (rules.holds_no_float, "settings.py", "x = -1e3"),
    (rules.opens_nothing_itself, "reports/a.py", "open('a')"),
    (rules.opens_nothing_itself, "engine/a.py", "print('a')"),
    (rules.imports_what_its_room_may, "domain/a.py", "import os.path"),
    (rules.imports_what_its_room_may, "strategies/a.py", "from pathlib import Path"),
    (rules.imports_what_its_room_may, "decisions/a.py", "def f():\n    import requests"),
    (rules.imports_what_its_room_may, "reports/a.py", "import jinja2"),
    (rules.imports_what_its_room_may, "domain/a.py", "import pytz"),
    (
        rules.imports_what_its_room_may,
        "adapters/alpaca_broker.py",
        "from alpaca.common.rest import RESTClient",
    ),
    (rules.imports_what_its_room_may, "adapters/a.py", "import typer"),
    (rules.imports_what_its_room_may, "simulator/a.py", "import alpaca"),
    (rules.knows_nothing_of_the_rest, "simulator/a.py", "from automated_trading.domain.money import ZERO"),
    (rules.knows_nothing_of_the_rest, "simulator/a.py", "from automated_trading import settings"),
    (rules.names_no_drawer, "domain/utils.py", "x = 1"),
    (rules.names_no_drawer, "engine/order_manager.py", "x = 1"),
    (rules.names_no_drawer, "common/a.py", "x = 1"),
    (rules.names_no_drawer, "simulator/a.py", "class HTTPHandler: ..."),
    (rules.names_no_drawer, "domain/a.py", "class BaseOrder: ..."),
    (rules.asks_no_mode, "engine/a.py", "if live: x = 1"),
    (rules.asks_no_mode, "engine/a.py", "if desk.is_paper and y: x = 1"),
    (rules.asks_no_mode, "adapters/a.py", "x = 1 if mode == 'live' else 2"),
    (rules.asks_no_mode, "decisions/a.py", "x = [y for y in z if not dry_run]"),
    (rules.asks_no_mode, "reports/a.py", "x = mode is Mode.LIVE"),
    (rules.asks_no_mode, "domain/a.py", "match mode:\n    case 'paper':\n        x = 1"),
]


@pytest.mark.parametrize(("rule", "path", "offence"), OFFENCES)
def test_the_rule_sees_a_planted_offence(rule: Rule, path: str, offence: str) -> None:
    assert rule(Source(path, offence)) != []


BLAMELESS = [
    ("domain/sessions.py", "import pytz"),
    ("adapters/alpaca_client.py", "from alpaca.common.rest import RESTClient\nx = 0.5"),
    ("adapters/clock.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)"),
    ("cli.py", "import os\nimport time\nx = os.environ, time.time(), 0.5"),
    ("simulator/a.py", "from automated_trading.simulator.exchange import Exchange\nx = float('1')"),
    ("strategies/database.py", "class Databases: ...\nx = 0.1"),
    ("engine/a.py", "x = desk.clock.now()\nif order.paperwork: y = 'live'"),
    ("assembly/__init__.py", "if mode is Mode.LIVE: x = 1"),
]


@pytest.mark.parametrize(("path", "text"), BLAMELESS)
def test_the_rules_leave_the_blameless_alone(path: str, text: str) -> None:
    assert [finding for rule in RULES for finding in rule(Source(path, LAW + text))] == []


def test_every_rule_has_a_planted_offence() -> None:
    assert {rule for rule, _, _ in OFFENCES} == {*RULES, rules.broad_excepts}
