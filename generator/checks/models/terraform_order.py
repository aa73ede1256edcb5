"""In which order Terraform makes the objects and locals of a module, and where that has no beginning."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from generator.checks.formats.hcl import Body, Reference
from generator.checks.models.terraform import Declared, Module, block_references, modules, plain, references_of
from generator.checks.source import Sources, shared


@dataclass(frozen=True, slots=True)
class Node:
    """A local or an object."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        prefix = "" if self.kind == "resource" else f"{self.kind}."
        return prefix + ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Cycle:
    """Nodes of which each refers to the next, and the last to the first."""

    nodes: tuple[Node, ...]
    path: str
    """The file of the first one's reference to the next."""
    reference: Reference


_Edges = Mapping[Node, Mapping[Node, Reference]]


@shared
def cycles(sources: Sources, place: str) -> tuple[Cycle, ...]:
    """The cycles of the module in the folder `place`, one for each group of nodes that need each other."""
    module = modules(sources)[place]
    nodes = _nodes(module)
    edges: dict[Node, dict[Node, Reference]] = {node: {} for node in nodes}
    for path in module.files:
        for node, reference in _uses(sources, path):
            to = _named(plain(reference.names))
            if to in nodes and node in nodes:
                edges[node].setdefault(to, reference)
    waiting = _in_cycles(edges)
    found: list[Cycle] = []
    seen: set[Node] = set()
    for node in sorted(waiting, key=lambda one: (nodes[one].path, nodes[one].line)):
        way = _back(edges, node) if node not in seen else ()
        if way:
            seen.update(way)
            following = way[1] if len(way) > 1 else node
            found.append(Cycle(way, nodes[node].path, edges[node][following]))
    return tuple(found)


def _nodes(module: Module) -> dict[Node, Declared]:
    found = {Node("local", (name,)): declared for name, declared in module.locals.items()}
    return found | {Node(kind, (type_, name)): one for (kind, type_, name), one in module.objects.items()}


def _uses(sources: Sources, path: str) -> Iterator[tuple[Node, Reference]]:
    """What refers to something in a file."""
    for block, found in block_references(sources, path):
        if block.type == "locals":
            for argument in block.body.arguments:
                here = references_of(Body([argument]))
                yield from ((Node("local", (argument.name,)), reference) for reference in here)
        else:
            yield from ((Node(block.type, block.labels), reference) for reference in found)


def _named(names: tuple[str, ...]) -> Node:
    root = names[0]
    if root == "local":
        return Node(root, names[1:2])
    return Node(root, names[1:3]) if root in ("data", "ephemeral") else Node("resource", names[:2])


def _in_cycles(edges: _Edges) -> set[Node]:
    """The nodes that are left when those are taken away, again and again, that refer to nothing that is left."""
    users: dict[Node, list[Node]] = {node: [] for node in edges}
    count = {node: len(targets) for node, targets in edges.items()}
    for node, targets in edges.items():
        for target in targets:
            users[target].append(node)
    free = deque(node for node, number in count.items() if not number)
    while free:
        node = free.popleft()
        del count[node]
        for user in users[node]:
            count[user] -= 1
            if not count[user]:
                free.append(user)
    return set(count)


def _back(edges: _Edges, start: Node) -> tuple[Node, ...]:
    """The shortest way from a node to itself; () for none."""
    before: dict[Node, Node] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for target in edges[node]:
            if target == start:
                return tuple(reversed(list(_way(before, node, start))))
            if target not in before:
                before[target] = node
                waiting.append(target)
    return ()


def _way(before: Mapping[Node, Node], node: Node, start: Node) -> Iterator[Node]:
    while node != start:
        yield node
        node = before[node]
    yield start
