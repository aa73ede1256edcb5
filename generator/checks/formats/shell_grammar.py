"""The grammar of bash: commands, lists and what closes what. Every script that `bash -n` accepts is accepted.

Of what it refuses, what bash only finds when a line is run is not looked for: names, options, and what stands in
backquotes, in `eval` and in here-documents. Aliases are taken to change no grammar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.shell_lists import CLOSING, Branch, Case, Lists
from generator.checks.formats.shell_words import END, Read, ShellError

_OPENING: Final = re.compile(rf"(?:if|while|until|for|select|case|function|coproc|\{{|\[\[){END}")
_IN: Final = re.compile(rf"in{END}")
_DO: Final = re.compile(rf"(?:do|\{{){END}")
_EMPTY: Final = re.compile(r"\([ \t]*\)")
_NAMED: Final = re.compile(rf"\w+[ \t]+(?:\{{|\(|(?:if|while|until|for|case){END})")
_BRACES: Final = re.compile(r"\$\{[^{}]*\}")
_SUMMED: Final = re.compile(r"(?<![\w$\"'-])[A-Z][A-Z0-9]*_[A-Z0-9_]+(?=\s*(?:[-+*/%<>)?:,&|]|==|\Z))")


class Grammar(Lists):
    """Reads a whole script; raises ShellError at what is wrong."""

    def summed(self) -> Iterator[Read]:
        """The settings that arithmetic reads: there, a variable needs no `$`. What it has in capitals is one."""
        for opened, end in self._arithmetic.items():
            inside = _BRACES.sub(lambda one: " " * len(one[0]), self.text[opened + 2 : max(end - 2, 0)])
            for one in _SUMMED.finditer(inside):
                yield Read(opened + 2 + one.start(), one[0], guarded=False)

    def script(self) -> None:
        """Reads it to its end."""
        self.listing(("",), 0, "")

    def compound(self) -> bool:
        """Reads a compound command; False where none begins here."""
        opened = self.at
        if self.peek() == "(":
            if self.text.startswith("((", opened) and self.arithmetic(opened):
                self.found.bash_only.append((opened, "(( ))"))
                return True
            self.at = opened + 1
            self.listing((")",), opened, "(")
            return True
        match = _OPENING.match(self.text, opened)
        if not match:
            return False
        self.at = match.end()
        {
            "if": self._if,
            "while": self._while,
            "until": self._while,
            "for": self._for,
            "select": self._for,
            "case": self._case,
            "function": self._function,
            "coproc": self._coproc,
            "{": self._group,
            "[[": self.condition,
        }[match[0]](opened)
        return True

    def _if(self, opened: int) -> None:
        word, begun = "elif", opened
        while word == "elif":
            self._head("then", begun, self.text[begun : self.at])
            word = self.listing(("elif", "else", "fi"), opened, "if")
            begun = self.at - len(word)
        if word == "else":
            self.listing(("fi",), opened, "if")

    def _head(self, wanted: str, opened: int, what: str) -> None:
        """The condition of a command, up to its `then` or `do`."""
        try:
            self.listing((wanted,), opened, what)
        except ShellError as error:
            if error.offset == opened:
                raise ShellError(self.first.get(opened, opened), f"{what} has no {wanted}") from None
            raise

    def _while(self, opened: int) -> None:
        what = self.text[opened : opened + 5]
        self._head("do", opened, what)
        self.listing(("done",), opened, what)

    def _group(self, opened: int) -> None:
        self.listing(("}",), opened, "{")

    def _for(self, opened: int) -> None:
        what = "for" if self.text.startswith("for", opened) else "select"
        self.blanks()
        if self.text.startswith("((", self.at):
            self.found.bash_only.append((opened, "for (( ))"))
            if not self.arithmetic(self.at):
                raise ShellError(opened, "for (( is not closed")
            self.blanks()
            self.at += self.peek() == ";"
            self.gap()
        else:
            self._names(opened, what)
        match = _DO.match(self.text, self.at)
        if not match:
            raise ShellError(opened, f"{what} has no do")
        self.at = match.end()
        self.listing(("done" if match[0] == "do" else "}",), opened, what)

    def _names(self, opened: int, what: str) -> None:
        if not self.word():
            raise ShellError(opened, f"{what} has no variable")
        self.gap()
        if match := _IN.match(self.text, self.at):
            self.at = match.end()
            self.blanks()
            while self.word():
                self.blanks()
            if self.peek() not in set(";\n"):
                raise self.unexpected(opened, what)
        self.at += self.peek() == ";"
        self.gap()

    def _case(self, opened: int) -> None:
        self.blanks()
        subject = self.word()
        self.gap()
        match = _IN.match(self.text, self.at)
        if not subject or not match:
            raise ShellError(opened, "case has no in")
        self.at = match.end()
        case = Case(subject, self.within, self.branch, [])
        self.cases.append(case)
        end = ";;"
        while end == ";;":
            self.gap()
            match = CLOSING.match(self.text, self.at)
            if match and match[0] == "esac":
                self.at = match.end()
                return
            patterns = self._patterns(opened)
            begin = self.at
            outer, self.branch = self.branch, begin
            end = self.listing((";;", "esac"), opened, "case")
            self.branch = outer
            case.branches.append(Branch(patterns, self.text[begin : self.at]))

    def _patterns(self, opened: int) -> list[tuple[int, str]]:
        patterns = []
        self.at += self.peek() == "("
        while True:
            self.blanks()
            start = self.at
            pattern = self.word()
            if not pattern:
                raise self.unexpected(opened, "case")
            patterns.append((start, pattern))
            self.blanks()
            char = self.peek()
            self.at += 1
            if char == ")":
                return patterns
            if char != "|":
                self.at -= 1
                raise self.unexpected(opened, "case")

    def _function(self, opened: int) -> None:
        self.found.bash_only.append((opened, "function"))
        self.blanks()
        name = self.word()
        self.blanks()
        if self.peek() == "(" and _EMPTY.match(self.text, self.at):
            self.at = self.text.index(")", self.at) + 1
        self.body(opened, name)

    def _coproc(self, opened: int) -> None:
        self.found.bash_only.append((opened, "coproc"))
        self.blanks()
        if not self.compound():
            if _NAMED.match(self.text, self.at):
                self.word()
                self.blanks()
            self.command()
