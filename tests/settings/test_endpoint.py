"""The gates before a broker: no address leaves unless its mode, its switch, its keys and its host agree."""

from __future__ import annotations

from itertools import product

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.settings import Endpoint, load_settings

PAPER, LIVE = "https://paper-api.alpaca.markets", "https://api.alpaca.markets"
DATA = "https://data.alpaca.markets"
LOCAL = "http://127.0.0.1:8000"
KEYS = {
    "ALPACA_PAPER_API_KEY": "paper-key",
    "ALPACA_PAPER_SECRET_KEY": "paper-secret",
    "ALPACA_LIVE_API_KEY": "live-key",
    "ALPACA_LIVE_SECRET_KEY": "live-secret",
}


def endpoint(mode: str, **environ: str) -> Endpoint | None:
    told = {"ALPACA_TRADING_MODE": mode, "ALLOW_LIVE_TRADING": "true", **KEYS, **environ}
    return load_settings(told, dotenv=None, toml=None).endpoint()


def made(found: Endpoint | None) -> tuple[str, str, str, str, bool]:
    assert found is not None
    return (
        found.trading_url,
        found.data_url,
        found.key.get_secret_value(),
        found.secret.get_secret_value(),
        found.live,
    )


def test_each_mode_has_its_own_host_and_its_own_keys() -> None:
    assert made(endpoint("paper")) == (PAPER, DATA, "paper-key", "paper-secret", False)
    assert made(endpoint("live")) == (LIVE, DATA, "live-key", "live-secret", True)
    assert endpoint("simulated") is None


@pytest.mark.parametrize(
    ("mode", "allow", "key", "secret"),
    list(product(["simulated", "paper", "live", ""], ["true", "false", "", None], [True, False], [True, False])),
)
def test_the_live_host_is_reached_only_through_every_gate(
    mode: str, allow: str | None, key: bool, secret: bool
) -> None:
    told = {name: value for name, value in KEYS.items() if "PAPER" in name}
    told |= {"ALPACA_TRADING_MODE": mode}
    told |= {"ALLOW_LIVE_TRADING": allow} if allow is not None else {}
    told |= {"ALPACA_LIVE_API_KEY": "k"} if key else {}
    told |= {"ALPACA_LIVE_SECRET_KEY": "s"} if secret else {}
    settings = load_settings(told, dotenv=None, toml=None)
    if mode == "live" and not (allow == "true" and key and secret):
        with pytest.raises(ConfigError, match=r"^live mode needs "):
            settings.endpoint()
    else:
        found = settings.endpoint()
        assert (found is not None and found.trading_url == LIVE) == (mode == "live")
        assert (found is not None and found.live) == (mode == "live")


@pytest.mark.parametrize("mode", ["paper", "live"])
@pytest.mark.parametrize("kind", ["API_KEY", "SECRET_KEY"])
@pytest.mark.parametrize("url", ["", LOCAL])
def test_a_missing_key_is_named_with_what_to_do(mode: str, kind: str, url: str) -> None:
    name = f"ALPACA_{mode.upper()}_{kind}"
    with pytest.raises(ConfigError) as caught:
        endpoint(mode, **{name: "", "ALPACA_TRADING_URL": url})
    assert str(caught.value) == f"{mode} mode needs {name}: set it in .env or the environment"


@pytest.mark.parametrize("word", ["maybe", "2", "truee", "да"])
def test_the_live_switch_takes_no_word_it_does_not_know(word: str) -> None:
    with pytest.raises(ConfigError, match="ALLOW_LIVE_TRADING"):
        endpoint("live", ALLOW_LIVE_TRADING=word)


def test_an_empty_live_switch_shuts_what_dotenv_opened() -> None:
    told = {"ALPACA_TRADING_MODE": "live", "ALLOW_LIVE_TRADING": "", **KEYS}
    with pytest.raises(ConfigError, match=r"^live mode needs ALLOW_LIVE_TRADING=true"):
        load_settings(told, dotenv="ALLOW_LIVE_TRADING=true", toml=None).endpoint()


@pytest.mark.parametrize(
    "url",
    [LOCAL, "http://localhost:1", "http://[::1]:65535", "https://127.0.0.1:8443", "http://127.0.0.1:8000/"],
)
@pytest.mark.parametrize("mode", ["simulated", "paper", "live"])
def test_a_server_on_this_machine_serves_any_mode_and_its_prices_too(mode: str, url: str) -> None:
    found = endpoint(mode, ALPACA_TRADING_URL=url)
    assert made(found)[:2] == (url.rstrip("/"), url.rstrip("/"))
    assert made(found)[4] == (mode == "live")


def test_a_simulated_exchange_is_never_shown_the_owners_keys() -> None:
    assert made(endpoint("simulated", ALPACA_TRADING_URL=LOCAL))[2:4] == ("simulated", "simulated")


def test_a_data_address_that_is_said_stands() -> None:
    other = "http://localhost:9000"
    assert made(endpoint("paper", ALPACA_TRADING_URL=LOCAL, ALPACA_DATA_URL=DATA))[:2] == (LOCAL, DATA)
    assert made(endpoint("paper", ALPACA_DATA_URL=other))[:2] == (PAPER, other)
    assert made(endpoint("simulated", ALPACA_TRADING_URL=LOCAL, ALPACA_DATA_URL=other))[:2] == (LOCAL, other)


@pytest.mark.parametrize(
    ("mode", "name", "url"),
    [
        ("paper", "ALPACA_TRADING_URL", LIVE),
        ("paper", "ALPACA_TRADING_URL", DATA),
        ("live", "ALPACA_TRADING_URL", PAPER),
        ("live", "ALPACA_TRADING_URL", DATA),
        ("simulated", "ALPACA_TRADING_URL", PAPER),
        ("simulated", "ALPACA_TRADING_URL", LIVE),
        ("simulated", "ALPACA_DATA_URL", DATA),
        ("paper", "ALPACA_DATA_URL", LIVE),
        ("paper", "ALPACA_DATA_URL", PAPER),
        ("live", "ALPACA_DATA_URL", LIVE),
    ],
)
def test_an_address_of_another_mode_is_refused(mode: str, name: str, url: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}={url} "):
        endpoint(mode, **{name: url})


@pytest.mark.parametrize("url", [PAPER + "/", PAPER.upper(), f" {PAPER} "])
def test_the_modes_own_host_may_be_written_in_a_few_ways(url: str) -> None:
    assert made(endpoint("paper", ALPACA_TRADING_URL=url))[0] == PAPER


HOSTILE = [
    "http://paper-api.alpaca.markets",
    "https://paper-api.alpaca.markets.evil.example",
    "https://paper-api.alpaca.markets:443",
    "https://paper-api.alpaca.markets//",
    "https://paper-api.alpaca.markets/x",
    "https://paper-api.alpaca.markets?x",
    "https://paper-api.alpaca.markets#x",
    "https://paper-api.alpaca.markets.",
    "https://p\u0430per-api.alpaca.markets",
    "https://evil.example/paper-api.alpaca.markets",
    "https://evil.example\\@paper-api.alpaca.markets",
    "paper-api.alpaca.markets",
    "ftp://127.0.0.1:8000",
    "file:///etc/passwd",
    "http://127.0.0.1",
    "http://127.0.0.1:",
    "http://127.0.0.1:0",
    "http://127.0.0.1:65536",
    "http://127.0.0.1:99999999",
    "http://127.0.0.1:٨٠٠٠",
    "http://127.0.0.1:8000@evil.example",
    "http://127.0.0.1:8000.evil.example",
    "http://127.0.0.1:8000\n",
    "http://127.0.0.1:80\n00",
    "http://127.0.0.2:8000",
    "http://2130706433:8000",
    "http://0.0.0.0:8000",
    "http://localhost.evil.example:8000",
    "http://[::ffff:127.0.0.1]:8000",
    "http://[::1%25eth0]:8000",
    "http://::1:8000",
    "x",
]


@pytest.mark.parametrize("url", HOSTILE)
@pytest.mark.parametrize("name", ["ALPACA_TRADING_URL", "ALPACA_DATA_URL"])
def test_any_other_address_is_refused(name: str, url: str) -> None:
    if url.endswith("\n"):
        url = url + "x"
    with pytest.raises(ConfigError, match=f"^{name}=.* must "):
        endpoint("paper", **{name: url})


@pytest.mark.parametrize("url", [PAPER + "/v2", PAPER + "/v2/", LOCAL + "/v2", LIVE + "/v2/orders"])
def test_an_address_with_its_version_is_refused_with_a_hint(url: str) -> None:
    with pytest.raises(ConfigError, match="must be given without /v2"):
        endpoint("paper", ALPACA_TRADING_URL=url)


@pytest.mark.parametrize("url", ["https://me:hunter22@paper-api.alpaca.markets", f"{LOCAL}/?token=hunter22"])
def test_an_address_that_carries_a_secret_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match=r"ALPACA_TRADING_URL=\(not shown\)") as caught:
        endpoint("paper", ALPACA_TRADING_URL=url)
    assert "hunter22" not in f"{caught.value!r}"


def test_what_needs_no_broker_needs_no_keys() -> None:
    settings = load_settings({"ALPACA_TRADING_MODE": "live"}, dotenv=None, toml=None)
    assert settings.mode.value == "live"
