"""Faults in who is spoken to, with which keys, and for whom: I8, I23, and the account a folder belongs to.

Law of the file: rows alone.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

CLIENT, ENDPOINT = "adapters/alpaca_client.py", "settings/endpoint.py"

ROWS = (
    mutant(
        "the client speaks to the live host without the word",
        "I8",
        CLIENT,
        ("    if not gates.get(host, True):\n", "    if gates is None:\n"),
        "adapters/test_alpaca_gates.py::test_the_live_host_is_refused_unless_it_is_meant",
    ),
    mutant(
        "live mode needs no second gate",
        "I8",
        ENDPOINT,
        ("            if not desk.allow_live_trading:\n", "            if desk is None:\n"),
        "settings/test_endpoint.py::test_the_live_host_is_reached_only_through_every_gate",
    ),
    mutant(
        "paper mode may have the live host",
        "I8",
        ENDPOINT,
        ("    if trading != host and not is_loopback(trading):\n", "    if trading is None:\n"),
        "settings/test_endpoint.py::test_an_address_of_another_mode_is_refused",
    ),
    mutant(
        "a simulation may speak to Alpaca",
        "I8",
        ENDPOINT,
        (
            "if url is not None and not is_loopback(url):",
            "if url is not None and not url:",
        ),
        "settings/test_endpoint.py::test_an_address_of_another_mode_is_refused",
    ),
    mutant(
        "redirects are followed",
        "I8 I23",
        CLIENT,
        ('opts["allow_redirects"] = False', 'opts["allow_redirects"] = True'),
        "adapters/test_alpaca_gates.py::test_a_redirect_takes_no_key_to_another_host",
    ),
    mutant(
        "any host is spoken to",
        "I8 I23",
        CLIENT,
        ("        if not url.startswith(self._allowed):\n", "        if not url:\n"),
        "adapters/test_alpaca_gates.py::test_no_other_host_is_spoken_to_not_even_looked_up",
    ),
    mutant(
        "a proxy of the environment sees the keys",
        "I23",
        "adapters/alpaca_wire.py",
        ("session.trust_env = False", "session.trust_env = True"),
        "adapters/test_alpaca_gates.py::test_a_proxy_in_the_environment_sees_no_key",
    ),
    mutant(
        "a secret stands in an error",
        "I23",
        "adapters/alpaca_answers.py",
        ("text = text.replace(secret, _MASK)", "text = text.replace(secret, secret)"),
        "adapters/test_alpaca_gates.py::test_no_exception_shows_a_key",
    ),
    mutant(
        "another account's folder is accepted",
        "I3",
        "engine/contact.py",
        ('    if state.account not in ("", account.account_id):\n', "    if state is None:\n"),
        "engine/test_contact.py::test_the_folder_of_another_account_is_refused_and_nothing_is_written",
    ),
    mutant(
        "what is no id of an order becomes a cancel of all",
        "I1",
        "adapters/alpaca_broker.py",
        ("    if not _BROKER_ID.fullmatch(broker_id):\n", "    if broker_id is None:\n"),
        "adapters/test_alpaca_broker.py::test_what_is_no_id_never_becomes_a_cancel_of_everything",
    ),
    mutant(
        "a dry run sends",
        "I8",
        "assembly/__init__.py",
        ("broker=DryRunBroker(broker), ", "broker=broker, "),
        "commands/test_trade.py::test_a_dry_run_at_a_real_broker_sends_no_request_but_reads",
    ),
)
