"""The one way to a broker: an address, and the keys that belong to it, past every gate.

Law of the room: no address leaves this page unless its mode's gates are all set. Each mode has one host of
Alpaca's and may use this machine instead; it never has another mode's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from pydantic import SecretStr

from automated_trading.domain.errors import ConfigError
from automated_trading.settings.desk_keys import DeskKeys, Mode
from automated_trading.settings.urls import DATA_HOST, LIVE_HOST, PAPER_HOST, is_loopback

SIMULATED_KEY: Final = "simulated"
"""What a simulated exchange is shown for keys: the owner's own never go there."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go and with which keys; `live` where real money is at stake."""

    trading_url: str
    data_url: str
    key: SecretStr
    secret: SecretStr
    live: bool


def endpoint_of(desk: DeskKeys) -> Endpoint | None:
    """The endpoint of the desk's mode; None: a simulation in this process. Raises ConfigError at a gate."""
    match desk.alpaca_trading_mode:
        case Mode.SIMULATED:
            return _simulated(desk)
        case Mode.PAPER:
            return _at_alpaca(desk, Mode.PAPER, PAPER_HOST)
        case Mode.LIVE:
            if not desk.allow_live_trading:
                raise ConfigError("live mode needs ALLOW_LIVE_TRADING=true beside ALPACA_TRADING_MODE=live")
            return _at_alpaca(desk, Mode.LIVE, LIVE_HOST)
        case unknown:
            assert_never(unknown)


def _simulated(desk: DeskKeys) -> Endpoint | None:
    trading, data = desk.alpaca_trading_url, desk.alpaca_data_url
    for name, url in (("ALPACA_TRADING_URL", trading), ("ALPACA_DATA_URL", data)):
        if url is not None and not is_loopback(url):
            raise ConfigError(
                f"{name}={url} is not for simulated mode, which accepts only this machine: "
                "remove it, or set ALPACA_TRADING_MODE"
            )
    if trading is None:
        return None
    shown = SecretStr(SIMULATED_KEY)
    return Endpoint(trading, data or trading, shown, shown, live=False)


def _at_alpaca(desk: DeskKeys, mode: Mode, host: str) -> Endpoint:
    trading = desk.alpaca_trading_url or host
    if trading != host and not is_loopback(trading):
        raise ConfigError(f"ALPACA_TRADING_URL={trading} is not for {mode.value} mode: remove it, or set {host}")
    data = desk.alpaca_data_url or (trading if is_loopback(trading) else DATA_HOST)
    if data != DATA_HOST and not is_loopback(data):
        raise ConfigError(f"ALPACA_DATA_URL={data} gives no prices: remove it, or set {DATA_HOST}")
    key = _credential(desk, mode, "api_key")
    secret = _credential(desk, mode, "secret_key")
    return Endpoint(trading, data, key, secret, live=mode is Mode.LIVE)


def _credential(desk: DeskKeys, mode: Mode, kind: str) -> SecretStr:
    name = f"alpaca_{mode.value}_{kind}"
    credential: SecretStr | None = getattr(desk, name)
    if credential is None:
        raise ConfigError(f"{mode.value} mode needs {name.upper()}: set it in .env or the environment")
    return credential
