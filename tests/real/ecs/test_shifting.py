"""The stories of releases on ECS that move the requests to the new version, at once (blue-green) or in steps (canary, linear)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.real.conftest import SERVICES, images, until
from tests.real.ecs.conftest import COMPONENTS, Stage, role, staged
from tests.real.ecs.killing import BAKING, MIGRATING, MOVED, MOVING, NEVER, SCALING, Point, baking, killed
from tests.support import generated
from tests.support.aws_cli import Call
from tests.support.ecs_double import Cloud, Faults
from tests.support.floors import FEW_ANSWERS, FEW_COUNTED, HARDLY_ASKS, TOO_FEW

CASES = {
    "blue-green": generated.TEMPLATES / "ecs-blue-green/tests/cases/no-domain.yml",
    "canary": generated.TEMPLATES / "ecs-canary/tests/cases/no-domain.yml",
    "linear": generated.TEMPLATES / "ecs-canary/tests/cases/linear.yml",
}
WEB, API, WORKER = images(2).values()
ALL = {name: {("v1", one)} for name, one in images(1).items()}

BOTH = ("blue-green", "canary")
EACH = tuple(CASES)
FIRST = {"blue-green": 100, "canary": 10, "linear": 25}
"""How many percent of the requests come first."""


def of(*strategies: str, fast: str = "") -> pytest.MarkDecorator:
    """Tells a story of these strategies, all but one of them slowly."""
    each = [pytest.param(name, marks=() if name == fast else pytest.mark.slow, id=name) for name in strategies]
    return pytest.mark.parametrize("stage", each, indirect=True)


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A stage of a strategy, on which nothing was released yet."""
    case = CASES[request.param]
    with staged(generated.made_by(case, *COMPONENTS), tmp_path, SERVICES, case=case) as made:
        yield made


def serving(stage: Stage) -> dict[str, set[tuple[str, str]]]:
    return {name: stage.cloud.serving(name) for name in SERVICES}


def getting(stage: Stage) -> dict[str, dict[str, float]]:
    """Which versions of each service get how many percent of the requests."""
    cloud = stage.cloud
    return {n: {cloud.version(arn): share for arn, share in cloud.weights[n].items() if share} for n in MOVED}


def alone(version: str) -> dict[str, dict[str, float]]:
    return {name: {version: 100} for name in MOVED}


def begun(stage: Stage) -> dict[str, list[str]]:
    """How the deployments of each service ended, or how they stand."""
    return {name: [one["status"] for one in stage.cloud.shifts[name]] for name in MOVED}


def configured(stage: Stage) -> set[str]:
    """How each service says that its requests are moved."""
    return {str(stage.cloud.services[name]["deploymentConfiguration"]["strategy"]) for name in MOVED}


def shares(stage: Stage, name: str) -> list[float]:
    """Collects how many percent of the requests the new tasks of a service got, each once, rising."""
    found: list[float] = []

    def look(cloud: Cloud, _: Call) -> None:
        shift = cloud.shift_of(name)
        if shift and shift["status"] == "IN_PROGRESS" and shift["_share"] > max(found, default=0):
            found.append(shift["_share"])

    stage.cloud.watchers.append(look)
    return found


@of(*EACH, fast="canary")
def test_a_good_release_is_judged_while_the_old_tasks_are_there_and_recorded_when_ecs_is_done(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    stage.released("v1")
    beside: list[bool] = []

    def look(cloud: Cloud, call: Call) -> None:
        if call.name == "s3:PutObject" and call.params["Key"] == "ledger.json":
            assert [cloud.shifts[name][-1]["status"] for name in MOVED] == ["SUCCESSFUL", "SUCCESSFUL"]
        if cloud.queries:
            beside.append({version for version, _ in cloud.serving("web")} == {"v1", "v2"})

    stage.cloud.watchers.append(look)
    seen = shares(stage, "web")
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert beside[0], "the old tasks were gone when the judge asked first"
    steps = {"blue-green": [100], "canary": [10, 100], "linear": [25, 50, 75, 100]}
    assert seen == steps[request.node.callspec.params["stage"]]
    assert stage.serving() == {"v2"}
    assert getting(stage) == alone("v2")
    assert stage.verdicts == [("v1", "good"), ("v2", "good")]
    assert "web: error ratio 0.0, p95 0.05 s at 5.0 requests/s" in done.stderr
    assert begun(stage) == {name: ["SUCCESSFUL", "SUCCESSFUL"] for name in MOVED}


@of(*BOTH)
def test_the_same_release_again_changes_nothing(stage: Stage) -> None:
    stage.released("v1")
    tasks = set(stage.cloud.tasks)
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert set(stage.cloud.tasks) == tasks
    # But the record.
    assert stage.cloud.changes == ["s3:PutObject"]


@of("canary")
def test_a_first_release_gets_all_requests_at_once_since_nothing_else_answers(stage: Stage) -> None:
    seen = shares(stage, "web")
    done = stage.deploy("v1", 1)
    assert done.returncode == 0, done.stderr
    assert seen == [100]
    assert stage.serving() == {"v1"}
    # The next one moves in steps again.
    assert configured(stage) == {"CANARY"}
    assert stage.cloud.fewest == dict.fromkeys(SERVICES, 1)


@pytest.mark.parametrize(
    ("faults", "says", "breaker"),
    [
        pytest.param(
            Faults(unhealthy={WEB}),
            r"web: (3 tasks in a row did not start|3 tasks ended by themselves) \(task ",
            False,
            id="never-healthy",
        ),
        pytest.param(
            Faults(never_start={API}),
            r"api: ECS (put shop-dev-api:2 back|went back): Service deployment rolled back because",
            True,
            id="circuit-breaker",
        ),
        pytest.param(Faults(refusing={WEB}), "web: version v2 ", False, id="answers-errors"),
        pytest.param(Faults(errors={API: 0.3}), "api: error ratio 0.3 is above 0.05", False, id="error-ratio"),
        pytest.param(Faults(latencies={API: 0.9}), "api: p95 0.9 s is above 500 ms", False, id="slow"),
        pytest.param(
            Faults(alarming={API}),
            r"api: ECS (put shop-dev-api:2 back|went back): Service deployment rolled back because",
            True,
            id="alarm-of-ecs",
        ),
        pytest.param(Faults(alarming={API}), "api: alarm shop-dev-api-errors fires", False, id="alarm-seen-here"),
        pytest.param(Faults(crashing_late={API}), "api: ", False, id="dies-while-it-is-watched"),
        pytest.param(Faults(never_start={WORKER}), "CannotPullContainerError", False, id="worker-does-not-start"),
    ],
)
@of(*EACH)
def test_a_bad_release_is_rolled_back(
    stage: Stage, request: pytest.FixtureRequest, faults: Faults, says: str, breaker: bool
) -> None:
    stage.released("v1")
    # It stays where it is until somebody ends it.
    stage.cloud.bake = stage.cloud.pause = NEVER
    stage.cloud.faults, stage.cloud.breaker = faults, breaker
    seen = shares(stage, "api")
    # What happens late must be seen to happen; with that it ends.
    seconds = "120" if faults.crashing_late else "4"
    done = stage.deploy("v2", 2, JUDGE_SECONDS=seconds, JUDGE_MAX_RESTARTS="0")
    assert done.returncode == 3, done.stderr
    assert re.search(says, done.stderr), done.stderr
    assert "rolled back: v1 serves again" in done.stderr
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert stage.verdicts == [("v1", "good"), ("v2", "bad")]
    # The old tasks were there all the time: none was started anew, and no request waited for one.
    old = {
        t["taskArn"]
        for n in MOVED
        for t in stage.cloud.tasks.values()
        if t["group"] == f"service:{n}" and t["desiredStatus"] == "RUNNING"
    }
    assert len(old) == len(MOVED)
    assert all(found[-1] in {"ROLLBACK_SUCCESSFUL"} and len(found) == 2 for found in begun(stage).values())
    assert max(seen, default=0) <= FIRST[request.node.callspec.params["stage"]]


@of(*EACH)
def test_a_release_that_is_not_there_in_time_is_rolled_back(stage: Stage) -> None:
    stage.released("v1")
    # The pauses between the steps come on top of the time, and take minutes.
    answers = stage.root / "scripts/lib/shifting.env.sh"
    answers.write_text(answers.read_text() + "export RELEASE_PAUSE_SECONDS=1\n")
    stage.cloud.faults = Faults(slow={WEB: NEVER})
    done = stage.deploy("v2", 2, more=["--timeout", "3"])
    assert done.returncode == 3, done.stderr
    assert re.search(r"bad: not rolled out: .*web: its deployment is IN_PROGRESS SCALE_UP, 0", done.stderr), done.stderr
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert stage.verdicts == [("v1", "good"), ("v2", "bad")]


@of("canary", "linear")
def test_a_version_that_dies_in_the_middle_of_its_steps_is_rolled_back(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    stage.released("v1")
    steps = {"canary": [10], "linear": [25, 50]}[request.node.callspec.params["stage"]]

    def die(cloud: Cloud, _: Call) -> None:
        if (cloud.shift_of("api") or {"_share": 0})["_share"] == steps[-1]:
            cloud.faults, cloud.pause = Faults(crashing={API}), NEVER

    stage.cloud.watchers.append(die)
    seen = shares(stage, "api")
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    why = r"v2 was bad: not rolled out: api: (3 tasks ended by themselves \(task |version v2 gets \d+.0 % of the requests)"
    assert re.search(why, done.stderr), done.stderr
    assert seen == steps
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert stage.verdicts == [("v1", "good"), ("v2", "bad")]


@of(*BOTH)
def test_what_ecs_goes_back_from_after_the_verdict_is_not_recorded_as_good(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake = 8

    def alarm(cloud: Cloud, _: Call) -> None:
        # Nobody has asked anything for a while: the judge is done.
        if cloud.queries and cloud.quiet >= 3:
            cloud.faults = Faults(alarming={API})

    stage.cloud.watchers.append(alarm)
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "good; waiting until ECS ends its deployments: " in done.stderr
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert stage.verdicts == [("v1", "good"), ("v2", "bad")]


@of("blue-green")
def test_a_version_that_dies_after_the_verdict_is_not_recorded_as_good(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake = NEVER

    def die(cloud: Cloud, _: Call) -> None:
        if cloud.queries and cloud.quiet >= 3:
            cloud.faults = Faults(crashing={API})

    stage.cloud.watchers.append(die)
    done = stage.deploy("v2", 2, JUDGE_MAX_RESTARTS="1")
    assert done.returncode == 3, done.stderr
    assert "good; waiting until ECS ends its deployments: " in done.stderr
    assert re.search(r"v2 was bad: api: (its containers restarted 2 times|\d of 1 tasks)", done.stderr), done.stderr
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")


@of("blue-green")
def test_ecs_may_go_on_naming_the_revision_that_it_went_back_from(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.keeps_asking = True
    stage.cloud.bake = NEVER
    stage.cloud.faults = Faults(alarming={API})
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert "api: ECS went back: Service deployment rolled back because of CloudWatch alarm" in done.stderr
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    # Told so, it names the old one.
    assert {stage.cloud.version(stage.cloud.services[n]["taskDefinition"]) for n in MOVED} == {"v1"}


@of(*EACH)
def test_where_nobody_asks_the_answers_to_our_own_requests_decide(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.faults = Faults(uncounted=True)
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="1", JUDGE_SECONDS="2")
    assert done.returncode == 0, done.stderr
    assert "error ratio and p95 were not judged" in done.stderr
    assert stage.serving() == {"v2"}


@of(*BOTH)
def test_a_release_that_ecs_does_not_end_is_not_recorded(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake = NEVER
    done = stage.deploy("v2", 2, FINISH_SECONDS="2")
    assert done.returncode == 5, done.stderr
    assert "v2 serves and was judged good, but ECS did not end its deployments within 2 s: " in done.stderr
    assert stage.verdicts == [("v1", "good")]
    # Run again, it is followed to its end.
    stage.cloud.bake = 0
    stage.hold_lock("killed", 1)
    done = stage.deploy("v2", 2)
    assert done.returncode == 0, done.stderr
    assert begun(stage) == {name: ["SUCCESSFUL", "SUCCESSFUL"] for name in MOVED}


@of("blue-green")
def test_a_way_back_that_does_not_end_is_told_apart(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake, stage.cloud.stuck_back = NEVER, True
    stage.cloud.faults = Faults(refusing={WEB})
    done = stage.deploy("v2", 2, UNDO_SECONDS="3", HEALTHY_SECONDS="1")
    assert done.returncode == 4, done.stderr
    assert "ROLLBACK FAILED, a person is needed: not back: " in done.stderr
    assert "web: all requests go to the tasks that were there before" in done.stderr
    # Though the requests are back.
    assert getting(stage) == alone("v1")


def at(**points: Sequence[Point]) -> pytest.MarkDecorator:
    """Tells a story at these moments of a release by each strategy."""
    each = [
        pytest.param(name.replace("_", "-"), one, marks=pytest.mark.slow, id=f"{name.replace('_', '-')}-{one.name}")
        for name, some in points.items()
        for one in some
    ]
    return pytest.mark.parametrize(("stage", "point"), each, indirect=["stage"])


@at(blue_green=(MIGRATING, SCALING, BAKING), canary=(SCALING, MOVING, BAKING), linear=(SCALING, MOVING, BAKING))
def test_a_killed_release_is_followed_where_it_is_and_not_begun_again(stage: Stage, point: Point) -> None:
    stage.released("v1")
    killed(stage, point)
    again = stage.deploy("v2", 2)
    assert again.returncode == 0, again.stderr
    assert stage.serving() == {"v2"}
    assert begun(stage) == {name: ["SUCCESSFUL", "SUCCESSFUL"] for name in MOVED}
    assert not {"ecs:RunTask", "ecs:RegisterTaskDefinition", "ecs:StopServiceDeployment"} & set(stage.cloud.changes)
    assert stage.verdicts == [("v1", "good"), ("v2", "good")]


@at(blue_green=(SCALING, BAKING), canary=(SCALING, MOVING, BAKING), linear=(MOVING,))
def test_it_goes_back_by_hand_while_a_deployment_is_under_way(stage: Stage, point: Point) -> None:
    stage.released("v1")
    killed(stage, point)
    stage.cloud.bake = stage.cloud.pause = NEVER
    code, text = stage.rollback()
    assert code == 0, text
    assert "within 120 s" in text
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert begun(stage) == {name: ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"] for name in MOVED}
    assert stage.verdicts[-1] == ("v1", "good")


@of(*EACH)
def test_it_goes_back_by_hand_at_once_when_the_old_tasks_are_gone(stage: Stage) -> None:
    stage.released("v1", "v2")
    stage.cloud.pause = NEVER
    before = configured(stage)
    code, text = stage.rollback()
    assert code == 0, text
    assert "from v2 to v1" in text
    assert "within 330 s" in text
    assert serving(stage) == ALL
    assert getting(stage) == alone("v1")
    assert stage.verdicts[-2:] == [("v2", "withdrawn"), ("v1", "good")]
    # And the next release moves as the answers say.
    assert configured(stage) == before


@of(*BOTH)
def test_another_release_ends_what_a_killed_one_left_under_way(stage: Stage) -> None:
    stage.released("v1")
    killed(stage, BAKING)
    stage.cloud.bake = NEVER
    with stage.running(*stage.arguments("v3", 3)) as process:
        until(lambda: len(stage.cloud.shifts["web"]) == 3 and baking(stage.cloud))
        stage.cloud.bake = 0
        assert process.wait(300) == 0
    assert stage.serving() == {"v3"}
    assert begun(stage) == {name: ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "SUCCESSFUL"] for name in MOVED}


@of(*EACH)
def test_two_at_once_are_refused(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.bake = NEVER
    with stage.running(*stage.arguments("v2", 2)) as first:
        until(lambda: baking(stage.cloud))
        second = stage.deploy("v3", 3)
        assert second.returncode == 1, second.stderr
        assert "another release is running: " in second.stderr
        stage.cloud.bake = 0
        assert first.wait(300) == 0
    assert stage.serving() == {"v2"}


@of("blue-green")
def test_the_health_check_knows_tasks_that_are_only_kept(stage: Stage) -> None:
    stage.released("v1")
    killed(stage, BAKING)
    stage.cloud.bake = NEVER
    assert stage.health("--inside") == (0, "".join(f"ok      {name}: v2\n" for name in SERVICES))
    # But not one that gets no requests.
    code, text = stage.health("--inside", "--version", "v1", "--service", "web")
    assert code == 1
    assert "web: it asks for version v2, not v1" in text


@of("canary")
def test_a_version_that_gets_a_part_of_the_requests_does_not_serve_yet(stage: Stage) -> None:
    stage.released("v1")
    killed(stage, MOVING)
    stage.cloud.pause = NEVER
    code, text = stage.health("--inside", "--service", "web")
    assert code == 1
    assert "web: version v1 still runs beside v2" in text


def one_group(stage: Stage) -> None:
    for one in stage.cloud.services["web"]["loadBalancers"]:
        del one["advancedConfiguration"]


def still_rolling(stage: Stage) -> None:
    del stage.cloud.services["web"]["deploymentConfiguration"]["strategy"]


@pytest.mark.parametrize(
    ("arrange", "says"),
    [
        pytest.param(
            one_group, "ECS knows only one target group of web, so it cannot move its requests", id="one-group"
        ),
        pytest.param(still_rolling, "ECS still replaces the tasks of web one after another", id="still-rolling"),
    ],
)
@of("blue-green", fast="blue-green")
def test_a_service_that_is_not_ready_for_the_strategy_is_not_released(
    stage: Stage, arrange: Callable[[Stage], None], says: str
) -> None:
    arrange(stage)
    done = stage.deploy("v1", 1)
    assert done.returncode == 1, done.stderr
    assert says in done.stderr
    assert stage.cloud.changes == []


@pytest.mark.parametrize("statement", ["ListServiceDeployments", "EndServiceDeployments"])
@of("blue-green")
def test_without_a_right_no_release_is_good(stage: Stage, statement: str) -> None:
    stage.released("v1")
    may = role(CASES["blue-green"])
    left = type(may)(tuple(one for one in may.statements if one.name != statement), may.names)
    assert len(left.statements) < len(may.statements)
    stage.cloud.rights = left.refused
    assert stage.deploy("v2", 2).returncode == 1
    assert stage.cloud.refused
    stage.cloud.refused.clear()
    assert stage.cloud.changes == []


# --- proof that the stories judge -----------------------------------------------------------------


@of(*BOTH)
def test_without_ending_the_deployment_the_bad_version_would_keep_the_requests(
    stage: Stage, request: pytest.FixtureRequest
) -> None:
    stage.released("v1")
    stage.edit(
        "scripts/lib/strategy.sh",
        "          ask ended.json ecs stop-service-deployment",
        "          true || ask ended.json ecs stop-service-deployment",
    )
    stage.cloud.bake = stage.cloud.pause = NEVER
    stage.cloud.faults = Faults(refusing={WEB})
    done = stage.deploy("v2", 2, UNDO_SECONDS="3", HEALTHY_SECONDS="1")
    assert done.returncode == 4, done.stderr
    share = 100 if request.node.callspec.params["stage"] == "blue-green" else 10
    assert {n: parts["v2"] for n, parts in getting(stage).items()} == dict.fromkeys(MOVED, share)


@of("canary")
def test_without_a_look_during_the_steps_a_bad_version_would_get_all_requests(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/strategy.sh", "  ((STRIKES[$1] < JUDGE_STRIKES))", "  return 0")
    stage.cloud.faults = Faults(errors={API: 0.3})
    seen = shares(stage, "api")
    assert stage.deploy("v2", 2).returncode == 3
    assert max(seen) == 100


@of("blue-green")
def test_without_waiting_for_ecs_what_it_goes_back_from_would_be_good(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/strategy.sh", "strategy_finish() {", "strategy_finish() {\n  return 0")
    stage.cloud.bake = NEVER
    assert stage.deploy("v2", 2).returncode == 0
    stage.cloud.faults = Faults(alarming={API})
    for _ in range(5):
        stage.cloud.step()
    assert getting(stage)["api"] == {"v1": 100}
    assert stage.verdicts[-1] == ("v2", "good")


@of(*BOTH)
def test_without_own_requests_a_version_that_answers_errors_would_get_all_of_them(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/way.sh", "asked() { routes", "asked() { return 0; routes")
    stage.cloud.faults = Faults(refusing={WEB, API})
    assert stage.deploy("v2", 2).returncode == 0
    assert getting(stage) == alone("v2")


@of("canary")
def test_failures_count_by_the_part_of_the_requests_that_the_version_gets(stage: Stage) -> None:
    """A tenth of the requests, each of which fails, is less than a fifth of all of them."""
    stage.released("v1")
    stage.edit("scripts/lib/release.env.sh", "RELEASE_MAX_ERROR_RATE=0.05", "RELEASE_MAX_ERROR_RATE=0.2")
    stage.cloud.faults, stage.cloud.pause = Faults(refusing={WEB}, uncounted=True), 40
    seen = shares(stage, "web")
    done = stage.deploy("v2", 2)
    assert done.returncode == 3, done.stderr
    assert max(seen) == 10
    # And without that it would get all of them.
    stage.released("v1")
    stage.cloud.faults, stage.cloud.pause = Faults(refusing={WEB}, uncounted=True), 3
    stage.edit("scripts/lib/strategy.sh", "$failed / ($answered * $weight / 100)", "$failed / $answered")
    seen.clear()
    assert stage.deploy("v2", 2).returncode == 3
    assert max(seen) == 100


@of("blue-green")
def test_without_the_look_at_how_far_ecs_is_a_version_that_never_starts_would_be_judged_good(stage: Stage) -> None:
    stage.released("v1")
    stage.edit("scripts/lib/strategy.sh", "service_state() {", "service_state() {\n  echo done\n  return")
    stage.edit("scripts/lib/tasks.sh", '  [[ -z "$WHY" ]]', "  return 0")
    stage.cloud.breaker = False
    stage.cloud.faults = Faults(unhealthy={WEB})
    done = stage.deploy("v2", 2, START_STRIKES="999", JUDGE_MAX_RESTARTS="999", FINISH_SECONDS="1")
    assert done.returncode == 5, done.stderr
    assert "v2 serves and was judged good" in done.stderr
    assert getting(stage)["web"] == {"v1": 100}


floor = pytest.mark.parametrize("floor", [True, False])


@of(*BOTH)
@floor
def test_without_the_floor_of_answers_a_version_that_nobody_asked_would_get_all_requests(
    stage: Stage, floor: bool
) -> None:
    stage.released("v1")
    if not floor:
        stage.edit(*FEW_ANSWERS)
    # Where it is refused, ECS keeps the old tasks for longer than that.
    stage.cloud.bake, stage.cloud.faults = 8 if floor else 0, Faults(refusing={WEB, API}, uncounted=True)
    done = stage.deploy("v2", 2, **HARDLY_ASKS)
    assert done.returncode == (3 if floor else 0), done.stderr
    assert bool(TOO_FEW.search(done.stderr)) is floor
    assert getting(stage) == alone("v1" if floor else "v2")


@of(*BOTH)
@floor
def test_without_the_floor_of_counted_requests_a_few_failures_would_end_a_good_release(
    stage: Stage, request: pytest.FixtureRequest, floor: bool
) -> None:
    stage.released("v1")
    if not floor:
        stage.edit(*FEW_COUNTED)
    stage.cloud.pause, stage.cloud.faults = 10, Faults(rate=0.05, errors={API: 0.5})
    seen = shares(stage, "api")
    done = stage.deploy("v2", 2, JUDGE_GRACE_SECONDS="1")
    assert done.returncode == (0 if floor else 3), done.stderr
    says = "its metrics count only 0.05 requests/s of version v2" if floor else "error ratio 0.5 is above 0.05"
    assert says in done.stderr
    assert getting(stage) == alone("v2" if floor else "v1")
    if request.node.callspec.params["stage"] == "canary":
        assert max(seen) == (100 if floor else 10)


@of(*BOTH)
@pytest.mark.parametrize("gate", [True, False])
def test_without_the_look_at_its_tasks_a_version_that_falls_sick_would_be_kept(stage: Stage, gate: bool) -> None:
    """One of two tasks of the new version fails its check, while the other one answers everybody."""
    stage.released("v1")
    for service in stage.cloud.services.values():
        service["desiredCount"] = 2
    if not gate:
        stage.edit("scripts/lib/strategy.sh", 'strategy_serves() { serves "$1" "$2"; }', "strategy_serves() { :; }")

    def sicken(cloud: Cloud, _: Call) -> None:
        running = [t for t in cloud.tasks.values() if t["group"] == "service:web" and t["desiredStatus"] == "RUNNING"]
        new = [t for t in running if cloud.version(t["taskDefinitionArn"]) == "v2"]
        if cloud.queries and new:
            new[-1]["healthStatus"] = "UNHEALTHY"

    stage.cloud.watchers.append(sicken)
    stage.cloud.bake = 0 if not gate else NEVER
    done = stage.deploy("v2", 2)
    assert done.returncode == (3 if gate else 0), done.stderr
    assert ("web: 1 of 2 tasks of v2 are running and healthy" in done.stderr) is gate
    assert getting(stage) == alone("v1" if gate else "v2")


@of("canary")
def test_while_requests_are_moved_the_health_check_looks_at_what_users_come_to(stage: Stage) -> None:
    stage.released("v1")
    stage.cloud.pause = NEVER
    with stage.running(*stage.arguments("v2", 2)) as release:
        until(lambda: 0 < getting(stage)["web"].get("v2", 0) < 100)
        code, text = stage.health("--inside")
        stage.cloud.pause = 0
        assert release.wait(300) == 0
    assert code == 0, text
    assert "ok      web: v1; beside it there is v2: a release is under way" in text
    assert stage.health("--inside")[0] == 0
