"""Runs of `status`, `diff` and `resolve` from the command line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from generator import __version__, apply, baseline, differences, places, previous, record
from generator.accounts import printable
from generator.console import folder, held, show, show_diff
from generator.errors import ScaffoldError, UsageError
from generator.look import look
from generator.merge import in_our_line_ends
from generator.record import Record
from generator.report import StandingLine, StatusReport
from generator.reporters import json as json_reporter
from generator.reporters import status_text
from generator.resolve import How, resolve
from generator.spelling import Guess, closest_path
from generator.status import State, edits, survey


def show_status(directory: Path, *, json: bool) -> int:
    """Prints how each path stands; returns 1 where something waits for a person."""
    root = folder(directory)
    interrupted = apply.interrupted(root)
    found = Record("", "", {}) if interrupted and look(root, places.LOCK)[0] == "absent" else _record(root)
    standings = survey(root, found)
    state = look(root, places.ANSWERS_FILE)[0]
    waits = interrupted or state != "" or any(one.state.waits for one in standings) or not found.clean
    answers = found.entries.get(places.ANSWERS_FILE)
    told = [one for one in standings if one.state is not State.PRISTINE]
    report = StatusReport(
        version=__version__,
        directory=printable(root),
        generated_by=found.version,
        behind=record.release(found.version) < record.release(__version__),
        answers_changed=answers is not None and look(root, places.ANSWERS_FILE)[1] != answers.content,
        answers_problem="it is missing" if state == "absent" else state,
        interrupted=interrupted,
        record_merged=not found.clean,
        exit_code=int(waits),
        totals=dict(sorted(Counter(one.state.value for one in standings).items())),
        files=[
            StandingLine(
                path=one.path,
                component=one.component,
                state=one.state.value,
                waits=one.state.waits,
                reason=one.reason,
                conflicts=list(one.conflicts),
                beside=one.beside,
            )
            for one in told
        ],
    )
    show(json_reporter.report(report) if json else status_text.status(report), plain=json)
    return report.exit_code


def show_edits(paths: Iterable[str]) -> int:
    """Prints the user's edits of these files and folders, of all without any."""
    root = _project()
    found = _record(root)
    known = {*found.entries, *found.proposals}
    wanted = [_inside(root, path, known) for path in paths]
    for path in wanted:
        if not _is_known(path, known):
            near = Guess(closest_path(path, known))
            raise ScaffoldError(
                f"{path} is none of ours{near}",
                hint="agency-scaffold diff without a path shows all edits.",
            )
    shown = [
        diff
        for path, diff in sorted(_diffs(root, found).items())
        if not wanted or any(not one or path == one or path.startswith(f"{one}/") for one in wanted)
    ]
    if shown:
        show_diff(b"".join(shown).decode("utf-8", "replace").rstrip("\n"))
    return 0


def _diffs(root: Path, found: Record) -> dict[str, bytes]:
    """The diff of each path that was edited; of one that `status` calls so and that cannot be compared, why."""
    diffs = {}
    for edit in edits(root, found):
        after = None if edit.after is None else in_our_line_ends(edit.after, edit.before)
        diffs[edit.path] = differences.unified(edit.before, after, edit.path, edit.modes)
    for one in survey(root, found):
        if one.state is State.REFINED and one.path not in diffs:
            diffs[one.path] = f"# {one.path}: {one.reason}\n".encode()
    return diffs


def settle(path: str, how: list[str]) -> int:
    """Settles one path on record, and says what was done."""
    if len(how) != 1:
        given = "none was given" if not how else f"--{' and --'.join(how)} were given"
        raise UsageError(f"one of --mine, --new and --done is needed; {given}")
    root = _project()
    with held(root) as finished:
        if finished is not None:
            show("An interrupted run was finished first")
        found, lock = _read(root)
        known = {*found.entries, *found.proposals}
        inside = _inside(root, path, known)
        if inside not in known and _is_known(inside, known):
            raise ScaffoldError(
                f"{path} is a folder: resolve settles one file", hint="agency-scaffold status lists what waits for you."
            )
        told = resolve(root, found, lock, inside, How(how[0]))
    show(told)
    return 0


def _record(root: Path) -> Record:
    return _read(root)[0]


def _read(root: Path) -> tuple[Record, bytes]:
    """The record, and its text."""
    found, lock = previous.read(root)
    return baseline.chosen(root, found), lock


def _project() -> Path:
    """The generated folder that this one is or lies in."""
    here = folder(Path())
    for above in (here, *here.parents):
        if look(above, places.LOCK)[0] != "absent" or apply.interrupted(above):
            return above
    raise ScaffoldError(
        f"{here} lies in no generated repository", hint="Run this in a folder that agency-scaffold new has written."
    )


def _inside(root: Path, path: str, known: Collection[str]) -> str:
    """A path as the record has it, given from the present folder or from the top ("" = the top itself)."""
    found = []
    for start in (Path.cwd(), root):
        absolute = Path(_normal(start / path))
        if absolute.is_relative_to(root):
            inside = absolute.relative_to(root).as_posix()
            found.append("" if inside == "." else _meant(inside, known))
    if not found:
        raise ScaffoldError(f"{path} lies outside of {root}", hint="Give a path of the repository.")
    return next((one for one in found if _is_known(one, known)), found[0])


def _is_known(path: str, known: Collection[str]) -> bool:
    return not path or path in known or any(other.startswith(f"{path}/") for other in known)


def _meant(path: str, known: Collection[str]) -> str:
    """Who names what lies beside a file means the file."""
    if path.startswith(f"{places.PROPOSED}/"):
        return path.removeprefix(f"{places.PROPOSED}/")
    for place in (places.ORPHANED, places.REPLACED):
        if path.startswith(f"{place}/"):
            name = path.removeprefix(f"{place}/").removesuffix(".patch")
            return name if name in known else re.sub(r"\.\d+$", "", name)
    return path


def _normal(path: Path) -> str:
    """Without `..`, and with no link followed."""
    import os.path  # noqa: PLC0415 -- pathlib has no such function

    return os.path.normpath(path)
