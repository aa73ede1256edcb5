"""What another program makes a file of, seen by its tags where the file's own language has none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_INNER: Final = r"(?:[^{}\n]|\{[^{}\n]*\})*"
_COMMENT: Final = r"(?<!\$)\{#[^\n]{0,200}?#\}"
_STATEMENT: Final = rf"\{{%[-+~]?\s*\w|<%|{_COMMENT}|\{{\{{-?\s*/\*"
_IN_HCL: Final = re.compile(rf"\{{\{{{_INNER}\}}\}}|{_STATEMENT}")
# A line that can only be one of a template: quotes within `"$( )"` are not read as what they are.
_IN_SHELL: Final = re.compile(
    rf"^[^'\"\n]*\{{\{{(?:[^'\"{{}}\n]|\{{[^'\"{{}}\n]*\}})*\}}\}}|{_STATEMENT}|%\{{~?\s*(?:if|for|else|endif|endfor)\b",
    re.MULTILINE,
)
_HCL_ASIDE: Final = re.compile(
    rf"{_COMMENT}|"
    r'(?P<start><<-?\s*(?P<end>\w+)[^\n]*\n)|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)',
    re.DOTALL,
)
_SHELL_ASIDE: Final = re.compile(
    rf"{_COMMENT}|"
    r"(?P<start>(?<!<)<<-?[ \t]*\\?[\"']?(?P<end>\w+)[^\n]*\n)|\\.|\$'(?:[^'\\]|\\.)*'?|'[^']*'?"
    r"|\"(?:[^\"\\]|\\.)*\"?|(?<![^\s;&|()])#[^\n]*",
    re.DOTALL,
)
_SIGN: Final = re.compile(r"[^\n]")


def is_hcl(content: str) -> bool:
    """Whether another program makes HCL of the text."""
    return bool(_IN_HCL.search(_bare(content, _HCL_ASIDE, str.strip)))


def is_shell(content: str) -> bool:
    """Whether another program makes a script of the text."""
    return bool(_IN_SHELL.search(_bare(content, _SHELL_ASIDE, lambda line: line.strip("\t"))))


def _bare(content: str, aside: re.Pattern[str], ending: Callable[[str], str]) -> str:
    """The text with a quote for each character of its texts and here-documents; comments are gone."""
    ends = {ending(line) for line in content.split("\n")}
    found: list[str] = []
    at = 0
    while match := aside.search(content, at):
        found.append(content[at : match.start()])
        at = match.end()
        if match["start"] and match["end"] in ends:
            closed = re.compile(rf"^[ \t]*{match['end']}[ \t]*$", re.MULTILINE).search(content, at)
            at = closed.end() if closed else at
            ends -= set() if closed else {match["end"]}  # nor will it be there further down
        if match[0][0] == "{":
            found.append(match[0])
        elif match[0][0] in "\\$'\"<":
            found.append(_SIGN.sub('"', content[match.start() : at]))
    return "".join([*found, content[at:]])
