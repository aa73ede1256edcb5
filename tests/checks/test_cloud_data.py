"""What is recorded of AWS has what our own policies and alarms name, and stays small."""

from __future__ import annotations

import re

import pytest

from generator.checks import data
from generator.checks.models import iam_actions
from tests.support.generated import TEMPLATES

ACTION = re.compile(r'"([a-z0-9-]+):([A-Z][A-Za-z]+)"')
METRIC = re.compile(r'namespace\s*=\s*"(AWS/\w+)"\n\s*metric_name\s*=\s*"(\w+)"')


def texts() -> list[str]:
    return [
        path.read_text("utf-8") for path in TEMPLATES.glob("*/files/**/*") if path.name.endswith((".tf", ".tf.jinja"))
    ]


def test_the_actions_and_keys_of_our_policies_are_recorded() -> None:
    named = {found for text in texts() for found in ACTION.findall(text)}
    judged = [(one, prefix, name) for prefix, name in sorted(named) if (one := iam_actions.service(prefix))]
    assert len(judged) > 150
    missing = [f"{prefix}:{name}" for one, prefix, name in judged if not one.matching(name) and not one.tests(name)]
    assert missing == []


@pytest.mark.parametrize(
    ("action", "scoped"), [("s3:PutObject", True), ("ecr:GetAuthorizationToken", False), ("iam:PassRole", True)]
)
def test_it_is_known_what_can_be_limited_to_a_resource(action: str, scoped: bool) -> None:
    prefix, name = iam_actions.split(action)
    service = iam_actions.service(prefix)
    assert service is not None
    assert (name.lower() in service.scoped, name.lower() in service.free) == (scoped, not scoped)


def test_wildcards_match_as_in_aws() -> None:
    service = iam_actions.service("ECR")
    assert service is not None
    assert set(service.matching("*LayerUpload")) == {"initiatelayerupload", "completelayerupload"}
    assert service.matching("putimage") == ["putimage"]
    assert service.matching("PutImages") == []
    assert iam_actions.service("nothing") is None


def test_the_metrics_of_our_alarms_are_recorded() -> None:
    recorded = data.load("aws/cloudwatch-metrics.json")
    named = {found for text in texts() for found in METRIC.findall(text)}
    assert len(named) > 2
    assert [one for one in named if one[1] not in recorded.get(one[0], one[1]).split()] == []


def test_it_stays_small() -> None:
    assert sum(path.stat().st_size for path in (data.FOLDER / "aws").iterdir()) < 120_000
