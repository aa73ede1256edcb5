"""The diagram, in Mermaid."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.component import Parts
from generator.parts import DiagramEdge, DiagramNode

from .words import WORDS


@dataclass(frozen=True)
class Group:
    """A box of the diagram."""

    id: str
    title: str
    nodes: tuple[str, ...]


def diagram_of(parts: Parts) -> tuple[tuple[Group, ...], tuple[str, ...]]:
    """Boxes with their nodes, and the arrows whose ends both exist."""
    nodes = parts.of(DiagramNode)
    known = {n.id for n in nodes}
    shapes = {"box": '["{}"]', "round": '("{}")', "database": '[("{}")]'}
    groups = tuple(
        Group(
            f"group_{group}",
            title,
            tuple(_node(n.id) + shapes[n.shape].format(_mermaid(n.label)) for n in nodes if n.group == group),
        )
        for group, title in WORDS["nodes"].items()
        if any(n.group == group for n in nodes)
    )
    edges = tuple(
        f"{_node(e.source)} -->{_edge_label(e.label)} {_node(e.target)}"
        for e in parts.of(DiagramEdge)
        if e.source in known and e.target in known
    )
    return groups, edges


def _node(identifier: str) -> str:
    """A node's id; the prefix keeps it apart from Mermaid's own words, such as `end`."""
    return "n_" + re.sub(r"[^A-Za-z0-9]", lambda found: "_" if found[0] == "-" else f"_{ord(found[0]):x}", identifier)


def _edge_label(label: str) -> str:
    return f'|"{_mermaid(label)}"|' if label else ""


def _mermaid(text: str) -> str:
    """Text inside of a quoted label, by character codes where it could end the label or become markup."""
    return re.sub(r'[#"<>`\\|{}&;]', lambda found: f"#{ord(found[0])};", " ".join(text.split()))
