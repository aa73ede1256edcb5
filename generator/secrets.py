"""What credentials look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TOKENS: Final = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a password in a URL": r"\b[a-z][a-z0-9+]{0,30}://[^\s:@/$<{]+:(?!\*)[^\s:@/$<{]{6,}@",
}
_ANY: Final = re.compile("|".join(f"({pattern})" for pattern in TOKENS.values()))
HINTS: Final = re.compile(
    rb"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hooks\.slack|PRIVATE KEY|AIza|k_live_|://[^\s/]+@"
)
"""What every file with a credential contains: most files need no closer look."""


def secrets(text: str) -> Iterator[tuple[int, str]]:
    """(offset, what it looks like) of everything that looks like a credential; documented examples are none."""
    for match in _ANY.finditer(text):
        if "EXAMPLE" not in match[0]:
            yield match.start(), list(TOKENS)[(match.lastindex or 1) - 1]


def looks_secret(text: str) -> str:
    """What the first credential in a text looks like ("a GitHub token"); "" where there is none."""
    return next((kind for _, kind in secrets(text)), "")
