"""The Terraform modules of a tree: what each folder declares, and what its expressions refer to.

A folder's files are those that Terraform and OpenTofu read there. What was downloaded (`.terraform`) is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from generator.checks.formats import hcl
from generator.checks.formats.hcl import Argument, Block, Body, Reference
from generator.checks.formats.hcl_expressions import Call, calls, references, tried
from generator.checks.models.terraform_language import LANGUAGE
from generator.checks.source import Sources, folder, join, name, shared
from generator.spelling import closest

TESTS: Final = ".tftest.hcl"
_READ: Final = (".tf", ".tofu", ".tf.json", ".tofu.json")
_PARTIAL: Final = re.compile(
    r"(?:^|/)(?:fixtures?|test-?data|examples/(?:resources|data-sources|ephemeral-resources|functions|guides))/"
)
_DECLARING: Final = (
    "variable", "output", "module", "resource", "data", "ephemeral", "locals", "check", "terraform", "provider",
)  # fmt: skip
_REGISTRIES: Final = re.compile(r"^registry\.(?:terraform\.io|opentofu\.org)/")


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration and the file it stands in."""

    path: str
    line: int
    body: Body
    overriding: bool = False


_Key = TypeVar("_Key")


@dataclass(slots=True)
class Module:
    """A folder of `.tf` files."""

    folder: str
    files: list[str] = field(default_factory=list)
    broken: bool = False
    """A file cannot be read (it is no HCL, or is written as JSON), so what is missing may stand there."""
    variables: dict[str, Declared] = field(default_factory=dict)
    locals: dict[str, Declared] = field(default_factory=dict)
    outputs: dict[str, Declared] = field(default_factory=dict)
    modules: dict[str, Declared] = field(default_factory=dict)
    objects: dict[tuple[str, str, str], Declared] = field(default_factory=dict)
    """By kind of block (resource, data, ephemeral), type and name."""
    providers: set[str] = field(default_factory=set)
    """Local names that `required_providers` gives."""
    sources: dict[str, str] = field(default_factory=dict)
    """The source of each required provider."""
    constraints: list[tuple[str, str]] = field(default_factory=list)
    """Local name and version of each provider that has one."""

    def source(self, name: str) -> str:
        """The source of the provider that is called so here, without the registry."""
        return _REGISTRIES.sub("", self.sources.get(name, f"hashicorp/{name}").lower())

    @property
    def title(self) -> str:
        """The folder, as a message names it."""
        return self.folder or "the root folder"

    def names(self, kind: str, type_: str) -> list[str]:
        """The names of all objects of a type."""
        return [n for k, t, n in self.objects if (k, t) == (kind, type_)]


def own(path: str) -> bool:
    """Whether a file belongs to the repository: editors leave others, and `terraform init` downloads some."""
    return not name(path).startswith((".", "#")) and ".terraform/" not in path


@shared
def configurations(sources: Sources) -> tuple[str, ...]:
    """The files that make modules, but those written as JSON."""
    return tuple(path for path in sources.ending(".tf", ".tofu") if own(path))


def tests(sources: Sources) -> Iterator[str]:
    """The files of tests."""
    return (path for path in sources.ending(TESTS) if ".terraform/" not in path)


def judged(sources: Sources) -> Iterator[str]:
    """The files of modules and of tests."""
    yield from configurations(sources)
    yield from tests(sources)


def partial(path: str) -> bool:
    """Whether a file is no whole configuration: tests put it together when they run, or a provider's pages quote it."""
    return bool(_PARTIAL.search(path))


def overrides(path: str) -> bool:
    """Whether a file changes what the others of its folder declare."""
    stem = name(path).removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


@shared
def modules(sources: Sources) -> dict[str, Module]:
    """All modules by their folder."""
    found: dict[str, Module] = {}
    for path in sorted(filter(own, sources.ending(*_READ)), key=overrides):
        module = found.setdefault(folder(path), Module(folder(path)))
        if path.endswith(".json"):
            module.broken = True
            continue
        module.files.append(path)
        parsed = hcl.parse(sources, path)
        module.broken = module.broken or not parsed.readable
        for block in parsed.body.blocks:
            _declare(module, path, block)
    return found


def _declare(module: Module, path: str, block: Block) -> None:
    here = Declared(path, block.line, block.body, overrides(path))
    named = {"variable": module.variables, "output": module.outputs, "module": module.modules}
    kind = _meant(block.type)
    if kind in named and len(block.labels) == 1:
        _put(named[kind], block.name, here)
    elif kind in ("resource", "data", "ephemeral") and len(block.labels) == 2:
        _put(module.objects, (kind, block.labels[0], block.labels[1]), here)
    elif kind == "locals":
        module.locals |= {a.name: Declared(path, a.line, Body([a])) for a in block.body.arguments}
    elif kind == "check":
        for inner in block.body.of("data"):
            _declare(module, path, inner)
    elif kind == "terraform":
        for entry in block.body.of("required_providers"):
            _require(module, entry.body)
    elif kind == "provider" and block.labels:
        version = block.body.get("version")
        module.constraints += [(block.name, version.literal)] if version and version.literal else []


def _meant(kind: str) -> str:
    """The kind of a block; of a misspelt one, which `terraform-type` tells, the kind that was meant.

    So what it declares is there for who refers to it, and one letter is one finding.
    """
    return kind if kind in LANGUAGE else closest(kind, _DECLARING, 0.75) or kind


def _put(declared: dict[_Key, Declared], key: _Key, here: Declared) -> None:
    """What an overriding file says goes into what it overrides."""
    before = declared.get(key)
    if before and here.overriding:
        merged = Body([*here.body.arguments, *before.body.arguments], [*before.body.blocks, *here.body.blocks])
        here = Declared(before.path, before.line, merged)
    declared[key] = here


def _require(module: Module, body: Body) -> None:
    for argument in body.arguments:
        module.providers.add(argument.name)
        given = {key: hcl.literal(value) for key, _, value in hcl.entries(argument.value)}
        module.sources[argument.name] = given.get("source") or f"hashicorp/{argument.name}"
        version = argument.literal or given.get("version")
        module.constraints += [(argument.name, version)] if version else []


def called(sources: Sources, module: Module, wanted: str) -> Module | None:
    """The module of this tree that the call `wanted` runs; None for one from elsewhere."""
    call = module.modules.get(wanted)
    source = call.body.get("source") if call else None
    return target(sources, module, source)


def target(sources: Sources, module: Module, source: Argument | None) -> Module | None:
    """The module of this tree that a `source` argument names."""
    where = source.literal if source else None
    if not where or not where.startswith(("./", "../")):
        return None
    return modules(sources).get(join(module.folder, where))


def module_of(sources: Sources, path: str) -> Module | None:
    """The module that a test or a variables file belongs to: the nearest folder above it with `.tf` files."""
    here = folder(path)
    while True:
        if here in modules(sources):
            return modules(sources)[here]
        if not here:
            return None
        here = folder(here)


# Arguments whose value is a word of the language, not a reference to an object.
_WORDS: Final = {
    ("variable", "type"), ("lifecycle", "ignore_changes"), ("moved", "from"), ("moved", "to"), ("removed", "from"),
    ("resource", "provider"), ("data", "provider"), ("ephemeral", "provider"), ("import", "provider"),
    ("module", "providers"), ("dynamic", "iterator"), ("run", "providers"), ("run", "command"),
    ("provisioner", "when"), ("provisioner", "on_failure"),
    ("plan_options", "mode"), ("plan_options", "target"), ("plan_options", "replace"),
    ("mock_provider", "override_during"), ("mock_resource", "override_during"), ("mock_data", "override_during"),
    ("override_resource", "override_during"), ("override_data", "override_during"),
    ("override_module", "override_during"),
}  # fmt: skip


# Arguments whose value is the address of an object, which may lie within a module that is called.
_ADDRESSES: Final = {("import", "to")}


def _call(address: Reference) -> Reference:
    """Of an address within a module the call; any other as it is."""
    names = address.names[:2] if address.names[0] == "module" else address.names
    return Reference(names, address.line, address.column)


def _short(reference: Reference) -> Reference:
    """The same without the word `resource`, which may stand before any resource."""
    whole = len(reference.names) > 1 and reference.names[0] == "resource"
    return Reference(reference.names[1:], reference.line, reference.column) if whole else reference


def references_of(body: Body, bound: frozenset[str] = frozenset(), block: str = "") -> Iterator[Reference]:
    """Every reference below a body, but the words of the language and names bound by `for` and `dynamic`."""
    for argument in body.arguments:
        if (block, argument.name) not in _WORDS:
            found = map(_short, references(argument.value, bound))
            yield from map(_call, found) if (block, argument.name) in _ADDRESSES else found
    for inner in body.blocks:
        if inner.type == "dynamic":
            yield from _dynamic(inner, bound)
        elif inner.type != "required_providers":
            yield from references_of(inner.body, bound, inner.type)


def moved_to(sources: Sources, path: str) -> Iterator[Reference]:
    """Where a file says that objects were moved to."""
    for block in hcl.parse(sources, path).body.of("moved"):
        target = block.body.get("to")
        yield from map(_call, references(target.value)) if target else ()


def _dynamic(block: Block, bound: frozenset[str]) -> Iterator[Reference]:
    iterator = block.body.get("iterator")
    name = hcl.word(iterator.value) if iterator else block.name
    for argument in block.body.arguments:
        if argument.name != "iterator":
            yield from map(_short, references(argument.value, bound))
    for content in block.body.blocks:
        yield from references_of(content.body, bound | {name}, content.type)


@shared
def block_references(sources: Sources, path: str) -> tuple[tuple[Block, tuple[Reference, ...]], ...]:
    """The blocks of a file as they are meant, each with its references."""
    blocks = [replace(block, type=_meant(block.type)) for block in hcl.parse(sources, path).body.blocks]
    return tuple((block, tuple(references_of(Body([], [block])))) for block in blocks)


@shared
def file_references(sources: Sources, path: str) -> tuple[Reference, ...]:
    """The references in a file."""
    return tuple(reference for _, found in block_references(sources, path) for reference in found)


@shared
def used(sources: Sources, place: str) -> frozenset[tuple[str, str]]:
    """(root, name) of every reference in the module at the folder `place`, but those of a variable to itself."""
    found: set[tuple[str, ...]] = set()
    for path in modules(sources)[place].files:
        for block, found_here in block_references(sources, path):
            names = {reference.names[:2] for reference in found_here}
            found |= names - {("var", block.name)} if block.type == "variable" else names
    return frozenset((names[0], names[1]) for names in found if len(names) > 1)


@shared
def file_calls(sources: Sources, path: str) -> tuple[Call, ...]:
    """The function calls in a file, but the words of types, which look like some."""
    return tuple(_calls(hcl.parse(sources, path).body, "file"))


@shared
def tries(sources: Sources, path: str) -> frozenset[tuple[int, int]]:
    """The places of references within `try` and `can`."""
    return frozenset((one.line, one.column) for one in _tries(hcl.parse(sources, path).body))


def _tries(body: Body) -> Iterator[Reference]:
    for argument in body.arguments:
        yield from tried(argument.value)
    for block in body.blocks:
        yield from _tries(block.body)


def _calls(body: Body, block: str) -> Iterator[Call]:
    for argument in body.arguments:
        if (block, argument.name) != ("variable", "type"):
            yield from calls(argument.value)
    for inner in body.blocks:
        yield from _calls(inner.body, inner.type)


def plain(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a reference without indexes."""
    return tuple(name for name in names if not re.match(r"\[", name))
