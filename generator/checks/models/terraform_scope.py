"""A Terraform root with the values of one environment: what its variables, locals and outputs come to.

An environment is a variables file (`environments/prod.tfvars`, or `environments/prod/terraform.tfvars`). Of objects
only those have values that the rules ask for (secrets, roles, policies); any other's are `OTHER`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Body
from generator.checks.formats.hcl_values import HOLE, OTHER, UNKNOWN, Bound, evaluate
from generator.checks.models.terraform import TESTS, Declared, Module, called, module_of, modules
from generator.checks.source import Sources, folder, name, shared

_NOTHING: Final[Bound] = {}
_NAMED: Final = {"arn", "id", "name"}
"""Attributes by which one object names another: here all are one mark, so that either way leads to it."""
_MARKED: Final = {"aws_iam_role", "aws_iam_policy"}
_SECRETS: Final = "aws_secretsmanager_secret"


@dataclass(slots=True)
class Scope:
    """A module as it is run once."""

    calls: Mapping[tuple[str, str], Module]
    """The modules that calls run, by folder and name. Not the sources: what they keep must not keep them."""
    module: Module
    variables: Mapping[str, Any]
    title: str = ""
    """How it was called: `module.iam`; "" for a root."""
    made: dict[Any, Any] = field(default_factory=dict)

    def value(self, body: Body, argument: str, bound: Bound = _NOTHING) -> Any:
        """What an argument of a block comes to; None where it is not given."""
        given = body.get(argument)
        return evaluate(given.value, self.lookup, bound) if given else None

    def lookup(self, root: str, _bound: Bound) -> Any:
        """The value of the first name of a reference."""
        if root in ("var", "local", "module", "data"):
            return Names(self, root)
        return Names(self, "resource", root) if "_" in root else UNKNOWN

    def variable(self, wanted: str) -> Any:
        """A variable's value."""
        if wanted in self.variables or wanted not in self.module.variables:
            return self.variables.get(wanted, UNKNOWN)
        default = self.module.variables[wanted].body.get("default")
        return evaluate(default.value, self.lookup, _NOTHING) if default else UNKNOWN

    def local(self, wanted: str) -> Any:
        """A local's value; one that needs itself has none."""
        if ("local", wanted) not in self.made:
            self.made["local", wanted] = UNKNOWN
            declared = self.module.locals.get(wanted)
            value = declared.body.arguments[0].value if declared else None
            self.made["local", wanted] = evaluate(value, self.lookup, _NOTHING) if declared else UNKNOWN
        return self.made["local", wanted]

    def child(self, wanted: str) -> Scope | None:
        """The module that a call runs; None for one from elsewhere."""
        if ("module", wanted) not in self.made:
            self.made["module", wanted] = None
            inner = self.calls.get((self.module.folder, wanted))
            if inner:
                body = self.module.modules[wanted].body
                each = {"each": UNKNOWN, "count": UNKNOWN}
                given = {one.name: self.value(body, one.name, each) for one in body.arguments}
                self.made["module", wanted] = Scope(self.calls, inner, given, f"{self.title}module.{wanted}.")
        found: Scope | None = self.made["module", wanted]
        return found

    def output(self, wanted: str) -> Any:
        """An output's value."""
        declared = self.module.outputs.get(wanted)
        return self.value(declared.body, "value") if declared else UNKNOWN

    def all(self) -> Iterator[Scope]:
        """This module and those that it calls."""
        yield self
        for wanted in self.module.modules:
            inner = self.child(wanted)
            if inner:
                yield from inner.all()

    def objects(self, kind: str, type_: str) -> Iterator[Instance]:
        """The objects of a type, each instance by itself."""
        for wanted in self.module.names(kind, type_):
            made = self.instances(kind, type_, wanted)
            yield from made.values() if isinstance(made, dict) else made if isinstance(made, list) else [made]

    def instances(self, kind: str, type_: str, wanted: str) -> Any:
        """An object, or its instances by key or number; where these are not known, one that stands for all."""
        if (kind, type_, wanted) not in self.made:
            declared = self.module.objects[kind, type_, wanted]
            self.made[kind, type_, wanted] = self._instances(kind, type_, wanted, declared)
        return self.made[kind, type_, wanted]

    def _instances(self, kind: str, type_: str, wanted: str, declared: Declared) -> Any:
        mark = f"{HOLE}{self.title}{kind}.{type_}.{wanted}"
        every, count = self.value(declared.body, "for_each"), self.value(declared.body, "count")
        if isinstance(every, list):
            every = {key: key for key in every if isinstance(key, str)}
        if isinstance(every, dict):
            return {
                key: Instance(self, type_, declared.body, {"each": Each(every, key)}, f"{mark}.{key}") for key in every
            }
        if isinstance(count, int):
            return [
                Instance(self, type_, declared.body, {"count": {"index": number}}, f"{mark}.{number}")
                for number in range(count)
            ]
        one = Instance(self, type_, declared.body, {"each": UNKNOWN, "count": UNKNOWN}, mark)
        return one if every is None and count is None else {HOLE: one}


@dataclass(frozen=True, slots=True)
class Each:
    """What `each` is in one instance."""

    every: Mapping[str, Any]
    key: str

    def get(self, wanted: str) -> Any:
        """Its key or its value."""
        return self.key if wanted == "key" else self.every[self.key]


@dataclass(frozen=True, slots=True)
class Names:
    """The first names of a reference that has not yet reached a value."""

    scope: Scope
    root: str
    type: str = ""

    def get(self, wanted: str) -> Any:
        """What the next name leads to."""
        if self.root == "var":
            return self.scope.variable(wanted)
        if self.root == "local":
            return self.scope.local(wanted)
        if self.root == "module":
            inner = self.scope.child(wanted)
            return Outputs(inner) if inner else UNKNOWN
        if not self.type:
            return Names(self.scope, self.root, wanted)
        modelled = self.type in (_SECRETS, "aws_iam_policy_document", *_MARKED)
        if (self.root, self.type, wanted) not in self.scope.module.objects:
            return UNKNOWN
        return self.scope.instances(self.root, self.type, wanted) if modelled else OTHER


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of a called module."""

    scope: Scope

    def get(self, wanted: str) -> Any:
        """An output's value."""
        return self.scope.output(wanted)


@dataclass(frozen=True, slots=True)
class Instance:
    """One object of a modelled type."""

    scope: Scope
    type: str
    body: Body
    bound: Bound
    mark: str

    def argument(self, wanted: str) -> Any:
        """What an argument comes to; None where it is not given."""
        return self.scope.value(self.body, wanted, self.bound)

    def get(self, wanted: str) -> Any:
        """What an attribute comes to."""
        if self.type in _MARKED and wanted in _NAMED:
            return self.mark
        if self.type == _SECRETS and wanted in ("arn", "id"):
            return f"arn:{HOLE}:secretsmanager:{HOLE}:secret:{self.secret}-{HOLE}"
        if self.type == "aws_iam_policy_document" and wanted == "json":
            return self
        given = self.argument(wanted)
        return OTHER if given is None else given

    @property
    def secret(self) -> str:
        """The name of a secret, with holes where it is not known."""
        given, start = self.argument("name"), self.argument("name_prefix")
        if isinstance(start, str):
            return f"{start}{HOLE}"
        return given if isinstance(given, str) else HOLE


def _variables(sources: Sources, path: str) -> dict[str, Any]:
    arguments = hcl.parse(sources, path).body.arguments
    return {one.name: evaluate(one.value, lambda _root, _bound: UNKNOWN, _NOTHING) for one in arguments}


def _environment(path: str) -> str:
    """The environment that a variables file is of; "" for one that Terraform always reads."""
    base = name(path).removesuffix(".tfvars")
    return "" if base.endswith(".auto") else name(folder(path)) if base == "terraform" else base


@shared
def environments(sources: Sources) -> dict[str, tuple[Scope, ...]]:
    """The roots by environment; "" for those that have none."""
    calls = {
        (module.folder, one): inner
        for module in modules(sources).values()
        for one in module.modules
        if (inner := called(sources, module, one))
    }
    called_ones = {inner.folder for inner in calls.values()}
    files: dict[str, dict[str, dict[str, Any]]] = {}
    tests = {folder(path) for path in sources.ending(TESTS)}
    # What Terraform always reads it reads in this order, and the last counts.
    for path in sorted(sources.ending(".tfvars"), key=lambda one: name(one) != "terraform.tfvars"):
        module = module_of(sources, path)
        if module and folder(path) not in tests:
            here = "" if folder(path) == module.folder and name(path) == "terraform.tfvars" else _environment(path)
            files.setdefault(module.folder, {}).setdefault(here, {}).update(_variables(sources, path))
    found: dict[str, list[Scope]] = {}
    for module in modules(sources).values():
        if module.folder not in called_ones:
            given = files.get(module.folder, {})
            always = given.pop("", {})
            for environment, variables in (given or {"": {}}).items():
                found.setdefault(environment, []).append(Scope(calls, module, {**always, **variables}))
    return {environment: tuple(scopes) for environment, scopes in found.items()}
