"""A fault as its owner writes it: `{"kind": "late", "method": "POST", "path": "/v2/orders", "delay": 60}`.

Law of the file: what is not clearly a fault is refused in one line that says what was wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import TypeGuard

from automated_trading.simulator.faults import Fault, FaultKind

_METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
_LONGEST = 10 * 24 * 3600


class BadFault(ValueError):
    """What was asked for is no fault."""


def read_fault(body: Mapping[str, object]) -> Fault:
    """The fault of a body: kind, method, path, and perhaps nth, delay (seconds) and which. Raises BadFault."""
    kinds = {kind.value: kind for kind in FaultKind}
    kind, method, path = body.get("kind"), body.get("method"), body.get("path")
    unknown = sorted(set(body) - {"kind", "method", "path", "nth", "delay", "which"})
    if unknown:
        raise BadFault(f"a fault has no {unknown[0]}: wanted kind, method, path and perhaps nth, delay, which")
    if not isinstance(kind, str) or kind not in kinds:
        raise BadFault(f"kind must be one of {', '.join(kinds)}")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        raise BadFault(f"method must be one of {', '.join(_METHODS)}")
    if not isinstance(path, str) or not path.startswith("/"):
        raise BadFault("path must begin with /")
    nth, which, delay = body.get("nth", 1), body.get("which"), body.get("delay", 10)
    if not _whole(nth) or nth < 1:
        raise BadFault("nth must be a whole number from 1")
    if which is not None and (not _whole(which) or which < 0):
        raise BadFault("which must be a whole number from 0")
    if isinstance(delay, bool) or not isinstance(delay, int | Decimal) or not 0 <= delay <= _LONGEST:
        raise BadFault(f"delay must be a number of seconds, {_LONGEST} at most")
    after = timedelta(microseconds=int(delay * 1_000_000))
    return Fault(kinds[kind], method.upper(), path, nth, after, which)


def _whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
