"""The outputs that a step's script writes to `$GITHUB_OUTPUT`, as far as its text tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats.yaml import Node
from generator.checks.source import Sources, join, shared, text

_FILE: Final = "GITHUB_OUTPUT"
_SAY: Final = re.compile(r"(?<![^\s;&|({])(?:echo|printf)\s+(?:-[neE]+\s+|--\s+)*(?P<said>.*)$")
_COMMANDS: Final = re.compile(r"&&|\|\||;")
_NAME: Final = re.compile(r"(?:^|[\s\"']|\\n)([A-Za-z_][\w.-]*)(?==|<<)")
_MADE_UP: Final = re.compile(r"(?:^|[\s\"']|\\n)[\w.-]*\$[^=\s\"']*(?:=|<<)")
"""A name of which a variable is a part."""
_HEREDOC: Final = re.compile(r"\bcat\b[^|]*<<-?\s*[\"']?(\w+)")
_CLOSES: Final = re.compile(r"\s*(?:\}|\)|done\b|fi\b|esac\b)")
_FLOW: Final = re.compile(
    r"\s*(?:$|#|if\b|elif\b|else\b|fi\b|for\b|while\b|do\b|done\b|case\b|esac\b|\{|\}|\(|\)|;;|local\b|shift\b|\w+=|"
    r"\S+\)\s*$|continue\b|break\b|exit\b)"
)
# What runs text that cannot be seen here; the second kind only runs what lies in the repository.
_UNSEEN: Final = re.compile(
    r"\b(?:sh|bash|source|\.)\s+<\(|\beval\b|\|\s*(?:sudo )?(?:ba|z)?sh\b|"
    r"\b(?:npx|pipx|uvx)\b|\bdocker\s+(?:run|exec|compose)\b"
)
_RUNS: Final = re.compile(
    r"(?:^|[\s;&|(])(?:(?:ba|z)?sh|source|\.|python\d?|node|deno|bun|npm|pnpm|yarn|make|just|task|go|cargo|ruby|pwsh|"
    r"uv|poetry|gradle|mvn)\s|(?:^|[\s;&|(])\.{0,2}/\w"
)


def names(sources: Sources, step: Node) -> set[str] | None:
    """What a step that runs a script writes; None where that is not known."""
    script = step.at("run").text
    shell = step.at("shell").text
    if (shell and not shell.startswith(("bash", "sh"))) or _UNSEEN.search(script) or "set-output" in script:
        return None
    found = written(script)
    others = _writers(sources)
    called = {one for one in _paths(script, step.at("working-directory").text) if one in sources.tree}
    for path in sorted(called & others):
        found = _joined(found, written(text(sources, path)) if path.endswith((".sh", ".bash")) else None)
    if others - called and _RUNS.search(script):
        return None
    # A program may write by itself, as the wrapper of Terraform does: a script that writes nothing says nothing.
    return found or None


def written(script: str) -> set[str] | None:
    """The names that a shell script writes itself; None where one of its lines does not tell."""
    rows = script.replace("\\\n", " ").split("\n")
    found: set[str] | None = set()
    for number, row in enumerate(rows):
        if row.lstrip().startswith("#"):
            continue
        # Where a line writes more than once, each of its commands has a name of its own.
        for part in _COMMANDS.split(row) if row.count(_FILE) > 1 else [row]:
            if _FILE in part:
                found = _joined(found, _statement(rows, number, part))
    return found


def _joined(one: set[str] | None, other: set[str] | None) -> set[str] | None:
    return None if one is None or other is None else one | other


def _statement(rows: list[str], number: int, row: str) -> set[str] | None:
    heredoc = _HEREDOC.search(row)
    if heredoc:
        return _lines(_until(rows[number + 1 :], heredoc[1]))
    if _CLOSES.match(row):
        return _block(rows, number)
    say = _SAY.search(row)
    if say is None or not re.search(rf">>?\s*[\"']?\$\{{?{_FILE}|\btee\b", row):
        return None
    return _said(say["said"])


def _said(words: str) -> set[str] | None:
    said = words if "<<" in words else words.partition(">>")[0]
    return None if _MADE_UP.search(said) or re.match(r"[\"']?\$", words) else set(_NAME.findall(said))


def _until(rows: list[str], end: str) -> Iterator[str]:
    for row in rows:
        if row.strip() == end:
            return
        yield row


def _lines(rows: Iterator[str]) -> set[str] | None:
    """The names at the beginning of lines, without the lines of a value that has several."""
    found = set()
    end = ""
    for row in rows:
        match = re.match(r"\s*([A-Za-z_][\w.-]*)(=|<<\s*(\S+))", row)
        if end:
            end = "" if row.strip() == end else end
        elif match:
            found.add(match[1])
            end = match[3] or ""
        elif row.strip():
            return None
    return found


def _block(rows: list[str], number: int) -> set[str] | None:
    """What the lines of a group or of a loop say, up to the sign that opens it."""
    opens = {"}": r"(?:.*\s)?\{\s*$", ")": r"\s*\(\s*$"}.get(rows[number].strip()[0])
    begin = next((n for n in range(number - 1, -1, -1) if opens and re.match(opens, rows[n])), -1)
    found: set[str] | None = set()
    inside = False
    for row in rows[begin + 1 : number]:
        say = _SAY.search(row)
        if inside:
            inside = not (say and not _NAME.search(say["said"]))
        elif say:
            found = _joined(found, _said(say["said"]))
            inside = "<<" in say["said"]
        elif not _FLOW.match(row) and opens:
            return None
    return found


def _paths(script: str, folder: str) -> set[str]:
    words = set(re.findall(r"[\w./-]+", script))
    return {join(base, word) for base in ("", folder) for word in words if "$" not in folder or not base}


@shared
def _writers(sources: Sources) -> frozenset[str]:
    """The files of the repository, without its workflows, that speak of the file of outputs."""
    speaks = (path for path, file in sources.tree.items() if _FILE.encode() in file.content)
    return frozenset(path for path in speaks if not path.startswith(".github/workflows/") and not path.endswith(".md"))
