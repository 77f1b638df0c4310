"""The page of proofs names what there is: every invariant, and only tests and files that exist."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE / "README.md").read_text(encoding="utf-8")
ROOT = HERE.parents[1]


def rows() -> dict[str, list[str]]:
    """The page's table of invariants: number and the tests it names."""
    found = re.findall(r"^\| (I\d+) \|.*\| ([^|]*) \|$", PAGE, re.MULTILINE)
    return {number: re.findall(r"`([^`]+)`", named) for number, named in found}


def test_every_invariant_has_its_row_and_tests() -> None:
    assert list(rows()) == [f"I{number}" for number in range(1, 26)]
    assert [number for number, named in rows().items() if not named] == []


def test_every_test_it_names_exists() -> None:
    tests = {path.relative_to(ROOT / "tests").as_posix(): path.read_text() for path in ROOT.glob("tests/**/test_*.py")}
    missing = []
    for number, named in rows().items():
        for name in named:
            file, _, test = name.partition("::")
            if file not in tests or (test and not re.search(rf"^def {test}\w*\(", tests[file], re.MULTILINE)):
                missing.append(f"{number}: {name}")
    assert missing == []


def test_every_file_of_a_command_exists_and_every_proof_is_on_the_page() -> None:
    files = set(re.findall(r"tests/[\w/]+\.py", PAGE))
    assert [file for file in sorted(files) if not (ROOT / file).exists()] == []
    proofs = {path.name for path in HERE.glob("test_*.py")} - {"test_page.py"}
    assert [name for name in sorted(proofs) if name not in PAGE and not name.startswith("test_invariants")] == []
