"""The lock: what was generated, exactly."""

import random

import pytest

from generator import record
from generator.errors import ScaffoldError
from generator.record import Entry

ENTRIES = [
    Entry("b.yml", "file", "k8s:b.yml.jinja#web", b"b: 1\n"),
    Entry("a-b/u.sh", "exec", "scripts:x", "#!/bin/sh\nécho\n".encode()),
    Entry("bin", "once", "x:bin", bytes(range(256))),
    Entry("empty", "block", "x:empty", b""),
]


def test_reads_back_exactly() -> None:
    text = record.dump("f00", ENTRIES)
    loaded = record.load(text)
    assert loaded.fingerprint == "f00"
    assert loaded.entries == {e.path: e for e in ENTRIES}


def test_does_not_depend_on_the_order() -> None:
    shuffled = random.Random(1).sample(ENTRIES, len(ENTRIES))
    assert record.dump("f", shuffled) == record.dump("f", ENTRIES)


def test_an_unchanged_line_is_kept_even_if_another_zlib_packs_otherwise() -> None:
    before = record.dump("f", ENTRIES)
    line = next(x for x in before.splitlines() if x.endswith(" bin"))
    words = line.split(" ")
    other = " ".join([*words[:3], "OTHERBYTES", words[4]])
    assert other in record.dump("g", ENTRIES, before.replace(line, other))


def test_holds_no_plain_text_of_the_files() -> None:
    assert "écho" not in record.dump("f", ENTRIES)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda t: "x" + t, "not a lock"),
        (lambda t: t.replace("file k8s", "file k8s x"), ":5: the line is damaged|:6: the line is damaged|damaged"),
        (lambda t: t.replace(ENTRIES[0].sha256, "0" * 64), "b.yml does not match its hash"),
    ],
)
def test_damage_is_named(damage, message: str) -> None:
    with pytest.raises(ScaffoldError, match=message):
        record.load(damage(record.dump("f", ENTRIES)))


def test_versions_are_in_their_order() -> None:
    """That of PEP 440."""
    ordered = [
        "of somebody", "0.0.9", "0.1.0.dev3", "0.1.0a1.dev1", "0.1.0a1", "0.1.0b2", "0.1.0rc1", "0.1.0rc10", "0.1.0",
        "0.1.0.post1.dev1", "0.1.0.post1", "0.1.1.dev0", "0.2.0.dev3", "0.2.0", "0.10.0", "1.0.dev1", "1.0",
    ]  # fmt: skip
    keys = [record.release(version) for version in ordered]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)
    assert record.release("1.0+local.1") == record.release("1.0.0") == record.release("1")
