"""moto as AWS on loopback, for `terraform apply`: `python -m tests.support.moto_server PORT`.

Where it lacks so little that what else is made after it would be lost, too, that is added: each function says what.
"""

from __future__ import annotations

import json
import sys

from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket
from moto.server import main


def permission_without_conditions(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """moto reads no condition of a bucket's policy, so that "deny what is not TLS" denies everything: it does not count here."""
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(bucket.policy)
    policy["Statement"] = [one for one in policy["Statement"] if "Condition" not in one]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def register_with_tags(response: ApplicationAutoScalingResponse) -> str:
    """moto knows no tags of what is scaled, and the provider reads them again: they are kept beside it."""
    told = register(response)
    target_of(response, json.loads(told)["ScalableTargetARN"]).tags = response._get_param("Tags") or {}
    return told


def tags_of_target(response: ApplicationAutoScalingResponse) -> str:
    """The tags that `register_with_tags` has kept."""
    return json.dumps({"Tags": target_of(response, response._get_param("ResourceARN")).tags})


def target_of(response: ApplicationAutoScalingResponse, arn: str) -> FakeScalableTarget:
    """What is scaled, by its ARN."""
    every = response.applicationautoscaling_backend.targets.values()
    return next(one for of_dimension in every for one in of_dimension.values() if one.arn == arn)


register = ApplicationAutoScalingResponse.register_scalable_target

if __name__ == "__main__":
    FakeBucket.get_permission = permission_without_conditions
    ApplicationAutoScalingResponse.register_scalable_target = register_with_tags
    ApplicationAutoScalingResponse.list_tags_for_resource = tags_of_target
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
