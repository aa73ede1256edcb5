"""Words of a shell script: quotes, expansions and redirections, as bash reads them.

`Words` reads from a position on and knows nothing of `if` and `done`; `shell_grammar` does. What stands in `$( )` is a
list of commands, so it asks `listing`, which the grammar gives. Backquotes are taken as a text.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Final

END: Final = r"(?=[ \t\n;&|()<>]|\\\n|\Z)"
"""What follows a word that means something to the grammar."""
META: Final = " \t\n;&|()<>"
_PLAIN: Final = re.compile(r"[^ \t\n\\'\"$`;&|()<>]+")
_IN_QUOTES: Final = re.compile(r"[^\"\\$`]+")
_BACKQUOTED: Final = re.compile(r"`(?:[^`\\]|\\.)*`", re.DOTALL)
_ANSI: Final = re.compile(r"\$'(?:[^'\\]|\\.)*'", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_PARAMETER: Final = re.compile(r"[#!]?(?:[A-Za-z_]\w*|\d+|[-@*#?$!])?")
_BLANKS: Final = re.compile(r"(?:[ \t]+|\\\n|#[^\n]*)+")
_SUBSCRIPT: Final = re.compile(r"[A-Za-z_]\w*\[")
_ARRAY: Final = re.compile(r"[A-Za-z_]\w*(?:\[[^\n]*\])?\+?=\Z")
_BRACED: Final = re.compile(r"[^}\\'\"$`]+")
_TRIES: Final = 8  # times that a script is gone over for the ends of `((`, each of which is sought in all of it
_COUNTED: Final = re.compile(r"[^()\[\]\\'\"$`]+")
REDIRECTION: Final = re.compile(
    r"(?:\d+|\{[A-Za-z_]\w*\})?(<<<|<<-?|<>|<&|<(?!\()|>>|>&|>\||>(?!\()|(?<![^ \t\n;&|()<>])&>>?)|(?<=[^ \t\n])&>>?"
)


class ShellError(Exception):
    """What is wrong in a script, and where."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


@dataclass(slots=True)
class Read:
    """A variable that is read."""

    offset: int
    name: str
    guarded: bool
    """Whether the script says what holds where it is not set (`${x:-}`, `${x+y}`, `${x?}`)."""


@dataclass(slots=True)
class Heredoc:
    """A here-document whose text has not come yet."""

    offset: int
    end: str
    dashed: bool


@dataclass(slots=True)
class Found:
    """What a script holds, by offsets in its text."""

    reads: list[Read] = field(default_factory=list)
    bash_only: list[tuple[int, str]] = field(default_factory=list)
    """What no other shell reads: where, and how it is called."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Texts in quotes that go over several lines: where they begin and end."""
    comments: set[int] = field(default_factory=set)
    """Where comments begin."""


class Words(ABC):
    """Reads words from `at` on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found = Found()
        self.pending: list[Heredoc] = []
        self._substituted: dict[int, int] = {}
        self._arithmetic: dict[int, int] = {}
        self._tried = 0

    @abstractmethod
    def listing(self, until: tuple[str, ...], opened: int, what: str) -> str:
        """Reads commands up to one of the words that end them; the grammar knows how."""

    def peek(self) -> str:
        """The character that comes; "" at the end."""
        return self.text[self.at : self.at + 1]

    def blanks(self) -> None:
        """Goes over blanks, continued lines and comments."""
        match = _BLANKS.match(self.text, self.at)
        if match:
            comment = match[0].find("#")
            if comment >= 0:
                self.found.comments.add(self.at + comment)
            self.at = match.end()

    def gap(self) -> None:
        """The same, and over the ends of lines, with the here-documents that begin there."""
        self.blanks()
        while self.text.startswith("\n", self.at):
            self.newline()
            self.blanks()

    def newline(self) -> None:
        """Goes over the end of a line, and over the here-documents that the line announced."""
        self.at += 1
        for document in self.pending:
            self._document(document)
        self.pending.clear()

    def _document(self, document: Heredoc) -> None:
        while self.at < len(self.text):
            end = self.text.find("\n", self.at)
            end = len(self.text) if end < 0 else end
            line = self.text[self.at : end]
            self.at = min(end + 1, len(self.text))
            if (line.lstrip("\t") if document.dashed else line) == document.end:
                return
        raise ShellError(document.offset, f"the here-document is not ended by {document.end}")

    def word(self, *, assigns: bool = False) -> str:
        """The word that comes, as it is written; "" where none does. Where a word `assigns`, `a[1 + 2]=` is one."""
        start = self.at
        if assigns and (match := _SUBSCRIPT.match(self.text, start)):
            self.at = match.end()
            self.paired("[", "]", start)
        while self._piece(start):
            pass
        return self.text[start : self.at]

    def _piece(self, start: int) -> bool:
        match = _PLAIN.match(self.text, self.at)
        if match:
            self.at = match.end()
        char = self.peek()
        if char and char in "\\'\"$`":
            return self.special(char, quoted=False)
        if char and char in "<>" and self.text.startswith("(", self.at + 1):
            self.found.bash_only.append((self.at, f"{char}( )"))
            opened = self.at
            self.at += 2
            self.listing((")",), opened, f"{char}(")
            return True
        if char == "(" and self.at > start:
            return self._parenthesis(start)
        return False

    def _parenthesis(self, start: int) -> bool:
        """`a=(...)` and `@(a|b)` are one word."""
        opened = self.at
        if _ARRAY.match(self.text[start : self.at]):
            self.found.bash_only.append((start, "an array"))
            self.at += 1
            self._elements(opened)
            return True
        if self.text[self.at - 1] in "?*+@!" and not self.text.startswith("()", self.at):
            self.at += 1
            self.paired("(", ")", opened)
            return True
        return False

    def _elements(self, opened: int) -> None:
        while True:
            self.gap()
            if self.peek() == ")":
                self.at += 1
                return
            if not self.word(assigns=True):
                if not self.peek():
                    raise ShellError(opened, "( is not closed")
                raise ShellError(self.at, f"{self.peek()} stands where an element of an array is expected")

    def special(self, char: str, *, quoted: bool) -> bool:
        """Goes over what such a character begins."""
        if char == "\\":
            self.at += 2
        elif char == "'":
            self._single()
        elif char == '"':
            self._double()
        elif char == "`":
            self._whole(_BACKQUOTED, "`")
        else:
            self.dollar(quoted=quoted)
        return True

    def _single(self) -> None:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise ShellError(self.at, "' is not closed")
        self._span(self.at, end + 1)
        self.at = end + 1

    def _double(self) -> None:
        opened = self.at
        self.at += 1
        while True:
            match = _IN_QUOTES.match(self.text, self.at)
            if match:
                self.at = match.end()
            char = self.peek()
            if char == '"':
                self.at += 1
                self._span(opened, self.at)
                return
            if not char:
                raise ShellError(opened, '" is not closed')
            self.special(char, quoted=True)

    def _span(self, start: int, end: int) -> None:
        if self.text.find("\n", start, end) >= 0:
            self.found.spans.append((start, end))

    def _whole(self, pattern: re.Pattern[str], what: str) -> None:
        match = pattern.match(self.text, self.at)
        if not match:
            raise ShellError(self.at, f"{what} is not closed")
        self.at = match.end()

    def dollar(self, *, quoted: bool) -> None:
        """Goes over an expansion, or a `$` that is none."""
        opened = self.at
        after = self.text[self.at + 1 : self.at + 2]
        if after == "(":
            self._substitution(opened)
        elif after == "{":
            self._braces(quoted=quoted)
        elif after == "'" and not quoted:
            self.found.bash_only.append((opened, "$' '"))
            self._whole(_ANSI, "$'")
        elif after == "[":
            self.at += 2
            self.paired("[", "]", opened)
        elif match := _NAME.match(self.text, opened + 1):
            self.found.reads.append(Read(opened + 1, match[0], guarded=False))
            self.at = match.end()
        else:
            self.at += 2 if after and after in "$#@*?!-0123456789" else 1

    def _substitution(self, opened: int) -> None:
        if self.text.startswith("((", opened + 1) and self.arithmetic(opened + 1):
            return
        if opened not in self._substituted:
            self.at = opened + 2
            self.listing((")",), opened, "$(")
            self._substituted[opened] = self.at
        self.at = self._substituted[opened]

    def arithmetic(self, opened: int) -> bool:
        """Goes over `((...))`; False, and nowhere, where it is two parentheses that happen to meet."""
        if opened not in self._arithmetic:
            self.at = opened + 2
            self._arithmetic[opened] = self.at if self._closed_twice() else -1
        self.at = max(self._arithmetic[opened], opened)
        return self._arithmetic[opened] >= 0

    def _closed_twice(self) -> bool:
        depth = 0
        while self.at < len(self.text):
            self._tried += 1
            if self._tried > _TRIES * len(self.text):
                raise RecursionError
            match = _COUNTED.match(self.text, self.at)
            self.at = match.end() if match else self.at
            char = self.peek()
            if char == ")" and not depth:
                self.at += 2
                return self.text.startswith("))", self.at - 2)
            depth += (char == "(") - (char == ")")
            if char and char in '\\"$`':
                self.special(char, quoted=True)
            else:
                self.at += 1
        return False

    def paired(self, left: str, right: str, opened: int) -> None:
        """Goes over what is left of a pair, whose first half is behind."""
        depth = 1
        while depth:
            match = _COUNTED.match(self.text, self.at)
            self.at = match.end() if match else self.at
            char = self.peek()
            if not char:
                raise ShellError(opened, f"{left} is not closed")
            if char in "\\'\"$`":
                self.special(char, quoted=False)
            else:
                depth += (char == left) - (char == right)
                self.at += 1

    def _braces(self, *, quoted: bool) -> None:
        """`${...}`: in double quotes `'` is a letter after `:-` and its like, and a quote after `#`, `%` and `/`."""
        opened = self.at
        match = _PARAMETER.match(self.text, opened + 2)
        assert match
        self.at = match.end()
        if self.peek() == "[":
            self.at += 1
            self.paired("[", "]", opened)
        operator = self.text[self.at : self.at + 2]
        self._recall(match[0], opened, operator)
        letter = quoted and operator[:1] not in "#%/^,~@"
        while True:
            plain = _BRACED.match(self.text, self.at)
            self.at = plain.end() if plain else self.at
            char = self.peek()
            if char == "}":
                self.at += 1
                return
            if not char:
                raise ShellError(opened, "${ is not closed")
            if char == "'" and letter:
                self.at += 1
            else:
                self.special(char, quoted=quoted)

    def _recall(self, parameter: str, opened: int, operator: str) -> None:
        if operator[:1] in set("/^,@") or parameter[:1] == "!" or (operator[:1] == ":" and operator[1:] not in "-=?+}"):
            self.found.bash_only.append((opened, "${ } with " + (operator[:1].replace("}", "") or "!")))
        name = parameter.lstrip("#!")
        if name and (name[0].isalpha() or name[0] == "_"):
            guarded = operator[:1] in set("-+?=") or operator in {":-", ":+", ":?", ":="} or parameter[0] == "!"
            self.found.reads.append(Read(opened + 2 + parameter.index(name), name, guarded))
