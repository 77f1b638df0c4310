"""A kept letter as mail: plain text, the same as HTML, its pictures beside.

Law of the file: who sends and who receives comes from the settings and from nowhere else; no header can hold more than
one line, whatever a letter is called. The Message-ID is the letter's, not the attempt's.
"""

from __future__ import annotations

import email.policy
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from automated_trading.adapters.kept_letter import KeptLetter

LONGEST_SUBJECT: Final = 150
_POLICY: Final = email.policy.SMTP.clone(cte_type="7bit")


def mail_of(letter: KeptLetter, sender: str, recipients: Sequence[str]) -> EmailMessage:
    """The message; its bytes are ASCII, its lines as short as mail wants them."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    # The library reads encoded words in what it is given, and older ones write a line's end among them out as it is.
    message["Subject"] = one_line(letter.subject, LONGEST_SUBJECT).replace("=?", "= ?")
    message["Date"] = format_datetime(letter.kept)
    message["Message-ID"] = f"<{letter.ident}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.level == "critical":
        message["Importance"] = "high"
    message.set_content(_printable(letter.text))
    message.add_alternative(_printable(letter.html), subtype="html")
    page = message.get_payload(1)
    if isinstance(page, EmailMessage):
        for cid, png in letter.pictures.items():
            page.add_related(png, "image", "png", cid=f"<{one_line(cid, 60)}>", disposition="inline")
    return message


def one_line(text: str, longest: int) -> str:
    """Printable characters on one line, the rest left out."""
    words = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(words.split())[:longest]


def _printable(text: str) -> str:
    """The text without control characters, its lines and tabs as they are."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")
