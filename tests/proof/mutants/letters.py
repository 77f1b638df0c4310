"""Faults in how letters are kept, sent and kept quiet: I13, I23.

Law of the file: rows alone.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

OUTBOX, POSTING, POST = "adapters/outbox.py", "adapters/posting.py", "commands/post.py"
MAILER, LINE, MESSAGE = "adapters/mailer.py", "adapters/mail_line.py", "adapters/mail_message.py"
KEPT, SENT, POSTED = "adapters/test_outbox.py::", "adapters/test_mailer.py::", "commands/test_letters_posted.py::"
CYCLE = "        outcome = run_cycle(world.desk, routine)\n"

WHEN = (
    mutant(
        "letters are posted before trading",
        "I13",
        "commands/trade.py",
        (CYCLE, f"        post._send()\n{CYCLE}"),
        f"{POSTED}test_letters_that_waited_go_after_the_orders_of_the_run",
    ),
    mutant(
        "letters are posted under the lock",
        "I13",
        "commands/trade.py",
        (CYCLE, f"{CYCLE}        with world.folder.lock():\n            post._send()\n"),
        f"{POSTED}test_letters_are_posted_after_the_lock_is_gone",
    ),
    mutant(
        "what the mail does is an exit code",
        "I13",
        POST,
        (
            "        except (TradingError, OSError) as trouble:  # the run's",
            "        except KeyError as trouble:  # the run's",
        ),
        f"{POSTED}test_a_run_whose_minutes_end_in_the_post_has_done_its_work",
    ),
    mutant(
        "half a mail refuses the run",
        "I13",
        "settings/__init__.py",
        (
            "    return Settings(rule_keys.rules(), origins, rule_keys, desk_keys)\n",
            "    mail_of(desk_keys)\n    return Settings(rule_keys.rules(), origins, rule_keys, desk_keys)\n",
        ),
        f"{POSTED}test_half_a_mail_is_said_and_trades",
    ),
    mutant(
        "a run that failed beside the cycle tells nobody",
        "I13 I20",
        POST,
        ("            self._besides(lambda: self._tell(failure, words))\n", "            str(failure + words)\n"),
        f"{POSTED}test_a_failure_is_told_though_another_run_holds_the_folder",
    ),
    mutant(
        "a batch has no end",
        "I13",
        "adapters/stopwatch.py",
        ("        if left <= 0:\n", "        if left == 0.123:\n"),
        "adapters/test_stopwatch.py::test_a_step_gets_its_own_time_or_what_is_left_and_none_after_the_last_second",
    ),
)

ONCE = (
    mutant(
        "a failure deletes the letter",
        "I13",
        POSTING,
        (
            '        self._posted.troubles.append(f"{name} waits: {problem}")\n',
            '        self._posted.troubles.append(f"{name} waits: {problem}")\n'
            "        os.unlink(self._folder / name)\n",
        ),
        f"{KEPT}test_what_did_not_leave_stays_and_goes_with_the_next_run_once",
    ),
    mutant(
        "a letter that was refused has left",
        "I13",
        POSTING,
        (
            "                except LetterRefused as problem:\n                    self._waits(name, problem)\n",
            "                except LetterRefused as problem:\n                    self._waits(name, problem)\n"
            "                    self._leave(name, SENT)\n",
        ),
        f"{KEPT}test_what_did_not_leave_stays_and_goes_with_the_next_run_once",
    ),
    mutant(
        "a letter that was sent stays",
        "I13",
        POSTING,
        (
            "                self._leave(name, SENT)\n                self._posted.mailed += 1\n",
            "                self._posted.mailed += 1\n",
        ),
        f"{KEPT}test_letters_go_oldest_first_over_one_line_and_are_moved",
    ),
    mutant(
        "a letter kept again on its way goes twice",
        "I13",
        POSTING,
        ("            if os.path.lexists(self._folder / SENT / name):", "            if not name:"),
        f"{KEPT}test_a_letter_kept_again_while_it_was_on_its_way_does_not_go_twice",
    ),
    mutant(
        "a letter that has left is written again",
        "I13",
        OUTBOX,
        ("                if os.path.lexists(sent / name):\n", "                if not name:\n"),
        f"{KEPT}test_a_letter_that_has_left_is_not_written_again",
    ),
    mutant(
        "a kept letter is not flushed",
        "I13",
        OUTBOX,
        (
            "replace(self._folder / name, kept.encoded(), flush=True)",
            "replace(self._folder / name, kept.encoded(), flush=False)",
        ),
        f"{KEPT}test_a_letter_is_on_the_disk_when_it_counts_as_kept",
    ),
    mutant(
        "a letter is written in its place",
        "I13",
        OUTBOX,
        (
            "                replace(self._folder / name, kept.encoded(), flush=True)\n",
            "                os.write(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT), kept.encoded())\n",
        ),
        "adapters/test_outbox_killed.py::test_a_letter_is_kept_whole_or_not_at_all_and_the_next_run_can_keep_it",
    ),
    mutant(
        "a letter that may not be kept counts as kept",
        "I13",
        "engine/letters.py",
        ("            journal.note_where_room([LetterLost(letter.key)])  #", "            pass  #"),
        "engine/test_letters.py::test_what_the_outbox_is_not_certain_of_is_told_once_more_in_the_same_letter",
    ),
    mutant(
        "a letter of a killed run counts as it lies",
        "I13",
        OUTBOX,
        ("            if durably:\n", "            if durably is None:\n"),
        "adapters/test_outbox_killed.py::test_a_letter_of_a_killed_run_has_a_durable_name_before_it_counts_as_kept",
    ),
    mutant(
        "the outbox's own name is left to chance",
        "I13",
        OUTBOX,
        ("            sync_folder(self._folder.parent)  #", "            pass  #"),
        "adapters/test_outbox_killed.py::"
        "test_a_folder_that_a_killed_run_left_has_a_durable_name_before_a_letter_is_in_it",
    ),
    mutant(
        "every try has a Message-ID of its own",
        "I13",
        MESSAGE,
        ('f"<{letter.ident}@', "f\"<{__import__('secrets').token_hex(8)}@"),
        f"{KEPT}test_a_letter_taken_without_a_word_goes_again_under_the_same_id",
    ),
    mutant(
        "two posters at once",
        "I13",
        POSTING,
        ("with suppress(RunInProgress), RunLock(folder).held(), told(", "with suppress(RunInProgress), told("),
        f"{KEPT}test_whoever_else_is_posting_is_let_be",
    ),
    mutant(
        "a letter leaves that could not be moved",
        "I13",
        POSTING,
        ("        _takes(folder / SENT)\n", ""),
        f"{KEPT}test_nothing_leaves_while_it_could_not_be_known_to_have_left",
    ),
    mutant(
        "letters that are held up tell nobody",
        "I13",
        POST,
        ("            self._tell_past_the_outbox(str(problem))\n", "            str(problem)\n"),
        f"{POSTED}test_an_outbox_that_cannot_be_used_is_one_line_and_a_letter_once_a_day_and_no_exit_code",
    ),
    mutant(
        "what was told is forgotten by a desk that lies idle",
        "I13",
        "domain/telling.py",
        ("(day.session or session) - TOLD_KEPT", "session - TOLD_KEPT"),
        "domain/test_telling.py::test_a_desk_that_lay_idle_has_still_told_what_it_told_last",
    ),
    mutant(
        "one file that is no letter stops the rest",
        "I13",
        POSTING,
        ("        except (OSError, ValueError):\n            pass\n", "        except KeyError:\n            pass\n"),
        f"{KEPT}test_a_file_that_is_no_letter_is_put_aside_by_name_and_stops_no_other",
    ),
    mutant(
        "a phone that was told is told again",
        "I13",
        POSTING,
        (
            "            self._leave(name, SENT)\n            self._posted.told += 1\n",
            "            self._posted.told += 1\n",
        ),
        "adapters/test_phone.py::test_a_phone_is_told_the_short_of_a_letter_once",
    ),
)

SECRET = (
    mutant(
        "mail goes in the clear where STARTTLS fails",
        "I13 I23",
        LINE,
        (
            "                self.starttls(context=self._context)\n",
            '                with __import__("contextlib").suppress(OSError):\n'
            "                    self.starttls(context=self._context)\n",
        ),
        f"{SENT}test_a_server_whose_starttls_was_stripped_is_told_nothing",
    ),
    mutant(
        "any certificate will do",
        "I13 I23",
        LINE,
        ("ssl.create_default_context()", "ssl._create_unverified_context()"),
        f"{SENT}test_a_certificate_that_cannot_be_trusted_is_shown_nothing",
    ),
    mutant(
        "a certificate may be anybody's",
        "I13 I23",
        LINE,
        (
            "        self._context = ssl.create_default_context()\n",
            "        self._context = ssl.create_default_context()\n        self._context.check_hostname = False\n",
        ),
        f"{SENT}test_a_certificate_that_cannot_be_trusted_is_shown_nothing",
    ),
    mutant(
        "a name can write a header",
        "I13",
        MESSAGE,
        ('.replace("=?", "= ?")', ""),
        f"{SENT}test_whatever_a_letter_is_called_it_is_one_header_and_still_sent",
    ),
    mutant(
        "a line's end in a name loses the letter",
        "I13",
        MESSAGE,
        ("= one_line(letter.subject, LONGEST_SUBJECT)", "= letter.subject"),
        f"{SENT}test_whatever_a_letter_is_called_it_is_one_header_and_still_sent",
    ),
    mutant(
        "a server's echo of the password is shown",
        "I23",
        MAILER,
        ("what = self._veil.over(self._what(problem))", "what = self._what(problem)"),
        f"{SENT}test_no_form_of_the_password_is_in_what_a_refused_login_says",
    ),
    mutant(
        "there is no veil at the door",
        "I23",
        "cli.py",
        ("    with veiled(asked.veil):\n", "    with veiled(type(asked.veil)()):\n"),
        "proof/test_invariants_secrets.py::test_i23_a_bug_that_holds_every_secret_shows_none",
    ),
    mutant(
        "the letter of a failed run is written without the veil",
        "I23",
        POST,
        ("self.asked.veil.over(words), new_york_date", "words, new_york_date"),
        "proof/test_invariants_secrets.py::test_i23_a_bug_that_holds_every_secret_shows_none",
    ),
    mutant(
        "the veil knows no base64",
        "I23",
        "adapters/veil.py",
        (", *_base64(part))", ")"),
        "adapters/test_veil.py::test_every_form_of_a_secret_is_masked",
    ),
    mutant(
        "a phone's addresses are arguments",
        "I23",
        "adapters/phone.py",
        ("                TELLER,\n", '                (*TELLER, *said["urls"]),\n'),
        "adapters/test_phone.py::test_the_addresses_are_no_argument_of_the_process_and_nothing_it_says_comes_out",
    ),
)

ROWS = (*WHEN, *ONCE, *SECRET)
