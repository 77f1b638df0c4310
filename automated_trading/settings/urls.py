"""The addresses a request may go to: three of Alpaca's own, and this machine.

Law of the room: an address is compared whole, never taken apart: all that is not literally one of these is
refused.
"""

from __future__ import annotations

import re
from typing import Final

from pydantic_core import PydanticCustomError

from automated_trading.settings.layers import TOLD

PAPER_HOST: Final = "https://paper-api.alpaca.markets"
LIVE_HOST: Final = "https://api.alpaca.markets"
DATA_HOST: Final = "https://data.alpaca.markets"

_LOOPBACK: Final = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]{0,4})")
_HIGHEST_PORT: Final = 65_535


def plain_url(value: object) -> str:
    """An allowed address without its trailing slash; anything else is refused in words for the owner."""
    url = value.strip().lower().removesuffix("/") if isinstance(value, str) else ""
    if url in (PAPER_HOST, LIVE_HOST, DATA_HOST) or is_loopback(url):
        return url
    if re.search(r"/v[0-9]", url):
        raise _refusal("must be given without /v2: the version is added to every request")
    if "@" in url:
        raise _refusal("must not carry a user or a password: keys have settings of their own")
    raise _refusal(
        f"must be {PAPER_HOST}, {LIVE_HOST}, {DATA_HOST}, "
        "or this machine (127.0.0.1, localhost or [::1]) with a port, as http://127.0.0.1:8000"
    )


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's, with a port."""
    found = _LOOPBACK.fullmatch(url)
    return found is not None and int(found[1]) <= _HIGHEST_PORT


def _refusal(words: str) -> PydanticCustomError:
    return PydanticCustomError(TOLD, "{words}", {"words": words})
