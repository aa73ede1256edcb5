"""Commands that install whatever version of a tool is the newest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile
from typing import Final

_PIP: Final = re.compile(r"\b((?:pip3?|pipx|uv tool|uv pip) install)((?:\s+[^\s&|;<>)`]+)+)")
_NPM: Final = re.compile(r"\b(npm (?:install|i))(?=[^&|;]*\s(?:-g|--global)\b)((?:\s+[^\s&|;<>)`]+)+)")
_GEM: Final = re.compile(r"\b(gem install)(?![^&|;]*\s(?:-v|--version)\b)((?:\s+[^\s&|;<>)`]+)+)")
_CARGO: Final = re.compile(r"\b(cargo install)(?![^&|;]*\s--(?:version|vers|git|path)\b)((?:\s+[^\s&|;<>)`]+)+)")
_RUN: Final = re.compile(r"\b(npx(?=[^&|;]*\s(?:-y|--yes)\b)|uvx|pipx run)(?:\s+-\S+)*\s+([A-Za-z@][^\s&|;<>)`\"'$]*)")
_GO: Final = re.compile(r"\bgo install [\w./-]+@(latest|main|master|v\d+(?:\.\d+)?)(?![\w.-])")
_HELM: Final = re.compile(r"\bhelm (?:install|upgrade|template|pull)\b(?=.*?(?:--repo[ =]|oci://))(?!.*\s--version\b)")

_FILES: Final = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable", ".")
_VALUED: Final = frozenset({
    "-t", "--target", "--prefix", "--root", "--python", "--platform", "--abi", "--implementation", "--no-binary",
    "--only-binary", "--cache-dir", "--suffix", "--registry", "--loglevel", "--cache", "--install-dir", "--bindir",
    "--features", "--profile", "--bin",
})  # fmt: skip
"""Options whose value is the next word."""
_NAME: Final = r"[\"']?[\w.-]+(?:\[[\w,-]+\])?[\"']?"
_RANGE: Final = re.compile(rf"{_NAME}(?:(?:>=|~=|>|<|!=).*|==[\d.]*\*)?")
_NODE: Final = re.compile(r"(?:@[\w.-]+/)?[\w.-]+(?:@(?:[a-z][\w-]*|[~^<>].*|\d+(?:\.\d+)?(?:\.[x*])?))?")


def unpinned(line: str, *, alone: bool) -> Iterator[tuple[int, str]]:
    """Offset and message of each; `alone`: only where a command begins the line, as not in what a script prints."""
    for pattern, loose in ((_PIP, _of_pip), (_NPM, _of_npm), (_GEM, _of_gem), (_CARGO, _of_cargo)):
        for match in pattern.finditer(line) if " i" in line else ():
            for name in loose(_given(match[2])) if not alone or _begins(line, match.start()) else ():
                yield match.start(), f"{match[1]} {name} takes whatever version is the newest"
    for match in _RUN.finditer(line) if not alone else ():
        if not re.search(r"==|@v?\d+\.\d+\.\d+$", match[2]):
            yield match.start(), f"{match[1]} {match[2]} takes whatever version is the newest"
    found = _GO.search(line)
    if found:
        yield found.start(1), f"go install takes {found[1]}, which is another one on a day that somebody else chose"


def chart(command: str) -> int:
    """Where a command installs a chart from a registry without saying its version; -1 where none does."""
    found = _HELM.search(command) if "helm " in command else None
    return found.start() if found else -1


def is_range(requirement: str) -> bool:
    """Whether a requirement of Python names no exact version."""
    return bool(_RANGE.fullmatch(requirement))


def _begins(line: str, start: int) -> bool:
    return bool(re.fullmatch(r"\s*@?-?(?:sudo |exec |python3? -m )*", line[:start]))


def _given(text: str) -> list[str]:
    """The words of a command up to a comment, without the values of options."""
    words = list(takewhile(lambda word: not word.startswith("#"), text.split()))
    return [word for before, word in pairwise(["", *words]) if before not in _VALUED]


def _words(words: list[str]) -> list[str]:
    return [word.strip("\"'") for word in words if re.match(r"[\"']?[A-Za-z@]", word)]


def _of_pip(words: list[str]) -> list[str]:
    """None where it installs from files."""
    if any(word.partition("=")[0] in _FILES or word.startswith(("./", "../", "/")) for word in words):
        return []
    return [word for word in _words(words) if is_range(word)]


def _of_npm(words: list[str]) -> list[str]:
    return [word for word in _words(words) if _NODE.fullmatch(word)]


def _of_gem(words: list[str]) -> list[str]:
    return [word for word in _words(words) if re.fullmatch(r"[\w-]+", word)]


def _of_cargo(words: list[str]) -> list[str]:
    return [word for word in _words(words) if re.fullmatch(r"[\w-]+", word)]
