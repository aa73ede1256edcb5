"""What an update takes for its answers, and what it makes of the file."""

from pathlib import Path

from generator.inputs import inputs

FILE = b"project: {name: shop}\nservices:\n  - name: a\n    version: %s  # mine\n"


def test_a_version_that_gets_its_quotes_is_written(tmp_path: Path) -> None:
    """Compared as text, 3.10 and "3.10" are equal: the file would stay as it is, and be refused the next time."""
    found = inputs(tmp_path, FILE % b"3.10", None, ("services[a].version=3.10",), None)
    assert found.answers.services[0].version == "3.10"
    assert found.text == FILE % b'"3.10"'


def test_what_was_set_before_changes_nothing(tmp_path: Path) -> None:
    there = FILE % b"'3.10'"
    assert inputs(tmp_path, there, there, ("services[a].version=3.10",), None).text == there
