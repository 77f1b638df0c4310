"""Letters handed to a mail server.

Law of the file: a verified TLS line or none; a letter is handed over when the server has said so, and not before. A
failure leaves as one line for the owner in which no secret can stand, told apart by what it means for the next letter:
this one alone is refused, the line is lost, or there is none to be had.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress

from pydantic import SecretStr

from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.adapters.mail_line import MailLine
from automated_trading.adapters.mail_message import mail_of, one_line
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.adapters.veil import Veil
from automated_trading.domain.errors import AlertError

_LONGEST_WORDS = 160


class LetterRefused(AlertError):
    """The server does not want this letter; it may want the next."""


class LineLost(AlertError):
    """The line broke while a letter was on it; nobody knows whether it arrived."""


class Mailer:
    """One account at one mail server, and who its letters are for."""

    def __init__(self, host: str, port: int, user: str, password: SecretStr, recipients: Sequence[str]) -> None:
        self.server = f"{host}:{port}"
        self._host, self._port = host, port
        self._user, self._password = user, password
        self._recipients = tuple(recipients)
        self._veil = Veil([password.get_secret_value(), f"\0{user}\0{password.get_secret_value()}"])

    def connect(self, watch: Stopwatch) -> MailConnection:
        """A line on which letters can be sent. Raises AlertError."""
        try:
            line = MailLine(self._host, self._port, watch)
        except (OSError, ValueError) as problem:
            raise AlertError(self.words(problem)) from None
        try:
            line.login(self._user, self._password.get_secret_value())
        except (OSError, ValueError) as problem:  # the library raises either on a challenge that is none
            line.close()
            raise AlertError(self.words(problem)) from None
        return MailConnection(self, line)

    def check_login(self, watch: Stopwatch) -> None:
        """Whether the server takes the account, without sending anything. Raises AlertError."""
        self.connect(watch).close()

    def hand_over(self, line: MailLine, letter: KeptLetter) -> tuple[str, ...]:
        """Send a letter. Returns the recipients the server refused while it took the letter for others."""
        message = mail_of(letter, self._user, self._recipients)
        return tuple(line.sendmail(self._user, self._recipients, message.as_bytes()))

    def words(self, problem: Exception) -> str:
        """What went wrong, for the owner."""
        what = self._veil.over(self._what(problem))
        return one_line(f"mail server {self.server}: {what}", 2 * _LONGEST_WORDS)

    def _what(self, problem: Exception) -> str:
        match problem:
            case ssl.SSLCertVerificationError():
                return f"its certificate cannot be trusted ({problem.verify_message}); nothing was sent"
            case smtplib.SMTPAuthenticationError():
                return f"it refuses the login: check GMAIL_USER and GMAIL_APP_PASSWORD ({_said(problem.smtp_error)})"
            case smtplib.SMTPNotSupportedError():
                return f"it offers no TLS or no login; nothing is sent without ({problem})"
            case smtplib.SMTPRecipientsRefused():
                named = (f"{who} ({_said(words)})" for who, (_, words) in problem.recipients.items())
                return f"it refuses the recipients: {', '.join(named)}"
            case smtplib.SMTPResponseException():
                return f"it says {problem.smtp_code} {_said(problem.smtp_error)}"
            case TimeoutError():
                return "no answer in time"
            case smtplib.SMTPServerDisconnected():
                return "no answer in time" if "timed out" in str(problem) else "it hung up"
            case OSError() if problem.strerror:
                return problem.strerror
            case _:
                return f"{type(problem).__name__} {problem}"


class MailConnection:
    """A line that has logged in."""

    def __init__(self, mailer: Mailer, line: MailLine) -> None:
        self._mailer = mailer
        self._line = line

    def send(self, letter: KeptLetter) -> tuple[str, ...]:
        """Hand a letter over; returns the recipients refused while others were not.

        Raises LetterRefused, after which the line is still good, and LineLost, after which it is not.
        """
        try:
            return self._mailer.hand_over(self._line, letter)
        except (OSError, ValueError) as problem:
            words = self._mailer.words(problem)
            if self._line.sock is None or not isinstance(problem, smtplib.SMTPException | ValueError):
                self._line.close()
                raise LineLost(words) from None
            raise LetterRefused(words) from None

    def close(self) -> None:
        """Say goodbye; what was handed over stays so whatever comes back."""
        with suppress(OSError):
            self._line.quit()
        self._line.close()


def _said(words: bytes | str) -> str:
    """A server's own words."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return one_line(text, _LONGEST_WORDS)
