"""Regenerates a folder that was generated before: what the answers make now, merged with what people made of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from generator import places, renames, unrecorded
from generator.change import Action, Change, Write
from generator.diff3 import Favour
from generator.generation import Generation, make
from generator.inputs import Inputs
from generator.merged import unparsable
from generator.previous import Previous
from generator.reconcile import reconcile
from generator.tree import File


def prepare(root: Path, previous: Previous, given: Inputs, favour: Favour) -> Generation:
    """Renders and merges; writes nothing."""
    made = make(given.answers, given.text)
    rendering = unrecorded.placed(root, made.rendering)
    new = {origin.template for origin in rendering.origins.values()}
    names: dict[str, str] = {}
    for left_over in (True, False):  # what is left of a name that was used before keeps nobody from being renamed to it
        old = {entry.template for entry in previous.record.entries.values() if entry.left_over is left_over}
        names |= renames.renamed(old, new, given.renamed)
    changes = reconcile(root, previous.record, rendering, names, favour, unparsable)
    changes = tuple(_answered(change, previous.answers, given.text) for change in changes)
    return Generation(
        root,
        given.answers,
        given.fallbacks,
        rendering,
        changes,
        made.todo,
        made.targets,
        previous.lock,
        upheavals=given.upheavals,
    )


def _answered(change: Change, there: bytes, text: bytes) -> Change:
    """The answers file is the user's, and the record holds it as it was read: it is the input of this rendering."""
    if change.path != places.ANSWERS_FILE:
        return change
    lines = tuple(dataclasses.replace(line, content=text) for line in change.lines)
    if text == there:
        return dataclasses.replace(change, lines=lines)
    write = Write(change.path, File(text), there)
    return dataclasses.replace(
        change, action=Action.MERGE, lines=lines, writes=(write,), reason="the answers that were given"
    )
