"""Images are named with a tag or digest of their own

An image without a tag, or with `latest`, is another one each time it is pulled: two replicas of one
Deployment can run different code, and going back to the last release is not possible. Name a version,
or better a digest. An image that this repository builds is told only where a manifest of Kubernetes runs it as
`latest` and no kustomization names another. A repository that names no version anywhere hears of it once.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import images
from generator.checks.models.habits import Lapse, habit_rule, lapse
from generator.checks.rule import Format
from generator.checks.source import Sources

FORMAT = Format.DOCKER

files = images.paths


@habit_rule("Name a version or a digest.")
def check(sources: Sources) -> Iterator[Lapse | None]:
    for path in images.paths(sources):
        for image in images.images(sources, path):
            if image.digest or image.tag not in ("", "latest"):
                yield None
            else:
                message = f"{image.text} is another image each time it is pulled"
                yield lapse(path, image, message)
