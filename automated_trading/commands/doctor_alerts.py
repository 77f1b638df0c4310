"""The doctor on whoever is told: mail, phone, and the watchman outside.

Law of the file: a login and nothing more, unless the owner asks for a letter; none of it needs the broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from automated_trading.adapters.clock import WallClock
from automated_trading.adapters.mailer import Mailer
from automated_trading.adapters.posting import PHONE_SECONDS, SECONDS, STEP_SECONDS
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.assembly import folder_outbox
from automated_trading.commands.doctor_case import Case
from automated_trading.commands.ways_out import mailer_of
from automated_trading.domain.sessions import new_york_date
from automated_trading.reports.finding import Finding, bad, good, warn
from automated_trading.reports.letters.trial import trial_letter

if TYPE_CHECKING:
    from automated_trading.adapters.kept_letter import KeptLetter

MAIL_NAMES = "write GMAIL_USER, GMAIL_APP_PASSWORD and RECIPIENT_EMAIL into .env"


def mail(case: Case) -> Finding:
    """Whether the mail server takes the login, and a letter where one is asked for. Raises ConfigError, AlertError."""
    mailer = mailer_of(case.settings())
    if mailer is None and case.send_test:
        return bad("mail", "no letter was sent: mail is not set", MAIL_NAMES)
    if mailer is None:
        return warn("mail", "not set: letters stay files in the data folder", MAIL_NAMES)
    watch = Stopwatch(SECONDS, STEP_SECONDS, WallClock().monotonic)
    if not case.send_test:
        mailer.check_login(watch)
        return good("mail", f"{mailer.server} takes the login; --send-test sends a letter")
    return _sent(mailer, watch, _letter(case))


def _sent(mailer: Mailer, watch: Stopwatch, letter: KeptLetter) -> Finding:
    line = mailer.connect(watch)
    try:
        refused = line.send(letter)
    finally:
        line.close()
    if refused:
        return bad("mail", f"{mailer.server} refuses {', '.join(refused)}", "mend RECIPIENT_EMAIL in .env")
    return good("mail", f"{mailer.server} took a letter: see that it arrives, and is not put with the spam")


def phone(case: Case) -> Finding:
    """Whether a phone is told, and the letter's short where one is asked for. Raises ConfigError, AlertError."""
    from automated_trading.adapters.phone import Phone

    urls = case.settings().phone()
    if urls is None:
        return good("phone", "not set (NOTIFY_URLS)")
    if not case.send_test:
        return good("phone", "set; --send-test tells it")
    Phone(urls).tell(_letter(case), Stopwatch(PHONE_SECONDS, PHONE_SECONDS, WallClock().monotonic))
    return good("phone", "told: see that it arrives")


def heartbeat(case: Case) -> Finding:
    """Whether somebody outside would notice that no run comes any more."""
    url = case.settings().heartbeat_url
    if url is None:
        return good("heartbeat", "not set (HEARTBEAT_URL): nobody outside notices a dead desk")
    return good("heartbeat", f"set, to {urlsplit(url.get_secret_value()).hostname}; told at each run's end")


def _letter(case: Case) -> KeptLetter:
    """Rendered as any other letter, and kept nowhere. Raises AlertError."""
    found = case.settings()
    return folder_outbox(found).written(trial_letter(found.mode.value, new_york_date(case.asked.now)))
