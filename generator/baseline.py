"""Chooses in a record that git merged which of several lines for a path is the baseline of what lies there."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from generator.look import look
from generator.record import Entry, Record


def chosen(root: Path, record: Record) -> Record:
    """The record with one baseline for each path: the nearest to the disk."""
    if record.clean:
        return record
    entries = dict(record.entries)
    for path, several in record.doubled.items():
        there = look(root, path)[1]
        entries[path] = max(several, key=lambda entry: _likeness(entry, there))
    return replace(record, entries=entries, doubled={})


def _likeness(entry: Entry, there: bytes | None) -> float:
    """From 0 to 1; above it where the bytes are the same."""
    if there is None:
        return 0
    if entry.kind != "block" and entry.content == there:
        return 2
    ours, theirs = entry.content.splitlines(), there.splitlines()
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
