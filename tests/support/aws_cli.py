"""Command lines of the AWS CLI, read and answered by botocore's own models of the APIs.

A line that the CLI would not take, a request that the model does not allow, and an answer of ours that AWS could not
give are all `InvalidCallError`: a test then fails, whatever the script made of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jmespath
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.validate import ParamValidator

from tests.support.aws_limits import broken

_SERVICES: Final = {"s3api": "s3"}
"""What the CLI calls a service, where its model has another name."""
_GLOBAL: Final = frozenset({"--region", "--output", "--query", "--cli-input-json"})
_FLAGS: Final = frozenset({"--no-cli-pager"})
_OWN: Final = {
    ("configure", "export-credentials"): {"--format", "--profile"},
    ("ecr", "get-login-password"): {"--region"},
    ("eks", "update-kubeconfig"): {"--alias", "--kubeconfig", "--name", "--region", "--role-arn", "--user-alias"},
}
"""Commands of the CLI's own, which no API has, and their options with a word each."""


class InvalidCallError(Exception):
    """What the CLI or AWS would not take, or an answer that AWS could not give."""


class AwsError(Exception):
    """An error answer of AWS."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Call:
    """One call of the CLI, understood."""

    service: str
    operation: str
    """As the API calls it: `DescribeServices`."""
    params: dict[str, Any]
    region: str = ""
    output: str = "json"
    query: str = ""
    outfile: Path | None = None
    """Where the body of an answer goes."""

    @property
    def name(self) -> str:
        """`ecs:DescribeServices`"""
        return f"{self.service}:{self.operation}"


@cache
def model(service: str) -> ServiceModel:
    """The model of a service's API."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def parse(folder: Path, argv: list[str]) -> Call:
    """The call that a command line makes; raises InvalidCallError for what is no line of the CLI."""
    words = [word for word in argv if word not in _FLAGS]
    if len(words) < 2:
        raise InvalidCallError(f"no command: {argv}")
    service, command, *rest = words
    if (service, command) in _OWN:
        return _own(service, command, rest)
    known = model(_SERVICES.get(service, service))
    names = {xform_name(name, "-"): name for name in known.operation_names}
    if command not in names:
        raise InvalidCallError(f"{service} has no command {command}")
    operation = known.operation_model(names[command])
    options, positional = _options(rest)
    params = _from_input(options, folder)
    for option, values in options.items():
        if option not in _GLOBAL:
            params |= _member(operation, option, values, folder)
    _check(params, _input_shape(operation), f"{service} {command}")
    single = {name: values[0] for name, values in options.items() if name in _GLOBAL}
    streams = operation.has_streaming_output
    if len(positional) != int(streams):
        raise InvalidCallError(f"{service} {command}: {positional or 'no file for the body'}")
    return Call(
        known.service_name,
        operation.name,
        params,
        single.get("--region", ""),
        single.get("--output", "json"),
        single.get("--query", ""),
        folder / positional[0] if streams else None,
    )


def _check(value: dict[str, Any], shape: Shape, what: str) -> None:
    """Raises InvalidCallError for what the model does not allow."""
    problems = ParamValidator().validate(value, shape)
    if problems.has_errors():
        raise InvalidCallError(f"{what}: {problems.generate_report()}")
    if found := list(broken(shape, value)):
        raise InvalidCallError(f"{what}: {'; '.join(found)}")


def _own(service: str, command: str, words: list[str]) -> Call:
    options, positional = _options(words)
    unknown = set(options) - _OWN[service, command]
    if unknown or positional or any(len(values) != 1 for values in options.values()):
        raise InvalidCallError(f"{service} {command} does not take {words}")
    return Call(service, command, {name: values[0] for name, values in options.items()})


def _input_shape(operation: OperationModel) -> Shape:
    assert operation.input_shape is not None
    return operation.input_shape


def _options(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Options with the words that follow each, and the words that belong to none."""
    options: dict[str, list[str]] = {}
    positional: list[str] = []
    current: list[str] | None = None
    for word in words:
        if word.startswith("--"):
            current = options.setdefault(word, [])
        elif current is None:
            positional.append(word)
        else:
            current.append(word)
    # The one file of `s3api get-object` follows an option's only word.
    for values in options.values():
        if len(values) == 2 and values[1].startswith("/") and not positional:
            positional.append(values.pop())
    return options, positional


def _from_input(options: dict[str, list[str]], folder: Path) -> dict[str, Any]:
    if "--cli-input-json" not in options:
        return {}
    return dict(json.loads(_text(options["--cli-input-json"][0], folder)))


def _text(word: str, folder: Path) -> str:
    return (folder / word.removeprefix("file://")).read_text() if word.startswith("file://") else word


def _member(operation: OperationModel, option: str, values: list[str], folder: Path) -> dict[str, Any]:
    """One option as a parameter."""
    for name, shape in getattr(_input_shape(operation), "members", {}).items():
        plain = f"--{xform_name(name, '-')}"
        if shape.type_name == "boolean" and option in {plain, plain.replace("--", "--no-", 1)} and not values:
            return {name: option == plain}
        if option == plain:
            return {name: _value(shape, values, folder)}
    raise InvalidCallError(f"{operation.name} has no option {option}")


def _value(shape: Any, values: list[str], folder: Path) -> Any:
    if shape.type_name == "list":
        if len(values) == 1 and values[0].startswith("["):
            return json.loads(values[0])
        return [_value(shape.member, [value], folder) for value in values]
    if len(values) != 1:
        raise InvalidCallError(f"one word is expected, not {values}")
    if shape.type_name == "blob":
        return (folder / values[0]).read_bytes()
    return _scalar(shape.type_name, _text(values[0], folder))


def _scalar(kind: str, text: str) -> Any:
    if kind in {"integer", "long"}:
        return int(text)
    if kind in {"structure", "map"}:
        return json.loads(text) if text.startswith("{") else dict(pair.split("=", 1) for pair in text.split(","))
    return text


def answer(call: Call, content: dict[str, Any]) -> str:
    """What the CLI prints; raises InvalidCallError for an answer that the model does not know."""
    shape = model(call.service).operation_model(call.operation).output_shape
    body = content.pop("Body", None)
    if shape is not None:
        _check(content, shape, f"our answer to {call.name}")
    if call.outfile is not None:
        call.outfile.write_bytes(body or b"")
    told: Any = json.loads(json.dumps(content, default=_readable))
    if call.query:
        told = jmespath.search(call.query, told)
    if call.output == "text":
        return f"{'None' if told is None else told}\n"
    return json.dumps(told, indent=4) + "\n"


def _readable(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
