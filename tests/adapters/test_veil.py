"""A secret is hidden in every form it may be said in, and nothing else is."""

from __future__ import annotations

import base64
import json
import urllib.parse

import markupsafe
import pytest
from hypothesis import given, strategies as st

from automated_trading.adapters.veil import MASK, Veil

SECRETS = ("PKCANARYKEY7Q2", "sCanarySecret/9zX+41", "abcd efgh ijkl mnop", "https://hc-ping.com/0b1c2d3e-uuid")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("secret", SECRETS)
def test_every_form_of_a_secret_is_masked(secret: str) -> None:
    """Seen red when: one of the forms is not made."""
    veil = Veil([secret])
    forms = (secret, urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret))
    for form in forms:
        assert veil.over(f"a {form} b") == f"a {MASK} b"
    for before in ("", "x", "xy", "\0me@example.com\0"):
        whole = b64(f"{before}{secret} and more")
        shown = veil.over(whole)
        assert MASK in shown
        kept = len(shown.replace(MASK, ""))
        assert len(whole) - kept >= len(secret) * 8 // 6 - 2


SPECIAL = """pw"quoted'back\\slash&<tag>~~~???"""


@pytest.mark.parametrize(
    "told",
    [
        json.dumps(SPECIAL),
        repr(SPECIAL),
        repr({"why": ValueError(SPECIAL.replace("'", ""))}),
        repr(SPECIAL.replace('"', "")),
        str(markupsafe.escape(SPECIAL)),
        base64.urlsafe_b64encode(SPECIAL.encode()).decode(),
        base64.urlsafe_b64encode(b"x" + SPECIAL.encode()).decode(),
    ],
)
def test_a_secret_is_masked_between_quotes_in_html_and_in_the_alphabet_of_addresses(told: str) -> None:
    """Seen red when: a password with a quote in it is looked for as it stands alone."""
    secrets = (SPECIAL, SPECIAL.replace("'", ""), SPECIAL.replace('"', ""))
    shown = Veil(secrets).over(told)
    assert MASK in shown
    assert "slash" not in shown
    assert len(shown) < len(told) / 2 or told.startswith("{")


@pytest.mark.parametrize(
    "part", ["/0b1c2d3e-uuid", "0b1c2d3e-uuid", "url: /0b1c2d3e-uuid (Caused by", "https://hc-ping.com/0b1c2d3e-uuid"]
)
def test_of_an_address_its_path_is_a_secret_and_its_host_is_none(part: str) -> None:
    veil = Veil(["https://hc-ping.com/0b1c2d3e-uuid"])
    assert "0b1c2d3e" not in veil.over(part)
    assert veil.over("host='hc-ping.com'") == "host='hc-ping.com'"


@pytest.mark.parametrize("part", ["user-token", "pass-word1", "user-token:pass-word1", "path-token"])
def test_of_an_address_with_a_login_every_part_is_a_secret(part: str) -> None:
    veil = Veil(["mailtos://user-token:pass-word1@example.com/path-token ntfys://topic-name-7/"])
    assert veil.over(f"said {part}") == f"said {MASK}"


def test_a_token_in_the_place_of_a_host_is_a_secret() -> None:
    assert Veil(["ntfy://topic-name-7"]).over("POST topic-name-7") == f"POST {MASK}"


def test_what_is_short_is_not_masked_and_nothing_told_masks_nothing() -> None:
    assert Veil(["test"]).over("a test") == "a test"
    assert Veil().over("anything at all") == "anything at all"


@given(st.text("aB3/+=%&:@.", min_size=6, max_size=12), st.text("aB3/+=%&:@. ", max_size=30))
def test_a_secret_of_whatever_letters_is_nowhere_left(secret: str, around: str) -> None:
    assert secret not in Veil([secret]).over(f"{around}{secret}{around}")
