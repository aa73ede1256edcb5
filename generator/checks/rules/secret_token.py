"""No credentials are written into files

A key in a repository is known to everyone who ever cloned it. Revoke it first, then remove it, and
put the new one into the secret store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.rule import Flaw
from generator.checks.source import Sources, lines

_KINDS: Final = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a password in a URL": r"\b[a-z][a-z0-9+]*://[^\s:@/$<{]+:(?!\*)[^\s:@/$<{]{6,}@",
}
_ANY: Final = re.compile("|".join(f"({pattern})" for pattern in _KINDS.values()))
_HINTS: Final = re.compile(
    rb"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hooks\.slack|PRIVATE KEY|AIza|k_live_|://[^\s/]+@"
)


def files(sources: Sources) -> Iterator[str]:
    return iter(sources.tree)


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if not _HINTS.search(sources.tree[path].content):
        return
    for number, line in enumerate(lines(sources, path), 1):
        match = _ANY.search(line)
        if match and "EXAMPLE" not in match[0]:
            kind = list(_KINDS)[(match.lastindex or 1) - 1]
            yield Flaw(number, f"this looks like {kind}", "Revoke it, then remove it.", match.start() + 1)
