"""Dockerfiles have known instructions and stages

A build stops at an unknown instruction or option, at one without arguments, at one before the first FROM,
at a here-document without an end, at an image that is called by a variable which no ARG before it
declares, and at a stage that `--from` names but no FROM defines, nor a build of the repository hands over as a context.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.formats import dockerfile
from generator.checks.formats.dockerfile import Instruction
from generator.checks.rule import Flaw, Format, at, did_you_mean, instead
from generator.checks.source import Sources, makefiles, shared, text

FORMAT = Format.DOCKER

_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "ADD": ("keep-git-dir", "checksum", "chown", "chmod", "link", "exclude", "unpack"),
    "ARG": (),
    "CMD": (),
    "COPY": ("from", "chown", "chmod", "link", "parents", "exclude"),
    "ENTRYPOINT": (),
    "ENV": (),
    "EXPOSE": (),
    "FROM": ("platform",),
    "HEALTHCHECK": ("interval", "timeout", "start-period", "start-interval", "retries"),
    "LABEL": (),
    "MAINTAINER": (),
    "ONBUILD": (),
    "RUN": ("mount", "network", "security", "device"),
    "SHELL": (),
    "STOPSIGNAL": (),
    "USER": (),
    "VOLUME": (),
    "WORKDIR": (),
}
"""What each instruction knows."""
_IMAGES: Final = frozenset((
    "alpine", "amazonlinux", "bash", "buildpack-deps", "busybox", "caddy", "composer", "curlimages", "debian",
    "docker", "eclipse-temurin", "elixir", "fedora", "golang", "gradle", "haproxy", "httpd", "maven", "memcached",
    "mongo", "mysql", "nginx", "node", "openjdk", "perl", "php", "postgres", "python", "rabbitmq", "redis",
    "registry", "ruby", "rust", "scratch", "swift", "traefik", "tomcat", "ubuntu", "wordpress",
))  # fmt: skip
"""Images that may be named without a tag where a stage may, too."""
_HANDS: Final = re.compile(r"--build-context\b|\badditional_contexts\b|\bbuild-contexts\b|\bcontexts\"?\s*[=:]")
_FROM: Final = "Write FROM <image>, or FROM <image> AS <name>."
_GIVEN: Final = frozenset((
    "BUILDPLATFORM", "BUILDOS", "BUILDARCH", "BUILDVARIANT", "TARGETPLATFORM", "TARGETOS", "TARGETARCH",
    "TARGETVARIANT",
))  # fmt: skip

files = dockerfile.paths


def check(sources: Sources, path: str) -> Iterator[Flaw]:
    stages: list[str] = []
    declared: set[str] = set()
    begun = False
    for one in dockerfile.parse(sources, path):
        if one.word not in _OPTIONS:
            fix = "End the line above with a backslash if this one belongs to it; else take it out."
            yield at(one, f"there is no instruction {one.word}", fix, did_you_mean(one.word, _OPTIONS))
            continue
        if one.word == "FROM":
            yield from _image(one, declared)
            begun = True
            stages += _names(one, len([name for name in stages if name.isdigit()]))
        elif not begun and one.word != "ARG":
            yield at(one, f"{one.word} stands before the first FROM", "Move it below the first FROM.")
        elif not begun:
            declared |= {part.partition("=")[0] for part in one.rest.split()}
        if one.unended:
            fix = f"Write {one.unended} alone on a line where the text ends."
            yield at(one, f"the here-document is not ended by {one.unended}", fix)
        yield from _form(one)
        yield from _stages(sources, one, stages)
    if not begun:
        yield Flaw(0, "there is no FROM", "Begin with FROM and the image that this one is made of.")


def _names(one: Instruction, number: int) -> list[str]:
    match = re.search(r"\sAS\s+(\S+)", f" {one.rest}", re.IGNORECASE)
    return [str(number), *([match[1].lower()] if match else [])]


def _form(one: Instruction) -> Iterator[Flaw]:
    """Whether it has arguments, and options that it knows."""
    words = (one.rest if one.word in ("CMD", "ENTRYPOINT") else one.arguments).split()
    least = 2 if one.word in ("COPY", "ADD") and "<<" not in one.rest and "[" not in one.rest else 1
    if len(words) < least:
        wanted = "a source and a destination" if least == 2 else "an argument"
        fix = f"Write {one.word} with {wanted}, or take it out."
        yield at(one, f"{one.word} needs {wanted}", fix)
    for option, _ in one.flags if one.word not in ("CMD", "ENTRYPOINT", "ONBUILD") else ():
        if option not in _OPTIONS[one.word]:
            near = did_you_mean(option, _OPTIONS[one.word])
            yield at(one, f"{one.word} has no option --{option}{near}", instead(near, f"Take --{option} out.", "--"))


def _image(one: Instruction, declared: set[str]) -> Iterator[Flaw]:
    words = one.arguments.split()
    if len(words) not in (0, 1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        yield at(one, f"FROM {one.arguments} is not an image, or an image AS a name", _FROM)
    for name in re.findall(r"\$(\w+)|\$\{(\w+)\}", words[0] if words else ""):
        variable = name[0] or name[1]
        if variable not in declared | _GIVEN:
            near = did_you_mean(variable, declared)
            message = f"no ARG before the first FROM declares {variable}{near}"
            yield at(one, message, instead(near, f"Write ARG {variable}=<value> above the first FROM.", "$"))


def _is_handed(sources: Sources, name: str) -> bool:
    """Whether a build is given a context of the name: by compose, a bake file, a script or a workflow."""
    named = re.compile(rf"(?<![\w-]){re.escape(name)}\"?\s*[=:]")
    return any(named.search(one) for one in _building(sources))


@shared
def _building(sources: Sources) -> tuple[str, ...]:
    """The files that hand contexts to builds."""
    paths = (*sources.ending(".yml", ".yaml", ".hcl", ".json", ".sh"), *makefiles(sources))
    return tuple(one for path in paths if _HANDS.search(one := text(sources, path)))


def _stages(sources: Sources, one: Instruction, stages: list[str]) -> Iterator[Flaw]:
    if one.word == "RUN":
        names = [name for key, value in one.flags if key == "mount" for name in re.findall(r"\bfrom=([^\s,]+)", value)]
    else:
        names = [value for key, value in one.flags if key == "from"]
    for name in names:
        image = any(sign in name for sign in ":/$.@") or name.lower() in _IMAGES
        if not image and name.lower() not in stages and not _is_handed(sources, name):
            near = did_you_mean(name.lower(), stages)
            message = f"there is no stage {name}{near}"
            yield at(one, message, instead(near, f"Name a stage by its AS: add `AS {name}` to the FROM that is meant."))
