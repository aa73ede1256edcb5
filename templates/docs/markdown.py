"""Text, tables and code as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from generator.formats import md


def text(value: str) -> str:
    """Text of the user: every character that Markdown or HTML would take for itself is escaped."""
    return re.sub(r"[&~$]", lambda found: {"&": "&amp;", "~": "\\~", "$": "&#36;"}[found[0]], md(value))


def prose(value: str) -> str:
    """Markdown of a component, on one line: outside of code spans `<` is text, and so is a bare `*`."""
    pieces = re.split(r"(`[^`]+`)", " ".join(value.split()))
    return "".join(
        piece if number % 2 else re.sub(r"(?<!\\)<", r"\\<", re.sub(r"(?<![*\\])\*(?!\*)", r"\\*", piece))
        for number, piece in enumerate(pieces)
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]], none: str = "Nothing yet.") -> str:
    """A compact Markdown table; `none` where there are no rows."""
    lines = ["| " + " | ".join(map(cell, row)) + " |" for row in rows]
    if not lines:
        return none
    return "\n".join(["| " + " | ".join(head) + " |", "|" + " --- |" * len(head), *lines])


def cell(value: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(value.split())) or " "


def anchor(title: str) -> str:
    """The fragment that GitHub and GitLab make of a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def code_block(command: str, width: int) -> str:
    """A fenced block, indented to belong to a list item."""
    pad = " " * width
    lines = ("```bash", *command.strip("\n").split("\n"), "```")
    return "\n".join(f"{pad}{line}" if line else "" for line in lines)


def sentence(text: str) -> str:
    shown = prose(text)
    return shown if shown.endswith((".", ":", ";", "!", "?")) else f"{shown}."


def paragraphs(text: str) -> str:
    """Text with its own paragraphs and tables kept."""
    return "\n\n".join(
        paragraph.strip("\n") if paragraph.lstrip().startswith("|") else prose(paragraph)
        for paragraph in text.strip().split("\n\n")
        if paragraph.strip()
    )
