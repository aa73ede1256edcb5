"""What the arguments of Terraform's resources are set to, as far as the text says it for certain.

An argument that is a variable has the values that variables files and calls of the module give it, and in a root
without these its default; each stands where a person would change it. What depends on anything else has no value here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Body
from generator.checks.formats.hcl_expressions import references
from generator.checks.formats.hcl_values import UNKNOWN, Bound, Unknown, evaluate
from generator.checks.models.terraform import TESTS, Module, module_of, modules, overrides, target
from generator.checks.rule import Flaw
from generator.checks.source import Sources, folder, shared
from generator.finding import Severity

DEEPEST: Final = 20
"""Locals of locals that a value is followed through."""
CALLS: Final = 3
"""Calls of modules that a variable is followed through."""
MOST: Final = 50
"""Values that are looked at of one variable."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource and the file it stands in."""

    path: str
    block: Block

    @property
    def type(self) -> str:
        return self.block.labels[0]

    @property
    def body(self) -> Body:
        return self.block.body

    @property
    def address(self) -> str:
        """`type.name`."""
        return ".".join(self.block.labels)


@dataclass(frozen=True, slots=True)
class Value:
    """A value, where it stands, and how it is named there."""

    path: str
    line: int
    column: int
    value: Any
    name: str

    @property
    def text(self) -> str:
        """A plain value as it is compared: `true`, `0`, `public`; "" for any other."""
        if isinstance(self.value, bool):
            return str(self.value).lower()
        return str(self.value) if isinstance(self.value, str | int | float) else ""


@dataclass(frozen=True, slots=True)
class Setting:
    """Values of an argument that should not be, and what is said of them."""

    types: tuple[str, ...]
    way: tuple[str, ...]
    """The names of nested blocks, and the argument's last."""
    values: tuple[str, ...]
    message: str
    """With `{what}` for the resource and `{given}` for the argument and its value."""
    fix: str = ""
    severity: Severity = Severity.WARNING
    promised: bool = True
    """Whether what we generate promises that it is not so."""
    unless: Callable[[Body], bool] | None = None
    """Whether the rest of the resource makes up for it."""
    absent: bool = False
    """Whether leaving it out comes to the same."""
    chosen: bool = False
    """An environment may choose it by a variable, so that only what stands in the resource itself counts."""


@shared
def resources(sources: Sources) -> Mapping[str, tuple[Resource, ...]]:
    """All resources by type, in the order of their files."""
    found: dict[str, list[Resource]] = {}
    for path in sources.ending(".tf"):
        for block in hcl.parse(sources, path).body.of("resource"):
            if len(block.labels) == 2:
                found.setdefault(block.labels[0], []).append(Resource(path, block))
    return {type_: tuple(those) for type_, those in found.items()}


def of(sources: Sources, *types: str) -> Iterator[Resource]:
    """The resources of these types."""
    for type_ in types:
        yield from resources(sources).get(type_, ())


@shared
def _by_file(sources: Sources) -> Mapping[str, tuple[Resource, ...]]:
    found: dict[str, list[Resource]] = {}
    for those in resources(sources).values():
        for one in those:
            found.setdefault(one.path, []).append(one)
    return {path: tuple(those) for path, those in found.items()}


def in_file(sources: Sources, path: str, *types: str) -> Iterator[Resource]:
    """The resources of these types in a file."""
    return (one for one in _by_file(sources).get(path, ()) if one.type in types)


def paths(sources: Sources, *types: str) -> Iterator[str]:
    """The files in which settings of resources of these types may stand; none where there is no such resource."""
    if any(type_ in resources(sources) for type_ in types):
        yield from sources.ending(".tf", ".tfvars")


def types(table: Iterable[Setting]) -> tuple[str, ...]:
    """The types of resources that a table is about."""
    return tuple(dict.fromkeys(type_ for one in table for type_ in one.types))


def bodies(body: Body, way: Iterable[str]) -> Iterator[Body]:
    """The bodies of nested blocks, those that `dynamic` makes included."""
    first, *rest = way or ("",)
    if not first:
        yield body
        return
    inner = [block.body for block in body.of(first)]
    inner += [one.body for block in body.of("dynamic") if block.name == first for one in block.body.of("content")]
    for one in inner:
        yield from bodies(one, rest)


def first(body: Body, *way: str) -> Argument | None:
    """The first argument at the end of a way of blocks."""
    *blocks, last = way
    return next((given for one in bodies(body, blocks) if (given := one.get(last))), None)


def values(sources: Sources, path: str, argument: Argument, depth: int = 0) -> Iterator[Value]:
    """Each value that an argument is known to have, where a person would change it."""
    module = module_of(sources, path)
    wanted = variable(argument.value)
    if wanted and module and path.endswith(".tf"):
        yield from _variable(sources, module, wanted, depth) if depth < CALLS else ()
        return
    found = certain(sources, path, argument.value)
    if isinstance(found, Unknown):
        return
    declared = module.locals.get(_local(argument.value)) if module else None
    if declared is None or depth >= DEEPEST:
        yield Value(path, argument.line, argument.column, found, argument.name)
        return
    inner = declared.body.arguments[0]
    for value in values(sources, declared.path, inner, depth + 1):
        own = (value.path, value.line, value.name) == (declared.path, inner.line, inner.name)
        yield replace(value, name=f"local.{inner.name}") if own else value


def variable(node: Any) -> str:
    """The name of the variable that an expression is; "" for any other."""
    text = hcl.word(node).strip()
    return text.removeprefix("var.") if text.startswith("var.") and text[4:].isidentifier() else ""


def _local(node: Any) -> str:
    """The name of the local that an expression is; "" for any other."""
    text = hcl.word(node).strip()
    return text.removeprefix("local.") if text.startswith("local.") and text[6:].isidentifier() else ""


def certain(sources: Sources, path: str, node: Any) -> Any:
    """What an expression comes to without anything that is given from outside; UNKNOWN where it needs that."""
    own = _locals(sources).get(folder(path))
    return evaluate(node, own.lookup if own else _nothing, {})


def _nothing(_root: str, _bound: Bound) -> Any:
    return UNKNOWN


@dataclass(slots=True)
class _Locals:
    """The locals of a module, each worked out once; one that needs itself has no value."""

    module: Module
    made: dict[str, Any] = field(default_factory=dict)
    depth: int = 0

    def get(self, wanted: str) -> Any:
        declared = self.module.locals.get(wanted)
        if declared is None or self.depth > DEEPEST:
            return UNKNOWN
        if wanted not in self.made:
            self.made[wanted] = UNKNOWN
            self.depth += 1
            self.made[wanted] = evaluate(declared.body.arguments[0].value, self.lookup, {})
            self.depth -= 1
        return self.made[wanted]

    def lookup(self, root: str, _bound: Bound) -> Any:
        return self if root == "local" else UNKNOWN


@shared
def _locals(sources: Sources) -> Mapping[str, _Locals]:
    return {place: _Locals(module) for place, module in modules(sources).items()}


def _variable(sources: Sources, module: Module, wanted: str, depth: int) -> Iterator[Value]:
    assigned = _assigned(sources).get((module.folder, wanted), ())
    for path, argument in assigned[:MOST]:
        yield from islice(values(sources, path, argument, depth + 1), MOST)
    declared = module.variables.get(wanted)
    default = declared.body.get("default") if declared else None
    if declared and default and not assigned and module.folder in _roots(sources):
        found = certain(sources, declared.path, default.value)
        if not isinstance(found, Unknown):
            yield Value(declared.path, default.line, default.column, found, f"var.{wanted}")


@shared
def _assigned(sources: Sources) -> Mapping[tuple[str, str], tuple[tuple[str, Argument], ...]]:
    """By folder and name of a variable: the arguments of variables files and of calls that set it."""
    found: dict[tuple[str, str], list[tuple[str, Argument]]] = {}
    tests = {folder(path) for path in sources.ending(TESTS)}
    for path in sources.ending(".tfvars"):
        module = module_of(sources, path)
        for argument in hcl.parse(sources, path).body.arguments if module and folder(path) not in tests else ():
            found.setdefault((module.folder if module else "", argument.name), []).append((path, argument))
    for module in modules(sources).values():
        for call in module.modules.values():
            inner = target(sources, module, call.body.get("source"))
            for argument in call.body.arguments if inner else ():
                found.setdefault((inner.folder if inner else "", argument.name), []).append((call.path, argument))
    return {key: tuple(those) for key, those in found.items()}


@shared
def _roots(sources: Sources) -> frozenset[str]:
    """The folders that are applied by themselves: with a provider or a backend, and not called from the tree."""
    found = set()
    for path in sources.ending(".tf"):
        body = hcl.parse(sources, path).body
        if any(body.of("provider")) or any(any(one.body.of("backend", "cloud")) for one in body.of("terraform")):
            found.add(folder(path))
    calls = (
        (module, call.body.get("source")) for module in modules(sources).values() for call in module.modules.values()
    )
    called = {inner.folder for module, source in calls if (inner := target(sources, module, source))}
    return frozenset(found - called)


@shared
def judge(sources: Sources, table: tuple[Setting, ...]) -> dict[str, list[Flaw]]:
    """What a table of settings says of the tree, by file."""
    found: dict[str, dict[tuple[int, int, str], Flaw]] = {}
    for one in table:
        for resource in of(sources, *one.types):
            if one.unless is None or not one.unless(resource.body):
                for value in (*_given(sources, resource, one), *_left_out(resource, one)):
                    # What several resources take from one place is one mistake.
                    key = (value.line, value.column, one.message)
                    found.setdefault(value.path, {}).setdefault(key, _flaw(one, resource, value))
    return {path: list(flaws.values()) for path, flaws in found.items()}


def _given(sources: Sources, resource: Resource, setting: Setting) -> Iterator[Value]:
    *blocks, name = setting.way
    for body in bodies(resource.body, blocks):
        argument = body.get(name)
        chosen = setting.chosen and argument is not None and variable(argument.value) != ""
        for value in values(sources, resource.path, argument) if argument and not chosen else ():
            if value.text in setting.values:
                yield value


def _left_out(resource: Resource, setting: Setting) -> Iterator[Value]:
    """The resource itself, where it leaves out what it needs; a block that is made in a way unknown may have it."""
    if overrides(resource.path):
        return
    dynamic = any(one.name in setting.way for one in resource.body.of("dynamic"))
    if setting.absent and not dynamic and first(resource.body, *setting.way) is None:
        yield Value(resource.path, resource.block.line, resource.block.column, None, ".".join(setting.way))


def _flaw(setting: Setting, resource: Resource, value: Value) -> Flaw:
    given = f"no {value.name}" if value.value is None else f"{value.name} = {value.text}"
    message = setting.message.format(what=resource.address, given=given)
    return Flaw(value.line, message, setting.fix, value.column, setting.severity, setting.promised)


def usual(sources: Sources, type_: str, argument: str) -> bool:
    """Whether resources of a type have an argument as a habit in this tree: most of them, and more than one."""
    those = resources(sources).get(type_, ())
    given = sum(1 for one in those if one.body.get(argument))
    return given > 1 and given * 2 > len(those)


def refers(node: Any, type_: str) -> Iterator[str]:
    """The names of the objects of a type that an expression refers to."""
    return (one.names[1] for one in references(node) if len(one.names) > 1 and one.names[0] == type_)
