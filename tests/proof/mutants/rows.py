"""Every deliberate fault in the safety code, and the changes that are none.

Law of the file: a fault nobody sees is a hole in the tests; a change that is none and is "seen" is a hole in the proof.
"""

from __future__ import annotations

from tests.proof.mutants import books, doors, halts, orders, owner, prices, record, stops
from tests.proof.mutants.row import mutant

MUTANTS = (
    *orders.ROWS,
    *halts.ROWS,
    *record.ROWS,
    *prices.ROWS,
    *books.ROWS,
    *doors.ROWS,
    *owner.ROWS,
    *stops.ROWS,
)

HARMLESS = (
    mutant(
        "other words in a law",
        "none",
        "domain/orders.py",
        ('"""An order, from the wish to its end.', '"""An order, from its wish to its end.'),
        "domain/test_orders.py",
    ),
    mutant(
        "the same sum the other way round",
        "none",
        "domain/state.py",
        ("return max(ZERO, position.qty - promised)", "return max(position.qty - promised, ZERO)"),
        "domain/test_state.py",
    ),
)
"""Rows that must survive: they show that a copy is red for its fault and not for being a copy."""
