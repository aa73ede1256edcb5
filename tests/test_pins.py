"""The text that a file needs of a pin."""

from __future__ import annotations

import pytest

from generator.pins import Pins

PINS = Pins(
    {
        "images": {
            "golang": {"tag": "1.27.1-alpine", "digest": "sha256:1"},
            "temurin": {"tag": "25-jre"},  # no digest known
            "ruby": {"tag": "3.4.10-slim-bookworm", "digest": "sha256:2"},
        }
    }
)


@pytest.mark.parametrize(
    ("repository", "tag", "image"),
    [
        ("golang", "1.27.1-alpine", "golang:1.27.1-alpine@sha256:1"),
        ("golang", "1.27-alpine", "golang:1.27.1-alpine@sha256:1"),
        ("golang", "1-alpine", "golang:1.27.1-alpine@sha256:1"),
        ("golang", "1.2-alpine", "golang:1.2-alpine"),
        ("golang", "1.27-bookworm", "golang:1.27-bookworm"),
        ("golang", "1.26-alpine", "golang:1.26-alpine"),
        ("temurin", "25-jre", "temurin:25-jre"),
        ("ruby", "3.4-slim-bookworm", "ruby:3.4.10-slim-bookworm@sha256:2"),
        # The end of a variant is another variant.
        ("ruby", "3.4-bookworm", "ruby:3.4-bookworm"),
        ("unknown", "1", "unknown:1"),
    ],
)
def test_a_base_image_is_the_pinned_one_where_that_fits(repository: str, tag: str, image: str) -> None:
    assert PINS.base_image(repository, tag) == image
