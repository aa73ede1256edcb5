"""Prints what is found of the corpus, or of these of its faults and classes."""

from __future__ import annotations

import argparse
import time
from typing import Final

from generator.checks import RULES
from tests.checks.faults.fault import Fault, corpus
from tests.checks.faults.place import good, places
from tests.checks.faults.verdict import RECORD, missed, proposed, recorded, tally

HEAD: Final = (
    "# Faults that are not found everywhere: name, places found/places. `python -m tests.checks.faults --write`\n"
)


def main() -> None:
    """Reads the command line."""
    options = argparse.ArgumentParser(prog="python -m tests.checks.faults", description=__doc__)
    options.add_argument("names", nargs="*", help="names of faults and of classes; none: all")
    options.add_argument("--write", action="store_true", help=f"write {RECORD.name} anew")
    options.add_argument("--show", action="store_true", help="print each place and its change, and judge nothing")
    options.add_argument("--missed", action="store_true", help="print where a rule that is there misses a fault")
    options.add_argument("--most", type=int, default=0, help="try only so many places of a fault in each tree")
    given = options.parse_args()
    faults = tuple(one for one in corpus() if not given.names or {one.name, one.kind} & set(given.names))
    if given.show:
        for fault in faults:
            _show(fault)
        return
    _figures(faults, given.most)
    if given.missed:
        _missed(faults, given.most)
    if given.write and not given.most:
        _write(faults)


def _write(faults: tuple[Fault, ...]) -> None:
    now = missed(faults)
    tried = {fault.name for fault in faults}
    known = recorded() if RECORD.exists() else {}
    kept = {fault.name: known[fault.name] for fault in corpus() if fault.name in known and fault.name not in tried}
    rows = [f"{name} {found}/{count}\n" for name, (found, count) in sorted({**kept, **now}.items())]
    RECORD.write_text(HEAD + "".join(rows), encoding="utf-8")


def _figures(faults: tuple[Fault, ...], most: int) -> None:
    started = time.process_time()
    print(f"{'class':16}{'faults found':>16}{'places found':>20}")
    for kind in [*dict.fromkeys(fault.kind for fault in faults), "all"]:
        tallies = [tally(fault, most) for fault in faults if kind in {fault.kind, "all"}]
        whole = sum(one.whole for one in tallies)
        found, count = sum(one.found for one in tallies), sum(one.places for one in tallies)
        print(f"{kind:16}{f'{whole} of {len(tallies)}':>16}{f'{found} of {count}':>20}", flush=True)
    print(f"{time.process_time() - started:.0f} s of CPU")
    for rule, theirs in proposed(faults).items():
        print(f"proposed: {rule}: {', '.join(fault.name for fault in theirs)}")


def _missed(faults: tuple[Fault, ...], most: int) -> None:
    for fault in faults:
        one = tally(fault, most)
        if one.missed and any(rule in RULES for rule in fault.rules):
            print(f"missed: {fault.name} {one.found}/{one.places}: {one.missed[0]}")
        for line in one.elsewhere[:1]:
            print(f"    elsewhere ({len(one.elsewhere)}): {line}")


def _show(fault: Fault) -> None:
    for made in (made for tree in fault.trees for made in places(fault, tree)):
        print(f"--- {fault.name}: {made.tree} {made.path}:{made.line}")
        for path, file in made.changes.items():
            if file is None or path not in good(made.tree):
                print(f"  {'gone' if file is None else 'new'}: {path}")
                continue
            old, new = good(made.tree)[path].content.split(b"\n"), file.content.split(b"\n")
            same = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
            for mark, text in (("-", old), ("+", new)):
                for line in text[same : same + 2]:
                    print(f"  {mark} {line.decode('utf-8', 'replace')}")


if __name__ == "__main__":
    main()
