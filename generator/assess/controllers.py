"""Routes that controllers of Spring name, behind what stands before all of a class and all of the application."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from generator.assess import routes
from generator.assess.configuration import Configuration
from generator.assess.evidence import Unit
from generator.assess.folder import Folder

_PATH: Final = r"(?:\(\s*(?:(?:value|path)\s*=\s*)?[\[{]?\s*\"([^\"{*]*)\"([^()]*)\)|\(\s*\)|(?![\w(]))"
"""What follows the name of an annotation: the path, if any, and what else it says."""
_OF_CLASS: Final = rf"(?m)^(?:@.*)?@RequestMapping\b{_PATH}"
_OF_METHOD: Final = rf"(?m)^[ \t]+@(?:Get|Request)Mapping\b{_PATH}"
_MOVED: Final = r"\baddPathPrefix\(|\bconfigurePathMatch\("
"""What puts something before routes of controllers that do not know of it."""
_BEFORE: Final = ("server.servlet.context-path", "spring.webflux.base-path", "spring.mvc.servlet.path")


def before(configured: Configuration) -> str:
    """What the configuration of an application puts before all that it serves."""
    return routes.joined(*(configured[key][0] for key in _BEFORE if key in configured), "").rstrip("/")


def look(folder: Folder, unit: Unit, configured: Configuration, others: Iterable[str]) -> None:
    """Adds the paths of health and metrics that a controller names."""
    all_of = before(configured)
    found: dict[str, tuple[str, int]] = {}
    for path in routes.sources(folder, unit.path, (".java", ".kt"), others):
        text = folder.text(path)
        if "$" in all_of or re.search(_MOVED, text):
            return
        controllers = re.findall(r"(?m)^@(?:Rest)?Controller\b", text)
        named = [of_class for _, of_class in routes.matches(_OF_CLASS, text)]
        if len(controllers) == 1 and len(named) == len(re.findall(r"(?m)^(?:@.*)?@RequestMapping\b", text)) < 2:
            for line, match in routes.matches(_OF_METHOD, text):
                if not re.search(r"RequestMethod\.(?!GET|HEAD)", match[2] or ""):
                    route = routes.joined(all_of, *(one[1] or "" for one in (*named, match)))
                    found.setdefault(route, (path, line))
    routes.told(unit, found, all_of)
