"""JSON with one spelling, so that equal values are equal bytes and a digest of one is a digest of the other.

Law of the room: ASCII, sorted keys, no spaces, no float, no NaN. What cannot be spelled so is refused, both
ways, with a ValueError.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, NoReturn

Plain = Any
"""str, int, bool, None, and lists and string-keyed dicts of them."""


def spell(value: object) -> str:
    """The one spelling of a plain value. Floats pass here; `read` of the result refuses them."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, RecursionError) as problem:
        raise ValueError(f"no spelling: {problem}") from None


def read(text: str) -> Plain:
    """The value of a JSON text in whatever spelling. Raises ValueError on a float, NaN or endless nesting."""
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def digest(text: str) -> str:
    """SHA-256 of an ASCII text, in hex."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word[:20]} is not a number of ours")


# A value that holds itself is refused as nested too deep; looking out for it costs a fifth of every line.
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
)
_DECODER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
