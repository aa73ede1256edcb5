"""What to do about a file that a parser refuses, as far as its message says so."""

from __future__ import annotations

import re
from typing import Final

_ENDS: Final = {
    "if": "fi", "case": "esac", "while": "done", "until": "done", "for": "done", "select": "done", "the function": "}",
    "{": "}", "(": ")", "[": "]", "$(": ")", "${": "}", "((": "))", "`": "`", '"': '"', "'": "'",
}  # fmt: skip
"""What closes each that a message names as open."""
_FIXES: Final = tuple(
    (re.compile(pattern), fix)
    for pattern, fix in (
        # Shell and HCL, in our words
        (r"\[\[ is not closed", "Write ]] with a blank before it."),
        (r"the quote.* is not closed|^illegal character '\\n'|^Unterminated string", "Close the quote in its line."),
        (r"(?:not ended by|has no end: a line with) (\S+)", "Write {0} alone on a line where the text ends."),
        (r"^the \{ of this line", "Write } where its block ends."),
        (r" has no (do|then|in)$", "Write {0} behind what it is for."),
        (r"^(\S+) has no = before its value", "Write = behind {0}."),
        (r" needs its value in the same line", "Write the value behind the =."),
        (r" needs its brace in the same line", "Write the brace at the end of this line."),
        (r" and has no =$", "Take the = out."),
        (r"^(\S+) closes nothing", "Take {0} out."),
        (r"^(\S+) is not expected here", "Take {0} out, or write what belongs before it."),
        (r"^(\S+) is followed by nothing", "Write behind {0} what it is for."),
        # PromQL
        (r"unclosed left parenthesis", "Write the ) that is missing."),
        (r"expected type matrix in call to function '(\w+)'", "Give the series a time, as in {0}(x[5m])."),
        (r"unknown function with name", "Call a function that PromQL has."),
        # JSON
        (r"^Expecting ',' delimiter", "Write a comma between the two, or close the bracket before."),
        (r"^Expecting ':' delimiter", "Write a colon between the key and its value."),
        (r"^Expecting property name", "Put the key in double quotes, or take out the comma before the brace."),
        (r"^Expecting value", "Write a value in double quotes, or take out the comma before the bracket."),
        (r"^Extra data", "Keep one value, and take out what follows it."),
        (r"^(\S+) is not JSON", "Write null or a number."),
        # YAML
        (r"did not find expected ',' or", "Close the bracket, or write a comma between its items."),
        (r"undefined alias '(.+)'", "Write &{0} at the value that is meant, above this line."),
        (
            r"mapping values are not allowed",
            "Put the text in quotes, or give the line the indentation of its neighbours.",
        ),
        (r"could not find expected ':'", "Write a colon behind the key, or indent the line further than its key."),
        (r"did not find expected (?:key|'-' indicator)", "Give the line the indentation of its neighbours."),
        (r"cannot start any token", "Indent with blanks, and put a text that begins with a sign in quotes."),
        # TOML
        (r"^unclosed array", "Write the ] that is missing."),
        (r"^cannot (?:declare|overwrite)", "Keep one of the two."),
        (r"^invalid value", "Put the text in quotes."),
    )
)


def fix_of(message: str) -> str:
    """What to do about what a parser says; "" where its words do not tell."""
    opened, closed, _ = message.partition(" is not closed")
    end = _ENDS.get(opened) or _ENDS.get(opened.rpartition(" ")[0]) if closed else ""
    for pattern, fix in _FIXES:
        match = pattern.search(message)
        if match:
            return fix.format(*match.groups()) if match.groups() else fix
    return f"Write {end} where it ends." if end else ""
