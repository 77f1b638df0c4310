"""The process that tells a phone: `python -m automated_trading.adapters.phone_call`, its order on standard input.

Law of the file: silent. Its exit code is all it says: 0 somebody took it, 1 nobody, 3 there is no `apprise`.
"""

from __future__ import annotations

import json
import logging
import sys


def main() -> int:
    """Tell every address of the order; returns the exit code."""
    order = json.loads(sys.stdin.read())
    try:
        import apprise
    except ImportError:
        return 3
    logging.getLogger(apprise.logger.name).setLevel(logging.CRITICAL + 1)  # it speaks of addresses
    took = [_told(apprise.Apprise(), url, order) for url in order["urls"]]
    return 0 if any(took) else 1


def _told(one: object, url: str, order: dict[str, str]) -> bool:
    add, notify = one.add, one.notify  # type: ignore[attr-defined]
    return bool(add(url)) and bool(notify(body=order["words"], title=order["title"]))


if __name__ == "__main__":
    sys.exit(main())
