"""Faults in the record and in who may write it: I3, I4, I7, I20, I22, I24.

Law of the file: rows alone.
"""

from __future__ import annotations

from tests.proof.mutants.row import mutant

LOG, SURVEY, LINE = "adapters/audit_log.py", "adapters/audit_survey.py", "adapters/audit_line.py"
SNAPSHOTS, LOCK, JOURNAL = "adapters/snapshots.py", "adapters/run_lock.py", "engine/journal.py"
STORE = "adapters/folder_store.py"

STATE = (
    mutant(
        "mixed snapshots are accepted",
        "I3",
        SNAPSHOTS,
        (' or len({(one["seq"], one["head"]) for one in sound}) != 1:', ":"),
        "adapters/test_snapshots.py::test_files_of_different_moments_are_not_mixed",
    ),
    mutant(
        "a snapshot's digest is not checked",
        "I3",
        SNAPSHOTS,
        ("if digest(spell(fields)) != claimed:", "if not claimed:"),
        "adapters/test_snapshots.py::test_a_file_with_any_bit_of_its_words_changed_is_not_used",
    ),
    mutant(
        "a snapshot is believed over the log",
        "I3 I22",
        STORE,
        (
            "        return OpenedFolder(log, rebuilt(log.tail), log.cut)\n",
            "        state, beside = rebuilt(log.tail), snapshots.load(self.folder)\n"
            "        if beside is not None:\n"
            '            failures = beside.parts["daily_state"]["failures"]\n'
            '            state = __import__("dataclasses").replace(state, failures=failures)\n'
            "        return OpenedFolder(log, state, log.cut)\n",
        ),
        "adapters/test_folder_store.py"
        "::test_i3_forged_but_sound_snapshots_of_the_very_last_line_are_never_believed_and_are_named[daily_state]",
    ),
    mutant(
        "another line of the same number passes",
        "I3 I4",
        LOG,
        ("if known.get(seq, head) != head:", "if not known.get(seq, head):"),
        "proof/test_invariants_record.py"
        "::test_i4_a_state_file_of_another_line_of_the_same_number_stops_the_desk[daily_state.json]",
    ),
    mutant(
        "a log shorter than its snapshots is accepted",
        "I3 I4",
        LOG,
        ("        if seq > last:", "        if seq < 0:"),
        "adapters/test_audit_log.py::test_a_snapshot_ahead_of_the_log_is_refused",
    ),
    mutant(
        "a log that cannot be read is an empty one",
        "I3",
        "adapters/audit_fold.py",
        (
            '            raise AuditError(f"audit log line {line.seq} cannot be read: {problem}") from None',
            "            return State() if problem else state",
        ),
        "adapters/test_folder_store.py::test_i3_a_line_that_tells_nothing_known_is_never_an_empty_state",
    ),
    mutant(
        "an event is folded and not written",
        "I22",
        JOURNAL,
        (
            "self._log.append(rows)",
            'self._log.append([row for row in rows if row[0] != "fill"])',
        ),
        "proof/test_invariants_record.py::test_i22_after_every_run_the_state_is_the_fold_of_the_log",
    ),
    mutant(
        "lines are stamped by the host's clock",
        "I14 I24",
        JOURNAL,
        (
            "utc_text(self._desk.clock.now())",
            'utc_text(__import__("datetime").datetime.now(__import__("datetime").UTC))',
        ),
        "proof/test_invariants_record.py::test_i24_the_same_inputs_and_seed_give_the_same_bytes",
    ),
    mutant(
        "a run without a broker leaves no word of it",
        "I20",
        "engine/cycle.py",
        ('            journal.finish("unreachable", str(problem))\n', ""),
        "engine/test_cycle.py::test_an_unreachable_broker_is_exit_4_and_on_record",
    ),
)

CHAIN = (
    mutant(
        "a damaged middle is cut like a tail",
        "I4",
        SURVEY,
        ("if why := speaks_against_a_crash(pieces(file, good), last):", 'if why := "":'),
        "adapters/test_audit_torn.py::test_a_hole_that_reaches_into_an_earlier_run_is_damage",
    ),
    mutant(
        "a line's hash is not checked",
        "I4",
        LINE,
        ("if digest(before + behind) != line.hash:", "if not line.hash:"),
        "adapters/test_audit_tamper.py::test_a_problem_names_the_line_and_what_is_wrong",
    ),
    mutant(
        "the chain from line to line is not followed",
        "I4",
        LINE,
        ("return None if line.prev == last else", "return None if last else"),
        "adapters/test_audit_tamper.py::test_a_forged_line_with_a_true_hash_breaks_the_chain",
    ),
    mutant(
        "a line may be missing",
        "I4",
        LINE,
        ('    return f"seq {line.seq} comes after {seq}: a line is missing"', "    return None"),
        "adapters/test_memory_log.py::test_a_missing_a_swapped_and_a_cut_line_are_found",
    ),
    mutant(
        "a checkpoint is not compared with its lines",
        "I22",
        "adapters/proof.py",
        ("and line.v == FORM and event.state != state:", "and line.v == 0 and event.state != state:"),
        "adapters/test_memory_log.py::test_lines_add_up_to_their_state_and_a_false_checkpoint_is_named",
    ),
    mutant(
        "a log written anew is held against no head from outside",
        "I4",
        "adapters/proof.py",
        ("return None if found == wanted else", "return None if found else"),
        "commands/test_audit.py::test_a_hash_that_is_not_the_lines_is_not_held",
    ),
    mutant(
        "snapshots of another log are sound beside this one",
        "I3 I4",
        "adapters/proof.py",
        ("if hashes.get(seq) != found:", "if not found:"),
        "commands/test_audit.py::test_a_last_line_sealed_anew_is_found_against_the_snapshots",
    ),
    mutant(
        "a log error is swallowed",
        "I2 I4",
        "adapters/disk.py",
        (
            "        what = problem.strerror or str(problem)\n",
            "        if doing == 'write the audit log':\n            return\n"
            "        what = problem.strerror or str(problem)\n",
        ),
        "adapters/test_audit_log.py::test_a_disk_that_refuses_a_write_ends_the_writing_of_this_run",
    ),
    mutant(
        "a flush that failed is tried again",
        "I2",
        LOG,
        ("        self._failed = True\n        with told", "        with told"),
        "adapters/test_audit_log.py::test_a_failed_flush_is_never_tried_again",
    ),
)

DOOR = (
    mutant(
        "no lock is taken",
        "I7",
        "engine/cycle.py",
        ("with desk.store.lock(wait_seconds):", 'with __import__("contextlib").nullcontext():'),
        "engine/test_cycle.py::test_i7_a_run_does_nothing_while_another_holds_the_folder",
    ),
    mutant(
        "the lock's file holds nobody",
        "I7",
        LOCK,
        ("                lock.acquire()\n", "                lock.is_locked\n"),
        "adapters/test_run_lock.py::test_a_disk_that_locks_files_and_no_folders_leaves_it_at_the_file",
    ),
    mutant(
        "a lock whose file was taken away lets another run in",
        "I7",
        LOCK,
        ("fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)", "fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)"),
        "adapters/test_run_lock.py::test_a_lock_file_taken_away_under_its_holder_lets_nobody_in[deleted]",
    ),
    mutant(
        "a dead holder keeps the lock",
        "I7",
        LOCK,
        (
            "                lock.acquire()\n",
            "                lock.acquire()\n"
            "                os.close(os.open(kept := self._folder / '.kept', os.O_CREAT | os.O_EXCL))\n"
            "                free, lock.release = lock.release, lambda: (free(), os.unlink(kept))\n",
        ),
        "adapters/test_run_lock.py::test_a_killed_holder_holds_nothing",
    ),
    mutant(
        "a lock that is a mere file is trusted",
        "I7",
        LOCK,
        ("if type(lock) is not filelock.FileLock:", "if lock is None:"),
        "adapters/test_run_lock.py::test_a_disk_without_locks_is_a_state_error",
    ),
)

RESERVE = (
    mutant(
        "a full disk opens all the same",
        "I2 I18",
        "engine/cycle.py",
        (" or journal.cramped is not None:", ":"),
        "engine/test_full_disk.py::test_a_disk_that_fills_up_between_two_buys_stops_the_second",
    ),
    mutant(
        "the reserve is not given up for a sale",
        "I2 I18",
        "adapters/reserve.py",
        ("if problem.errno not in _NO_ROOM or not self._give():", "if problem.errno:"),
        "engine/test_full_disk.py::test_a_stop_is_sold_and_on_record_while_nothing_opens",
    ),
    mutant(
        "the reserve is given to what could wait",
        "I18",
        LOG,
        ("return self._append(rows, spare=False)", "return self._append(rows, spare=True)"),
        "engine/test_full_disk.py::test_a_disk_that_fills_up_under_the_opening_rules_costs_no_exit_and_no_reserve",
    ),
    mutant(
        "half a batch stays behind on a full disk",
        "I4",
        LOG,
        ("        os.ftruncate(fd, end)\n", "        pass\n"),
        "adapters/test_audit_log.py::"
        "test_a_file_that_may_grow_no_further_is_a_state_error_and_half_a_batch_is_taken_back",
    ),
)

ROWS = (*STATE, *CHAIN, *DOOR, *RESERVE)
