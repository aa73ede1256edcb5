"""Reads `templates/pins.yml`: the only place with a version in it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from generator import places


class Pins:
    """The pinned versions, each as the text that a file needs.

    Every accessor raises KeyError with the name when there is no such pin.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        self._data: Final = data

    @property
    def kubernetes(self) -> tuple[str, ...]:
        """Kubernetes minors that can be chosen, the newest first."""
        return tuple(self._data["kubernetes"]["minors"])

    def runtime(self, language: str) -> str:
        """The usual runtime version of a language, such as `3.14`."""
        return str(self._data["runtimes"][language]["version"])

    def oldest(self, language: str) -> str:
        """The oldest runtime version of a language that can be chosen: older ones get no security fixes."""
        return str(self._data["runtimes"][language]["oldest"])

    def version(self, name: str) -> str:
        """A tool's, chart's or provider's version (`terraform`, `chart/external-secrets`)."""
        return str(self._data["versions"][name]["version"])

    def action(self, name: str) -> str:
        """What follows `uses: `, with the tag as a comment."""
        pin = self._data["actions"][name]
        return f"{name}@{pin['sha']}  # {pin['version']}"  # two spaces: yamllint

    @property
    def commits(self) -> dict[str, str]:
        """The versions of actions by their commits."""
        return {str(pin["sha"]): str(pin["version"]) for pin in self._data["actions"].values()}

    def image(self, name: str) -> str:
        """`name:tag`, with `@sha256:...` where the digest is known for certain."""
        pin = self._data["images"][name]
        digest = f"@{pin['digest']}" if pin.get("digest") else ""
        return f"{name}:{pin['tag']}{digest}"

    def lacks_digest(self, name: str, tag: str) -> bool:
        """Whether no digest is known of an image that we name: none of `postgres:17`, but of `18` and `18.7`."""
        if name not in self._data["images"]:
            return name in self._data["versions"]
        pin = self._data["images"][name]
        ours, given = (re.findall(r"\d+", str(one).split("-", 1)[0])[:2] for one in (pin["tag"], tag))
        return not pin.get("digest") or any(one != other for one, other in zip(ours, given, strict=False))

    def is_looser(self, name: str, tag: str) -> bool:
        """Whether a tag of an image without a digest has fewer numbers than ours: `maven:3` where we name `maven:3.9`.

        Not so of a runtime, whose version the answers say.
        """
        pin = self._data["images"].get(name, {})
        own = str(pin.get("tag", "") or self._data["versions"].get(name, {}).get("version", ""))
        ours, given = (re.findall(r"\d+", one.partition("-")[0]) for one in (own, tag))
        return name not in self._data["runtimes"] and not pin.get("digest") and len(given) < len(ours)

    def tag(self, name: str) -> str:
        """The tag of an image."""
        return str(self._data["images"][name]["tag"])

    def base_image(self, repository: str, tag: str) -> str:
        """A `repository:tag`; the pinned one where it is it, or a patch of it (`1.27.1-alpine` of `1.27-alpine`)."""
        pinned = str(self._data["images"].get(repository, {}).get("tag", ""))
        version, _, variant = tag.partition("-")
        pinned_version, _, pinned_variant = pinned.partition("-")
        patch = pinned_version.startswith(f"{version}.") and pinned_variant == variant
        return self.image(repository) if pinned == tag or patch else f"{repository}:{tag}"


@cache
def pins() -> Pins:
    """The pins of this release."""
    import yaml  # noqa: PLC0415 -- --help must not pay for it

    with (places.templates() / "pins.yml").open("rb") as file:
        return Pins(yaml.load(file, yaml.CSafeLoader))
