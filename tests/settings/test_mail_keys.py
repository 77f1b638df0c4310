"""Mail and phone as they are told: what makes them whole, what is half, and that neither ever refuses a run."""

from __future__ import annotations

import pytest

from automated_trading.domain.errors import ConfigError
from automated_trading.settings import MailKeys, Settings, load_settings

WHOLE = {
    "GMAIL_USER": "me@gmail.com",
    "GMAIL_APP_PASSWORD": "abcd efgh ijkl mnop",
    "RECIPIENT_EMAIL": "me@gmail.com",
}


def told(**environ: str) -> Settings:
    return load_settings(environ, dotenv=None, toml=None)


def mail(**changes: str) -> MailKeys | None:
    return told(**{**WHOLE, **changes}).mail()


def test_nothing_told_is_no_mail_and_no_phone() -> None:
    assert (told().mail(), told().phone()) == (None, None)


def test_three_words_are_enough_for_gmail() -> None:
    found = mail()
    assert found is not None
    assert (found.host, found.port, found.user, found.recipients) == (
        *("smtp.gmail.com", 465),
        "me@gmail.com",
        ("me@gmail.com",),
    )


@pytest.mark.parametrize(
    ("told_as", "meant"),
    [
        ("abcd efgh ijkl mnop", "abcdefghijklmnop"),
        (" abcd efgh ijkl mnop ", "abcdefghijklmnop"),
        ("abcdefghijklmnop", "abcdefghijklmnop"),
        ("a pass phrase", "a pass phrase"),
        ("abcd efgh ijkl", "abcd efgh ijkl"),
    ],
)
def test_a_password_as_google_shows_it_loses_its_spaces_and_no_other_does(told_as: str, meant: str) -> None:
    found = mail(GMAIL_APP_PASSWORD=told_as)
    assert found is not None
    assert found.password.get_secret_value() == meant


def test_another_server_and_several_recipients() -> None:
    found = mail(SMTP_HOST="mail.example.com", SMTP_PORT="587", RECIPIENT_EMAIL="a@x.org, b@y.org,,a@x.org")
    assert found is not None
    assert (found.host, found.port, found.recipients) == ("mail.example.com", 587, ("a@x.org", "b@y.org"))


@pytest.mark.parametrize("missing", WHOLE)
def test_a_half_told_mail_names_what_is_missing_and_refuses_no_run(missing: str) -> None:
    settings = told(**{name: value for name, value in WHOLE.items() if name != missing})
    assert settings.endpoint() is None
    with pytest.raises(ConfigError, match=f"no mail is sent: {missing} is not set"):
        settings.mail()


BAD = {
    "GMAIL_USER": ("me", "me@", "@x.org", "a b@x.org", "me@x.org\r\nBcc: t@x.org", "=?q?a?=@x.org"),
    "RECIPIENT_EMAIL": (
        "me",
        ",",
        "a@x.org;b@x.org",
        "A <a@x.org>",
        "a@x.org\nb@x.org",
        "é@x.org",
        "a@x.org," * 3 + "b",
    ),
    "SMTP_HOST": ("a b", "..", "-x", "x" * 70, "https://mail.x.org", "mail.x.org:465", "x\ny"),
    "SMTP_PORT": ("0", "65536", "-1", "4 65", "465.0", "ssl", "\u0664\u0666\u0665"),
    "GMAIL_APP_PASSWORD": ("é", "a\x00b", "x" * 257),
}


def test_more_recipients_than_a_letter_has_are_none() -> None:
    with pytest.raises(ConfigError, match="RECIPIENT_EMAIL must be up to 20"):
        mail(RECIPIENT_EMAIL=",".join(f"a{number}@x.org" for number in range(21)))


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_what_cannot_be_is_named_and_refuses_no_run(name: str, value: str) -> None:
    settings = told(**{**WHOLE, name: value})
    with pytest.raises(ConfigError, match=f"no mail is sent: {name} must be") as caught:
        settings.mail()
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("urls", ["ntfy://topic", "json://a.b/c  pover://u@t", "discord://1/2?x=y"])
def test_addresses_of_phones_are_taken_as_they_are(urls: str) -> None:
    found = told(NOTIFY_URLS=urls).phone()
    assert found is not None
    assert found.get_secret_value() == urls


@pytest.mark.parametrize("urls", ["tpc-7", "ntfy://tpc-7 other", "é://x", "x" * 2001])
def test_addresses_that_are_none_are_not_shown(urls: str) -> None:
    with pytest.raises(ConfigError, match="no phone is told: NOTIFY_URLS must be") as caught:
        told(NOTIFY_URLS=urls).phone()
    assert urls not in str(caught.value)


def test_a_port_may_be_a_number_in_the_file() -> None:
    settings = load_settings(WHOLE, dotenv=None, toml="smtp_port = 587")
    found = settings.mail()
    assert found is not None
    assert found.port == 587


@pytest.mark.parametrize("name", ["GMAIL_APP_PASSWORD", "NOTIFY_URLS"])
def test_a_secret_is_shown_by_nothing_and_told_to_who_keeps_it(name: str) -> None:
    secret = "ntfy://canary-topic-77"
    settings = told(**{**WHOLE, name: secret})
    assert secret in settings.secrets()
    assert "canary" not in f"{settings!r} {settings._desk_keys!r} {settings.inventory()} {settings.phone()!r}"


def test_every_sealed_setting_is_among_the_secrets() -> None:
    from automated_trading.settings.desk_keys import SECRETS, DeskKeys

    names = SECRETS & set(DeskKeys.model_fields)
    settings = told(**{name.upper(): f"https://secret-{name}" for name in names})
    assert len(settings.secrets()) == len(names) >= 6
