"""Previews on Kubernetes: opened, updated, removed, expired; refused, stopped half-way, never healthy."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from generator.answers.read import convert
from generator.plan import plan
from generator.render import render
from generator.tree import Tree
from tests.real.conftest import COMPONENTS, SERVICES, Stage, images, staged, until
from tests.real.test_way_in import Door, certificate
from tests.support import generated
from tests.support.kubernetes_double import Cluster, Faults

HOSTS = [f"pr-{number}-{name}.preview.shop.acme.dev" for number in (7, 8) for name in ("web", "api")]
ALONE = "pr-7.preview.shop.acme.dev"
"""Where the one public service of a preview is."""
REGISTRY = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Previews:
    """A repository with previews, its cluster, and a load balancer that answers for all of them."""

    stage: Stage
    door: Door
    known: dict[str, str] = field(default_factory=dict)

    @property
    def cluster(self) -> Cluster:
        return self.stage.cluster

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.stage.script("scripts/preview.sh", *words, **(self.known | variables))

    def line(self, number: int, version: str, build: int, *more: str) -> list[str]:
        given = " ".join(f"{name}={one}" for name, one in images(build).items())
        return ["up", "--number", str(number), "--version", version, "--images", given, *more]

    def up(self, number: int, version: str, build: int, *more: str, **variables: str) -> tuple[int, str, str]:
        done = self.run(*self.line(number, version, build, *more), **variables)
        return done.returncode, done.stdout, done.stderr

    def opened(self, number: int, version: str, build: int) -> None:
        """One that is there, to start a story from."""
        code, _, errors = self.up(number, version, build)
        assert code == 0, errors
        self.cluster.changes.clear()

    def there(self, number: int, seconds: float = 7 * DAY) -> None:
        """One that is there, as far as its namespace tells, with its end in so many seconds."""
        told = {"version": "v1", "serves": "v1", "expires": str(int(time.time() + seconds))}
        meta = {
            "name": f"shop-pr-{number}",
            "labels": {"agency-scaffold/preview": str(number)},
            "annotations": {f"agency-scaffold/{key}": value for key, value in told.items()},
        }
        self.cluster.create("namespaces", "", {"metadata": meta})
        self.cluster.create("configmaps", f"shop-pr-{number}", {"metadata": {"name": "platform"}})

    def place(self, number: int) -> Any:
        return self.cluster.get("namespaces", "", f"shop-pr-{number}")

    def notes(self, number: int) -> dict[str, str]:
        """The annotations of the namespace, without what they have in common."""
        found = self.place(number)["metadata"]["annotations"]
        return {key.removeprefix("agency-scaffold/"): value for key, value in found.items()}

    def push(self, tree: Tree) -> None:
        """What the pull request's branch has from now on."""
        shutil.rmtree(self.stage.root / "infrastructure")
        generated.write(tree, self.stage.root)

    def held(self, number: int) -> set[tuple[str, str]]:
        """Kind and name of what was applied, without what controllers made of it."""
        found = self.cluster.objects.items()
        return {(key[0], key[2]) for key, one in found if key[1] == f"shop-pr-{number}" and not _owned(one)}

    def known_to(self, number: int) -> set[str]:
        """The keys of the database's secret."""
        return set(self.cluster.objects[("secrets", f"shop-pr-{number}", "database")]["data"])

    def password(self, number: int) -> str:
        held = self.cluster.objects[("secrets", f"shop-pr-{number}", "database")]["data"]
        return base64.b64decode(held["DATABASE_PASSWORD"]).decode()

    def versions(self, number: int) -> set[str]:
        """Of the ready pods of the services, that are no task and no database."""
        pods = self.cluster.all("pods", f"shop-pr-{number}")
        labels = [p["metadata"]["labels"] for p in pods]
        return {label["app.kubernetes.io/version"] for label in labels if label["app.kubernetes.io/name"] in SERVICES}


def _owned(one: Any) -> bool:
    return bool(one["metadata"].get("ownerReferences"))


@cache
def without(name: str) -> Tree:
    """The example, less a service ("": with all)."""
    data = generated.raw(generated.CASES / "example.yml")
    data["services"] = [one for one in data["services"] if one["name"] != name]
    return render(plan(convert(data), (*COMPONENTS, "previews", "k8s-previews"))).tree


@pytest.fixture(scope="session")
def tree() -> Tree:
    return without("")


@pytest.fixture
def previews(tree: Tree, tmp_path: Path) -> Iterator[Previews]:
    pem, door = certificate(tmp_path, *HOSTS, ALONE), Door()
    with staged(tree, tmp_path, "shop") as stage, door.open(pem) as address:
        listeners = [{"name": "https"}, {"name": "preview"}]
        gateway = {"metadata": {"name": "gateway", "labels": {"environment": "dev"}}, "spec": {"listeners": listeners}}
        stage.cluster.create("gateways", "gateway", gateway)
        known = {"FRONT_DOOR": address, "CURL_CA_BUNDLE": str(pem), "REGISTRY": REGISTRY}
        yield Previews(stage, door, known | {"PREVIEW_WAY_SECONDS": "2", "PREVIEW_REMOVE_SECONDS": "2"})


def test_a_preview_is_opened_with_everything_that_it_needs(previews: Previews) -> None:
    code, out, errors = previews.up(7, "v1", 1)
    assert code == 0, errors
    assert out.splitlines() == [f"URL {name} https://pr-7-{name}.preview.shop.acme.dev" for name in ("web", "api")]
    place = previews.place(7)["metadata"]
    assert place["labels"]["agency-scaffold/preview"] == "7"
    assert place["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    notes = previews.notes(7)
    assert {notes["version"], notes["serves"]} == {"v1"}
    assert abs(int(notes["expires"]) - time.time() - 7 * DAY) < 10 * 60
    # All of it is in the namespace, and nothing was put anywhere else.
    made = {(key[0], key[1]) for key in previews.cluster.objects if key[0] not in ("namespaces", "gateways")}
    assert {namespace for _, namespace in made} == {"shop-pr-7"}
    assert previews.versions(7) == {"v1"}
    inside = previews.cluster.objects
    binding = inside[("rolebindings", "shop-pr-7", "previewers")]
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "ClusterRole",
        "name": "preview-namespace",
    }
    assert [one["name"] for one in binding["subjects"]] == ["previewers"]
    assert inside[("deployments", "shop-pr-7", "api")]["spec"]["replicas"] == 1
    image = inside[("deployments", "shop-pr-7", "api")]["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == f"{REGISTRY}/shop/preview/api@{images(1)['api']}"
    assert inside[("httproutes", "shop-pr-7", "web")]["spec"]["hostnames"] == ["pr-7-web.preview.shop.acme.dev"]
    assert inside[("httproutes", "shop-pr-7", "web")]["spec"]["parentRefs"][0]["sectionName"] == "preview"
    assert not {key for key in inside if key[0] in ("horizontalpodautoscalers", "poddisruptionbudgets", "cronjobs")}
    settings = inside[("configmaps", "shop-pr-7", "platform")]["data"]
    assert settings["ENVIRONMENT"] == "preview"
    assert settings["DATABASE_HOST"] == "database"
    # The secrets are those of previews, the database's is its own.
    keys = [one["remoteRef"]["key"] for one in inside[("externalsecrets", "shop-pr-7", "api")]["spec"]["data"]]
    assert keys == ["shop/preview/api"]
    assert not [one for key, one in inside.items() if key[2] == "database" and "secretStoreRef" in one.get("spec", {})]
    # The lock is free again.
    assert inside[("leases", "shop-pr-7", "deploy")]["spec"]["holderIdentity"] == ""
    assert sorted(set(previews.door.asked)) == sorted(f"{host}/healthz" for host in HOSTS[:2])


@pytest.mark.slow
def test_the_databases_password_is_made_in_the_cluster_once_and_stands_nowhere_else(
    previews: Previews, tmp_path: Path
) -> None:
    code, out, errors = previews.up(7, "v1", 1)
    assert code == 0, errors
    # The script has no right to make or read one.
    assert not [change for change in previews.cluster.changes if " secrets" in change]
    previews.opened(8, "v1", 1)
    first = previews.password(7)
    assert previews.known_to(8) == {"DATABASE_USERNAME", "DATABASE_PASSWORD"}
    assert len({first, previews.password(8)}) == 2
    assert re.fullmatch(r"[A-Za-z0-9]{48}", first), "a service may put it into a URL"
    previews.opened(7, "v2", 2)
    assert previews.password(7) == first, "the database took it when it was first started"
    assert first not in out + errors
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 10**6]
    assert not [path for path in left if first.encode() in path.read_bytes()]


@pytest.mark.slow
def test_a_new_database_is_migrated_and_filled_and_one_that_is_there_is_migrated_only(previews: Previews) -> None:
    previews.opened(7, "v1", 1)
    first = previews.notes(7)["filled"]
    code, _, errors = previews.up(7, "v2", 2)
    assert code == 0, errors
    assert previews.versions(7) == {"v2"}
    assert previews.notes(7)["filled"] == first
    assert "sample data" not in errors
    done = [change for change in previews.cluster.changes if " jobs/" in change]
    assert done == ["DELETE jobs/api-migrate", "PATCH jobs/api-migrate"]
    # Its pod moved: another database, and nothing of the old one counts.
    with previews.cluster.lock:
        for pod in previews.cluster.all("pods", "shop-pr-7"):
            if pod["metadata"]["labels"]["app.kubernetes.io/name"] == "database":
                previews.cluster.delete("pods", "shop-pr-7", pod["metadata"]["name"])
    previews.cluster.changes.clear()
    code, _, errors = previews.up(7, "v2", 2)
    assert code == 0, errors
    assert "sample data api-seed" in errors
    assert {"PATCH jobs/api-migrate", "PATCH jobs/api-seed"} <= set(previews.cluster.changes)
    assert previews.notes(7)["filled"] != first


@pytest.mark.slow
def test_a_service_that_a_later_push_drops_goes_and_nothing_else_does(previews: Previews) -> None:
    """`api` has one of everything: public, with secrets, a migration and sample data."""
    previews.opened(7, "v1", 1)
    previews.opened(8, "v1", 1)
    other = {"metadata": {"name": "made-by-hand"}}
    previews.cluster.create("configmaps", "shop-pr-7", other)
    before = previews.held(7)
    dropped = {one for one in before if one[1] in ("api", "api-config", "api-migrate", "api-seed")}
    assert {kind for kind, _ in dropped} >= {"deployments", "services", "httproutes", "externalsecrets", "jobs"}
    previews.push(without("api"))
    words = previews.line(7, "v2", 2)
    words[-1] = " ".join(word for word in words[-1].split() if not word.startswith("api="))
    done = previews.run(*words)
    assert done.returncode == 0, done.stderr
    assert "not in the manifests any more, and deleted: " in done.stderr
    assert before - previews.held(7) == dropped
    assert previews.versions(7) == {"v2"}
    assert {name for _, name in previews.held(8)} >= {"api", "api-config"}
    # Gone before anything starts: the quota has no room for both.
    changes = previews.cluster.changes
    assert changes.index("DELETE deployments/api") < changes.index("PATCH deployments/web")


@pytest.mark.slow
def test_a_database_that_was_not_filled_to_the_end_is_thrown_away(previews: Previews) -> None:
    previews.cluster.faults = Faults(bad_migrations={images(1)["api"]})
    code, _, errors = previews.up(7, "v1", 1)
    assert code == 1
    assert "migration api-migrate failed" in errors
    assert "filled" not in previews.notes(7)
    previews.cluster.faults = Faults()
    code, _, errors = previews.up(7, "v2", 2)
    assert code == 0, errors
    assert "the database was not filled to the end: it is thrown away" in errors
    assert "sample data api-seed" in errors


@pytest.mark.slow
def test_one_that_never_becomes_healthy_is_said_and_left_with_an_end(previews: Previews) -> None:
    previews.cluster.faults = Faults(never_ready={images(1)["web"]})
    code, out, errors = previews.up(7, "v1", 1, PREVIEW_SECONDS="5")
    assert (code, out) == (1, "")
    assert "preview 7 is not healthy: web: 0 of 1 pods of v1 are ready" in errors
    assert "ImagePullBackOff" in errors
    assert "scripts/preview.sh down --number 7" in errors
    assert int(previews.notes(7)["expires"]) > time.time() + 6 * DAY
    assert "serves" not in previews.notes(7)
    assert "not-serving" in previews.run("list").stdout


@pytest.mark.slow
def test_one_whose_url_does_not_answer_is_not_healthy(previews: Previews) -> None:
    previews.door.answers = {HOSTS[1]: 503}
    code, out, errors = previews.up(7, "v1", 1, PREVIEW_WAY_SECONDS="1")
    assert (code, out) == (1, "")
    assert f"https://{HOSTS[1]}/healthz answers 503" in errors


@pytest.mark.slow
def test_a_secret_without_a_value_is_named(previews: Previews) -> None:
    previews.cluster.faults = Faults(missing_secrets={"api"})
    code, _, errors = previews.up(7, "v1", 1, SECRETS_SECONDS="1")
    assert code == 1
    assert "these secrets are not there: api" in errors
    assert "meant for previews" in errors


def test_no_more_than_the_limit_but_those_that_are_there_are_updated(previews: Previews) -> None:
    previews.there(7)
    code, _, errors = previews.up(8, "v1", 1, PREVIEW_LIMIT="1")
    assert code == 1
    assert "there are 1 previews, and 1 is the limit" in errors
    assert "7  v1  until " in errors
    assert previews.cluster.changes == []
    code, _, errors = previews.up(7, "v2", 2, "--dry-run", PREVIEW_LIMIT="1")
    assert code == 0, errors


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["up", "--number", "7; rm", "--version", "v1", "--images", "x"], "--number is that of a pull request"),
        (["up", "--number", "0", "--version", "v1", "--images", "x"], "--number is that of a pull request"),
        (["up", "--number", "7", "--version", "v1"], "--images is needed"),
        (["down"], "--number is that of a pull request"),
        (["down", "--number", "7", "--version", "v1"], "down takes no --version"),
        (["reap"], "--open is needed"),
        (["reap", "--open", "7 x"], '--open holds no number: "x"'),
        (["list", "--format", "yaml"], "--format is text or json"),
        (["away"], "up, down, list or reap"),
    ],
)
def test_a_wrong_command_line_changes_nothing(previews: Previews, words: Sequence[str], says: str) -> None:
    done = previews.run(*words)
    assert done.returncode == 2
    assert says in done.stderr
    assert previews.cluster.changes == []


def test_an_image_of_every_service_is_needed(previews: Previews) -> None:
    line = previews.line(7, "v1", 1)
    line[-1] = " ".join(line[-1].split()[:2])
    done = previews.run(*line)
    assert done.returncode == 2
    assert "--images has no image of worker" in done.stderr


@pytest.mark.parametrize("label", ["prod", ""])
def test_another_environments_cluster_is_refused(previews: Previews, label: str) -> None:
    with previews.cluster.lock:
        previews.cluster.objects[("gateways", "gateway", "gateway")]["metadata"]["labels"]["environment"] = label
    code, _, errors = previews.up(7, "v1", 1)
    assert code == 1
    assert f'wrong cluster: it says that it is "{label}"' in errors
    assert previews.cluster.changes == []


def test_another_account_is_refused(previews: Previews) -> None:
    (previews.stage.aws / "account").write_text("999999999999")
    for words in (previews.line(7, "v1", 1), ["down", "--number", "7"], ["reap", "--open", ""]):
        done = previews.run(*words)
        assert done.returncode == 1
        assert "wrong account" in done.stderr
    assert previews.cluster.changes == []


def test_a_dry_run_prints_everything_and_changes_nothing(previews: Previews) -> None:
    code, out, errors = previews.up(7, "v1", 1, "--dry-run")
    assert code == 0, errors
    assert "name: shop-pr-7" in out
    assert "undeployed" not in out
    previews.there(8, -1)
    done = previews.run("down", "--number", "8", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "would remove namespace/shop-pr-8\n")
    done = previews.run("reap", "--open", "", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "would remove namespace/shop-pr-8\n")
    assert previews.cluster.changes == []


def test_down_removes_everything_and_can_be_run_again(previews: Previews) -> None:
    previews.there(7)
    previews.there(8)
    done = previews.run("down", "--number", "7")
    assert done.returncode == 0, done.stderr
    assert "preview 7 is gone" in done.stderr
    assert not [key for key in previews.cluster.objects if "shop-pr-7" in key]
    assert previews.cluster.get("configmaps", "shop-pr-8", "platform")
    done = previews.run("down", "--number", "7")
    assert done.returncode == 0, done.stderr
    assert "there is no preview 7" in done.stderr


def test_down_deletes_no_namespace_that_only_has_the_name(previews: Previews) -> None:
    previews.cluster.create("namespaces", "", {"metadata": {"name": "shop-pr-7"}})
    done = previews.run("down", "--number", "7")
    assert done.returncode == 0, done.stderr
    assert previews.place(7) is not None


def test_what_is_not_given_up_is_named(previews: Previews) -> None:
    previews.there(7)
    previews.cluster.faults = Faults(stuck={"shop-pr-7"})
    done = previews.run("down", "--number", "7", PREVIEW_REMOVE_SECONDS="1")
    assert done.returncode == 1
    assert "this is left: namespace/shop-pr-7 (a finalizer remains)" in done.stderr
    # Opened anew it is waited for, not used while it goes.
    code, _, errors = previews.up(7, "v2", 2, PREVIEW_REMOVE_SECONDS="1")
    assert code == 1
    assert "namespace shop-pr-7 is still being removed" in errors


def test_the_reaper_takes_what_expired_and_what_nobody_has_open(previews: Previews) -> None:
    previews.there(7, 7 * DAY - 2 * HOUR)
    previews.there(8, 7 * DAY - 2 * HOUR)
    # Just deployed: its pull request may have been opened after the list was made.
    previews.there(9, 7 * DAY)
    previews.there(10, -1)
    done = previews.run("reap", "--open", "7 10\n12")
    assert done.returncode == 0, done.stderr
    assert "preview 8: no open pull request with the label has this number" in done.stderr
    assert "preview 10: it has expired" in done.stderr
    assert sorted(done.stdout.splitlines()) == ["GONE 10", "GONE 8"], "their comments are renewed by these lines"
    assert [bool(previews.place(number)) for number in (7, 8, 9, 10)] == [True, False, True, False]


def test_one_that_cannot_be_removed_does_not_keep_the_others(previews: Previews) -> None:
    previews.there(7, -1)
    previews.there(8, -1)
    previews.cluster.faults = Faults(stuck={"shop-pr-7"})
    done = previews.run("reap", "--open", "7 8", PREVIEW_REMOVE_SECONDS="1")
    assert done.returncode == 1
    assert "not removed: 7" in done.stderr
    assert done.stdout == "GONE 8\n"
    assert previews.place(8) is None


def told(previews: Previews, number: int, **notes: str) -> None:
    """A preview of which its own code said this."""
    meta = {
        "name": f"shop-pr-{number}",
        "labels": {"agency-scaffold/preview": str(number)},
        "annotations": {f"agency-scaffold/{name}": text for name, text in notes.items()},
    }
    previews.cluster.create("namespaces", "", {"metadata": meta})


@pytest.mark.parametrize(
    "notes",
    [{}, {"expires": "soon"}, {"expires": "2026-12-31"}, {"expires": "1.5"}, {"expires": ""}],
    ids=["nothing", "a word", "a day", "a part", "empty"],
)
def test_one_whose_end_cannot_be_read_stays_while_it_is_open_and_keeps_no_other(
    previews: Previews, notes: dict[str, str]
) -> None:
    told(previews, 7, **notes)
    previews.there(8, -1)
    done = previews.run("reap", "--open", "7 8")
    assert done.returncode == 1
    assert "not removed: 7 (open, and its end cannot be read" in done.stderr
    assert done.stdout == "GONE 8\n"
    assert "7  unknown  until unknown  not-serving" in previews.run("list").stdout
    done = previews.run("reap", "--open", "")
    assert (done.returncode, done.stdout) == (0, "GONE 7\n"), done.stderr


@pytest.mark.parametrize(
    "notes",
    [
        {"expires": "CLEANUPS[$(touch {file})]"},
        {"version": "v1 CLEANUPS[$(touch {file})]"},
        {"version": "v1 env.REGISTRY|error", "expires": "env.REGISTRY"},
    ],
    ids=["arithmetic", "columns", "jq"],
)
def test_what_a_pull_request_wrote_is_text_to_whoever_reaps(
    previews: Previews, notes: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "written"
    told(previews, 7, **{name: text.replace("{file}", str(file)) for name, text in notes.items()})
    listed = previews.run("list")
    assert (listed.returncode, listed.stdout.split("  http")[0]) == (0, "7  unknown  until unknown  not-serving")
    done = previews.run("reap", "--open", "7")
    assert "REGISTRY" not in listed.stderr + done.stdout
    assert done.returncode == 1
    assert not file.exists()


def test_the_list_is_for_people_and_for_programs(previews: Previews) -> None:
    previews.there(7)
    done = previews.run("list")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("7  v1  until 2")
    assert done.stdout.endswith("serving  https://pr-7-web.preview.shop.acme.dev\n")
    (one,) = json.loads(previews.run("list", "--format", "json").stdout)
    assert (one["number"], one["version"], one["state"]) == (7, "v1", "serving")


def test_two_at_once_for_one_pull_request_are_refused(previews: Previews) -> None:
    previews.there(7)
    spec = {"holderIdentity": "another", "renewTime": "2100-01-01T00:00:00.000000Z", "leaseDurationSeconds": 60}
    previews.cluster.create("leases", "shop-pr-7", {"metadata": {"name": "deploy"}, "spec": spec})
    code, _, errors = previews.up(7, "v2", 2)
    assert code == 1
    assert "another run for this preview is running: another" in errors
    done = previews.run("down", "--number", "7")
    assert done.returncode == 1
    assert "another run for this preview is running" in done.stderr
    assert previews.place(7) is not None
    assert not previews.cluster.all("deployments")


@pytest.mark.slow
@pytest.mark.parametrize("at", ["rolebindings", "externalsecrets", "passwords", "jobs", "deployments/web", "pods"])
def test_killed_anywhere_it_can_be_run_again(previews: Previews, at: str) -> None:
    with previews.stage.running("scripts/preview.sh", *previews.line(7, "v1", 1), **previews.known):
        until(lambda: [k for k in previews.cluster.objects if f"{k[0]}/{k[2]}".startswith(at) and k[1] == "shop-pr-7"])
    assert previews.place(7)["metadata"]["annotations"]["agency-scaffold/expires"]
    if lease := previews.cluster.get("leases", "shop-pr-7", "deploy"):
        lease["spec"]["renewTime"] = "2026-01-01T00:00:00.000000Z"
    code, _, errors = previews.up(7, "v1", 1)
    assert code == 0, errors
    assert previews.versions(7) == {"v1"}
    assert previews.run("down", "--number", "7").returncode == 0
    assert not [key for key in previews.cluster.objects if "shop-pr-7" in key]
