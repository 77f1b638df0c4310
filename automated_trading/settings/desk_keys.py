"""What is not a rule: which world the desk works in, its gates, its keys and its folders.

Law of the room: a switch that cannot be read stands on its safe side or is an error; a secret is sealed
before anything can print it.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, SecretStr

from automated_trading.settings.layers import Layered
from automated_trading.settings.numbers import Whole, numeric, whole
from automated_trading.settings.presets import Preset
from automated_trading.settings.urls import plain_url, secret_url
from automated_trading.settings.words import TRUE_OR_FALSE, key, truth, word

_YES: Final = frozenset({"true", "1", "yes", "on"})
_KEY: Final = re.compile(r"[!-~]{1,256}")


class Mode(Enum):
    """The world the desk works in; the value is its name everywhere."""

    SIMULATED = "simulated"
    PAPER = "paper"
    LIVE = "live"


def is_on(value: object) -> bool:
    """A switch that is on only by one of its four words."""
    return word(value) in _YES


def is_true(value: object) -> bool:
    """The word true; false and nothing are shut. Raises ValueError: a gate to real money has one spelling."""
    return bool(word(value)) and truth(value)


def sealed(value: object) -> SecretStr:
    """A credential of printable ASCII, as an HTTP header can carry. Raises ValueError without it."""
    text = (value.get_secret_value() if isinstance(value, SecretStr) else str(value)).strip()
    if _KEY.fullmatch(text) is None:
        raise ValueError("not a credential")
    return SecretStr(text)


def sealed_text(value: object) -> SecretStr:
    """A secret as it was written; whether it is of use is judged where it is used."""
    return value if isinstance(value, SecretStr) else SecretStr(str(value))


def folder(value: object) -> Path:
    """A printable path; nothing here knows whose home ~ is. Raises ValueError."""
    text = str(value)
    if not text.strip() or not text.isprintable() or text.startswith("~"):
        raise ValueError("not a path")
    return Path(text)


Credential = Annotated[SecretStr | None, BeforeValidator(sealed)]
Url = Annotated[str | None, BeforeValidator(plain_url)]
Text = Annotated[str | None, BeforeValidator(str)]
Sealed = Annotated[SecretStr | None, BeforeValidator(sealed_text)]
KEY: Final = "a key as Alpaca shows it, up to 256 letters without spaces"
SecretUrl = Annotated[SecretStr | None, BeforeValidator(secret_url)]
URL: Final = "an address of Alpaca's or of this machine"
WATCHMAN: Final = "an address over https (or of this machine), without user or password, up to 500 letters"


class DeskKeys(Layered):
    """Every setting that is not a rule."""

    alpaca_trading_mode: Annotated[Mode, BeforeValidator(word)] = key(
        Mode.SIMULATED, "simulated, paper or live", "The world the desk works in."
    )
    allow_live_trading: Annotated[bool, BeforeValidator(is_true)] = key(
        False, TRUE_OR_FALSE, "The second gate of live trading."
    )
    trading_enabled: Annotated[bool, BeforeValidator(is_on)] = key(
        True, "true, 1, yes or on; anything else is off", "Off: nothing is sent to the broker."
    )
    alpaca_paper_api_key: Credential = key(None, KEY, "The paper account's key.")
    alpaca_paper_secret_key: Credential = key(None, KEY, "The paper account's secret key.")
    alpaca_live_api_key: Credential = key(None, KEY, "The live account's key.")
    alpaca_live_secret_key: Credential = key(None, KEY, "The live account's secret key.")
    alpaca_trading_url: Url = key(None, URL, "Where orders go, if not to the mode's own host.")
    alpaca_data_url: Url = key(None, URL, "Where prices come from, if not from Alpaca's own host.")
    alpaca_data_feed: Annotated[Literal["iex", "sip"] | None, BeforeValidator(word)] = key(
        None, "iex or sip", "The feed of prices, if not the account's best."
    )
    gmail_user: Text = key(None, "an address", "The account letters are sent from.")
    gmail_app_password: Sealed = key(None, "a password", "Its app password.")
    recipient_email: Text = key(None, "addresses parted by commas", "Who is written to.")
    smtp_host: Text = key(None, "a host", "The mail server, if not Gmail's.")
    smtp_port: Text = key(None, "a port", "Its port: TLS from the first byte (465, unset) or STARTTLS (587).")
    notify_urls: Sealed = key(None, "addresses of apprise's parted by spaces", "The phones that are told the short.")
    trading_data_dir: Annotated[Path, BeforeValidator(folder)] = key(
        Path("data"), "a folder's path, with ~ written out", "The data folder."
    )
    heartbeat_url: SecretUrl = key(None, WATCHMAN, "Who is told at the end of each run how it ended.")
    preset: Annotated[Preset, BeforeValidator(word)] = key(
        Preset.NONE,
        "none, small or scale",
        "Rules for an occasion in place of the defaults; any rule told wins.",
    )
    simulated_seed: Whole = numeric("0", whole(0, 2**32 - 1), "The simulated exchange's seed.")
    simulated_cash: Whole = numeric("100000", whole(1, 10**9), "The simulated account's cash at first.")


UNUSED: Final = ("polygon_api_key",)
"""Documented names that nothing reads yet."""

SECRETS: Final = frozenset(
    (
        *UNUSED,
        *(
            name
            for name in DeskKeys.model_fields
            if name.endswith(("_api_key", "_secret_key", "_password", "_urls", "heartbeat_url"))
        ),
    )
)
