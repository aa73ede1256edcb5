"""What credentials look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

TOKENS: Final = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a Slack token": r"\bxox[abprs]-(?!1234567890-)(?=[A-Za-z0-9-]{0,60}\d{5})[A-Za-z0-9-]{10,}",
    "a Slack webhook": r"hooks\.slack\.com/services/T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a token of npm": r"\bnpm_[A-Za-z0-9]{35,40}\b",
    "a token of PyPI": r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{40,}",
    "a SendGrid key": r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b",
    "a DigitalOcean token": r"\bdo[opr]_v1_[0-9a-f]{64}\b",
    "a token of Grafana": r"\bgl(?:sa|c)_[A-Za-z0-9_=]{32,}",
    "a token of Vault": r"\bhv[bs]\.[A-Za-z0-9_-]{24,}",
    "a key of OpenAI or Anthropic": r"\bsk-(?:proj|ant)-[A-Za-z0-9_-]{32,}",
    "a signed token (JWT)": r"\beyJ[A-Za-z0-9_-]{12,}\.eyJ[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{16,}",
    "a password in a URL": r"\b[a-z][a-z0-9+]{0,30}://[^\s:@/$<{]+:(?!\*)[^\s:@/$<{]{6,}@",
}
_ANY: Final = re.compile("|".join(f"({pattern})" for pattern in TOKENS.values()))
_STANDS_FOR: Final = re.compile(
    r"(?i)x{6}|0{8}|your|change[-_]?me|example|placeholder|redacted|dummy|fake|SflKxwRJSMeKKF2QT4fw"
)
"""What nobody draws by lot; the last signs the token that every page about JWT shows."""
HINTS: Final = re.compile(
    rb"AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abprs]-|hooks\.slack|PRIVATE KEY|AIza|k_live_|://[^\s/]+@"
    rb"|npm_|pypi-A|SG\.|do[opr]_v1_|gl(?:sa|c)_|hv[bs]\.|sk-(?:proj|ant)-|\.eyJ"
)
"""What every file with a credential contains: most files need no closer look."""


def secrets(text: str) -> Iterator[tuple[int, str]]:
    """(offset, what it looks like) of everything that looks like a credential; what only stands for one is none."""
    for match in _ANY.finditer(text):
        kind = list(TOKENS)[(match.lastindex or 1) - 1]
        # Words in an address may be those of its user.
        if "EXAMPLE" not in match[0] and (kind.endswith("in a URL") or not _STANDS_FOR.search(match[0])):
            yield match.start(), kind


def looks_secret(text: str) -> str:
    """What the first credential in a text looks like ("a GitHub token"); "" where there is none."""
    return next((kind for _, kind in secrets(text)), "")
