"""I23: no part of a key in anything a run prints, writes or raises, whatever the broker says back."""

from __future__ import annotations

import base64
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import pytest

from automated_trading.simulator.api import Request, Response
from automated_trading.simulator.faults import Fault, FaultKind
from tests.adapters.mail_server import CUT, PASSWORD, USER, mail_server
from tests.commands.front_door import KEYS, REPOSITORY, Answer, Door, served
from tests.engine.wire import Wire

TOKEN = "phonecanary-topic+77/Zq"
SECRETS = (*KEYS, PASSWORD, TOKEN)

COMMANDS = (
    ("morning",),
    ("morning", "-v"),
    ("monitor", "--json"),
    ("monitor", "--dry-run"),
    ("status",),
    ("status", "--json"),
    ("reconcile", "--json"),
    ("config", "show"),
    ("config", "show", "--json"),
    ("audit", "verify"),
    ("audit", "show"),
    ("why", "ACME"),
    ("halt",),
    ("eod",),
    ("resume",),
)


def forms(secret: str) -> set[bytes]:
    """A secret as it stands, in part, backwards, as base64, in a URL."""
    plain = secret.encode()
    shifted = {base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)}
    return {plain, plain[:8], plain[-8:], plain[::-1], urllib.parse.quote(secret, safe="").encode(), *shifted}


def shown(door: Door, answers: list[Answer]) -> list[str]:
    """Where a form of a secret stands."""
    needles = set.union(*map(forms, SECRETS))
    written = {str(path): path.read_bytes() for path in door.home.rglob("*") if path.is_file()}
    said = {f"answer {number}": f"{one.out}{one.err}".encode() for number, one in enumerate(answers)}
    return [
        f"{needle!r} in {where}" for where, data in {**written, **said}.items() for needle in needles if needle in data
    ]


def calm(wire: Wire) -> None:
    """Nothing out of the way."""


def echoed(status: int) -> Callable[[Wire], None]:
    """Every answer is a refusal that says the caller's own keys back to it."""

    def act(request: Request, handle: Callable[[Request], Response]) -> Response:
        words = " ".join(request.headers.values())
        return Response(status, {}, b'{"code":40010000,"message":"not with ' + words.encode() + b'"}')

    return lambda wire: wire.on("GET" if status == 403 else "POST", "/v2", act)


def garbled(wire: Wire) -> None:
    wire.faults += [
        Fault(kind, "GET", "/v2/orders", n) for n, kind in enumerate((FaultKind.HTML, FaultKind.TRUNCATED), 1)
    ]
    wire.faults.append(Fault(FaultKind.REDIRECT, "GET", "/v2/account"))
    wire.faults.append(Fault(FaultKind.ERROR_500_AFTER, "POST", "/v2/orders"))


@pytest.mark.parametrize(
    "trouble", [calm, echoed(422), echoed(403), garbled], ids=["calm", "echoed", "echoed reads", "garbled"]
)
def test_i23_no_form_of_a_key_is_printed_or_written(tmp_path: Path, trouble: Callable[[Wire], None]) -> None:
    """Seen red when: a refusal's words are kept without masking."""
    door = Door(tmp_path)
    door.signals("ACME", "BOLT")
    with served(door) as api:
        wire = Wire(api.exchange)
        api.handle = wire.handle  # type: ignore[method-assign]
        trouble(wire)
        answers = [door.run(*words) for words in COMMANDS]
    assert answers[0].out
    assert shown(door, answers) == []


def test_i23_a_key_that_does_stand_somewhere_would_be_seen(tmp_path: Path) -> None:
    door = Door(tmp_path)
    (tmp_path / "note").write_bytes(b"x" + base64.b64encode(b"ab" + KEYS[1].encode()))
    assert shown(door, [Answer(0, KEYS[0], "")]) != []
    assert [where for where in shown(door, []) if "note" in where]


def test_i23_no_key_is_an_argument_of_a_process(tmp_path: Path) -> None:
    """There is no option that takes one: keys come by the environment alone.

    Seen red when: an option for a key is added.
    """
    door = Door(tmp_path)
    for command in {words[0] for words in COMMANDS}:
        help_text = door.run(command, "--help").out.lower()
        assert "--api-key" not in help_text
        assert "--secret" not in help_text


def every_form() -> str:
    """All secrets as an exception of some library might hold them."""
    whole = [secret.encode() for secret in SECRETS] + [f"\0{USER}\0{PASSWORD}".encode()]
    coded = [base64.b64encode(bytes(n) + one).decode() for one in whole for n in range(3)]
    quoted = [quote(secret) for secret in SECRETS for quote in (urllib.parse.quote, urllib.parse.quote_plus)]
    return " ".join([*SECRETS, *coded, *quoted, f"https://hc.example.com/{TOKEN}?x=1"])


def mailing(door: Door, tmp_path: Path, environ: dict[str, str]) -> None:
    """The door set to a mail server, and to a phone whose library says the address wherever it can."""
    fake = tmp_path / "fake"
    fake.mkdir()
    says = f"print({TOKEN!r})\nprint({TOKEN!r}, file=sys.stderr)\nraise RuntimeError({TOKEN!r})\n"
    (fake / "apprise.py").write_text(f"import sys\n{says}")
    door.environ |= {**environ, "NOTIFY_URLS": f"json://127.0.0.1:9/{TOKEN}", "PYTHONPATH": f"{fake}:{REPOSITORY}"}


MAILED: dict[str, dict[str, str | bytes]] = {
    "calm": {},
    "the login echoed": {"AUTH": f"535 no {every_form()}"[:900]},
    "the login echoed anyhow": {"AUTH": f"junk {every_form()}"[:900]},
    "the recipient refused": {"RCPT": f"550 no {every_form()}"[:900]},
    "the letter refused": {"body": f"554 no {every_form()}"[:900]},
    "cut": {"body": CUT},
}


@pytest.mark.parametrize("trouble", MAILED.values(), ids=MAILED)
def test_i23_no_form_of_a_secret_of_mail_or_phone_is_printed_or_written(
    tmp_path: Path, trouble: dict[str, str | bytes]
) -> None:
    """Seen red when: a server's words are not masked; what the phone's library prints is let through."""
    home = tmp_path / "home"
    home.mkdir()
    door = Door(home)
    door.signals("ACME")
    with mail_server(tmp_path) as server, served(door):
        server.troubles |= trouble
        mailing(door, tmp_path, server.environ())
        answers = [door.run(*words) for words in COMMANDS]
        kept = [raw for raw in server.letters if any(form in raw for form in set.union(*map(forms, SECRETS)))]
    assert any("letters: " in one.err for one in answers)
    assert shown(door, answers) == []
    assert kept == []


def test_i23_a_bug_that_holds_every_secret_shows_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red when: the door prints a traceback as it is; the failed run's letter holds it."""
    home = tmp_path / "home"
    home.mkdir()
    door = Door(home)
    door.signals("ACME")
    with mail_server(tmp_path) as server, served(door):
        mailing(door, tmp_path, server.environ())
        door.run("morning")

        def slips(*_: object) -> None:
            raise RuntimeError(every_form()) from OSError(every_form())

        monkeypatch.setattr("automated_trading.engine.cycle.make_contact", slips)
        monkeypatch.setattr("automated_trading.commands.status.look", slips)
        answers = [door.run(*words) for words in (("monitor", "-v"), ("status", "--json"), ("monitor",))]
        letters = [raw for raw in server.letters if any(form in raw for form in set.union(*map(forms, SECRETS)))]
    assert [(one.code, "RuntimeError" in one.err) for one in answers] == [(1, True)] * 3
    assert any(b"monitor failed" in raw for raw in server.letters)
    assert shown(door, answers) == []
    assert letters == []
