"""A rendered tree, and where each of its files comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from generator.blocks import Position
from generator.tree import Tree

Owner = Literal["managed", "once", "block"]
"""Whose a file is: merged for ever, made once and then the user's, or a region in a file of the user's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a rendered file comes from."""

    component: str
    template: str
    """`component:from#item`: the same for the same file at another path, so that renames can be followed."""
    owner: Owner
    searched: tuple[str, ...] = ()
    """Other places where the file may lie already (`FileEntry.searched`)."""
    opening: str = ""
    """What stands above the region in a file that we make."""
    position: Position = "bottom"
    """Where the region goes in a file of the user."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """The rendered tree and the origin of each of its files."""

    tree: Tree
    origins: dict[str, Origin]
