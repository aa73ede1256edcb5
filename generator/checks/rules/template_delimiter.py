"""No template delimiter is left in a file

`#{ ... }#`, `#% ... %#` and `#| ... |#` are agency-scaffold's template tags. One that is left in a
generated file was never filled in. Report it as a bug of agency-scaffold. A tag that stands in
`agency-scaffold.yml` is the user's own text, and may stand wherever that text is printed. Tags of
cookiecutter, and statements of Jinja in Terraform, come from elsewhere and were not filled in either; a
repository of such templates (`cookiecutter.json`) may have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator import places
from generator.checks.rule import Flaw, Format
from generator.checks.source import FILLED_IN, Sources, lines

FORMAT = Format.TEXT

# Only pairs count: a lone `#%` or `#{` is legal text in shell, and `#|` starts a comment of a table.
_TAG: Final = re.compile(r"#\{ .*? \}#|#% .*? %#|#\| .*? \|#|^\s*#%-?\s*(?:if|for|endif|endfor|include|else)\b")
_HINTS: Final = (b"#{", b"#%", b"#|")
_COOKIECUTTER: Final = re.compile(r"\{\{-?\s*cookiecutter\.\w.*?\}\}")
_STATEMENT: Final = re.compile(
    r"^\s*\{%-?\s*(?:if|for|endif|endfor|else|elif|set|block|endblock|include|macro)\b.*?%\}"
)
_TERRAFORM: Final = (".tf", ".tfvars", ".hcl")


# In these languages `#{ x }` is a value inside of a text.
_RUBY: Final = (
    ".rb",
    ".rake",
    ".erb",
    ".haml",
    ".slim",
    ".gemspec",
    ".podspec",
    ".cr",
    ".ex",
    ".exs",
    ".coffee",
    "file",
)


def files(sources: Sources) -> Iterator[str]:
    return (path for path in sources.tree if not path.endswith(_RUBY) or path.endswith(("Dockerfile", "Makefile")))


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    if path != places.ANSWERS_FILE and any(hint in sources.tree[path].content for hint in _HINTS):
        answers = sources.tree.get(places.ANSWERS_FILE)
        own = answers.content.decode("utf-8", "replace") if answers else ""
        for number, line in enumerate(lines(sources, path), 1):
            match = next((m for m in _TAG.finditer(line) if m[0] not in own), None)
            if match:
                yield _flaw(number, match)
    if not _is_template(sources, path):
        yield from _foreign(sources, path)


def _flaw(number: int, match: re.Match[str]) -> Flaw:
    tag = match[0].strip()
    return Flaw(number, f"template tag {tag} was not filled in", f"Write what {tag} stands for.", match.start() + 1)


def _is_template(sources: Sources, path: str) -> bool:
    """Whether what makes files of templates keeps them so, or a page only speaks of them."""
    return "cookiecutter.json" in sources.tree or "{{" in path or path.endswith((*FILLED_IN, ".md", ".rst"))


def _foreign(sources: Sources, path: str) -> Iterator[Flaw]:
    content = sources.tree[path].content
    patterns = [_COOKIECUTTER] if b"cookiecutter." in content else []
    patterns += [_STATEMENT] if path.endswith(_TERRAFORM) and b"{%" in content else []
    for number, line in enumerate(lines(sources, path), 1) if patterns else ():
        match = next((found for pattern in patterns if (found := pattern.search(line))), None)
        if match:
            yield _flaw(number, match)
