"""Which valid name was probably meant, by its spelling."""

from __future__ import annotations

from collections.abc import Iterable


def closest(given: str, valid: Iterable[str], cutoff: float = 0.6) -> str:
    """The name with the most similar spelling; "" where none is as similar as `cutoff`, of 0 to 1."""
    import difflib  # noqa: PLC0415 -- only needed once something is wrong

    return next(iter(difflib.get_close_matches(given, valid, n=1, cutoff=cutoff)), "")


def closest_path(given: str, paths: Iterable[str]) -> str:
    """The same for a path: only the last part must be alike, since folders are what many paths share."""
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(path.rpartition("/")[2], []).append(path)
    near = closest(given.rpartition("/")[2], sorted(by_name), 0.7)
    return closest(given, sorted(by_name[near]), 0) if near else ""
