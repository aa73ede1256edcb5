"""Where the comments of a file stand, by its format: what is in a string, a here-document or a page's code is none.

Each format is read as far as that needs. Where a text cannot be read, what begins like a comment is one. The time is
linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Final

from generator.checks.formats import dockerfile, hcl, json, markdown, shell
from generator.checks.formats.shell_grammar import Grammar
from generator.checks.formats.shell_words import ShellError
from generator.checks.source import Sources, is_template, lines, makefiles, name, shared, text

Span = tuple[int, int]
"""Where a comment begins and ends, as offsets in a text."""
_Reader = Callable[[str], Iterable[Span]]

_QUOTED: Final = r"""(?<![\w\\])(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_HASH: Final = re.compile(rf"{_QUOTED}|(?P<comment>(?:(?<=[\s;&|()])|(?<=\t)@|^)\#[^\n]*)", re.MULTILINE)
_CLOSED: Final = r"""(?:\{\{-?\s*/\*|<!--|/\*|\{\#)(?:(?!\*/|-->|\#\}).)*(?:\*/\s*-?\}\}|\*/|-->|\#\})?"""
_ANY: Final = re.compile(rf"{_QUOTED}|(?P<comment>(?:(?<=\s)|^)(?:{_CLOSED}|(?:\#|//|;)[^\n]*))", re.MULTILINE)
_YAML: Final = re.compile(r"(?P<comment>(?:(?<=\s)|^)#[^\n]*)", re.MULTILINE)
_MARKUP: Final = re.compile(r"(?P<comment><!--.*?(?:-->|\Z))", re.DOTALL)
_C: Final = re.compile(
    r""""(?:[^"\\\n]|\\.)*"?|(?<!\w)'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))""",
    re.DOTALL,
)
_PYTHON: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'\'\'(?:[^\\]|\\.)*?(?:\'\'\'|\Z)|"(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'?'''
    r"|(?P<comment>\#[^\n]*)",
    re.DOTALL,
)
_TOML: Final = re.compile(
    r'''"""(?:[^\\]|\\.)*?(?:"""|\Z)|\'\'\'.*?(?:\'\'\'|\Z)|"(?:[^"\\\n]|\\.)*"?|\'[^\'\n]*\'?|(?P<comment>\#[^\n]*)''',
    re.DOTALL,
)
_MAKE: Final = re.compile(r"\\.|(?P<comment>#[^\n]*)")
_EXPRESSION: Final = re.compile(r"\$\{\{(?:(?!\$\{\{|\}\}).)*\}\}")
_HCL: Final = re.compile(
    r"(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))|<<-?[ \t]*(?P<end>\w+)[^\n]*|(?P<sign>[\"{}])", re.DOTALL
)
_HCL_TEXT: Final = re.compile(r"\\.|\$\$\{|%%\{|(?P<into>[$%]\{)|[\"\n]")
_LONGEST: Final = 100_000
"""Characters of a script inside of another file that are read as one."""

_WITHOUT: Final = (".json", ".geojson", ".ipynb", ".tfstate", ".csv")
_LIKE_C: Final = (
    ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".java", ".kt", ".kts", ".groovy", ".gradle",
    ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".rs", ".swift", ".scala", ".proto", ".css", ".scss", ".less", ".jsonc",
    ".json5", ".cue", ".bicep", "Jenkinsfile",
)  # fmt: skip
_SCRIPTS: Final = frozenset(
    ["run", "script", "before_script", "after_script", "command", "args", "entrypoint", "cmd", "cmds", "shell"]
)
"""Keys of YAML whose texts a shell runs."""
_DOCUMENTS: Final = frozenset(["patch", "values", "valuesContent"])
"""Keys of YAML whose texts are YAML: of kustomizations, and of what installs charts."""


@shared
def spans(sources: Sources, path: str) -> tuple[Span, ...]:
    """The comments of a file, in order."""
    content = text(sources, path)
    if path.endswith((".md", ".markdown", ".mdx")):
        return tuple(_markdown(sources, path))
    if is_template(sources, path):
        return tuple(_by(_ANY)(content))
    if path in _dockerfiles(sources):
        return tuple(_dockerfile(content, {one.line: one.word for one in dockerfile.parse(sources, path)}))
    return tuple((_named(sources).get(path) or _reader(path))(content))


@shared
def _dockerfiles(sources: Sources) -> frozenset[str]:
    return frozenset(dockerfile.paths(sources))


@shared
def _named(sources: Sources) -> dict[str, _Reader]:
    """How those files are read that other things than their suffix tell."""
    made: dict[str, _Reader] = dict.fromkeys(shell.paths(sources), _shell)
    return made | dict.fromkeys(makefiles(sources), _makefile)


def _reader(path: str) -> _Reader:
    """How a file is read whose name alone is known."""
    if path.endswith(_WITHOUT) and not json.may_have_comments(path):
        return lambda _: ()
    if path.endswith(_LIKE_C) or json.may_have_comments(path):
        return _by(_C)
    if path.endswith(hcl.SUFFIXES):
        return _hcl
    readers: dict[str, _Reader] = {
        ".yml": _yaml, ".yaml": _yaml, ".rules": _yaml, ".sh": _shell, ".bash": _shell, ".py": _by(_PYTHON),
        ".pyi": _by(_PYTHON), ".toml": _by(_TOML), ".html": _by(_MARKUP), ".htm": _by(_MARKUP), ".xml": _by(_MARKUP),
        ".svg": _by(_MARKUP),
    }  # fmt: skip
    return readers.get(f".{name(path).rpartition('.')[2]}", _by(_ANY))


def _by(pattern: re.Pattern[str]) -> _Reader:
    """A reader of what the pattern calls a comment; what else it finds is passed over."""
    return lambda content: _found(pattern, content, 0, len(content))


def _found(pattern: re.Pattern[str], content: str, start: int, end: int) -> Iterator[Span]:
    for match in pattern.finditer(content, start, end):
        if match["comment"]:
            yield match.span("comment")


def _markdown(sources: Sources, path: str) -> Iterator[Span]:
    """Comments of HTML outside of code, also over several lines."""
    starts = list(accumulate((len(line) + 1 for line in lines(sources, path)), initial=0))
    opened = -1
    for number, line in markdown.prose(sources, path):
        at = 0
        plain = markdown.without_code(line) if "<!--" in line and opened < 0 else line
        while at >= 0:
            found = plain.find("-->" if opened >= 0 else "<!--", at)
            if found < 0:
                break
            if opened >= 0:
                yield opened, starts[number - 1] + found + len("-->")
                opened, at = -1, found + len("-->")
            else:
                opened, at = starts[number - 1] + found, found + len("<!--")
    if opened >= 0:
        yield opened, len(text(sources, path))


def _hcl(content: str) -> Iterator[Span]:
    """What stands outside of texts and here-documents, also inside of `${ }`."""
    at, opened = 0, list[bool]()  # braces, each with whether it stands in a text
    while match := _HCL.search(content, at):
        at = match.end()
        if match["comment"]:
            yield match.span()
        elif match["end"]:
            end = re.compile(rf"^[ \t]*{match['end']}[ \t]*$", re.MULTILINE).search(content, at)
            at = end.end() if end else len(content)
        elif match["sign"] == "{":
            opened.append(False)
        elif match["sign"] == '"' or (opened and opened.pop()):
            while (piece := _HCL_TEXT.search(content, at)) and not piece["into"] and piece[0] not in '"\n':
                at = piece.end()
            at = piece.end() if piece else len(content)
            if piece and piece["into"]:
                opened.append(True)


def _shell(content: str) -> Iterator[Span]:
    """Comments as the shell's grammar finds them; behind a mistake, what looks like one."""
    grammar = Grammar(_EXPRESSION.sub(lambda match: "x" * len(match[0]), content))
    end = len(content)
    try:
        grammar.script()
    except ShellError as error:
        end = min(error.offset, grammar.at)
    except RecursionError:
        end = 0
    for start in sorted(grammar.found.comments):
        if start < end:
            yield start, _line_end(content, start)
    yield from _found(_HASH, content, end, len(content))


def _line_end(content: str, start: int) -> int:
    end = content.find("\n", start)
    return len(content) if end < 0 else end


def _dockerfile(content: str, words: dict[int, str]) -> Iterator[Span]:
    """Lines that are comments, and the shell's comments in what a shell runs; in a file that is copied, nothing."""
    at, word, waiting = 0, "", list[str]()
    for number, line in enumerate(content.split("\n"), 1):
        word = words.get(number, word)
        ends = bool(waiting) and line.strip("\t ") == waiting[0]
        if not waiting and line.lstrip().startswith("#"):
            yield at + len(line) - len(line.lstrip()), at + len(line)
        elif word in ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ONBUILD"):
            yield from _found(_HASH, content, at, at + len(line))
        if ends:
            waiting.pop(0)
        elif not waiting and word in dockerfile.WITH_HEREDOC:
            waiting = [end for _, end in dockerfile.HEREDOC.findall(line)]
        at += len(line) + 1


def _makefile(content: str) -> Iterator[Span]:
    """Make's comments, and in recipes the shell's."""
    at = 0
    for line in content.split("\n"):
        found = _found(_HASH if line.startswith("\t") else _MAKE, content, at, at + len(line))
        yield from list(found)[:1]
        at += len(line) + 1


def _yaml(content: str, depth: int = 0) -> Iterator[Span]:
    """What is no part of a scalar, and the comments in texts that are files or scripts of their own."""
    at = 0
    for start, end, is_block, keys in _scalars(content):
        yield from _found(_YAML, content, at, start)
        if is_block:
            head = _line_end(content, start)
            yield from _found(_YAML, content, start, head)
            reader = _inner(keys, content[head + 1 : end], depth)
            yield from _indented(content, min(head + 1, end), end, reader) if reader else ()
        at = end
    yield from _found(_HASH, content, at, len(content))


def _scalars(content: str) -> Iterator[tuple[int, int, bool, tuple[str, str]]]:
    """Each scalar: where it begins and ends, whether it keeps its lines, and the innermost keys that it stands at."""
    import yaml  # noqa: PLC0415 -- loaded when the first YAML file is

    shift = int(content.startswith("\ufeff"))
    keys, is_key = ["", ""], False
    try:
        for token in yaml.scan(content, yaml.CSafeLoader):
            kind = type(token).__name__
            if isinstance(token, yaml.ScalarToken):
                if is_key:
                    keys[-1] = token.value
                keeps = token.style == "|"
                yield token.start_mark.index + shift, token.end_mark.index + shift, keeps, (keys[-2], keys[-1])
                is_key = False
            elif kind.endswith(("MappingStartToken", "SequenceStartToken")):
                keys.append(keys[-1])
            elif kind in ("BlockEndToken", "FlowMappingEndToken", "FlowSequenceEndToken") and len(keys) > 2:
                keys.pop()
            elif kind in ("KeyToken", "ValueToken"):
                is_key = kind == "KeyToken"
    except (yaml.YAMLError, RecursionError):
        return


def _inner(keys: tuple[str, str], content: str, depth: int) -> _Reader | None:
    """How a text inside of YAML is read; None for one that is only data."""
    above, key = keys
    if len(content) > _LONGEST:
        return None
    if key in _SCRIPTS and above != "with":
        return _shell
    if key in _SCRIPTS:  # of actions/github-script
        return _by(_C)
    if content.lstrip().startswith("#!"):
        return _shell
    file = "a.yml" if key in _DOCUMENTS else key
    reader = _by(_HASH) if key == "expr" else _reader(file) if "." in file.strip(".") else None
    if reader is not _yaml:
        return reader
    return (lambda inside: _yaml(inside, depth + 1)) if depth == 0 else None


def _indented(content: str, start: int, end: int, reader: _Reader) -> Iterator[Span]:
    """The comments of a text that is indented, by its own reader."""
    rows = content[start:end].split("\n")
    indent = min((len(row) - len(row.lstrip(" ")) for row in rows if row.strip()), default=0)
    outer = list(accumulate((len(row) + 1 for row in rows), initial=start))
    inner = list(accumulate((len(row[indent:]) + 1 for row in rows), initial=0))

    def place(offset: int) -> int:
        row = bisect_right(inner, offset) - 1
        return outer[row] + indent + offset - inner[row]

    for begin, stop in reader("\n".join(row[indent:] for row in rows)):
        yield place(begin), min(place(stop), end)
