"""Every file can be read

What cannot be read, or is larger than anybody writes by hand, is not judged: nobody knows whether it is right. Give
it the rights that the others have, or mend the link; what is large and made by a program belongs outside of the
repository. It is also said where git refuses to name the files, where there is none to judge, which submodules and
links are left out, and which YAML is not judged since tags of a template stand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generator.checks.formats import yaml
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared
from generator.finding import Severity

FORMAT = Format.TEXT
_UNFILLED: Final = "it is not judged: tags of a template stand where YAML cannot be read"


def files(sources: Sources) -> Iterator[str]:
    yield from sources.tree
    yield from (path for path in sources.remarks if path not in sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path in sources.unread:
        why = sources.unread[path]
        yield Flaw(0, why.message, why.fix, severity=why.severity)
    for one in sources.remarks.get(path, ()):
        yield Flaw(0, one.message, one.fix, severity=one.severity)
    if path.endswith((".yml", ".yaml")) and yaml.examined(sources, path).unfilled:
        yield Flaw(0, _UNFILLED, severity=Severity.NOTE, places=_all(sources), alike="template")


@shared
def _all(sources: Sources) -> int:
    """The number of YAML files."""
    return sum(1 for _ in yaml.paths(sources))
