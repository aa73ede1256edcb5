"""The floors of traffic of the generated judge, taken away by an edit: for the proof that the stories miss them."""

from __future__ import annotations

import re
from typing import Final

FEW_ANSWERS: Final = ("scripts/lib/judge.sh", "((answered < JUDGE_MIN_ANSWERS))", "false")
"""So few answers to requests of its own are enough."""
FEW_COUNTED: Final = (
    "scripts/lib/judge.sh",
    'if [[ "$(compare "$rate" "$JUDGE_MIN_RATE")" != above ]] && ! _many_failures "$rate" "$errors"; then',
    "if false; then",
)
"""An error ratio of so few requests decides."""
HARDLY_ASKS: Final = {"JUDGE_SEND_RATE": "0.05", "JUDGE_GRACE_SECONDS": "1", "JUDGE_SETTLE_SECONDS": "60"}
"""A judge whose requests come too late to be answered."""
TOO_FEW: Final = re.compile(r"version v2 answered only [0-4] of the requests that were sent, 5 are needed")
"""What is said of that; how many came depends on how fast the computer is."""
