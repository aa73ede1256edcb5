"""Images are named with a tag or digest of their own

An image without a tag, or with `latest`, is another one each time it is pulled: two replicas of one
Deployment can run different code, and going back to the last release is not possible. Name a version,
or better a digest. A repository that names no version anywhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.checks.models import images
from generator.checks.models.habits import Lapse, Told, lapse, told
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources, shared

FORMAT = Format.DOCKER

files = images.paths


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return _found(sources).get(path, [])


@shared
def _found(sources: Sources) -> Told:
    lapses: list[Lapse] = []
    kept = 0
    for path in images.paths(sources):
        for image in images.images(sources, path):
            if image.digest or image.tag not in ("", "latest"):
                kept += 1
            else:
                message = f"{image.text} is another image each time it is pulled"
                lapses.append(lapse(path, image, message))
    return told(sources, lapses, kept, "Name a version or a digest.")
