"""Routes that controllers of Spring and Nest name, behind what stands before all of a class and all of a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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
_OF_NEST: Final = r"@{name}\(\s*(?:[\"'`]([^\"'`:$*]*)[\"'`]\s*)?\)"


def before(configured: Configuration) -> str:
    """What the configuration of an application puts before all that it serves."""
    return routes.joined(*(configured[key][0] for key in _BEFORE if key in configured), "").rstrip("/")


def of_spring(folder: Folder, unit: Unit, configured: Configuration, others: Iterable[str]) -> None:
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


def of_nest(texts: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """The routes that the controllers of Nest name, each with its place."""
    whole = "\n".join(texts.values())
    prefixes = re.findall(r"\bsetGlobalPrefix\(\s*(?:[\"'`]([^\"'`$]*)[\"'`]\s*\))?", whole)
    if "enableVersioning" in whole or "" in prefixes or len(prefixes) > 1:
        return {}
    found: dict[str, tuple[str, int]] = {}
    for path, text in texts.items():
        named = list(routes.matches(_OF_NEST.format(name="Controller"), text))
        if len(named) == len(re.findall(r"@Controller\b", text)) == 1:
            for line, match in routes.matches(_OF_NEST.format(name="Get"), text):
                route = routes.joined(*prefixes, *(one[1] or "" for one in (named[0][1], match)))
                found.setdefault(route, (path, line))
    return found
