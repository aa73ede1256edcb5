"""The stories of a release, with the real scripts and the real kubectl against a double of the Kubernetes API."""

from __future__ import annotations

from tests.real.conftest import NAMESPACE, SERVICES, Stage, digest, images


def test_a_good_release_serves_and_is_recorded_and_marked(stage: Stage) -> None:
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert {name: stage.cluster.serving(name) for name in SERVICES} == {
        name: {("v1", one)} for name, one in images(1).items()
    }
    assert [(r["version"], r["verdict"], r["images"]) for r in stage.ledger] == [("v1", "good", images(1))]
    assert len(stage.calls("put-image")) == len(SERVICES)
