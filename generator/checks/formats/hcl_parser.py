"""Reads HCL by tree-sitter, in bounded time: its way through what is wrong takes the square of the length."""

from __future__ import annotations

import time
from functools import cache
from typing import Any, Final

ENCODED: Final = "utf-16-le"
"""How tree-sitter is given a text: its columns count bytes, of which each letter then has as many as any other."""
BYTES: Final = 2
"""Bytes of a letter there; the few that have four are counted twice."""
_PATIENCE: Final = 3.0
"""Seconds of the processor that a file has, beside those for its length."""
_PER_BYTE: Final = 5e-6
"""Seconds for a byte: thirty times of what one of a file takes that is right, so that no machine is too slow for it."""
_SHORT: Final = 32_000
"""Bytes that are read in less, whatever they are."""


def parsed(content: str) -> Any:
    """The node of the whole text; None where there is so much wrong that the parser runs out of time."""
    encoded = content.encode(ENCODED)
    if len(encoded) > _SHORT and _takes_too_long(encoded):
        return None
    return _parser().parse(encoded, encoding="utf16le").root_node


def _takes_too_long(encoded: bytes) -> bool:
    parser, view = _parser(), memoryview(encoded)
    end = time.thread_time() + _PATIENCE + len(encoded) * _PER_BYTE

    def late(*_: object) -> bool:
        return time.thread_time() > end

    try:  # where not a single token is found, only reading is asked for
        parser.parse(lambda at, _: b"" if late() else view[at:], encoding="utf16le", progress_callback=late)
    except ValueError:  # it was stopped, and would go on with the next text
        parser.reset()
    return late()


@cache
def _parser() -> Any:
    import tree_sitter  # noqa: PLC0415 -- loaded when the first HCL file is
    import tree_sitter_hcl  # noqa: PLC0415

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
