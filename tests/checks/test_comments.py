"""Suppressions stand in comments, and what is a comment each format says for itself."""

from __future__ import annotations

import time

import pytest

from generator.checks.models import suppressed
from generator.checks.source import Sources
from generator.tree import File, Tree
from tests.support.endless import ends

WORD = "agency-scaffold-ignore"
GO = "package a\n"
PAGE = "```sh\n# WORD a: shown\n<!-- WORD a: shown -->\n```\n"
RUN = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n"


def of(path: str, content: str) -> list[tuple[str, int, int]]:
    """Each suppression: its reason, its line, and the line that it is about."""
    sources = Sources(Tree({path: File(content.replace("WORD", WORD).encode())}))
    return [(one.reason, one.line, one.target) for one in suppressed.in_file(sources, path)]


@pytest.mark.parametrize(
    ("path", "content", "found"),
    [
        ("a.yml", "a: 1 # WORD a: x\n", [("x", 1, 1)]),
        ("a.yml", "# WORD a: x\n\n# more\nb: 2\n", [("x", 1, 4)]),
        ("a.yml", "a: 'it # WORD a: x'\nb: \"# WORD a: x\"\nc: d#WORD a: x\n", []),
        ("a.yml", 'a: "it\n  # WORD a: x\n  goes on" # WORD b: y\n', [("y", 3, 3)]),
        ("a.yml", "a: don't # WORD a: it's ours\n", [("it's ours", 1, 1)]),
        ("a.yml", "a: |\n  # WORD a: x\n", []),
        ("a.yml", "a: | # WORD a: x\n  text\n# WORD b: y\nb: 1\n", [("x", 1, 1), ("y", 3, 4)]),
        ("a.yml", "a: [1, # WORD a: x\n  2]\n", [("x", 1, 1)]),
        ("a.yml", "ä: 'ö' # WORD a: x\n\U0001f600: 1 # WORD a: y\n", [("x", 1, 1), ("y", 2, 2)]),
        ("a.yml", "\ufeffa: '1' # WORD a: x\n", [("x", 1, 1)]),
        ("a.yml", "a: [\n# WORD a: x\nb: }\nc: 1 # WORD b: y\n", [("x", 2, 3), ("y", 4, 4)]),
        ("templates/a.yaml.tmpl", "{{/* WORD a: x */}}\na: {{ b }} # WORD b: y\n", [("x", 1, 2), ("y", 2, 2)]),
        # What a shell runs is its comment there, and what it prints is none.
        (".github/workflows/a.yml", f"{RUN}          # WORD a: x\n          make\n", [("x", 6, 7)]),
        (".github/workflows/a.yml", f"{RUN}          make # WORD a: x\n          echo '# WORD b: y'\n", [("x", 6, 6)]),
        (".github/workflows/a.yml", f"{RUN}          cat <<EOF\n          # WORD b: y\n          EOF\n", []),
        (".github/workflows/a.yml", f"{RUN}          a ${{{{ x }}}} # WORD a: x\n          echo \"\n", [("x", 6, 6)]),
        (".github/workflows/a.yml", f'{RUN.replace("|", "")}          echo "# WORD b: y"\n', []),
        (
            ".github/workflows/a.yml",
            f"{RUN.replace('run: |', 'with:')}          script: |\n            // WORD a: x\n            f('# WORD b: y')\n",
            [("x", 7, 8)],
        ),
        ("a.yaml", "args:\n- |\n  # WORD a: x\n  run\n", [("x", 3, 4)]),
        ("a.yaml", "data:\n  run.sh: |\n    # WORD a: x\n    run\n  a.json: |\n    # WORD b: y\n    {}\n", [("x", 3, 4)]),
        ("a.yaml", "data:\n  b.yml: |\n    # WORD a: x\n    c: '# WORD b: y'\n", [("x", 3, 4)]),
        ("a.yaml", "data:\n  notes.txt: plain\n  NOTES: |\n    # WORD b: y\n", []),
        ("a.yml", "groups:\n- rules:\n  - expr: |\n      # WORD a: x\n      up\n", [("x", 4, 5)]),
        ("kustomization.yaml", "patches:\n- patch: |-\n    # WORD a: x\n    b: '# WORD b: y'\n", [("x", 3, 4)]),
        ("a.yaml", "a: &b\n  c: !d |2\n    # WORD a: x\n  run: |2-\n      # WORD b: y\n    z\n", [("y", 5, 6)]),
        # HCL
        ("a.tf", 'a = "# WORD a: x"\nb = "${c("// WORD a: x")}" // WORD b: y\n', [("y", 2, 2)]),
        ("a.tf", "a = <<-EOT\n  # WORD a: x\nEOT\n/* WORD b: y */\nb = 1\n", [("y", 4, 5)]),
        ("a.tf", "/* WORD a: x */ a = 1\nä = 2 # WORD b: y\n", [("x", 1, 1), ("y", 2, 2)]),
        ("a.tfvars", "a = [\n  1, # WORD a: x\n", [("x", 2, 2)]),
        # Scripts, and what looks like them
        ("a.sh", "echo '# WORD a: x' \"# WORD a: x\" # WORD b: y\n", [("y", 1, 1)]),
        ("a.sh", "cat <<EOF\n# WORD a: x\nEOF\n# WORD b: y\nb \"$(c # WORD c: z\n)\"\n", [("y", 4, 5), ("z", 5, 5)]),
        ("a.sh", "if\n# WORD a: x\nb ${c#WORD a: x}\n", [("x", 2, 3)]),
        ("tool", "#!/bin/sh\nb=\"\n# WORD a: x\n\"\n", []),
        ("Dockerfile", "# WORD a: x\nFROM b\nRUN c \\\n  # WORD b: y\n  && d # WORD c: z\n", [("x", 1, 2), ("y", 4, 5), ("z", 5, 5)]),
        ("Dockerfile", "FROM b # WORD a: x\nENV c='# WORD a: x'\nRUN echo '# WORD a: x'\n", []),
        ("Dockerfile", "FROM b\nCOPY <<EOF /c\n# WORD a: x\nEOF\nRUN <<EOF\n# WORD b: y\nc\nEOF\n", [("y", 6, 7)]),
        ("Makefile", "# WORD a: x\na: b # WORD b: y\n\techo '# WORD c: z' # WORD d: z\nc = \\# WORD e: z\n", [("x", 1, 2), ("y", 2, 2), ("z", 3, 3)]),
        ("a.mk", "a:\n\t@# WORD a: x\n\tb\n\techo $@#WORD a: x\n", [("x", 2, 3)]),
        ("a.tsx", "a = <p>Don't</p> // WORD a: x\n", [("x", 1, 1)]),
        ("a.toml", "a = '# WORD a: x' # WORD b: y\nc = \"\"\"\n# WORD a: x\n\"\"\"\n", [("y", 1, 1)]),
        ("a.py", "'''\n# WORD a: x\n'''\nb = \"# WORD a: x\" # WORD b: y\n", [("y", 4, 4)]),
        ("a.go", f"{GO}var b = `\n// WORD a: x\n` // WORD b: y\n", [("y", 4, 4)]),
        ("a.ini", "; WORD a: x\nb = 1\n", [("x", 1, 2)]),
        ("CODEOWNERS", "/* @a\n# WORD a: x\n/b @c\n", [("x", 2, 3)]),
        # Pages
        ("a.md", f"{PAGE}a <!-- WORD a: x --> b\n", [("x", 5, 5)]),
        ("a.md", "# WORD a: x\n`<!-- WORD a: x -->`\n<!-- WORD b: y -->\n\n# b\n", [("y", 3, 5)]),
        ("a.md", "<!--\nWORD a: x\n-->\nb <!-- WORD b: y\n", [("x", 1, 4), ("y", 4, 4)]),
        ("a.md", "<!-- a --> <!-- WORD b: y -->\nc\n", [("y", 1, 2)]),
        ("a.html", "<p>\n<!-- WORD a: x -->\n</p>\n", [("x", 2, 3)]),
        ("a.md", "<!-- WORD-file a: x -->\n", [("x", 1, 0)]),
        # JSON has none, but for some of it.
        ("a.json", '{"a": "# WORD a: x"} // WORD b: y\n', []),
        ("tsconfig.json", '{"a": "// WORD a: x"} // WORD b: y\n', [("y", 1, 1)]),
        ("a.sh", "# checkov:skip=CKV_1:why # WORD a: x\nb\n", [("x", 1, 1)]),
    ],
)  # fmt: skip
def test_only_a_comment_suppresses(path: str, content: str, found: list[tuple[str, int, int]]) -> None:
    assert of(path, content) == found


ROWS = ("# WORD a: b", "a: '", 'a: "', "`", "<!--", "/*", '"""', "a: |", "<<EOF", "x: {", "\\", "${{", "${", "'" * 50)


@pytest.mark.parametrize(
    "path", ["a.yml", "a.tf", "a.sh", "a.md", "a.py", "a.toml", "a.js", "Dockerfile", "Makefile", "a.txt", "a.html"]
)
def test_the_time_is_linear(path: str) -> None:
    def seconds(row: str, times: int) -> float:
        began = time.process_time()
        of(path, f"# WORD a: b\n{row}\n" + f"{row} " * times + f"\n{row}" * times)
        return time.process_time() - began

    for row in ROWS:
        assert seconds(row, 8_000) < max(30 * seconds(row, 800), 0.5), row


def test_blanks_in_a_comment_take_no_time() -> None:
    with ends():
        of("a.yml", f"a: 1 # WORD foo: {' ' * 1_000_000}x\n")
