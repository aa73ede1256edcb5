"""Files that steps hand to actions are there

The Dockerfile of a build, what a scanner overlooks, the file with a version: the action ends the job where one is not
there. Values of a matrix, and what a caller gives to a workflow or an action of the repository, are followed, so that
`docker/${{ inputs.service }}.Dockerfile` is looked for of each service. Correct the path, or bring the file back. A
file that an earlier step may have made is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.models import known_steps
from generator.checks.models.habits import Told
from generator.checks.models.known_steps import FILES, Known, Missing
from generator.checks.models.ours import restored
from generator.checks.rule import Flaw, Format, at, did_you_mean_path, instead_path
from generator.checks.source import Sources, folder, shared

FORMAT = Format.GITHUB

_BUILD = "docker/build-push-action"
_FIX = "Write the path of a file that is there, or bring it back."
_EACH = "Write a path that is there with each of the values, or bring back what is not."

files = known_steps.files


def check(sources: Sources, path: str) -> list[Flaw]:
    return _told(sources).get(path, [])


@shared
def _told(sources: Sources) -> Told:
    return known_steps.told(sources, _of_step)


def _of_step(sources: Sources, known: Known) -> Iterator[tuple[str, Flaw]]:
    given = known.step.at("with")
    context = given.at("context")
    if known.action == _BUILD and context and not known_steps.is_plain(context.text.replace("${{", "")):
        return
    for name in FILES.get(known.action, ()):
        for gone in known_steps.missing(sources, known, given.at(name)):
            yield gone.path, _told_of(sources, gone)
    if known.action == _BUILD and context and not given.at("file"):
        for gone in known_steps.missing(sources, known, context, "Dockerfile"):
            if sources.has_folder(folder(gone.places[0])):
                message = f"there is no {', '.join(gone.places)}{gone.used}"
                yield gone.path, at(gone.written, message, "Add `file:` with the path of the Dockerfile.")


def _told_of(sources: Sources, gone: Missing) -> Flaw:
    first, message = gone.places[0], f"there is no {', '.join(gone.places)}{gone.used}"
    if not gone.is_whole:
        return at(gone.written, message, restored(sources, first, _EACH))
    near = did_you_mean_path(first, sources.tree)
    return at(gone.written, f"{message}{near}", restored(sources, first, instead_path(near, "", _FIX)))
