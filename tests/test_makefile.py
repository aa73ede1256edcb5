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
