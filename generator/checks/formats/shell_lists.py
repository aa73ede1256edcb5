"""Lists of commands: what separates them, simple commands, redirections and definitions of functions."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Final

from generator.checks.formats.shell_condition import Conditions
from generator.checks.formats.shell_words import END, REDIRECTION, Heredoc, ShellError

CLOSING: Final = re.compile(rf"(?:then|do|done|fi|else|elif|esac|\}}){END}")
_PREFIX: Final = re.compile(rf"(?:!|time(?:[ \t]+-p)?(?:[ \t]+--)?){END}")
_ASSIGNMENT: Final = re.compile(r"[A-Za-z_]\w*(?:\[[^\n]*?\])?\+?=")
_SEPARATED: Final = re.compile(r"&&|\|\|")
_CASE_END: Final = re.compile(r";;&?|;&")
_EMPTY: Final = re.compile(r"\([ \t]*\)")


@dataclass(slots=True)
class Command:
    """A command with its words as they are written, each with its offset; assignments before it are not among them."""

    words: list[tuple[int, str]]
    assigned: list[tuple[int, str]]
    function: str
    """The function that it stands in; "" outside of all."""


@dataclass(slots=True)
class Branch:
    """A branch of a `case`: its patterns, each with its offset, and its commands, as they are written."""

    patterns: list[tuple[int, str]]
    body: str


@dataclass(slots=True)
class Case:
    """A `case`."""

    subject: str
    function: str
    """The function that it stands in; "" outside of all."""
    within: int
    """Where the branch of another `case` begins that it stands in; -1 outside of all."""
    branches: list[Branch]


class Lists(Conditions):
    """Reads lists; what `if` and its like are, the grammar knows."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.commands: list[Command] = []
        self.functions: dict[str, int] = {}
        """Where each function is defined last."""
        self.cases: list[Case] = []
        self.within = ""
        self.branch = -1
        self._compound_before = False
        self.first: dict[int, int] = {}
        """Where the first command of what was opened at an offset ends."""

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def unexpected(self, opened: int, what: str) -> ShellError:
        """What to say of the word that comes, where `what` was opened; "" where nothing was."""
        match = CLOSING.match(self.text, self.at)
        token = match[0] if match else self.peek()
        if what and (match or not token):
            where = f"before {token} in line {self.line(self.at)}" if token else "at the end of the file"
            return ShellError(opened, f"{what} is not closed {where}" if token else f"{what} is not closed")
        return ShellError(self.at, f"{token if token != chr(10) else 'the end of the line'} is not expected here")

    def listing(self, until: tuple[str, ...], opened: int, what: str) -> str:
        """Reads commands up to one of the words that end them, and that word; returns it."""
        empty = True
        while True:
            self.gap()
            end = self._ends(until, opened, what, empty=empty)
            if end is not None:
                return end
            self._and_or()
            if empty:
                self.first[opened] = self.at - 1
            empty = False
            self.blanks()
            char = self.peek()
            if (char == ";" and not _CASE_END.match(self.text, self.at)) or char == "&":
                self.at += 1
            elif char and char not in "\n;)" and not self._after_compound():
                raise self.unexpected(0, "")

    def _after_compound(self) -> bool:
        """`(true) then`: after what closes a command no separator is needed before a word that closes."""
        return bool(CLOSING.match(self.text, self.at)) and self._compound_before

    def _ends(self, until: tuple[str, ...], opened: int, what: str, *, empty: bool) -> str | None:
        char = self.peek()
        if not char:
            if "" in until:
                return ""
            raise self.unexpected(opened, what)
        match = CLOSING.match(self.text, self.at) or _CASE_END.match(self.text, self.at)
        word = match[0] if match else char
        if word[0] == ";" and match and ";;" in until:
            if len(word) == 3 or word == ";&":
                self.found.bash_only.append((self.at, word))
            word = ";;"
        if word in until and (match or word == ")"):
            if empty and word not in {";;", "esac"} and not (word == ")" and what in {"$(", "<(", ">("}):
                raise ShellError(self.at, f"{word} is not expected here: there is no command before it")
            self.at = match.end() if match else self.at + 1
            return word
        if match or char in ";&|)":
            raise self.unexpected(opened, what)
        return None

    def _and_or(self) -> None:
        self._pipeline()
        while True:
            self.blanks()
            match = _SEPARATED.match(self.text, self.at)
            if not match:
                return
            self.at = match.end()
            self.gap()
            self._pipeline()

    def _pipeline(self) -> None:
        prefixed = False
        while match := _PREFIX.match(self.text, self.at):
            self.at = match.end()
            self.blanks()
            prefixed = True
        if prefixed and self.peek() in {"", "\n", ";", ")"}:
            return
        self.command()
        while True:
            self.blanks()
            if self.peek() != "|" or self.text.startswith("||", self.at):
                return
            self.at += 1
            if self.peek() == "&":
                self.found.bash_only.append((self.at - 1, "|&"))
                self.at += 1
            self.gap()
            self.command()

    def command(self) -> None:
        """Reads one command, with what it is redirected to."""
        self._compound_before = False
        if CLOSING.match(self.text, self.at):
            raise self.unexpected(0, "")
        if not self.compound():
            self._simple()
            return
        self.blanks()
        while self._redirection():
            self.blanks()
        self._compound_before = True

    @abstractmethod
    def compound(self) -> bool:
        """Reads a compound command; False where none begins here."""

    def _simple(self) -> None:
        start = self.at
        command = Command([], [], self.within)
        while True:
            self.blanks()
            if self._redirection():
                continue
            before = self.at
            word = self.word(assigns=not command.words)
            if not word:
                break
            assigns = not command.words and _ASSIGNMENT.match(word)
            (command.assigned if assigns else command.words).append((before, word))
        if command.words or command.assigned:
            self.commands.append(command)
        if self.peek() == "(":
            self._definition(start, command)
        elif self.at == start:
            raise self.unexpected(0, "")

    def _definition(self, start: int, command: Command) -> None:
        """`name()`, which began like a command."""
        match = _EMPTY.match(self.text, self.at)
        if not match or len(command.words) != 1 or command.assigned:
            raise ShellError(self.at, "( is not expected here")
        self.commands.pop()
        self.at = match.end()
        self.body(start, command.words[0][1])
        self.blanks()
        while self._redirection():
            self.blanks()
        self._compound_before = True

    def _redirection(self) -> bool:
        match = REDIRECTION.match(self.text, self.at)
        if not match:
            return False
        self.at = match.end()
        operator = match[1] or match[0]
        if operator == "<<<" or operator.startswith("&>"):
            self.found.bash_only.append((match.start(), operator))
        self.blanks()
        start = self.at
        target = self.word()
        if not target:
            raise ShellError(start, f"{operator} is followed by nothing")
        if operator in {"<<", "<<-"}:
            self.pending.append(Heredoc(match.start(), re.sub(r"[\\'\"]", "", target), operator == "<<-"))
        return True

    def body(self, opened: int, name: str) -> None:
        """Reads the body of a function."""
        self.gap()
        self.functions[name] = opened
        outer, self.within = self.within, name
        try:
            if not self.compound():
                raise ShellError(opened, f"the function {name} has no body")
        except ShellError as error:
            if error.message.startswith("{ is not closed") and self.line(error.offset) == self.line(opened):
                raise ShellError(opened, error.message.replace("{", f"the function {name}", 1)) from None
            raise
        self.within = outer
