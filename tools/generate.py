"""Writes everything that is made from the model and the components: `make generate`.

`python tools/generate.py --check` exits 1 and names each file that is stale.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
import yaml
from msgspec import NODEFAULT

from generator import catalog, checks, places
from generator.answers.keys import Key, by_name, keys, unwrap
from generator.answers.load import from_file
from generator.answers.schema import schema
from generator.assess.assessment import Assessment
from generator.catalog import FileEntry
from generator.checks.rule import Format, about
from generator.checks.rule import title as rule_title
from generator.doctor import Examination
from generator.finding import Severity
from generator.new import prepare
from generator.questions import ASKED, CONDITIONS, OFFERED, RULES, Callbacks, question, served_somewhere, title
from generator.report import Failure, Report, StatusReport, ValidationReport
from generator.served import settle

ROOT: Final = Path(__file__).resolve().parent.parent
CASES: Final = ROOT / "tests/checks/cases"
NOTE: Final = "made by `make generate`"


def questionnaire() -> str:
    """`templates/questionnaire/copier.yml`."""
    out: dict[str, Any] = {
        "_subdirectory": ".",
        "_exclude": ["copier.yml"],
        "_templates_suffix": ".jinja",
        "_jinja_extensions": [f"{Callbacks.__module__}.{Callbacks.__name__}"],
    }
    out |= {question(name): _question(name) for name in ASKED}
    return f"# {NOTE}\n" + yaml.safe_dump(out, sort_keys=False, allow_unicode=True, width=110)


def _question(name: str) -> dict[str, Any]:
    text = ASKED[name].format(
        kinds=", ".join(served_somewhere("services[].kind")),
        languages=", ".join(served_somewhere("services[].language")),
    )
    out: dict[str, Any] = {"qmark": f"[{title(name)}]", "help": text}
    if name == "services":
        return out | {"type": "str", "default": "app:web:python:8080"} | _checked(name)
    key = by_name()[name]
    conditions = [f"{question(needed)} in {list(wanted)}" for needed, wanted in key.applies.items()]
    conditions += [CONDITIONS[name]] if name in CONDITIONS else []
    when = {"when": f"{{{{ {' and '.join(conditions)} }}}}"} if conditions else {}
    return out | (_choice(key) if key.choices else _text(key)) | when


def _checked(name: str) -> dict[str, str]:
    return {"validator": f"{{{{ refusal('{name}') }}}}"}


def _text(key: Key) -> dict[str, Any]:
    """A line of text, also for numbers: what is wrong with it is then told in our words."""
    out: dict[str, Any] = {"type": "str"}
    if key.name == "cloud.region":
        out["default"] = "{{ region() }}"
    elif key.name in OFFERED:
        out["default"] = f"{{{{ offered('{key.name}') }}}}"
    elif key.default is not NODEFAULT:
        out["default"] = ", ".join(map(str, key.default)) if key.many else str(key.default)  # type: ignore[call-overload]
    return out | _checked(key.name)


def _choice(key: Key) -> dict[str, Any]:
    served = served_somewhere(key.name)
    choices: list[Any] = []
    for value in key.choices:
        label = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        one: dict[str, Any] = {"value": value}
        if value not in served:
            one["validator"] = "not served yet"
        elif key.name == "orchestration.platform":
            one["validator"] = f"{{{{ without('{value}') }}}}"
        choices.append([label, one])
    out: dict[str, Any] = {"type": "bool" if key.type is bool else "str", "choices": choices}
    if key.many:
        listed = [v for v in key.default if v in served]  # type: ignore[attr-defined]
        return out | {"default": listed, "multiselect": True} | (_checked(key.name) if key.name in RULES else {})
    return out | {"default": key.default if key.default in served else served[0]}


def answers_reference() -> str:
    """`docs/reference/answers.md`."""
    lines = [
        f"<!-- {NOTE} -->",
        "",
        "# Answers",
        "",
        "Every key of `agency-scaffold.yml`, of `--set KEY=VALUE` and of the JSON Schema.",
        "",
    ]
    group = None
    for key in keys():
        if key.group != group:
            group = key.group
            lines += [
                "",
                f"## {'File' if group == 'version' else title(group)}",
                "",
                "| key | values (*served today*) | default | meaning |",
                "|---|---|---|---|",
            ]
        lines.append(f"| `{key.name}` | {_values(key)} | {_default(key)} | {key.help}{_applies(key)} |")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"


def _values(key: Key) -> str:
    if key.choices == (True, False):
        return "true, false"
    if not key.choices:
        kind = (
            "list of whole numbers"
            if key.numbers
            else "list of text"
            if key.many
            else "map of names to text"
            if key.map
            else {int: "whole number", float: "number"}.get(key.type, "text")
        )
        metas = unwrap(get_args(key.type)[0])[1] if key.numbers else key.metas
        low, high = (
            next((getattr(m, n) for m in metas for n in names if getattr(m, n) is not None), None)
            for names in (("ge", "gt"), ("le", "lt"))
        )
        return f"{kind}, {low} to {high}" if low is not None and high is not None else kind
    served = served_somewhere(key.name)
    return ", ".join(
        f"*{c}*" if c in served or key.name == "services[].package_manager" else str(c) for c in key.choices
    )


def _default(key: Key) -> str:
    if key.default is NODEFAULT:
        return "required" if key.name in {"project.name", "services[].name"} else "the usual one"
    if key.default in ((), {}, ""):
        return "nothing"
    if isinstance(key.default, bool):
        return f"`{str(key.default).lower()}`"
    return f"`{', '.join(map(str, key.default)) if key.many else key.default}`"  # type: ignore[call-overload]


def _applies(key: Key) -> str:
    if not key.applies:
        return ""
    return "; applies with " + " and ".join(
        f"`{k}` = {' or '.join(str(v).lower() for v in vs)}" for k, vs in key.applies.items()
    )


def components_reference() -> str:
    """`docs/reference/components.md`."""
    lines = [
        f"<!-- {NOTE} -->",
        "",
        "# Components",
        "",
        "| component | makes | selected when | serves |",
        "|---|---|---|---|",
    ]
    for component in catalog.components():
        m = component.manifest
        when = "<br>".join(f"`{k}` = {' or '.join(map(str, v))}" for k, v in m.condition.items()) or "always"
        serves = "<br>".join(f"`{k}`: {', '.join(map(str, v))}" for k, v in m.serves.items()) or "-"
        lines.append(f"| [{m.id}](../../templates/{m.id}/README.md) | {m.summary} | {when} | {serves} |")
    lines += ["", "## Files", "", "What each may make, by folder; which of these, its `component.yml` says."]
    for component in catalog.components():
        lines += ["", f"### {component.id}", "", *_folders(component.manifest.files)]
    return "\n".join(lines) + "\n"


def _folders(files: Iterable[FileEntry]) -> Iterator[str]:
    """A line for each folder, with what lies in it."""
    names: dict[str, set[str]] = {}
    for entry in files:
        folder, slash, name = entry.to.rpartition("/")
        names.setdefault(f"`{folder}{slash}`" if slash else "the root", set()).add(f"`{name}`")
    for folder, listed in sorted(names.items()):
        yield f"- {folder}: {', '.join(sorted(listed))}"


def example_paths() -> str:
    """`tests/cases/example.paths`: what the example's repository holds."""
    answers, fallbacks = settle(from_file(str(ROOT / "tests/cases/example.yml")))
    with tempfile.TemporaryDirectory() as empty:
        tree = prepare(Path(empty), answers, fallbacks).rendering.tree
    return "".join(f"{path}\n" for path in sorted([*tree, places.LOCK]))


def checks_reference() -> str:
    """`docs/reference/checks.md`: the documentation of every built-in rule, which is its docstring, by format."""
    lines = [f"<!-- {NOTE} -->", "", "# Built-in checks", ""]
    for format_ in Format:
        names = [name for name, rule in checks.RULES.items() if format_ == rule.FORMAT]
        if names:
            lines.append(f"- **{format_}**: {', '.join(f'[{name}](#{name})' for name in names)}")
    for rule_id, rule in checks.RULES.items():
        kinds = f"{rule.FORMAT}: {', '.join(severities(rule_id))}"
        lines += ["", f"## {rule_id}", "", kinds, "", f"**{rule_title(rule)}.** {about(rule)}"]
    return "\n".join(lines) + "\n"


def severities(rule_id: str) -> list[str]:
    """What a rule's findings are in its cases, which show each kind of them, the worst first."""
    text = (CASES / f"{rule_id}.txt").read_text(encoding="utf-8")
    told = re.findall(r"^>>> \S+:\d+:\d+ (warning: |note: )?", text, re.MULTILINE)
    words = {Severity(word.removesuffix(": ") or Severity.ERROR) for word in told}
    return [str(one) for one in Severity if one in words]


def cli_reference() -> str:
    """`docs/reference/cli.md`."""
    import typer.core

    from generator.cli.main import app

    command = typer.main.get_command(app)
    lines = [f"<!-- {NOTE} -->", "", "# Command line", ""]
    assert isinstance(command, typer.core.TyperGroup)
    # As the commands print it in a terminal of 80 columns.
    top = typer.Context(command, info_name="agency-scaffold", terminal_width=78, **command.context_settings)
    contexts = [
        top,
        *(typer.Context(sub, parent=top, info_name=name) for name, sub in sorted(command.commands.items())),
    ]
    for context in contexts:
        lines += [f"## {context.command_path}", "", "```", context.command.get_help(context), "```", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def printed_schema(kinds: list[type[msgspec.Struct]], command: str) -> str:
    """The schema of what a command prints for programs."""
    schemas, definitions = msgspec.json.schema_components([*kinds, Failure])
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"What agency-scaffold {command}prints with --format json",
        "anyOf": list(schemas),
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(document, indent=2) + "\n"


OUTPUTS: Final[dict[str, Callable[[], str]]] = {
    "templates/questionnaire/copier.yml": questionnaire,
    "docs/reference/answers.md": answers_reference,
    "docs/reference/cli.md": cli_reference,
    "docs/reference/checks.md": checks_reference,
    "docs/reference/components.md": components_reference,
    "docs/answers.schema.json": lambda: json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
    "docs/report.schema.json": lambda: printed_schema([Report, StatusReport, ValidationReport], ""),
    "docs/doctor.schema.json": lambda: printed_schema([Examination], "doctor "),
    "docs/assessment.schema.json": lambda: printed_schema([Assessment], "assess "),
    "tests/cases/example.paths": example_paths,
}


def stale() -> Iterator[tuple[Path, str]]:
    """The files whose text is not what the sources make, with that text."""
    for name, make in OUTPUTS.items():
        path = ROOT / name
        text = make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path, text


def main() -> int:
    """Writes what is stale, or with `--check` only names it."""
    found = list(stale())
    for path, text in found:
        print(path.relative_to(ROOT))
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
