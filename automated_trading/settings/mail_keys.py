"""Who is written to, by which server, and which phones are told.

Law of the file: judged when there is something to send, and never before: what is wrong here leaves letters as files
and is said, but no run is refused for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from pydantic import SecretStr

from automated_trading.domain.errors import ConfigError
from automated_trading.settings.desk_keys import DeskKeys

HOST: Final = "smtp.gmail.com"
PORT: Final = 465
MOST_RECIPIENTS: Final = 20
_NEEDED: Final = ("gmail_user", "gmail_app_password", "recipient_email")
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL}){{0,8}}|\[[0-9A-Fa-f:.]{{2,45}}\]")
_ADDRESS: Final = re.compile(rf"[A-Za-z0-9._%+'/&-]{{1,64}}@{_LABEL}(?:\.{_LABEL}){{0,8}}")
_SHOWN_BY_GOOGLE: Final = re.compile(r"[A-Za-z]{4}(?: [A-Za-z]{4}){3}")
_PASSWORD: Final = re.compile(r"[ -~]{1,256}")
_URLS: Final = re.compile(r"[!-~]{3,2000}(?:\s+[!-~]{3,2000}){0,19}")


@dataclass(frozen=True, slots=True)
class MailKeys:
    """An account at a mail server, and who its letters are for."""

    host: str
    port: int
    user: str
    password: SecretStr
    recipients: tuple[str, ...]


def mail_of(desk: DeskKeys) -> MailKeys | None:
    """How letters are mailed; None: not at all. Raises ConfigError where that is half told, or cannot be."""
    missing = [name.upper() for name in _NEEDED if getattr(desk, name) is None]
    if len(missing) == len(_NEEDED):
        return None
    if missing:
        raise ConfigError(f"no mail is sent: {missing[0]} is not set")
    return MailKeys(
        host=_fits("SMTP_HOST", _HOST, desk.smtp_host or HOST, "a host's name").strip("[]"),
        port=_port(desk.smtp_port),
        user=_fits("GMAIL_USER", _ADDRESS, desk.gmail_user or "", "an address like me@gmail.com"),
        password=_password(desk.gmail_app_password),
        recipients=_recipients(desk.recipient_email or ""),
    )


def phone_of(desk: DeskKeys) -> SecretStr | None:
    """The phones' addresses; None: no phone is told. Raises ConfigError where they cannot be any."""
    if desk.notify_urls is None:
        return None
    urls = desk.notify_urls.get_secret_value().strip()
    if _URLS.fullmatch(urls) is None or not all("://" in url for url in urls.split()):
        raise ConfigError("no phone is told: NOTIFY_URLS must be up to 20 addresses like ntfy://topic, spaces between")
    return SecretStr(urls)


def _fits(name: str, form: re.Pattern[str], text: str, must: str) -> str:
    if form.fullmatch(text.strip()) is None:
        raise ConfigError(f"no mail is sent: {name} must be {must}")
    return text.strip()


def _port(text: str | None) -> int:
    told = (text or str(PORT)).strip()
    if not (told.isascii() and told.isdecimal() and len(told) <= 5 and 1 <= int(told) <= 65535):
        raise ConfigError("no mail is sent: SMTP_PORT must be a whole number from 1 to 65535")
    return int(told)


def _password(sealed: SecretStr | None) -> SecretStr:
    """As the server wants it: Google shows its passwords in four groups and takes them as one word."""
    text = sealed.get_secret_value().strip() if sealed is not None else ""
    if _PASSWORD.fullmatch(text) is None:
        raise ConfigError("no mail is sent: GMAIL_APP_PASSWORD must be up to 256 plain letters")
    return SecretStr(text.replace(" ", "") if _SHOWN_BY_GOOGLE.fullmatch(text) else text)


def _recipients(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))
    if not 1 <= len(found) <= MOST_RECIPIENTS or not all(_ADDRESS.fullmatch(one) for one in found):
        raise ConfigError(
            f"no mail is sent: RECIPIENT_EMAIL must be up to {MOST_RECIPIENTS} addresses like me@gmail.com, "
            "parted by commas"
        )
    return found
