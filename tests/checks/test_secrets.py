"""What looks like a credential, wherever it was typed."""

from __future__ import annotations

import pytest

from generator.secrets import looks_secret
from tests.support.endless import ends


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", ""),
        ("a shop for shoes, see https://github.com/a/b", ""),
        ("AKIAIOSFODNN7EXAMPLE", ""),
        ("mail me: ghp_" + "a1" * 18, "a GitHub token"),
        ("first line\n-----BEGIN OPENSSH PRIVATE" + " KEY-----\nabc", "a private key"),
        ("postgres://admin:hunter" + "22@db/x", "a password in a URL"),
    ],
)
def test_looks_secret(text: str, kind: str) -> None:
    assert looks_secret(text) == kind


def test_a_long_text_takes_no_long_time() -> None:
    with ends():
        assert looks_secret("a+" * 50_000) == ""
