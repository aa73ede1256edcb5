"""Go templates, as far as Go refuses them before it fills them in: braces, blocks, functions and variables."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

BUILT_IN: Final = frozenset(
    {"and", "or", "not", "len", "index", "slice", "print", "printf", "println", "html", "js", "urlquery", "call"}
    | {"eq", "ne", "lt", "le", "gt", "ge"}
)
_KEYWORDS: Final = frozenset({"if", "else", "range", "with", "end", "define", "block", "template", "break", "continue"})
_OPENING: Final = frozenset({"if", "range", "with", "define", "block"})
_VALUES: Final = frozenset({"true", "false", "nil"})
_TOKEN: Final = re.compile(
    r"""\s+|(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+')|(?P<variable>\$\w*)(?:\.\w+)*"""
    r"""|(?P<field>(?:\.\w+)+|\.)|(?P<word>[A-Za-z_]\w*)|(?P<number>[-+]?\d[\w.+-]*)|(?P<mark>:=|[=|,()])(?:\.\w+)*"""
)
_TRIMS: Final = re.compile(r"-\s")
_ENDS: Final = re.compile(r"\s*(?:\s-)?\}\}")


@dataclass(frozen=True, slots=True)
class Action:
    """What stands between two pairs of braces."""

    text: str
    words: tuple[tuple[str, str], ...]
    """(kind, text) of its tokens: text, variable, field, word, number, mark."""

    @property
    def keyword(self) -> str:
        """The word that it begins with, where that is one of the language's; "" where it prints something."""
        kind, word = self.words[0] if self.words else ("", "")
        return word if kind == "word" and word in _KEYWORDS else ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and the text that has it."""

    text: str
    message: str
    name: str = ""
    """The function or the variable that is not known, where it is that."""
    fix: str = ""


def actions(template: str) -> tuple[list[Action], Wrong | None]:
    """The actions of a template up to the first that cannot be read, and what is wrong with that one."""
    found: list[Action] = []
    start = template.find("{{")
    while start >= 0:
        comment = re.compile(r"\{\{-?\s*/\*").match(template, start)
        end = template.find("*/", start) if comment else start + 2
        words: list[tuple[str, str]] = []
        at = end + 2 if comment else start + 2 + (_TRIMS.match(template, start + 2) is not None)
        while not _ENDS.match(template, at):
            match = _TOKEN.match(template, at)
            if not match or (comment and end < 0):
                return found, _unread(template, start, at)
            at = match.end()
            if match.lastgroup:
                words.append((match.lastgroup, match[match.lastgroup]))
        end = template.index("}}", at) + 2
        if not comment:
            found.append(Action(template[start:end], tuple(words)))
        start = template.find("{{", end)
    return found, None


def _unread(template: str, start: int, at: int) -> Wrong:
    begin = template[start : template.find("\n", start) if "\n" in template[start:] else len(template)]
    if at >= len(template):
        return Wrong(begin, "{{ is not closed by }}", fix="Write }} where the action ends.")
    fix = f"Take the {template[at]} out, or close the action with }}}} before it."
    return Wrong(begin, f"{template[at]} is not expected in {template[start : at + 1]}", fix=fix)


def wrong(template: str, functions: AbstractSet[str], variables: AbstractSet[str]) -> list[Wrong]:
    """What Go refuses in a template, where these functions and variables are there beside its own."""
    found, unread = actions(template)
    if unread:
        return [unread]
    opened: list[Action] = []
    mistakes: list[Wrong] = []
    declared = {"$", *variables}
    for action in found:
        if action.keyword in _OPENING:
            opened.append(action)
        elif action.keyword in {"end", "else"} and not opened:
            fix = f"Take {action.text} out, or write the {{{{ if }}}} or {{{{ range }}}} that it belongs to before it."
            return [Wrong(action.text, f"{action.text} belongs to nothing", fix=fix)]
        elif action.keyword == "end":
            opened.pop()
        mistakes += _names(action, functions, declared)
    fix = "Write {{ end }} behind what it is for."
    return mistakes or [Wrong(one.text, f"{one.text} is not closed by {{{{ end }}}}", fix=fix) for one in opened]


def _names(action: Action, functions: AbstractSet[str], declared: set[str]) -> list[Wrong]:
    """Functions and variables that are not there; what the action declares is added to `declared`."""
    if not action.words:
        return [Wrong(action.text, f"{action.text} says nothing", fix=f"Take {action.text} out.")]
    mistakes = []
    following = [*action.words[1:], ("", "")]
    made = next((index for index, (_, word) in enumerate(action.words) if word == ":="), 0)
    new = {word for kind, word in action.words[:made] if kind == "variable"}
    for index, ((kind, word), after) in enumerate(zip(action.words, following, strict=True)):
        known = word in functions or word in BUILT_IN or word in _VALUES or (word in _KEYWORDS and index < 2)
        if kind == "word" and not known:
            fix = f"Put {word} in quotes, or call a function that is there."
            mistakes.append(Wrong(action.text, f"there is no function {word}", word, fix))
        if kind == "variable" and word not in declared and after[1] not in {":=", ","}:
            fix = f"Declare it before with {{{{ {word} := ... }}}}, or use one that is there."
            mistakes.append(Wrong(action.text, f"there is no variable {word}", word, fix))
    declared |= new
    return mistakes
