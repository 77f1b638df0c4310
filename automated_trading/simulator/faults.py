"""What can go wrong between a client and the venue, one kind for each, and when it strikes.

Law of the file: a fault says what happens to one request and whether the venue acted on it. A scripted fault fires
once, on the nth request it matches, counted from when it was added; how often others strike is a profile's matter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

DELAY = timedelta(seconds=10)
"""How late, or how far behind, where a fault does not say."""


class FaultKind(Enum):
    """What happens to a request or to its answer."""

    LOST_BEFORE = "lost_before"  # the connection is closed without an answer
    LOST_AFTER = "lost_after"
    RESET_BEFORE = "reset_before"  # it is torn down (RST)
    RESET_AFTER = "reset_after"
    SILENT_BEFORE = "silent_before"  # no byte comes until the client gives up
    SILENT_AFTER = "silent_after"
    LATE = "late"  # closed without an answer; the venue acts once its clock has moved on by `delay`
    TWICE = "twice"  # the venue gets it twice, the first answer is given
    TOO_MANY = "too_many"  # 429 with Retry-After and the rate's headers
    TOO_MANY_BARE = "too_many_bare"
    ERROR_500_BEFORE = "error_500_before"
    ERROR_500_AFTER = "error_500_after"
    ERROR_502_BEFORE = "error_502_before"
    ERROR_502_AFTER = "error_502_after"
    ERROR_503_BEFORE = "error_503_before"
    ERROR_503_AFTER = "error_503_after"
    ERROR_504_BEFORE = "error_504_before"
    ERROR_504_AFTER = "error_504_after"
    HTML = "html"  # 200 and a page
    TRUNCATED = "truncated"  # whole as HTTP, half as JSON
    CUT_OFF = "cut_off"  # half of the bytes its Content-Length promised
    HUGE = "huge"  # 50 MB
    WRONG_TYPES = "wrong_types"
    EXTRA_FIELDS = "extra_fields"
    MISSING_FIELDS = "missing_fields"
    UNKNOWN_STATUS = "unknown_status"
    LAGGING = "lagging"  # a GET is answered as the venue was `delay` ago
    UNSEEN = "unseen"  # orders younger than `delay` are neither listed nor found
    TRICKLE = "trickle"  # the answer comes byte by byte
    REDIRECT = "redirect"  # 307 to another host
    SKEWED = "skewed"  # its Date is `delay` behind the venue's clock
    CRASH = "crash"  # the venue has acted and remembered, and dies

    @property
    def processed(self) -> bool:
        """Whether the venue acted on the request; what is LATE it will act on."""
        return self not in _NOT_PROCESSED

    @property
    def status(self) -> int | None:
        """The HTTP status this fault answers with in place of the venue's own; None for the others."""
        if self in {FaultKind.TOO_MANY, FaultKind.TOO_MANY_BARE}:
            return 429
        if self is FaultKind.REDIRECT:
            return 307
        return int(self.value[6:9]) if self.value.startswith("error_") else None


_NOT_PROCESSED = frozenset(
    {
        *(kind for kind in FaultKind if kind.value.endswith("_before")),
        FaultKind.LATE,
        FaultKind.TOO_MANY,
        FaultKind.TOO_MANY_BARE,
        FaultKind.REDIRECT,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """It strikes the `nth` request of that method whose path begins with `path`; `nth` counts from 1.

    `delay` is how late or how far behind; `which` field of an answer is bent, counted round; None: all of them.
    """

    kind: FaultKind
    method: str
    path: str
    nth: int = 1
    delay: timedelta = DELAY
    which: int | None = None


def strike(faults: list[Fault], method: str, path: str) -> Fault | None:
    """Count the request against every matching fault; take out and return the first one that is due."""
    due: Fault | None = None
    left: list[Fault] = []
    for fault in faults:
        matches = fault.method == method and path.startswith(fault.path)
        if matches and fault.nth <= 1 and due is None:
            due = fault
        else:
            left.append(replace(fault, nth=max(1, fault.nth - 1)) if matches else fault)
    faults[:] = left
    return due
