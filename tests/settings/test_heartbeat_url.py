"""The watchman's address: https or this machine, sealed, and never shown."""

from __future__ import annotations

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.settings import load_settings

TOKEN = "3f2c-canary-token"


def told(url: str) -> str | None:
    found = load_settings({"HEARTBEAT_URL": url}, dotenv=None, toml=None).heartbeat_url
    return found.get_secret_value() if found is not None else None


@pytest.mark.parametrize(
    "url",
    [
        f"https://hc-ping.com/{TOKEN}",
        f"https://hc-ping.com/{TOKEN}/desk?create=1",
        f"https://watch.example:8443/ping/{TOKEN}",
        f"http://127.0.0.1:8000/{TOKEN}",
        f"http://[::1]:8000/{TOKEN}",
    ],
)
def test_an_address_over_https_or_of_this_machine_stands_as_it_is(url: str) -> None:
    assert told(url) == url


def test_without_one_there_is_none() -> None:
    assert load_settings({}, dotenv=None, toml=None).heartbeat_url is None
    assert told("  ") is None
    assert told(f" HTTPS://HC-Ping.com/{TOKEN} ") == f"https://hc-ping.com/{TOKEN}"


@pytest.mark.parametrize(
    "url",
    [
        f"http://hc-ping.com/{TOKEN}",
        f"http://127.0.0.1/{TOKEN}",
        f"http://127.0.0.1.example:80/{TOKEN}",
        f"ftp://hc-ping.com/{TOKEN}",
        f"hc-ping.com/{TOKEN}",
        f"https:///{TOKEN}",
        f"https://user:{TOKEN}@hc-ping.com/x",
        f"https://hc-ping.com/{TOKEN}#x",
        f"https://hc-ping.com/{TOKEN} x",
        f"https://hc-ping.com/{TOKEN}\nHost: x",
        f"https://hc-ping.com\\{TOKEN}",
        f"https://hc-ping.com:99999/{TOKEN}",
        f"https://[::1/{TOKEN}",
        f"https://hc-ping.com/{TOKEN}{'x' * 500}",
        f"https://h\u00f6c.example/{TOKEN}",
    ],
)
def test_any_other_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="must be an address over https") as no:
        told(url)
    assert str(no.value).startswith("HEARTBEAT_URL=(not shown) (environment) must")
    assert TOKEN not in str(no.value)


def test_it_is_a_secret_and_has_no_place_in_trading_toml() -> None:
    with pytest.raises(ConfigError, match="HEARTBEAT_URL is a secret: move it from trading"):
        load_settings({}, dotenv=None, toml=f'heartbeat_url = "https://hc-ping.com/{TOKEN}"')
    settings = load_settings({}, dotenv=f"HEARTBEAT_URL=https://hc-ping.com/{TOKEN}", toml=None)
    assert TOKEN not in repr(settings) + str(settings.inventory())
