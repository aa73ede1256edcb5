"""Lists every suppression of every tool in a generated repository, with its reason.

`python tools/suppressions.py DIR...`; exits 1 where one has no reason or there are more than 25 different ones.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import yaml

TRIVY_FILE: Final = ".trivyignore.yaml"
LIMIT: Final = 25
# tool -> (what starts a suppression and its id, how the reason follows)
PATTERNS: Final = {
    "checkov": re.compile(r"checkov:skip=(?P<id>CKV2?_[A-Z0-9_]+)(?::\s*(?P<reason>.+))?"),
    "checkov (manifest)": re.compile(r"checkov\.io/skip\d+:\s*[\"']?(?P<id>CKV2?_[A-Z0-9_]+)(?:=(?P<reason>.+))?"),
    "zizmor": re.compile(r"zizmor:\s*ignore\[(?P<id>[\w,-]+)\](?P<reason>.*)"),
    "hadolint": re.compile(r"hadolint\s+(?:global\s+)?ignore=(?P<id>[\w,]+)(?P<reason>.*)"),
    "shellcheck": re.compile(r"shellcheck disable=(?P<id>[\w,]+)(?P<reason>.*)"),
    "yamllint": re.compile(r"yamllint disable(?:-line)?(?P<id>(?: rule:[\w-]+)*)(?P<reason>.*)"),
    "actionlint": re.compile(r"actionlint-ignore:?\s*(?P<id>\S+)(?P<reason>.*)"),
    "trivy": re.compile(r"trivy:ignore:(?P<id>[\w-]+)(?P<reason>.*)"),
    "gitleaks": re.compile(r"gitleaks:(?P<id>allow)(?P<reason>.*)"),
    "promtool": re.compile(r"ignore_linting(?P<id>\S*)(?P<reason>.*)"),
}


def found(root: Path) -> Iterator[tuple[str, str, str, str]]:
    """Every suppression below `root`: tool, id, reason, place."""
    for path in sorted(p for p in root.rglob("*") if p.is_file() and ".git" not in p.parts):
        if path.name == "lock":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            for tool, pattern in PATTERNS.items():
                for match in pattern.finditer(line):
                    reason = (match["reason"] or "").strip(" \"'#-:")
                    yield tool, match["id"].strip(), reason, f"{path.relative_to(root)}:{number}"


def entries(root: Path) -> Iterator[tuple[str, str, str, str]]:
    """What trivy's own file overlooks below `root`, in the same form."""
    file = root / TRIVY_FILE
    kinds = yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}
    for entry in (entry for kind in kinds.values() for entry in kind or ()):
        yield "trivy", entry["id"], entry.get("statement", "").removeprefix("design:").strip(), TRIVY_FILE


def main(folders: Iterable[Path]) -> int:
    """Prints the list; 1 where a reason is missing or there are too many."""
    distinct: dict[tuple[str, str, str], list[str]] = {}
    for folder in folders:
        for tool, id_, reason, place in (*found(folder), *entries(folder)):
            distinct.setdefault((tool, id_, reason), []).append(place)
    for (tool, id_, reason), places in sorted(distinct.items()):
        print(f"{tool} {id_}: {reason or 'NO REASON'} ({len(places)} x, {places[0]})")
    kinds = {(tool, id_) for tool, id_, _ in distinct}
    print(f"{len(kinds)} different suppressions")
    return 1 if len(kinds) > LIMIT or any(not reason for _, _, reason in distinct) else 0


if __name__ == "__main__":
    sys.exit(main(map(Path, sys.argv[1:])))
