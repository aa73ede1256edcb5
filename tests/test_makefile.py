"""What a makefile's text says about its targets."""

from __future__ import annotations

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


def test_targets_with_their_places() -> None:
    found = makefile.targets("Makefile", lambda path: FILES.get(path, ""))
    assert found == {
        ".PHONY": "Makefile:6", "all": "Makefile:7", "build": "Makefile:8", "deploy": "Makefile:10",
        "down": "Makefile:10", "destroy": "Makefile:11", "plan": "Makefile:11", "rollback": "Makefile:12",
        "health": "Makefile:12", "todo": "Makefile:14", "lint": "mk/one.mk:1", "if": "Makefile:23",
        "indented/name": "Makefile:15",
    }  # fmt: skip


def test_nothing_there() -> None:
    assert makefile.targets("Makefile", lambda _: "") == {}


def test_what_make_knows_of_long_lines_is_read_in_no_time() -> None:
    """A line without a colon is no rule, however many words it has; a search that tries all splits never ends."""
    words = " ".join(f"AWS_SECRET_ACCESS_KEY_{number}" for number in range(2000))
    text = f"export {words}\n{'A' * 100_000}\nall:\n"
    assert makefile.targets("Makefile", {"Makefile": text}.get) == {"all": "Makefile:3"}  # type: ignore[arg-type]


def test_makefiles_that_include_each_other_are_read_once() -> None:
    names = [f"{letter}.mk" for letter in "abcdefghijkl"]
    read: list[str] = []

    def text(path: str) -> str:
        read.append(path)
        return f"include {' '.join(names)}\n{path}-target:\n"

    assert set(makefile.targets("Makefile", text)) == {f"{name}-target" for name in ["Makefile", *names]}
    assert sorted(read) == sorted(["Makefile", *names])


def test_a_byte_order_mark_hides_no_target() -> None:
    assert makefile.targets("Makefile", lambda _: "\ufeffbuild:\n") == {"build": "Makefile:1"}
