"""A fault as its owner writes it: every kind by script, and one clear line for what is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from automated_trading.simulator.api import Api
from automated_trading.simulator.fault_words import BadFault, read_fault
from automated_trading.simulator.faults import Fault, FaultKind
from automated_trading.simulator.server import Server, serve
from tests.simulator.conftest import new_exchange

PLAIN: dict[str, object] = {"kind": "late", "method": "POST", "path": "/v2/orders"}


@pytest.fixture
def server() -> Iterator[tuple[Server, Api]]:
    api = Api(new_exchange())
    server = serve(api)
    server.start()
    yield server, api
    server.stop()


@pytest.mark.parametrize("kind", FaultKind, ids=lambda kind: kind.value)
def test_every_kind_can_be_laid_by_script(kind: FaultKind) -> None:
    assert read_fault({**PLAIN, "kind": kind.value}) == Fault(kind, "POST", "/v2/orders")


def test_all_of_a_fault_can_be_said() -> None:
    told = read_fault({"kind": "late", "method": "post", "path": "/v2/orders", "nth": 3, "delay": 60, "which": 2})
    assert told == Fault(FaultKind.LATE, "POST", "/v2/orders", 3, timedelta(minutes=1), 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "fire"}, "kind must be one of lost_before, lost_after"),
        ({"kind": None}, "kind must be one of"),
        ({"method": "LOOK"}, "method must be one of GET, POST"),
        ({"path": "v2/orders"}, "path must begin with /"),
        ({"nth": 0}, "nth must be a whole number from 1"),
        ({"nth": True}, "nth must be a whole number from 1"),
        ({"which": -1}, "which must be a whole number from 0"),
        ({"delay": "10"}, "delay must be a number of seconds"),
        ({"delay": -1}, "delay must be a number of seconds"),
        ({"delay": 10**9}, "delay must be a number of seconds"),
        ({"dealy": 1}, "a fault has no dealy"),
    ],
)
def test_what_is_no_fault_is_told_in_one_line(change: dict[str, object], words: str) -> None:
    with pytest.raises(BadFault, match=words) as told:
        read_fault({**PLAIN, **change})
    assert "\n" not in str(told.value)


def test_the_owner_lays_a_fault_over_the_admin_port_or_is_told_422(server: tuple[Server, Api]) -> None:
    at, api = server

    def tell(body: Any) -> requests.Response:
        return requests.post(f"{at.admin_url}/_sim/fault", json=body, timeout=5)

    assert tell({**PLAIN, "delay": 0.5}).status_code == 200
    assert api.faults == [Fault(FaultKind.LATE, "POST", "/v2/orders", delay=timedelta(milliseconds=500))]
    bad = tell({**PLAIN, "kind": "fire"})
    assert (bad.status_code, "kind must be one of" in bad.json()["message"], len(api.faults)) == (422, True, 1)
