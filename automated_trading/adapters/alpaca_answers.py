"""What an HTTP status and body mean: a value, a refusal, refused keys, or no answer at all.

Law of the file: whatever was sent and not clearly answered is Unclear; a read that was not is Unreachable,
for it did nothing. Words of the broker are cut short, kept printable, and never hold a key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from automated_trading.adapters.alpaca_wire import from_json
from automated_trading.domain.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnclear,
    BrokerUnreachable,
    ConfigError,
)

READ: Final = "GET"
_TOO_MANY: Final = 429
_NOT_FOUND: Final = 404
_KEYS_REFUSED: Final = 40110000
_MOST_WORDS: Final = 300
_MASK: Final = "***"


def judge(method: str, path: str, status: int, body: bytes, secrets: Sequence[str]) -> Any:
    """The parsed body of a 2xx (None where there is none and none is due), else the error it stands for."""
    if 200 <= status < 300:
        if not body and method not in (READ, "POST"):
            return None
        try:
            return from_json(body)
        except ValueError as error:
            raise unanswered(method, path, "an answer that cannot be read") from error
    if status == _TOO_MANY:
        raise BrokerUnreachable(f"{method} {path}: the broker asked to wait (429); the next run asks again")
    if not 400 <= status < 500:
        raise unanswered(method, path, f"HTTP {status}")
    raise _refusal(method, path, status, body, secrets)


def unanswered(method: str, path: str, what: str) -> BrokerError:
    """The error for a request that may have arrived and was not clearly answered."""
    if method == READ:
        return BrokerUnreachable(f"{method} {path}: {what}; the next run asks again")
    return BrokerUnclear(f"{method} {path}: {what}; the broker's own records will settle it")


def _refusal(method: str, path: str, status: int, body: bytes, secrets: Sequence[str]) -> BrokerError | ConfigError:
    answer = _object(body)
    words = _words(answer, body, secrets)
    forbidden = answer.get("message") == "forbidden." or answer.get("code") == _KEYS_REFUSED
    if status == 401 or (status == 403 and forbidden):
        return ConfigError(f"the broker does not accept these keys: {words}; check the key and its secret")
    if "message" not in answer and (method != READ or status == _NOT_FOUND):
        # The broker says why; a page that only has a status may be anybody's, between it and us.
        return unanswered(method, path, f"HTTP {status} that is not the broker's")
    return BrokerRefused(status, words)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        answer = from_json(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _words(answer: Mapping[str, Any], body: bytes, secrets: Sequence[str]) -> str:
    message = answer.get("message")
    text = message if isinstance(message, str) else body[:4096].decode("utf-8", "replace")
    for secret in secrets:
        text = text.replace(secret, _MASK)
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_MOST_WORDS] or "no words"
