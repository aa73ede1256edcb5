"""Answers files as people write them, in any form that is read and with comments; and changes of what they hold."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from generator.answers import write
from generator.answers.align import same
from generator.answers.read import AsWritten

ODD = (
    "no", "012", "3.10", "22:22", "", "a: b", "x #y", "- a", "it's", '"q"', "é", "日本", "  pad ", "null", "true", "~",
    "[x]", "{y}", "@a", "%b", "a\nb\n", "a\n\n b", "\u2028", "\ufeff", "🙂", "\\", "a,b", "1e3", "0x1f", "=", "<<", "?",
)  # fmt: skip
SCALARS = st.one_of(
    st.sampled_from(ODD),
    st.sampled_from(["web", "python", "shop.acme.dev", "make test"]),
    st.text(max_size=6),
    st.integers(-5, 99999),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.sampled_from([AsWritten("3.10", 3.1), AsWritten("012", 12), None]),
)
WORDS = st.sampled_from(["web", "api", "jobs", "on", "a-b", "x1", "42"])
VARIABLES = st.sampled_from(["LOG_LEVEL", "API_URL", "NO", "X"])


def _some(options: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=options)


LISTS = st.lists(st.one_of(WORDS, st.integers(1, 100), st.sampled_from(ODD)), max_size=4)
NAMES = st.dictionaries(VARIABLES, SCALARS, max_size=3)
SERVICE = _some(
    {
        "kind": SCALARS, "version": SCALARS, "port": SCALARS, "env": NAMES, "secrets": LISTS,
        "commands": _some({"unit": SCALARS, "lint": SCALARS, "seed": SCALARS}), "size": SCALARS, "odd": SCALARS,
    }
)  # fmt: skip
SERVICES = st.lists(st.tuples(WORDS, SERVICE), max_size=4, unique_by=lambda one: one[0]).map(
    lambda pairs: [{"name": name, **service} for name, service in pairs]
)
GROUPS = {
    "version": st.just(1),
    "project": _some({"name": SCALARS, "description": SCALARS, "owner": SCALARS}),
    "services": SERVICES,
    "cloud": _some({"provider": SCALARS, "region": SCALARS, "accounts": NAMES}),
    "deployment": _some({"canary_steps": LISTS, "bake_minutes": SCALARS}),
    "environments": LISTS,
    "data": _some({"database": SCALARS, "cdn": SCALARS}),
    "ci": _some({"system": SCALARS}),
}
DATA = _some(GROUPS)


@dataclass(frozen=True)
class Line:
    """A line with the answer that it belongs to; where it is that answer's alone, `leaf` says so."""

    text: str
    path: tuple[Any, ...]
    leaf: bool


class Writer:
    """Writes plain data in forms that are drawn."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.lines: list[Line] = []
        self.count = 0

    def flag(self) -> bool:
        return bool(self.draw(st.booleans()))

    def note(self, indent: int, path: tuple[Any, ...]) -> None:
        for _ in range(self.draw(st.sampled_from([0, 0, 0, 1, 2]))):
            self.count += 1
            blank = self.draw(st.integers(0, 3)) == 0
            text = "" if blank else f"{' ' * indent}# note {self.count}: 'x' [y"
            self.lines.append(Line(text, path, leaf=False))

    def beside(self) -> str:
        self.count += 1
        return f"  # beside {self.count}, {{z" if self.draw(st.integers(0, 2)) == 0 else ""

    def scalar(self, value: Any, indent: int, *, flow: bool) -> str:
        forms = [write.written(value), write.quoted(value)]
        if value is None and not flow:
            forms.append("")
        if isinstance(value, str) and not isinstance(value, AsWritten):
            if re.fullmatch(r"[ -~é日本]*", value):
                forms.append("'" + value.replace("'", "''") + "'")
            if re.fullmatch(r"[a-z][a-z ]*[a-z]", value) and not flow and " " in value:
                forms.append(value.replace(" ", "\n" + " " * (indent + 1), 1))
            if not flow and re.fullmatch(r"([a-z][ -~]*\n)+", value):
                forms.append("|" + "".join(f"\n{' ' * (indent + 2)}{line}" for line in value.splitlines()))
        return str(self.draw(st.sampled_from(forms)))

    def flow(self, value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{write.written(k)}: {self.flow(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            inside = [self.flow(item) for item in value]
            if inside and self.draw(st.integers(0, 3)) == 0:
                return "[\n        " + ",  # in\n        ".join(inside) + "\n        ]"
            return "[" + ", ".join(inside) + "]"
        return self.scalar(value, 0, flow=True)

    def pair(self, start: str, value: Any, indent: int, path: tuple[Any, ...]) -> None:
        """A key or a dash, and its value."""
        if not isinstance(value, (dict, list)) or not value or self.draw(st.integers(0, 3)) == 0:
            text = self.flow(value) if isinstance(value, (dict, list)) else self.scalar(value, indent, flow=False)
            first, *more = text.split("\n")
            beside = "" if more and not first.startswith("|") else self.beside()
            for line in [f"{start} {first}".rstrip() + beside, *more]:
                self.lines.append(Line(line, path, leaf=True))
            return
        self.lines.append(Line(start + self.beside(), path, leaf=False))
        self.block(value, indent, path)

    def block(self, value: Any, indent: int, path: tuple[Any, ...]) -> None:
        if isinstance(value, dict):
            deeper = indent + self.draw(st.sampled_from([2, 2, 2, 4])) if path else 0
            for word, one in value.items():
                self.note(deeper, path)
                self.pair(f"{' ' * deeper}{write.written(word)}:", one, deeper, (*path, word))
            return
        deeper = indent + self.draw(st.sampled_from([2, 2, 0]))
        for number, one in enumerate(value):
            word = f"={one['name']}" if isinstance(one, dict) else number
            self.note(deeper, path)
            if isinstance(one, dict) and self.draw(st.integers(0, 3)):
                self.item(one, deeper, (*path, word))
            else:
                self.pair(f"{' ' * deeper}-", one, deeper, (*path, word))

    def item(self, value: dict[str, Any], indent: int, path: tuple[Any, ...]) -> None:
        """A service whose first key stands behind the dash."""
        start = len(self.lines)
        for number, (word, one) in enumerate(value.items()):
            if number:
                self.note(indent + 2, path)
            self.pair(f"{' ' * (indent + 2)}{write.written(word)}:", one, indent + 2, (*path, word))
        first = self.lines[start]
        dashed = f"{' ' * indent}- {first.text.lstrip()}"
        self.lines[start] = Line(dashed, first.path, first.leaf)


@st.composite
def texts(draw: Any, data: st.SearchStrategy[dict[str, Any]] = DATA) -> tuple[list[Line], dict[str, Any], str]:
    """Lines, what they hold, and the line break that they have."""
    value = draw(data)
    writer = Writer(draw)
    writer.block(value, 0, ())
    writer.note(0, ())
    return writer.lines, value, draw(st.sampled_from(["\n", "\n", "\r\n"]))


@st.composite
def changes(draw: Any, data: dict[str, Any]) -> dict[str, Any]:
    """Other data, from a few changes."""
    out = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(sorted(GROUPS)))
        kind = draw(st.sampled_from(["anew", "gone", "part", "part", "part"]))
        if kind == "gone":
            out.pop(name, None)
        elif kind == "anew" or name not in out or name == "version":
            out[name] = draw(GROUPS[name])
        else:
            out[name] = draw(_part(out[name]))
    return out


@st.composite
def _part(draw: Any, value: Any) -> Any:
    """A map or list with one part changed."""
    if isinstance(value, dict) and value:
        word = draw(st.sampled_from(sorted(value)))
        if draw(st.integers(0, 3)) == 0:
            return {one: item for one, item in value.items() if one != word}
        return {**value, word: draw(_part(value[word]))}
    if isinstance(value, list) and value:
        at = draw(st.integers(0, len(value) - 1))
        before, one, after = value[:at], value[at], value[at + 1 :]
        kind = draw(st.sampled_from(["gone", "new", "part", "move"]))
        if kind == "new":
            item = draw(SERVICE) if isinstance(one, dict) else draw(WORDS)
            before = [*before, {"name": "new", **item} if isinstance(item, dict) else item]
        elif kind == "part":
            one = draw(_part(one))
        return {"gone": before + after, "move": [one, *before, *after]}.get(kind, [*before, one, *after])
    return draw(NAMES if isinstance(value, dict) else LISTS if isinstance(value, list) else SCALARS)


_MISSING = object()


def found(data: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a line's path; services by their names."""
    for step in path:
        if isinstance(data, list) and isinstance(step, str):
            data = next((one for one in data if isinstance(one, dict) and f"={one.get('name')}" == step), _MISSING)
        elif isinstance(data, dict):
            data = data.get(step, _MISSING)
        elif isinstance(data, list) and step < len(data):
            data = data[step]
        else:
            return _MISSING
    return data


def untouched(lines: list[Line], have: dict[str, Any], want: dict[str, Any]) -> list[str]:
    """The lines that must still be there: their answer is the same, or they are a comment in a group that stays."""
    return [line.text for line in lines if _stays(line, have, want)]


def _stays(line: Line, have: Any, want: Any) -> bool:
    if line.leaf and not same(found(have, line.path), found(want, line.path)):
        return False
    ways = [line.path[:end] for end in range(len(line.path) + (not line.leaf))]
    for way in ways:
        before, after = found(have, way), found(want, way)
        if type(before) is not type(after) or not after:
            return way == ()
        if isinstance(before, list) and not same(before, after) and not isinstance((before + after)[0], dict):
            return False  # which of its items are the same is not said by their numbers
    return True
