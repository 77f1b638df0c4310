"""The short of a letter to a phone, by way of whatever `apprise` knows.

Law of the file: a process of its own, ended at its deadline, so that no service can hold a run or reach into it. The
addresses are secrets: they go in by its standard input, and nothing that it says comes out.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from pydantic import SecretStr

from automated_trading.adapters.canonical_json import spell
from automated_trading.adapters.kept_letter import KeptLetter
from automated_trading.adapters.mail_message import one_line
from automated_trading.adapters.stopwatch import Stopwatch
from automated_trading.domain.errors import AlertError

LONGEST: Final = 480
MISSING: Final = 3
"""How the process ends where there is no `apprise`."""

TELLER: Final = (sys.executable, "-m", "automated_trading.adapters.phone_call")


class Phone:
    """The addresses to be told, parted by spaces."""

    def __init__(self, urls: SecretStr) -> None:
        self._urls = urls

    def tell(self, letter: KeptLetter, watch: Stopwatch) -> None:
        """Tell every address. Raises AlertError unless one at least took it in time."""
        said = {
            "title": one_line(letter.subject, LONGEST),
            "words": one_line(letter.short, LONGEST),
            "urls": self._urls.get_secret_value().split(),
        }
        try:
            done = subprocess.run(  # noqa: S603 - our own words alone; what is from outside goes in as data
                TELLER,
                input=spell(said).encode("ascii"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=watch.left(),
                check=False,
            )
        except (subprocess.TimeoutExpired, TimeoutError):
            raise AlertError("phone: no answer in time") from None
        except OSError as problem:
            raise AlertError(f"phone: no process can be started ({problem.strerror})") from None
        if done.returncode == MISSING:
            raise AlertError('phone: NOTIFY_URLS needs a package more: pip install "automated-trading[notify]"')
        if done.returncode != 0:
            raise AlertError("phone: nobody took it; check NOTIFY_URLS")
