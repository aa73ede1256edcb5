"""What a makefile's text says about its targets."""

from __future__ import annotations

import fnmatch

import pytest

from generator import makefile

FILES = {
    "Makefile": """\
TARGETS := destroy plan
BOTH = $(TARGETS) # and more
SOURCES = a.c
include mk/*.mk mk/one.mk  # another
-include gone.mk
.PHONY: all
all: build
build: $(SOURCES:.c=.o) ; @echo x
\techo recipe: not
deploy   down &:
${BOTH} $(UNKNOWN):
rollback \\
  health:
todo::
  indented/name: x.txt
%.o: %.c
up: export A = 1
verify: A := 1
fmt : override B ?= 2
pin := 3
posix::=4
shell!=echo a: b
if: ; A=1 cmd
# comment: not
""",
    "mk/one.mk": "lint:\ninclude Makefile\n",
}


def find(files: dict[str, str]) -> makefile.Found:
    return makefile.look("Makefile", lambda path: files.get(path, ""), lambda pattern: fnmatch.filter(files, pattern))


def look(files: dict[str, str]) -> dict[str, str]:
    return find(files).targets


def test_targets_with_their_places() -> None:
    found = look(FILES)
    assert found == {
        ".PHONY": "Makefile:6", "all": "Makefile:7", "build": "Makefile:8", "deploy": "Makefile:10",
        "down": "Makefile:10", "destroy": "Makefile:11", "plan": "Makefile:11", "rollback": "Makefile:12",
        "health": "Makefile:12", "todo": "Makefile:14", "lint": "mk/one.mk:1", "if": "Makefile:23",
        "indented/name": "Makefile:15",
    }  # fmt: skip


def test_nothing_there() -> None:
    assert look({}) == {}


def test_what_make_knows_of_long_lines_is_read_in_no_time() -> None:
    """A line without a colon is no rule, however many words it has; a search that tries all splits never ends."""
    words = " ".join(f"AWS_SECRET_ACCESS_KEY_{number}" for number in range(2000))
    text = f"export {words}\n{'A' * 100_000}\nall:\n"
    assert look({"Makefile": text}) == {"all": "Makefile:3"}


def test_makefiles_that_include_each_other_are_read_once() -> None:
    names = [f"{letter}.mk" for letter in "abcdefghijkl"]
    read: list[str] = []

    def text(path: str) -> str:
        read.append(path)
        return f"include {' '.join(names)}\n{path}-target:\n"

    assert set(makefile.look("Makefile", text, lambda _: []).targets) == {
        f"{name}-target" for name in ["Makefile", *names]
    }
    assert sorted(read) == sorted(["Makefile", *names])


def test_a_byte_order_mark_hides_no_target() -> None:
    assert look({"Makefile": "\ufeffbuild:\n"}) == {"build": "Makefile:1"}


@pytest.mark.parametrize(
    "text",
    [
        "include mk/*.mk", "-include $(wildcard mk/*.mk)", "include ./mk/a.mk $(wildcard mk/[b].mk gone.mk)",
        "DIR := mk\nFILES = $(wildcard $(DIR)/*.mk)\nsinclude $(sort ${FILES})", "D := mk\nD ?= gone\ninclude $D/a.mk $(D)/*.mk",
        "F := mk/a.mk\nF += mk/b.mk\ninclude $(F)", "include $(CURDIR)/mk/a.mk \\\n  $(wildcard $(CURDIR)/mk/b.mk)",
    ],
)  # fmt: skip
def test_includes_are_followed_where_the_text_says_which(text: str) -> None:
    files = {"Makefile": f"{text}\nall:\n", "mk/a.mk": "a:\n", "mk/b.mk": "b:\n", "other/c.mk": "c:\n"}
    assert look(files).keys() == {"a", "b", "all"}


@pytest.mark.parametrize(
    "what",
    ["$(shell ls *.mk)", "$(OBJECTS:.o=.d)", "$(HOME)/x.mk", "$(wildcard $(HOME)/*.mk)", "$(call f,a b)", "$(PRINTED)"],
)
def test_an_include_that_only_make_can_tell_is_named(what: str) -> None:
    files = {"Makefile": f"OBJECTS := a.o\nPRINTED != ls\n-include {what} a.mk # x\n", "a.mk": "a:\n"}
    found = find(files)
    assert (found.unread, found.targets) == ({f"{what} a.mk": "Makefile:3"}, {"a": "a.mk:1"})


def test_a_makefile_that_cannot_be_read_is_named() -> None:
    found = makefile.look("Makefile", {"Makefile": "include ../x.mk\nall:\n"}.get, lambda _: [])
    assert (found.unread, found.targets) == ({"../x.mk": "Makefile:1"}, {"all": "Makefile:2"})


def test_variables_that_double_each_other_end() -> None:
    lines = "".join(f"A{n + 1} := $(A{n}) $(A{n})\n" for n in range(100))
    assert look({"Makefile": f"A0 = all\n{lines}$(A3): ; echo\n$(A100):\nend:\n"}).keys() == {"all", "end"}
