"""Why, for somebody who does not know the slugs.

Law of the file: a reason is told with its sentence and the figures behind it; a word that is no slug stands as it is.
"""

from __future__ import annotations

from automated_trading.domain.orders import Order
from automated_trading.domain.reasons import SENTENCES, Reason


def sentence(reason: str) -> str:
    """The sentence of a slug."""
    try:
        return SENTENCES[Reason(reason)]
    except ValueError:
        return reason


def because_of(reason: str, detail: str) -> str:
    """The sentence, and what was found."""
    return f"{sentence(reason)} ({detail})" if detail else sentence(reason)


def unclear_matter(order: Order) -> str:
    """An order sent without an answer."""
    return f"unclear:{order.client_order_id}"


def refused_matter(order: Order) -> str:
    """An order the broker said no to: one matter a symbol, side and session, however often it is tried."""
    return f"refused:{order.symbol}:{order.side.value}:{order.decision.session}"
