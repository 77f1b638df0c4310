"""Answers bent by hand: what each function leaves of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from automated_trading.simulator.bent_answers import (
    extra_fields,
    fields,
    missing_fields,
    unknown_status,
    wrong_types,
)

ROWS = b'[{"id":"a","qty":"5","legs":null,"ok":true,"status":"new"},{"id":"b","qty":"6","legs":null,"ok":false}]'


def bent(told: bytes) -> Any:
    return json.loads(told)


def test_the_fields_of_a_list_are_counted_once_for_all_its_rows() -> None:
    assert fields(ROWS) == [("id",), ("legs",), ("ok",), ("qty",), ("status",)]
    assert fields(b"") == []


def test_every_field_is_of_another_type_or_one_alone() -> None:
    assert bent(wrong_types(ROWS, None))[1] == {"id": ["b"], "qty": ["6"], "legs": 0, "ok": "no"}
    assert bent(wrong_types(ROWS, 3))[1] == {"id": "b", "qty": ["6"], "legs": None, "ok": False}
    assert wrong_types(ROWS, 3) == wrong_types(ROWS, 8)


@pytest.mark.parametrize(("body", "told"), [(b"[]", b"{}"), (b"{}", b"[]"), (b"", b"")])
def test_an_empty_answer_is_of_another_type_too(body: bytes, told: bytes) -> None:
    assert wrong_types(body, None) == told


def test_every_field_is_gone_or_one_alone() -> None:
    assert bent(missing_fields(ROWS, None)) == [{}, {}]
    assert bent(missing_fields(ROWS, 0))[1] == {"qty": "6", "legs": None, "ok": False}
    assert missing_fields(b"[]", 4) == b"[]"


def test_what_nobody_knows_is_added_and_nothing_else_changes() -> None:
    (first, second) = bent(extra_fields(ROWS, None))
    assert "new_field" in first
    assert {name: first[name] for name in bent(ROWS)[0]} == bent(ROWS)[0]
    assert second["qty"] == "6"


def test_a_status_is_one_nobody_knows() -> None:
    assert [row.get("status") for row in bent(unknown_status(ROWS, None))] == ["held_for_review", None]
