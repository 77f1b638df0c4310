"""The addresses a request may go to: three of Alpaca's own, this machine, and whoever watches over the runs.

Law of the room: an address is compared whole, never taken apart: all that is not literally one of these is
refused.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from automated_trading.settings.layers import TOLD

PAPER_HOST: Final = "https://paper-api.alpaca.markets"
LIVE_HOST: Final = "https://api.alpaca.markets"
DATA_HOST: Final = "https://data.alpaca.markets"

_LOOPBACK: Final = re.compile(r"https?://(?:127\.0\.0\.1|localhost|\[::1\]):([1-9][0-9]{0,4})")
_HIGHEST_PORT: Final = 65_535
_LONGEST: Final = 500


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


def secret_url(value: object) -> SecretStr:
    """An address that carries a token: anybody's over https, this machine's. Raises ValueError without showing it."""
    url = (value.get_secret_value() if isinstance(value, SecretStr) else str(value)).strip()
    parts = urlsplit(url)
    host, _, path = url.partition("://")[2].partition("/")
    plain = url.isascii() and url.isprintable() and " " not in url and not {"@", "#", "\\"} & set(url)
    safe = parts.scheme == "https" and parts.hostname is not None and parts.port != 0
    if not plain or not (safe or is_loopback(f"{parts.scheme}://{host}")) or len(url) > _LONGEST:
        raise ValueError("no address of a watchman")
    return SecretStr(f"{parts.scheme}://{host.lower()}/{path}")


def is_loopback(url: str) -> bool:
    """Whether the address is this machine's, with a port."""
    found = _LOOPBACK.fullmatch(url)
    return found is not None and int(found[1]) <= _HIGHEST_PORT


def _refusal(words: str) -> PydanticCustomError:
    return PydanticCustomError(TOLD, "{words}", {"words": words})
