"""Answers bent out of shape: what a venue, or a machine between, has been known to say instead.

Law of the file: pure functions from an answer to an answer; the same answer is always bent the same way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import Enum

from automated_trading.simulator.faults import Fault, FaultKind

HUGE = 50 * 1024 * 1024
"""Bytes of an answer far too long."""

_WAIT_SECONDS = 30
_UNKNOWN = "held_for_review"
_JSON = "application/json; charset=UTF-8"
_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
_GATEWAYS = {502: "502 Bad Gateway", 503: "503 Service Temporarily Unavailable", 504: "504 Gateway Time-out"}
Headers = Mapping[str, str]
Path = tuple[str, ...]


class Delivery(Enum):
    """How an answer's bytes reach the client."""

    WHOLE = "whole"
    CUT_OFF = "cut off"
    TRICKLE = "trickle"


def instead(fault: Fault, path: str, elsewhere: str, headers: Headers) -> tuple[int, Headers, bytes] | None:
    """What is answered in the venue's place; None where its own answer is given, bent or not.

    `elsewhere` is the origin a redirect points to; `headers` are the venue's own.
    """
    match fault.kind:
        case FaultKind.TOO_MANY:
            more = {"Retry-After": str(_WAIT_SECONDS), "X-RateLimit-Remaining": "0"}
            return 429, {**headers, **more}, b'{"code":42910000,"message":"rate limit exceeded"}'
        case FaultKind.TOO_MANY_BARE:
            return 429, {"Content-Type": "text/plain"}, b"too many requests"
        case FaultKind.REDIRECT:
            return 307, {"Location": f"{elsewhere}{path}", "Content-Type": "text/html"}, _PAGE
        case FaultKind.ERROR_500_BEFORE | FaultKind.ERROR_500_AFTER:
            return 500, {"Content-Type": _JSON}, b'{"code":50010000,"message":"internal server error occurred"}'
        case kind if kind.status is not None:
            title = _GATEWAYS[kind.status]
            page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
            return kind.status, {"Content-Type": "text/html"}, page.encode("ascii")
        case _:
            return None


def bent(fault: Fault, now: datetime, headers: Headers, body: bytes) -> tuple[Headers, bytes, Delivery]:
    """The venue's own answer as this fault leaves it; `now` is the venue's time."""
    reword = _REWORDS.get(fault.kind)
    if reword is not None:
        return headers, reword(body, fault.which), Delivery.WHOLE
    match fault.kind:
        case FaultKind.HTML:
            return {"Content-Type": "text/html; charset=UTF-8"}, _PAGE, Delivery.WHOLE
        case FaultKind.TRUNCATED:
            return headers, body[: len(body) // 2], Delivery.WHOLE
        case FaultKind.HUGE:
            return headers, body + b" " * HUGE, Delivery.WHOLE
        case FaultKind.SKEWED:
            return {**headers, "Date": skewed(now, fault.delay)}, body, Delivery.WHOLE
        case FaultKind.CUT_OFF:
            return headers, body, Delivery.CUT_OFF
        case FaultKind.TRICKLE:
            return headers, body, Delivery.TRICKLE
        case _:
            return headers, body, Delivery.WHOLE


def skewed(now: datetime, behind: timedelta) -> str:
    """A Date header so far behind a moment."""
    return format_datetime((now - behind).replace(microsecond=0), usegmt=True)


def wrong_types(body: bytes, which: int | None) -> bytes:
    """Fields of another type: a text is a list, a number a text, a flag a text, nothing a number, a list an object."""
    if not body:
        return body
    answer = json.loads(body)
    if not answer:
        return b"{}" if isinstance(answer, list) else b"[]"
    return _each(answer, which, _wrong)


def missing_fields(body: bytes, which: int | None) -> bytes:
    """Fields that are not there."""
    return _each(json.loads(body), which, lambda _value: _GONE) if body else body


def extra_fields(body: bytes, _which: int | None) -> bytes:
    """Every object has fields nobody knows, the first of them large."""
    return json.dumps(_more(json.loads(body))).encode("ascii") if body else body


def unknown_status(body: bytes, _which: int | None) -> bytes:
    """Every status is one nobody knows."""
    return json.dumps(_restate(json.loads(body))).encode("ascii") if body else body


def fields(body: bytes) -> list[Path]:
    """The fields of an answer that `which` counts: a field of every row of a list counts once."""
    return sorted(set(_paths(json.loads(body), ()))) if body else []


_GONE = object()
_REWORDS: Mapping[FaultKind, Callable[[bytes, int | None], bytes]] = {
    FaultKind.WRONG_TYPES: wrong_types,
    FaultKind.MISSING_FIELDS: missing_fields,
    FaultKind.EXTRA_FIELDS: extra_fields,
    FaultKind.UNKNOWN_STATUS: unknown_status,
}


def _wrong(value: object) -> object:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return [value]
        case None:
            return 0
        case _:
            return f"about {value}"


def _each(answer: object, which: int | None, change: Callable[[object], object]) -> bytes:
    """The answer with the field counted, or all of them, changed or taken out."""
    known = sorted(set(_paths(answer, ())))
    wanted = set(known) if which is None or not known else {known[which % len(known)]}
    return json.dumps(_changed(answer, (), wanted, change)).encode("ascii")


def _paths(value: object, here: Path) -> Iterator[Path]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _paths(inner, (*here, name))
        case list():
            for inner in value:
                yield from _paths(inner, here)
        case _:
            yield here


def _changed(value: object, here: Path, wanted: set[Path], change: Callable[[object], object]) -> object:
    match value:
        case dict():
            pairs = ((name, _changed(inner, (*here, name), wanted, change)) for name, inner in value.items())
            return {name: inner for name, inner in pairs if inner is not _GONE}
        case list():
            rows = (_changed(inner, here, wanted, change) for inner in value)
            return [inner for inner in rows if inner is not _GONE]
        case _:
            return change(value) if here in wanted else value


def _more(value: object) -> object:
    match value:
        case dict():
            new = {"new_field": {"nested": [None, 1e300, "x" * 1000]}, "id2": "\u202e"}
            return {**{name: _more(inner) for name, inner in value.items()}, **new}
        case list():
            return [_more(inner) for inner in value]
        case _:
            return value


def _restate(value: object) -> object:
    match value:
        case dict():
            return {name: _UNKNOWN if name == "status" else _restate(inner) for name, inner in value.items()}
        case list():
            return [_restate(inner) for inner in value]
        case _:
            return value
