"""Writes everything that is made from the model and the components: `make generate`.

`python tools/generate.py --check` exits 1 and names each file that is stale.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from msgspec import NODEFAULT

from generator import catalog
from generator.answers.keys import Key, by_name, groups, keys
from generator.answers.schema import schema
from generator.answers.usual import REGIONS
from generator.questionnaire import ASKED, question
from generator.report import Failure, Report

ROOT: Final = Path(__file__).resolve().parent.parent
NOTE: Final = "made by `make generate`"


def served_somewhere(key: str) -> set[Any]:
    """The choices of a key that any component serves."""
    served = {v for c in catalog.components() for v in c.manifest.serves.get(key, ())}
    return served | ({"none"} if by_name()[key].default == "none" else set()) | {False}


def questionnaire() -> str:
    """`templates/questionnaire/copier.yml`."""
    out: dict[str, Any] = {
        "_subdirectory": ".",
        "_exclude": ["copier.yml"],
        "_templates_suffix": ".jinja",
    }
    out |= {question(name): _question(name) for name in ASKED}
    return f"# {NOTE}\n" + yaml.safe_dump(out, sort_keys=False, allow_unicode=True, width=110)


_TITLES: Final = {"services": "Services", "environments": "Environments"}
_WHEN: Final = {
    "orchestration.delivery": "{{ orchestration_platform == 'kubernetes' }}",
    "deployment.canary_steps": "{{ deployment_strategy == 'canary' }}",
    "deployment.canary_minutes": "{{ deployment_strategy == 'canary' }}",
    "backup.retention_days": "{{ data_database != 'none' }}",
}
_SERVICES_HELP: Final = "name:kind:language:port, kinds web and worker"


_ONE: Final = "[a-z][-a-z0-9]*(:[a-z]*){0,2}(:[0-9]+)?"


def _question(name: str) -> dict[str, Any]:
    if name == "services":
        return {
            "type": "str", "qmark": "[Services]", "help": _SERVICES_HELP, "default": "app:web:python:8080",
            "validator": _matches(name, rf"^\s*{_ONE}(\s*,\s*{_ONE})*\s*$", "write name:kind:language:port, more after a comma"),
        }  # fmt: skip
    key = by_name()[name]
    title = _TITLES.get(key.group) or groups()[key.group]
    out: dict[str, Any] = {"qmark": f"[{title}]", "help": key.help} | _kind(key)
    if name in _WHEN:
        out["when"] = _WHEN[name]
    return out


def _kind(key: Key) -> dict[str, Any]:
    if key.choices:
        return _choice(key)
    if key.many:
        default = ", ".join(map(str, key.default))  # type: ignore[call-overload]
        return {"type": "str", "default": default}
    if key.name == "cloud.region":
        usual = {provider: regions[0] for provider, regions in REGIONS.items()}
        valid = {provider: list(regions) for provider, regions in REGIONS.items()}
        return {
            "type": "str", "default": f"{{{{ {usual}[cloud_provider] }}}}",
            "validator": f"{{% if cloud_region not in {valid}[cloud_provider] %}}no region with three open zones, "
            f"such as {{{{ {usual}[cloud_provider] }}}}{{% endif %}}",
        }  # fmt: skip
    out: dict[str, Any] = {"type": {int: "int", float: "float"}.get(key.type, "str")}
    if key.default is not NODEFAULT:
        out["default"] = key.default
    out["validator"] = _limits(key)
    return {k: v for k, v in out.items() if v != "" or k == "default"}


def _choice(key: Key) -> dict[str, Any]:
    served = served_somewhere(key.name)
    choices: list[Any] = []
    for value in key.choices:
        label = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        one: dict[str, Any] = {"value": value}
        if value not in served:
            one["validator"] = "not served yet"
        choices.append([label, one])
    listed = [v for v in (key.default if key.many else (key.default,)) if v in served]  # type: ignore[attr-defined]
    first = next(v for v in key.choices if v in served)
    kind = "bool" if key.type is bool else "str"
    out: dict[str, Any] = {
        "type": kind,
        "choices": choices,
        "default": listed if key.many else (listed or [first])[0],
    }
    return out | ({"multiselect": True} if key.many else {})


def _limits(key: Key) -> str:
    name = question(key.name)
    for meta in key.metas:
        if meta.pattern:
            longest = next((m.max_length for m in key.metas if m.max_length), 1000)
            return _matches(name, meta.pattern, f"at most {longest} characters: {key.help}", longest)
        low, high = meta.ge if meta.ge is not None else meta.gt, meta.le if meta.le is not None else meta.lt
        if low is not None and high is not None:
            lower = f"{name} < {low}" if meta.ge is not None else f"{name} <= {low}"
            upper = f"{name} > {high}" if meta.le is not None else f"{name} >= {high}"
            return f"{{% if {lower} or {upper} %}}a number from {low} to {high}{{% endif %}}"
    return ""


def _matches(name: str, pattern: str, message: str, longest: int = 1000) -> str:
    literal = json.dumps(pattern)
    matched = f"({name} | regex_search({literal}) is not none)"
    return f"{{% if not {matched} or ({name} | length) > {longest} %}}{message}{{% endif %}}"


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
                f"## {groups().get(group) or _TITLES.get(group, 'File')}",
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
            "list of text"
            if key.many
            else "map of names to text"
            if key.map
            else {int: "whole number", float: "number"}.get(key.type, "text")
        )
        low, high = (
            next((getattr(m, n) for m in key.metas for n in names if getattr(m, n) is not None), None)
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
    return "\n".join(lines) + "\n"


def cli_reference() -> str:
    """`docs/reference/cli.md`."""
    import typer.core

    from generator.cli.main import app

    command = typer.main.get_command(app)
    lines = [f"<!-- {NOTE} -->", "", "# Command line", ""]
    assert isinstance(command, typer.core.TyperGroup)
    for name, sub in [("", command), *sorted(command.commands.items())]:
        words = f"agency-scaffold {name}".strip()
        context = typer.Context(sub, info_name=words, terminal_width=80, max_content_width=80)
        lines += [f"## {words}", "", "```", sub.get_help(context), "```", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def report_schema() -> str:
    """`docs/report.schema.json`."""
    (report, failure), definitions = msgspec.json.schema_components([Report, Failure])
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What agency-scaffold prints with --format json",
        "anyOf": [report, failure],
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(document, indent=2) + "\n"


OUTPUTS: Final[dict[str, Callable[[], str]]] = {
    "templates/questionnaire/copier.yml": questionnaire,
    "docs/reference/answers.md": answers_reference,
    "docs/reference/cli.md": cli_reference,
    "docs/reference/components.md": components_reference,
    "docs/answers.schema.json": lambda: json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
    "docs/report.schema.json": report_schema,
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
