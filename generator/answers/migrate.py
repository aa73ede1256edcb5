"""Brings what an answers file of an older version holds to the newest version of the format.

The version that the model names is the newest. A step towards it may find anything in what people write: what has not
the expected form it leaves as it is, for the reader to report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from generator import __version__
from generator.answers.keys import by_name
from generator.errors import ScaffoldError

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: Final[Mapping[int, Migration]] = {}
"""By version n, what makes plain data of version n + 1 from that of version n, without changing what it is given."""
NEWEST: Final[int] = by_name()["version"].choices[0]
"""The one version that the model reads."""


def migrate(data: Any, where: str, steps: Mapping[int, Migration] = MIGRATIONS, newest: int = NEWEST) -> Any:
    """The plain data of an answers file in the newest version of the format; `where` names the file in errors.

    A file that names no version is of the newest one. What is no version stays, to be reported like any other wrong
    answer. Raises ScaffoldError for a version that only a later program knows.
    """
    found = data.get("version") if isinstance(data, Mapping) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        return data
    if found > newest:
        known = f"versions 1 to {newest}" if newest > 1 else "version 1 alone"
        raise ScaffoldError(
            f"{where} has version {found} of the answers' format, and agency-scaffold {__version__} knows {known}",
            hint="Install a newer agency-scaffold, such as the one that wrote the file.",
        )
    for version in range(found, newest):
        data = {**steps[version](data), "version": version + 1}
    return data
