"""The metadata of a computer is read with a token, and not by its containers

Whoever makes a service fetch an address of their choice reads `169.254.169.254`, and with it the credentials of the
computer. A token (`http_tokens = "required"`) stops that, and a hop limit of 1 keeps pods and containers, which are
one hop further away, from the credentials of their node. Give a pod a role of its own instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from generator.checks.models.terraform_settings import Setting, judge, paths, types
from generator.checks.rule import Flaw, Format
from generator.checks.source import Sources

FORMAT = Format.TERRAFORM

_STOLEN: Final = "{given}: whoever makes a program on {what} fetch an address has the rights of the computer"
_FIX: Final = 'Set http_tokens = "required".'

_TABLE: Final = (
    Setting(
        ("aws_launch_template",), ("metadata_options", "http_tokens"), ("optional",), _STOLEN, _FIX, absent=True,
    ),
    Setting(
        ("aws_instance", "aws_launch_configuration"), ("metadata_options", "http_tokens"), ("optional",),
        _STOLEN, _FIX,
    ),
    Setting(
        ("aws_launch_template",), ("metadata_options", "http_put_response_hop_limit"), tuple(map(str, range(2, 65))),
        "{given}: containers on {what} can take the credentials of their node",
        "Set http_put_response_hop_limit = 1.",
    ),
)  # fmt: skip


def files(sources: Sources) -> Iterator[str]:
    return paths(sources, *types(_TABLE))


def check(sources: Sources, path: str) -> Iterable[Flaw]:
    return judge(sources, _TABLE).get(path, ())
