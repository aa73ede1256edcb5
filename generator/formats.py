"""Filters by which values enter a format: the only way for user data into YAML, HCL, JSON, shell and Markdown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml


def to_json(value: object, indent: int | None = None) -> str:
    """JSON, keys in the given order."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def to_yaml(value: object) -> str:
    """A YAML flow value on one line; strings are always double-quoted."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


# What YAML takes for a line end or does not allow, and JSON leaves as it is.
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml_word(text: str) -> str:
    """A YAML string, quoted only where it is no plain name or would mean something else (`on`, `no`, `y`)."""
    return text if _NAME.fullmatch(text) and not _NEEDS_QUOTES.search(text) else to_yaml(text)


_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


class _Dumper(yaml.CSafeDumper):
    """Block style as yamllint likes it: indented sequences, strings quoted only where needed, no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def _represent_str(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text and not re.search(r"[ \t]\n|\A\s", text) else None
    if style is None and _NEEDS_QUOTES.search(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


# Words and numbers that YAML 1.1 or 1.2 readers take for something other than text.
_NEEDS_QUOTES: Final = re.compile(
    r"\A(?:|~|y|n|yes|no|on|off|true|false|null|[-+.0-9][-+.0-9_eExXoO:]*)\Z|[^\x20-\x7e\n]", re.IGNORECASE
)
_Dumper.add_representer(str, _represent_str)


def yaml_block(value: object, indent: int = 0) -> str:
    """A YAML block value, its lines after the first indented by `indent` spaces, without a final newline."""
    if (key := repr(value)) not in _BLOCKS:
        text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000, indent=2)
        _BLOCKS[key] = _indent_sequences(text).rstrip("\n")
    return _shift(_BLOCKS[key], indent)


_BLOCKS: Final[dict[str, str]] = {}
"""What was made, by how Python writes the value: half of a rendering, and an update makes most of it twice."""


def _indent_sequences(text: str) -> str:
    """Indents sequences below their key: libyaml does not, yamllint and people expect it.

    PyYAML's own emitter could, by one overridden method, but a whole run would take 15 % more CPU.
    """
    out: list[str] = []
    open_: list[tuple[int, int]] = []  # (indent of the sequence, indent that it was shifted by)
    literal = -1
    previous_key = -1
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip(" "))
        if literal >= 0:
            if not line.strip() or depth > literal:
                out.append((" " * sum(s for _, s in open_) + line) if line.strip() else line)
                continue
            literal = -1
        item = line.lstrip(" ").startswith("- ") or line.strip() == "-"
        while open_ and (depth < open_[-1][0] or (depth == open_[-1][0] and not item)):
            open_.pop()
        if item and depth == previous_key and not (open_ and open_[-1][0] == depth):
            open_.append((depth, 2))
        out.append(" " * sum(s for _, s in open_) + line)
        body = re.match(r"^( *)((?:- )*)", line)
        column = len(body.group(0)) if body else depth
        previous_key = column if re.search(r":$", line) else -1
        if re.search(r"(?:: |- )[|>][-+0-9]*$", line):
            literal = depth
    return "\n".join(out)


def _shift(text: str, indent: int) -> str:
    pad = " " * indent
    first, *rest = text.split("\n")
    return "\n".join([first, *(pad + line if line else line for line in rest)])


def to_hcl(value: Any) -> str:
    """An HCL expression on one line; template sequences in strings are escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if value is None:
        return "null"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, dict):
        inside = ", ".join(f"{to_hcl(k)} = {to_hcl(v)}" for k, v in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return "[" + ", ".join(to_hcl(item) for item in value) + "]"


def hcl_attributes(values: Mapping[str, object]) -> tuple[str, ...]:
    """HCL attributes on a line each, aligned as `terraform fmt` does."""
    width = max(len(name) for name in values)
    return tuple(f"{name:<{width}} = {to_hcl(value)}" for name, value in values.items())


def sh_quote(value: object) -> str:
    """One word of shell."""
    return shlex.quote(str(value))


def compose_quote(value: str) -> str:
    """A YAML string in a compose file, where `$` starts an interpolation."""
    return to_yaml(value.replace("$", "$$"))


def to_make(value: str) -> str:
    """Text of a make recipe, with `$` doubled except in `$(NAME)` and `$(call function,NAME)` of make variables."""
    return re.sub(r"\$(?!\((?:call [a-z_]+,)?[A-Z_]+\))", "$$", value)


def md(value: object) -> str:
    """Text in Markdown, harmless in a table cell, a list and a heading."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", str(value))


def indent(value: str, width: int) -> str:
    """The lines after the first indented by `width` spaces."""
    return _shift(value, width)


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "compose_quote": compose_quote,
    "indent": indent,
    "md": md,
    "sh_quote": sh_quote,
    "to_hcl": to_hcl,
    "to_json": to_json,
    "to_make": to_make,
    "to_yaml": to_yaml,
    "yaml_block": yaml_block,
    "yaml_word": yaml_word,
}
