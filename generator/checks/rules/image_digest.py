"""Images are named by their digest

A tag is built anew and moved: two replicas run different code, and what was scanned is not what runs.
Write the digest behind the tag, `postgres:18.6@sha256:...`, where Dependabot and Renovate keep it up
to date. In a repository of agency-scaffold, an image whose digest it does not know is told only where its tag has
fewer numbers than what was written. Images that this repository builds are not judged. One that pins no image hears of
it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator import pins
from generator.checks.models import images
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.models.images import Image
from generator.checks.models.ours import is_ours
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = images.paths


@habit_rule("Write `@sha256:` and the digest behind the tag.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in images.paths(sources):
        for image in images.images(sources, path):
            if image.digest:
                yield None
            if _is_loose(sources, image):
                message = f"{image.text} is whatever its owner calls {image.tag} today"
                yield lapse(path, image, message)


def _is_loose(sources: Sources, image: Image) -> bool:
    """Whether the digest is missing; `image-tag` speaks of a tag that says nothing, and some digests we do not know."""
    if image.digest or image.tag in ("", "latest"):
        return False
    known = pins.pins()
    excused = is_ours(sources) and known.lacks_digest(image.name, image.tag)
    return not excused or known.is_looser(image.name, image.tag)
