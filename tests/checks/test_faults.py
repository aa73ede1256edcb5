"""Faults that are put into good repositories are found, each at every place where it fits, at the right file and line.

`tests/checks/faults/*.yml` are the faults; what is missed stands in `not-found-yet.txt`, exactly: what is found must be
taken out there, and what is lost fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

import pytest

from generator.checks import RULES, check
from generator.checks.run import run
from generator.finding import Severity
from tests.checks.faults.fault import TREES, Fault, corpus, fine
from tests.checks.faults.place import Place, expected, fits, good, places, tree_with
from tests.checks.faults.remembered import known
from tests.checks.faults.verdict import missed, recorded, sample, tally
from tests.support import generated

KINDS = list(dict.fromkeys(fault.kind for fault in corpus()))
QUICK = ("example", "ecs")
"""The trees of a quick run: of each fault the first place of its first tree, if that is one of these."""


@cache
def quick() -> tuple[Fault, ...]:
    """The faults of a quick run, each in its first tree alone."""
    return tuple(fault.only(fault.trees[0]) for fault in corpus() if fault.trees[0] in QUICK)


def tried(faults: tuple[Fault, ...], most: int = 0) -> Iterator[tuple[Fault, Place]]:
    """The places of faults; with `most` at most so many in each tree."""
    for fault in faults:
        for tree in fault.trees:
            yield from ((fault, made) for made in sample(fault, tree, most))


def tell(capsys: pytest.CaptureFixture[str], faults: str, said: int, cases: int) -> None:
    """Prints the two figures."""
    with capsys.disabled():
        print(f"\n{faults} found; {said} findings on the good output of {cases} cases")


def unsound(fault: Fault, made: Place) -> str:
    """What is wrong with a place: it must differ from the good tree, at the line that it names, and be findable."""
    before = good(made.tree)
    if all(before.get(path) == file for path, file in made.changes.items()):
        return "changes nothing"
    if not expected(fault, made):
        return "is to be found nowhere"
    file = made.changes.get(made.path)
    if made.line and file and made.path in before:
        old, new = (text.content.split(b"\n") for text in (before[made.path], file))
        if old[: made.line - 1] != new[: made.line - 1] or old[made.line - 1 :][:1] == new[made.line - 1 :][:1]:
            return "does not begin at its line"
    return ""


def test_the_corpus_is_sound() -> None:
    names = [fault.name for fault in corpus()]
    assert len(names) == len(set(names)) >= 200
    for fault in corpus():
        assert set(fault.trees) <= set(TREES), fault.name
        assert fault.night.strip(), fault.name
        assert fault.rules, fault.name
    assert set(recorded()) <= set(names)


def test_each_fault_fits_somewhere_and_is_one() -> None:
    assert [fault.name for fault in quick() if not any(fits(fault, fault.trees[0]))] == []
    wrong = [(fault.name, made.path, made.line, unsound(fault, made)) for fault, made in tried(quick(), 2)]
    assert [one for one in wrong if one[-1]] == []


def test_a_sample_is_found_or_is_known_to_be_missed(capsys: pytest.CaptureFixture[str]) -> None:
    """Where some places of a fault are found and others are not, only the slow tests can tell."""
    known_missed = recorded()
    tallies = {fault.name: tally(fault, 1) for fault in quick()}
    found = {name for name, one in tallies.items() if one.found}
    lost = {name: one.missed for name, one in tallies.items() if not one.whole and name not in known_missed}
    assert lost == {}, "these were found"
    otherwise = {name: one.otherwise for name, one in tallies.items() if one.otherwise}
    assert otherwise == {}, "what may be meant has `severity: warning` in the corpus; all else is an error"
    gained = {name for name, (count, _) in known_missed.items() if not count and name in found}
    assert gained == set(), "these are found now: python -m tests.checks.faults --write"
    places_found = sum(one.found for one in tallies.values())
    said = sum(len(known(tree).findings) for tree in QUICK)
    what = f"sample: {places_found} of {sum(one.places for one in tallies.values())} places of {len(tallies)} faults"
    tell(capsys, what, said, len(QUICK))
    assert said == 0


def same_as_alone(made: Place) -> bool:
    """Whether what is remembered of the good tree leads to what all rules say of the tree with the fault."""
    alone = [f for f in run(tree_with(made), RULES, edited=True).findings if f not in known(made.tree).findings]
    return list(known(made.tree).judge(made, RULES)) == alone


@pytest.mark.parametrize("name", ["terraform-output-of-a-module-renamed", "manifest-gone", "script-gone"])
def test_what_is_remembered_changes_no_verdict(name: str) -> None:
    fault = next(fault for fault in corpus() if fault.name == name)
    assert same_as_alone(next(places(fault, "example")))


def first_of(name: str) -> Fault:
    """A fault of the corpus in its first tree alone."""
    return next(fault for fault in corpus() if fault.name == name).only("example")


def test_what_is_told_at_another_place_is_missed() -> None:
    fault = first_of("terraform-output-of-a-module-renamed")
    right = tally(fault, 1)
    assert (right.found, right.elsewhere, right.otherwise) == (1, [], [])
    readme = replace(fault, at=((("file", ("README.md",)),),))
    line = replace(fault, at=((("next", ("",)),),))
    for wrong in (readme, line):
        one = tally(wrong, 1)
        assert (one.places, one.found, len(one.missed), len(one.elsewhere)) == (1, 0, 1, 1)


def test_what_is_told_as_a_warning_is_not_an_error() -> None:
    fault = first_of("terraform-output-of-a-module-renamed")
    one = tally(replace(fault, severity=Severity.WARNING), 1)
    assert (one.found, len(one.otherwise)) == (1, 1)


def test_what_no_rule_tells_is_missed() -> None:
    fault = first_of("terraform-output-of-a-module-renamed")
    for nobody in (replace(fault, rules=("markdown-link",)), replace(fault, rules=("not-a-rule",))):
        one = tally(nobody, 1)
        assert (one.places, one.found, len(one.missed), one.elsewhere) == (1, 0, 1, [])


@pytest.mark.parametrize("edit", fine(), ids=[edit.name for edit in fine()])
def test_nothing_is_said_of_an_edit_that_is_fine(edit: Fault) -> None:
    made = next(places(edit, edit.trees[0]))
    assert unsound(edit, made) == ""
    assert [f"{f.path}:{f.line} {f.message} [{f.rule}]" for f in known(made.tree).judge(made, RULES)] == []


@pytest.mark.slow
@pytest.mark.parametrize("edit", fine(), ids=[edit.name for edit in fine()])
def test_nothing_is_said_of_an_edit_that_is_fine_anywhere(edit: Fault) -> None:
    said = {(made.tree, made.path, made.line): known(made.tree).judge(made, RULES) for _, made in tried((edit,), 12)}
    assert said
    assert {place: findings for place, findings in said.items() if findings} == {}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_remembered_changes_no_verdict_of_a_class(kind: str) -> None:
    faults = tuple(fault for fault in corpus() if fault.kind == kind)[::8]
    assert [(fault.name, made.path) for fault, made in islice(tried(faults, 2), 20) if not same_as_alone(made)] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_place_of_a_class_is_found_or_is_known_to_be_missed(kind: str) -> None:
    faults = tuple(fault for fault in corpus() if fault.kind == kind)
    wrong = [(fault.name, made.path, made.line, unsound(fault, made)) for fault, made in tried(faults)]
    assert [one for one in wrong if one[-1]] == []
    assert [fault.name for fault in faults if not any(any(fits(fault, tree)) for tree in fault.trees)] == []
    names = {fault.name for fault in faults}
    assert missed(faults) == {name: counts for name, counts in recorded().items() if name in names}
    otherwise = {fault.name: tally(fault, 0).otherwise for fault in faults}
    assert {name: said for name, said in otherwise.items() if said} == {}


@pytest.mark.slow
def test_the_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found, told in two figures; and that nothing is said of any good output."""
    tallies = [tally(fault, 0) for fault in corpus()]
    found, total = sum(one.found for one in tallies), sum(one.places for one in tallies)
    verdicts = {generated.case_id(path): check(generated.tree(path)).findings for path in generated.cases()}
    tell(
        capsys,
        f"{sum(one.whole for one in tallies)} of {len(tallies)} faults, {found} of {total} places",
        sum(map(len, verdicts.values())),
        len(verdicts),
    )
    assert {case: found for case, found in verdicts.items() if found} == {}
