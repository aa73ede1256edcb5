"""Makes garbage of good files: at random places, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import yaml

from generator.tree import File, Tree

ODD: Final[tuple[Any, ...]] = (
    None, "", " ", "a", "no", "~", 0, -1, 10**30, 1.5, True, [], {}, [None], [[]], {"": None}, {"a": []}, "${{", "${{ }}", "{{ x",
    "a\nb", "\u0000", "\ud7ff\U0001f600", "x" * 3000, "../../..", "/", "*", "0 0 0 0", "1h1", [{"name": None}], {"name": {"x": 1}},
)  # fmt: skip
"""What stands where something else is expected."""
_TOKENS: Final = (
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    "`",
    "$(",
    "${",
    "<<EOF\n",
    "\\\n",
    "=",
    "#",
    "/*",
    "|",
    ">",
    ":",
    "-",
    "\t",
    "\r",
    "\x00",
    "\ufeff",
)


def flipped(content: bytes, dice: random.Random) -> bytes:
    """A few bytes of it are others."""
    changed = bytearray(content)
    for _ in range(dice.randint(1, 8)):
        if changed:
            changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def cut(content: bytes, dice: random.Random) -> bytes:
    """It ends, or begins, in the middle."""
    place = dice.randrange(len(content) + 1)
    return content[:place] if dice.random() < 0.7 else content[place:]


def lines(content: bytes, dice: random.Random) -> bytes:
    """Lines are gone, doubled, or moved to the right."""
    kept = []
    for line in content.split(b"\n"):
        chance = dice.random()
        if chance < 0.05:
            continue
        kept.append(b"  " + line if chance < 0.1 else line)
        kept += [line] if chance > 0.95 else []
    return b"\n".join(kept)


def tokens(content: bytes, dice: random.Random) -> bytes:
    """Signs stand where none belong, and some are gone."""
    text = content.decode("utf-8", "replace")
    for _ in range(dice.randint(1, 6)):
        place = dice.randrange(len(text) + 1)
        text = text[:place] + dice.choice(_TOKENS) + text[place + dice.randint(0, 3) :]
    return text.encode("utf-8", "replace")


def words(content: bytes, dice: random.Random) -> bytes:
    """Values are exchanged within the file."""
    parts = content.split(b" ")
    for _ in range(max(1, len(parts) // 30)):
        one, other = dice.randrange(len(parts)), dice.randrange(len(parts))
        parts[one], parts[other] = parts[other], parts[one]
    return b" ".join(parts)


def shapes(content: bytes, dice: random.Random) -> bytes:
    """Values of a YAML file have another shape; any other file loses signs."""
    try:
        documents = list(yaml.safe_load_all(content))
    except (yaml.YAMLError, ValueError):
        return tokens(content, dice)
    bent = [_bent(document, dice, max(0.02, 4 / (1 + len(content) / 20))) for document in documents]
    return yaml.safe_dump_all(bent, sort_keys=False, allow_unicode=True).encode("utf-8", "replace")


def _bent(value: Any, dice: random.Random, chance: float) -> Any:
    if dice.random() < chance:
        return dice.choice(ODD)
    if isinstance(value, dict):
        return {
            (dice.choice((1, None, "", key)) if dice.random() < chance / 4 else key): _bent(one, dice, chance)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_bent(one, dice, chance) for one in value]
    return value


WAYS: Final[dict[str, Callable[[bytes, random.Random], bytes]]] = {
    way.__name__: way for way in (flipped, cut, lines, tokens, words, shapes)
}


def garbage(tree: Tree, way: str, seed: int, share: float) -> Tree:
    """The tree with that share of its files spoilt."""
    dice = random.Random(f"{way} {seed}")
    return Tree(
        {
            path: File(WAYS[way](file.content, dice), file.executable) if dice.random() < share else file
            for path, file in tree.items()
        }
    )
