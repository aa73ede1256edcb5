"""`[[ ... ]]`, as bash reads it."""

from __future__ import annotations

import re
from typing import Final

from generator.checks.formats.shell_words import END, ShellError, Words

_BINARY: Final = re.compile(r"==|=~|!=|=|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)(?=[ \t\n])")
_UNARY: Final = re.compile(r"-[a-zA-Z](?=[ \t])")
_REGEX: Final = re.compile(r"[^ \t\n\\'\"$`();&<>]+")
_NOT: Final = re.compile(r"!(?=[ \t\n])")
_CLOSED: Final = re.compile(rf"\]\]{END}")
_SEPARATED: Final = re.compile(r"&&|\|\|")


class Conditions(Words):
    """Reads conditions."""

    def condition(self, opened: int) -> None:
        """`[[ ... ]]`."""
        self.found.bash_only.append((opened, "[["))
        self._alternatives(opened)
        self.gap()
        if not _CLOSED.match(self.text, self.at):
            raise ShellError(opened, "[[ is not closed by ]] with a blank before it")
        self.at += 2

    def _alternatives(self, opened: int) -> None:
        while True:
            self._term(opened)
            self.gap()
            match = _SEPARATED.match(self.text, self.at)
            if not match:
                return
            self.at = match.end()

    def _term(self, opened: int) -> None:
        self.gap()
        while _NOT.match(self.text, self.at):
            self.at += 1
            self.gap()
        if self.peek() == "(":
            self.at += 1
            self._alternatives(opened)
            self.gap()
            if self.peek() != ")":
                raise ShellError(opened, "( in [[ is not closed")
            self.at += 1
            return
        unary = _UNARY.match(self.text, self.at)
        if not self.word() or self.text[self.at - 2 : self.at] == " ]]":
            raise ShellError(opened, "[[ lacks an expression")
        self.gap()
        if unary and not self.text.startswith("]]", self.at) and not _BINARY.match(self.text, self.at):
            self.word()
            return
        self._right(opened)

    def _right(self, opened: int) -> None:
        match = _BINARY.match(self.text, self.at)
        if not match:
            return
        self.at = match.end()
        self.blanks()
        if not (self._regex() if match[0] == "=~" else self.word()):
            raise ShellError(opened, f"{match[0]} in [[ is followed by nothing")

    def _regex(self) -> bool:
        """A regular expression: its parentheses and bars are its own."""
        start = self.at
        while True:
            match = _REGEX.match(self.text, self.at)
            self.at = match.end() if match else self.at
            char = self.peek()
            if char == "(":
                opened = self.at
                self.at += 1
                self.paired("(", ")", opened)
            elif char and char in "\\'\"$`":
                self.special(char, quoted=False)
            else:
                return self.at > start
