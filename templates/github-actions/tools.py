"""How CI gets the tools of `make verify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from generator.component import BugError, fill, load_yaml, pins
from generator.parts import VerifyStep

_TOOLS: Final[dict[str, Any]] = load_yaml(__file__, "tools.yml")


def tool_lines(steps: Iterable[VerifyStep]) -> tuple[str, ...]:
    """Shell that installs the tools, each in the pinned version; raises BugError for one that nobody brings."""
    wanted = dict.fromkeys((s.by, s.package, s.pin or s.package, s.tool) for s in steps)
    tools = [tool for *_, tool in wanted]
    if twice := sorted({tool for tool in tools if tools.count(tool) > 1}):
        raise BugError(f"the steps of make infra-verify do not agree on how CI gets {', '.join(twice)}")
    if missing := sorted(tool for by, *_, tool in wanted if by == "runner" and tool not in _TOOLS["runner"]):
        raise BugError(f"no runner has {', '.join(missing)}: the step says by what it is installed")
    return tuple(line for by in _TOOLS["by"] for row in wanted if row[0] == by for line in _lines(*row))


def _lines(by: str, package: str, pin: str, tool: str) -> Iterator[str]:
    pinned = pins().image(pin) if by == "image" else pins().version(pin)
    yield from fill(_TOOLS["by"][by], {"PACKAGE": package, "PIN": pinned, "TOOL": tool})
