"""What lay at one path and belongs to another: renamed services and environments, and regions whose place changes."""

from __future__ import annotations

from tests.update.shop import Shop
from tests.update.test_resolve import states

QUOTA = "infrastructure/kubernetes/overlays/prod/resourcequota.yaml"


def test_a_conflict_that_is_left_moves_along_and_is_told(shop: Shop) -> None:
    new = QUOTA.replace("/prod/", "/live/")
    shop.edit(QUOTA, "pods: ", "pods: 1")
    (line,) = shop.update("--set", "scaling.max=7").line(QUOTA)["conflicts"]
    shop.update("--set", "environments=dev,staging,live")
    assert (shop.action(new), shop.line(new)["moved_from"]) == ("conflict", QUOTA)
    assert (shop.line(new)["conflicts"], shop.code) == ([line], 1)
    assert shop.read(new).splitlines()[line - 1] == "<<<<<<< yours"
    assert states(shop)[new]["conflicts"] == [line]
