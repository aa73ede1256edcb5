"""What programs are here, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from generator.doctor import Examination, ProgramLine

_TITLES: Final = {
    "found": "Found",
    "broken": "Here, but not to be used",
    "missing": "Missing: what only they find is not found here",
}


def text(examined: Examination) -> str:
    """This program, then the programs by how they are."""
    head = f"agency-scaffold {examined.version}, Python {examined.python}, {examined.platform}\n{examined.executable}"
    sections = [head]
    for status, title in _TITLES.items():
        rows = [row for one in examined.programs if one.status == status for row in _rows(one)]
        if rows:
            sections.append("\n".join([title, *rows]))
    return "\n\n".join(sections)


def _rows(program: ProgramLine) -> Iterator[str]:
    told = {
        "found": f"{program.version or 'tells no version'}, {program.path}",
        "broken": f"{program.path}: {program.reason}",
        "missing": program.install,
    }
    yield f"  {program.name:<18}{told[program.status]}"
    for check in program.checks:
        about = f"{check.name}: " if check.name != program.name else ""
        yield f"  {'':<18}  {about}{check.judges}"
