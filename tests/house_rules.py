"""The house rules as functions: a source file in, findings out. An empty list means the rule is kept.

Law of the file: read the syntax tree, never the running program: a rule also holds for code no test runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

PURE = frozenset({"domain", "strategies", "decisions", "reports"})
BELOW_ASSEMBLY = PURE | {"engine", "adapters", "simulator"}
FLOATS_ALLOWED = frozenset({"strategies", "adapters", "simulator", "cli"})
CLOCK_FILES = frozenset({"adapters/clock.py", "cli.py"})
BROAD_FILES = frozenset({"cli.py", "engine/cycle.py"})
ROOF = "automated_trading"

CLOCKS = frozenset(
    {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"}
    | {f"time.{name}{ns}" for name in ("time", "monotonic", "perf_counter") for ns in ("", "_ns")}
    | {"time.localtime", "time.gmtime"}
)
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"})


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OUTSIDE = _names(
    """alpaca asyncio filelock http io jinja2 logging multiprocessing os pathlib pydantic_settings pytz random
    requests rich secrets shutil signal smtplib socket ssl subprocess sys tempfile threading time typer urllib
    urllib3 uuid yfinance zoneinfo"""
)
BANNED_IMPORTS = {
    **dict.fromkeys(PURE, _OUTSIDE),
    "engine": _OUTSIDE - {"logging"},
    "adapters": _names("asyncio rich typer"),
    "simulator": _names("asyncio rich typer"),
    "settings": _names("asyncio os requests rich smtplib socket subprocess typer"),
    "assembly": _names("asyncio os rich typer"),
    "cli": _names("asyncio"),
}
ONLY_IN = {"alpaca": "adapters/alpaca_client.py", "pytz": "domain/sessions.py"}

DRAWERS = re.compile(r"^(utils?|helpers?|commons?|managers?|handlers?|services?|processors?|base)$")
MODE_NAMES = _names(
    """live paper simulated dry_run backtest
    is_live is_paper is_simulated is_dry_run is_backtest"""
)
MODE_TEXTS = frozenset({"live", "paper", "simulated", "dry_run", "dry-run", "backtest"})
MODE_MEMBERS = frozenset({"LIVE", "PAPER", "SIMULATED", "DRY_RUN", "BACKTEST"})

MOST_LINES = 350
LONGEST_FUNCTION = 60


@dataclass(frozen=True, slots=True)
class Source:
    """One module: its path below the package ("domain/money.py") and its text."""

    path: str
    text: str

    @property
    def room(self) -> str:
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)


Rule = Callable[[Source], list[str]]


def states_its_law(source: Source) -> list[str]:
    return [] if ast.get_docstring(source.tree) else ["no docstring states the law of the module"]


def is_small(source: Source) -> list[str]:
    lines = len(source.text.splitlines())
    return [f"{lines} lines"] if lines > MOST_LINES else []


def has_short_functions(source: Source) -> list[str]:
    functions = (n for n in ast.walk(source.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    lengths = ((f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions)
    return [f"{name} has {length} lines" for name, length in lengths if length > LONGEST_FUNCTION]


def broad_excepts(source: Source) -> list[str]:
    """Every broad except, allowed or not: how many there may be is counted over the whole program."""
    handlers = (n for n in ast.walk(source.tree) if isinstance(n, ast.ExceptHandler))
    return [f"line {h.lineno}: broad except" for h in handlers if h.type is None or _is_broad(h.type)]


def reads_no_clock(source: Source) -> list[str]:
    return [] if source.path in CLOCK_FILES else _uses(source, CLOCKS)


def reads_no_environment(source: Source) -> list[str]:
    return [] if source.room == "cli" else _uses(source, ENVIRONMENT)


def holds_no_float(source: Source) -> list[str]:
    if source.room in FLOATS_ALLOWED:
        return []
    literals = (n for n in ast.walk(source.tree) if isinstance(n, ast.Constant) and type(n.value) is float)
    return [f"line {n.lineno}: float literal" for n in literals] + _calls(source, {"float"})


def opens_nothing_itself(source: Source) -> list[str]:
    return _calls(source, {"open", "print", "input"}) if source.room in PURE | {"engine"} else []


def imports_what_its_room_may(source: Source) -> list[str]:
    banned = BANNED_IMPORTS.get(source.room, frozenset())
    elsewhere = {name for name, home in ONLY_IN.items() if home != source.path}
    own = {name for name, home in ONLY_IN.items() if home == source.path}
    return [
        f"line {line}: imports {name}"
        for line, name in _imports(source)
        if name.split(".")[0] in (banned | elsewhere) - own
    ]


def knows_nothing_of_the_rest(source: Source) -> list[str]:
    if source.room != "simulator":
        return []
    ours = ((line, name) for line, name in _imports(source) if name.split(".")[0] == ROOF)
    return [f"line {n}: imports {name}" for n, name in ours if not f"{name}.".startswith(f"{ROOF}.simulator.")]


def names_no_drawer(source: Source) -> list[str]:
    stem = source.path.removesuffix(".py").split("/")
    classes = [n.name for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef)]
    return [f"the name {name}" for name in stem + classes if any(DRAWERS.match(word) for word in _words(name))]


def asks_no_mode(source: Source) -> list[str]:
    if source.room not in BELOW_ASSEMBLY:
        return []
    nodes = (node for test in _conditions(source.tree) for node in ast.walk(test))
    lines = {node.lineno for node in nodes if isinstance(node, ast.expr) and _is_mode(node)}
    return [f"line {line}: asks for the mode" for line in sorted(lines)]


RULES: tuple[Rule, ...] = (
    states_its_law,
    is_small,
    has_short_functions,
    reads_no_clock,
    reads_no_environment,
    holds_no_float,
    opens_nothing_itself,
    imports_what_its_room_may,
    knows_nothing_of_the_rest,
    names_no_drawer,
    asks_no_mode,
)


def _is_broad(kind: ast.expr) -> bool:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return any(isinstance(k, ast.Name) and k.id in ("Exception", "BaseException") for k in kinds)


def _calls(source: Source, names: set[str]) -> list[str]:
    calls = (n for n in ast.walk(source.tree) if isinstance(n, ast.Call))
    return [f"line {c.lineno}: calls {c.func.id}" for c in calls if isinstance(c.func, ast.Name) and c.func.id in names]


def _imports(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)


def _uses(source: Source, forbidden: frozenset[str]) -> list[str]:
    """Uses of the forbidden things under whatever name they were imported."""
    aliases: dict[str, str] = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            aliases |= {
                a.asname or a.name.split(".")[0]: a.name if a.asname else a.name.split(".")[0] for a in node.names
            }
        elif isinstance(node, ast.ImportFrom):
            aliases |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    found = ((n, _dotted(n, aliases)) for n in ast.walk(source.tree) if isinstance(n, ast.Name | ast.Attribute))
    return [f"line {node.lineno}: uses {name}" for node, name in found if name in forbidden]


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    match node:
        case ast.Name(id=name):
            return aliases.get(name, name)
        case ast.Attribute(value=value, attr=attr):
            return f"{_dotted(value, aliases)}.{attr}"
        case _:
            return "?"


def _conditions(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
                yield test
            case ast.comprehension(ifs=ifs):
                yield from ifs
            case ast.Match(subject=subject, cases=cases):
                yield subject
                yield from (case.pattern for case in cases)
            case ast.Compare() | ast.BoolOp():
                yield node


def _is_mode(node: ast.expr) -> bool:
    match node:
        case ast.Name(id=name):
            return name in MODE_NAMES
        case ast.Attribute(value=value, attr=attr):
            of_mode = isinstance(value, ast.Name) and "mode" in value.id.lower()
            return attr in MODE_NAMES or (attr in MODE_MEMBERS and of_mode)
        case ast.Constant(value=str() as text):
            return text in MODE_TEXTS
        case _:
            return False


def _words(name: str) -> list[str]:
    return re.sub(r"([a-z0-9])([A-Z])|([A-Z])(?=[A-Z][a-z])", r"\1\3_\2", name).lower().split("_")
