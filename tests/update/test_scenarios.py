"""Every way in which another generator was seen to lose, strand or bring back something: here each ends well.

The names say what a person did; who failed at it stands in the docstring of a section's first test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from generator import places, update
from generator.finding import Verdict
from generator.generation import Rendered
from generator.origin import Origin, Rendering
from generator.tree import File, Tree
from tests.update import projects
from tests.update.shop import Shop

DEPLOY = "scripts/deploy.sh"
ALERTS = "monitoring/prometheus/rules/services.yml"
HPA = "infrastructure/kubernetes/base/web/hpa.yaml"
MAIN = "infrastructure/terraform/main.tf"
CI = ".github/workflows/ci.yml"

Files = dict[str, File]
Origins = dict[str, Origin]


@contextmanager
def later_version(change: Callable[[Files, Origins], None]) -> Iterator[None]:
    """Templates of a later version, made from those of this one."""
    real = update.make

    def make(*arguments: object) -> Rendered:
        made = real(*arguments)  # type: ignore[arg-type]
        files, origins = dict(made.rendering.tree), dict(made.rendering.origins)
        change(files, origins)
        return replace(made, rendering=Rendering(Tree(files), origins))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(update, "make", make)
        patch.setattr("generator.record.sources_digest", lambda: f"later-{id(change)}")
        yield


def edited(path: str, old: str, new: str) -> Callable[[Files, Origins], None]:
    """A template whose text changes."""

    def change(files: Files, _: Origins) -> None:
        assert old in files[path].text
        files[path] = replace(files[path], content=files[path].text.replace(old, new).encode())

    return change


# Copier: what its update does with edits


def test_an_edit_far_from_our_change_is_merged(shop: Shop) -> None:
    shop.edit(HPA, "kind: HorizontalPodAutoscaler\n", "kind: HorizontalPodAutoscaler # mine\n")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    assert shop.action(HPA) == "merge"
    assert (shop.line(HPA)["hunks"]["yours"], shop.line(HPA)["hunks"]["ours"]) == (1, 1)
    assert "# mine\n" in shop.read(HPA)
    assert "averageUtilization: 71" in shop.read(HPA)
    assert shop.code == 0


def test_the_same_lines_changed_by_both_are_marked_and_exit_1(shop: Shop) -> None:
    """Copier and cruft leave markers and exit with 0."""
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
        assert shop.code == 1
        line = shop.line(HPA)["conflicts"][0]
        assert shop.read(HPA).splitlines()[line - 1] == "<<<<<<< yours"
        assert shop.update().code == 1, "it is left, and every run says so"
        assert shop.line(HPA)["conflicts"] == [line]
        assert shop.unchanged()


@pytest.mark.parametrize(("choice", "value"), [("mine", 55), ("new", 71)])
def test_a_conflict_is_settled_as_it_is_asked(shop: Shop, choice: str, value: int) -> None:
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    shop.append(HPA, "# mine\n")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update("--on-conflict", choice)
        assert f"averageUtilization: {value}\n" in shop.read(HPA)
        assert shop.read(HPA).endswith("# mine\n")
        assert "<<<<" not in shop.read(HPA)
        assert shop.line(HPA)["hunks"]["settled"] == 1
        assert shop.code == 0, "nothing waits: it was settled as asked"
        assert shop.action(HPA) == ("keep" if choice == "mine" else "merge")
        assert shop.unchanged()


def test_with_fail_a_conflict_keeps_everything_as_it_was(shop: Shop) -> None:
    shop.edit(HPA, "averageUtilization: 70", "averageUtilization: 55")
    before = projects.disk(shop.root)
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update("--on-conflict", "fail")
    assert (shop.code, shop.report["refused"], shop.report["disk"]) == (1, True, [])
    assert projects.disk(shop.root) == before


def test_a_deleted_file_stays_deleted(shop: Shop) -> None:
    """agents-cli brings it back."""
    shop.path(HPA).unlink()
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
        assert shop.action(HPA) == "absent"
        assert "ours is another one since" in shop.line(HPA)["reason"]
        assert not shop.path(HPA).exists()
        assert shop.unchanged()
    shop.update("--set", "orchestration.platform=ecs").update("--set", "orchestration.platform=kubernetes")
    assert not shop.path(HPA).exists(), "nor does it come back after a time without it"


def test_one_that_was_deleted_and_is_restored_follows_again(shop: Shop) -> None:
    content = shop.path(HPA).read_bytes()
    shop.path(HPA).unlink()
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
        shop.path(HPA).write_bytes(content)
        shop.update()
        assert shop.action(HPA) == "replace"
        assert "averageUtilization: 71" in shop.read(HPA)


def test_what_the_answers_no_longer_make_is_deleted_where_it_holds_no_edit(shop: Shop) -> None:
    shop.update("--set", "orchestration.platform=ecs")
    assert not shop.path("infrastructure/kubernetes").exists(), "with the folders that are empty then"
    assert shop.action(HPA) == "delete"
    assert shop.code == 0
    assert shop.unchanged()


def test_what_the_answers_no_longer_make_stays_where_it_was_edited(shop: Shop) -> None:
    """Copier deletes it silently; cruft leaves it without a word."""
    shop.append(HPA, "# user-token-1-1\n")
    shop.update("--set", "orchestration.platform=ecs")
    assert (shop.code, shop.action(HPA)) == (1, "orphan")
    assert shop.read(HPA).endswith("# user-token-1-1\n")
    patch = shop.read(f".agency/scaffold/orphaned/{HPA}.patch")
    assert "+# user-token-1-1\n" in patch
    assert shop.unchanged()
    shop.append(HPA, "# user-token-2-2\n")
    shop.update()
    assert "+# user-token-2-2\n" in shop.read(f".agency/scaffold/orphaned/{HPA}.patch"), "it is kept up to date"


def test_an_orphan_is_merged_again_once_it_is_generated_again(shop: Shop) -> None:
    shop.append(HPA, "# user-token-1-1\n")
    shop.update("--set", "orchestration.platform=ecs").update("--set", "orchestration.platform=kubernetes")
    assert shop.action(HPA) == "keep"
    assert shop.line(HPA)["hunks"]["yours"] == 1
    assert not shop.path(".agency/scaffold/orphaned").exists()
    assert shop.code == 0
    assert shop.unchanged()


def test_a_later_version_drops_an_edited_file(shop: Shop) -> None:
    shop.append(HPA, "# user-token-1-1\n")

    def drop(files: Files, origins: Origins) -> None:
        del files[HPA], origins[HPA]

    with later_version(drop):
        shop.update()
    assert shop.action(HPA) == "orphan"
    assert shop.path(HPA).exists()


def test_a_renamed_service_takes_the_edits_along(shop: Shop) -> None:
    """Copier writes a pristine file at the new path and removes the edited one."""
    shop.append(HPA, "# user-token-1-1\n")
    shop.path(HPA).chmod(0o640)
    shop.answer("  - name: web ", "  - name: site ")
    shop.update()
    new = HPA.replace("/web/", "/site/")
    assert shop.line(new)["moved_from"] == HPA
    assert shop.path(new).stat().st_mode & 0o777 == 0o640
    assert shop.read(new).endswith("# user-token-1-1\n")
    assert "name: site" in shop.read(new)
    assert not shop.path(HPA).exists()
    assert not shop.path(HPA).parent.exists()
    assert shop.code == 0
    assert shop.unchanged()


def test_a_file_deleted_before_a_rename_stays_deleted_after_it(shop: Shop) -> None:
    shop.path(HPA).unlink()
    shop.answer("  - name: web ", "  - name: site ")
    shop.update()
    assert not shop.path(HPA.replace("/web/", "/site/")).exists()
    assert shop.path(HPA.replace("/web/hpa", "/site/service")).exists()
    assert shop.unchanged()


def test_a_renamed_environment_takes_the_edits_along(shop: Shop) -> None:
    tfvars = "infrastructure/terraform/environments/staging.tfvars"
    shop.append(tfvars, "# user-token-1-1\n")
    shop.answer('"staging"', '"acceptance"')
    shop.update()
    new = tfvars.replace("staging", "acceptance")
    assert (shop.line(new)["moved_from"], shop.path(tfvars).exists()) == (tfvars, False)
    assert shop.read(new).endswith("# user-token-1-1\n")
    assert shop.unchanged()


@pytest.mark.parametrize("other", ["dev", "www"])
def test_a_service_and_an_environment_of_one_name_take_their_own_edits_along(shop: Shop, other: str) -> None:
    tfvars = "infrastructure/terraform/environments/{}.tfvars"
    shop.answer('"staging"', '"web"')
    shop.answer('"dev"', f'"{other}"')
    assert shop.update().code == 0
    shop.append(HPA, "# user-token-1-1\n")
    shop.append(tfvars.format("web"), "# user-token-2-2\n")
    shop.answer("  - name: web ", "  - name: www ")
    shop.answer('"web"', '"live"')
    assert shop.update().code == 0
    assert shop.line(HPA.replace("/web/", "/www/"))["moved_from"] == HPA
    assert shop.line(tfvars.format("live"))["moved_from"] == tfvars.format("web")
    assert shop.read(HPA.replace("/web/", "/www/")).endswith("# user-token-1-1\n")
    assert shop.read(tfvars.format("live")).endswith("# user-token-2-2\n")
    assert not shop.path(HPA).exists()
    assert not shop.path(tfvars.format("web")).exists()
    assert shop.unchanged()


def test_a_service_that_goes_and_another_that_comes_is_no_rename(shop: Shop) -> None:
    worker = "infrastructure/docker/worker.Dockerfile"
    shop.append(worker, "# user-token-1-1\n")
    shop.answer("  - name: worker ", "  - name: mailer ")
    shop.answer("language: go ", "language: rust ")
    shop.answer('version: "1.27"', 'version: "1.97"')
    shop.answer("package_manager: gomod", "package_manager: cargo")
    shop.update()
    assert shop.action(worker) == "orphan"
    assert "user-token-1-1" not in shop.read("infrastructure/docker/mailer.Dockerfile")


def test_the_place_of_a_renamed_file_is_taken(shop: Shop) -> None:
    new = HPA.replace("/web/", "/site/")
    shop.append(HPA, "# user-token-1-1\n")
    shop.path(new).parent.mkdir()
    shop.path(new).write_text("user-token-2-2\n")
    shop.answer("  - name: web ", "  - name: site ")
    shop.update()
    assert shop.read(new) == "user-token-2-2\n"
    assert (shop.action(new), shop.action(HPA)) == ("propose", "orphan")
    assert shop.read(HPA).endswith("# user-token-1-1\n")
    assert shop.unchanged()


def test_a_template_that_has_another_name_since_a_version_takes_the_edits_along(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.append(DEPLOY, "# user-token-1-1\n")
    old = shop.record().entries[DEPLOY].template

    def move(files: Files, origins: Origins) -> None:
        files["scripts/release.sh"] = files.pop(DEPLOY)
        origins["scripts/release.sh"] = replace(origins.pop(DEPLOY), template="k8s:release.sh")

    monkeypatch.setattr(
        "generator.renames.shipped", lambda: {old: "k8s:in-between.sh", "k8s:in-between.sh": "k8s:release.sh"}
    )
    with later_version(move):
        shop.update()
    assert shop.line("scripts/release.sh")["moved_from"] == DEPLOY
    assert shop.read("scripts/release.sh").endswith("# user-token-1-1\n")
    assert os.access(shop.path("scripts/release.sh"), os.X_OK)


def test_templates_that_exchange_their_places(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edited file moves away from a path that another template makes now."""
    shop.append(DEPLOY, "# user-token-1-1\n")
    old = shop.record().entries[DEPLOY].template

    def move(files: Files, origins: Origins) -> None:
        files["scripts/release.sh"], origins["scripts/release.sh"] = (
            files[DEPLOY],
            replace(origins[DEPLOY], template="k8s:new.sh"),
        )
        files[DEPLOY] = File(b"#!/bin/sh\n", executable=True)
        origins[DEPLOY] = replace(origins[DEPLOY], template="k8s:another.sh")

    monkeypatch.setattr("generator.renames.shipped", lambda: {old: "k8s:new.sh"})
    with later_version(move):
        shop.update()
        assert shop.read("scripts/release.sh").endswith("# user-token-1-1\n")
        assert shop.read(DEPLOY) == "#!/bin/sh\n"
        assert shop.code == 0
        assert shop.unchanged()


def test_the_new_place_of_a_template_is_taken_and_another_makes_its_old_one(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.append(DEPLOY, "# user-token-1-1\n")
    shop.path("scripts/a-release.sh").write_text("user-token-2-2\n")
    old = shop.record().entries[DEPLOY].template

    def move(files: Files, origins: Origins) -> None:
        for name in ("scripts/a-release.sh", "scripts/z-release.sh"):
            files[name], origins[name] = files[DEPLOY], replace(origins[DEPLOY], template=f"k8s:{name}")
        files[DEPLOY] = File(b"#!/bin/sh\n", executable=True)
        origins[DEPLOY] = replace(origins[DEPLOY], template="k8s:another.sh")

    monkeypatch.setattr("generator.renames.shipped", lambda: {old: "k8s:scripts/a-release.sh"})
    with later_version(move):
        shop.update()
        assert shop.read("scripts/a-release.sh") == "user-token-2-2\n"
        assert shop.read(DEPLOY).endswith("# user-token-1-1\n")
        assert (shop.action("scripts/a-release.sh"), shop.action(DEPLOY)) == ("propose", "propose")
        assert shop.unchanged()


def test_a_binary_file_of_the_user_is_never_written_over(shop: Shop) -> None:
    """Copier overwrites it on every update, even where nothing has changed."""
    shop.path(HPA).write_bytes(b"\0mine")
    assert shop.update().code == 0
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
        assert shop.path(HPA).read_bytes() == b"\0mine"
        assert (shop.code, shop.action(HPA)) == (1, "propose")
        assert "averageUtilization: 71" in shop.proposed(HPA).read_text()
        assert shop.unchanged()


def test_a_file_that_git_ignores_is_never_written_over(shop: Shop) -> None:
    """Copier overwrites it, and git has no copy."""
    target = "infrastructure/ecs/web.json"
    shop.append(".gitignore", "infrastructure/ecs/\n")
    shop.path(target).parent.mkdir(parents=True)
    shop.path(target).write_text("user-token-1-1\n")
    shop.update("--set", "orchestration.platform=ecs")
    assert shop.read(target) == "user-token-1-1\n"
    assert shop.action(target) == "propose"
    assert any(line["path"].startswith("infrastructure/ecs/") for line in shop.report["collisions"]), "and git is asked"


def test_a_link_of_the_user_is_never_followed(shop: Shop, tmp_path: Path) -> None:
    """Copier writes conflict markers into the file that it points to."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("user-token-1-1\n")
    shop.path(HPA).unlink()
    shop.path(HPA).symlink_to(outside)
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    assert outside.read_text() == "user-token-1-1\n"
    assert shop.path(HPA).is_symlink()
    assert shop.action(HPA) == "propose"


def test_a_folder_that_became_a_link_is_never_followed(shop: Shop, tmp_path: Path) -> None:
    folder = shop.path("monitoring/prometheus")
    moved = tmp_path / "elsewhere"
    folder.rename(moved)
    folder.symlink_to(moved)
    (moved / "prometheus.yml").write_text("user-token-1-1\n")
    with later_version(edited("monitoring/prometheus/prometheus.yml", "scrape_interval: 30s", "scrape_interval: 15s")):
        shop.update()
    assert (moved / "prometheus.yml").read_text() == "user-token-1-1\n"
    assert shop.action("monitoring/prometheus/prometheus.yml") == "propose"


def test_both_add_the_same_path(shop: Shop) -> None:
    target = "infrastructure/ecs/web.json"
    shop.path(target).parent.mkdir(parents=True)
    shop.path(target).write_text("user-token-1-1\n")
    shop.update("--set", "orchestration.platform=ecs")
    assert shop.read(target) == "user-token-1-1\n"
    assert shop.action(target) == "propose"
    assert shop.unchanged()
    shop.path(target).unlink()
    shop.update()
    assert shop.action(target) == "create", "it is offered until it is settled: now nothing is in the way"
    assert not shop.path(places.PROPOSED).exists()


def test_the_very_same_file_is_adopted(shop: Shop, tmp_path: Path) -> None:
    other = Shop.generated(tmp_path / "other").update("--set", "orchestration.platform=ecs")
    target = "infrastructure/ecs/web.json"
    shop.path(target).parent.mkdir(parents=True)
    shop.path(target).write_bytes(other.path(target).read_bytes())
    shop.update("--set", "orchestration.platform=ecs")
    assert (shop.code, shop.action(target)) == (0, "adopt")


def test_the_right_to_execute(shop: Shop) -> None:
    shop.path(HPA).chmod(0o755)
    shop.path(DEPLOY).chmod(0o640)

    def executable(files: Files, _: Origins) -> None:
        files[MAIN] = replace(files[MAIN], executable=True)
        files[HPA] = replace(files[HPA], content=files[HPA].content + b"# later\n")
        files[DEPLOY] = replace(files[DEPLOY], content=files[DEPLOY].content + b"# later\n")

    with later_version(executable):
        shop.update()
    assert os.access(shop.path(MAIN), os.X_OK), "changed by the template alone"
    assert os.access(shop.path(HPA), os.X_OK), "given by the user"
    assert shop.path(DEPLOY).stat().st_mode & 0o777 == 0o640, "taken away by the user, with the mode that he gave"


def test_a_file_turned_into_crlf(shop: Shop) -> None:
    """Copier reports the whole file as one conflict."""
    shop.path(HPA).write_bytes(shop.path(HPA).read_bytes().replace(b"\n", b"\r\n"))
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    content = shop.path(HPA).read_bytes()
    assert b"averageUtilization: 71\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_file_renamed_by_the_user_is_said_to_be_deleted_and_ours_to_have_changed(shop: Shop) -> None:
    """Copier and kpt say nothing, and the change never arrives."""
    shop.path(HPA).rename(shop.path(HPA).with_name("autoscaler.yaml"))
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    assert shop.action(HPA) == "absent"
    assert "ours is another one since" in shop.line(HPA)["reason"]


def test_answers_edited_by_hand_and_committed_are_followed(shop: Shop) -> None:
    """Copier renders the old state from the edited answers, and nothing changes."""
    shop.answer("max_p95_ms: 500", "max_p95_ms: 400")
    shop.update()
    assert "replace" in shop.report["totals"]
    assert shop.unchanged()


def test_answers_that_say_the_same_in_other_words_change_nothing(shop: Shop) -> None:
    shop.answer("max_p95_ms: 500 ", "max_p95_ms: 500 # mine, ")
    assert [line["path"] for line in shop.update().report["disk"]] == [places.LOCK], (
        "which holds the file as it was read"
    )
    assert shop.unchanged()


def test_it_needs_neither_git_nor_a_clean_folder_nor_where_it_was(shop: Shop, tmp_path: Path) -> None:
    """Copier refuses a dirty folder and one without git, and a template that has moved."""
    shop.path("untracked.txt").write_text("x")
    moved = Shop(shop.root.rename(tmp_path / "moved"))
    moved.answer("max_p95_ms: 500", "max_p95_ms: 400")
    assert moved.update().code == 0


def test_a_refusal_is_remembered_and_a_change_that_waits_is_offered_again(shop: Shop) -> None:
    """agents-cli, cruft and azd forget what was not applied once they have stamped the version."""
    shop.path(HPA).write_bytes(b"\0mine")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
        shop.proposed(HPA).unlink()
        assert shop.update().code == 1
        assert shop.proposed(HPA).exists(), "deleting it settles nothing"
        assert shop.run("resolve", HPA, "--mine") == 0
        assert shop.update().code == 0
        assert not shop.proposed(HPA).exists()
        assert shop.path(HPA).read_bytes() == b"\0mine"


# agents-cli: a half-accepted change


def without_other_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of other programs have tests of their own, and take their time."""
    monkeypatch.setattr("generator.regenerating.judge", lambda *_: Verdict())


def test_what_was_kept_and_what_was_replaced_are_looked_at_together(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """agents-cli leaves a staging workflow for one platform and a production workflow for the other, with exit 0."""
    workflow = ".github/workflows/deploy-staging.yml"
    shop.edit(workflow, 'environment: "staging"', 'environment: "quality"')
    without_other_programs(monkeypatch)
    shop.code, shop.report = projects.run("update", str(shop.root), "--set", "orchestration.platform=ecs")
    found = {(line["path"], line["rule"]) for line in shop.report["findings"]}
    assert (workflow, "workflow-environment") in found
    assert shop.code == 1


def test_an_edited_file_of_another_template_is_kept_whole(shop: Shop) -> None:
    shop.append(DEPLOY, "# user-token-1-1\n")
    shop.update("--set", "orchestration.platform=ecs")
    assert (shop.code, shop.action(DEPLOY)) == (1, "propose")
    assert shop.read(DEPLOY).endswith("# user-token-1-1\n")
    assert "ecs" in shop.proposed(DEPLOY).read_text()
    assert shop.unchanged(), "nor is it merged with what it has nothing in common with by the next run"
    assert shop.action("scripts/health-check.sh") == "replace", "one without edits is taken over"


# atmos: what it drops


def test_a_final_newline_and_blank_lines_stay_as_they_are(shop: Shop) -> None:
    shop.path(HPA).write_bytes(shop.path(HPA).read_bytes().replace(b"spec:\n", b"\n\n\nspec:\n").rstrip(b"\n"))
    with later_version(edited(HPA, "kind: HorizontalPodAutoscaler", "kind: HorizontalPodAutoscaler # later")):
        shop.update()
    content = shop.path(HPA).read_bytes()
    assert b"# later" in content
    assert b"\n\n\n\nspec:\n" in content or b"\n\n\nspec:\n" in content
    assert not content.endswith(b"\n")


# Two sides that both add the same key


def test_a_merge_that_doubles_a_key_is_not_written(shop: Shop) -> None:
    """git merge-file and merge3 give a clean merge with the key twice; YAML readers take the last one silently."""
    shop.edit(HPA, "kind: HorizontalPodAutoscaler\n", "kind: HorizontalPodAutoscaler\nextra: 1\n")

    def later(files: Files, _: Origins) -> None:
        files[HPA] = replace(files[HPA], content=files[HPA].content.rstrip(b"\n") + b"\nextra: 2\n")

    with later_version(later):
        shop.update()
        assert shop.read(HPA).count("extra:") == 1
        assert shop.action(HPA) == "propose"
        assert "merged, it would be wrong" in shop.line(HPA)["reason"]
        assert shop.line(HPA)["hunks"]["deferred"] == 1
        assert shop.unchanged()


def test_a_merge_that_defines_an_argument_twice_is_not_written(shop: Shop) -> None:
    path = "infrastructure/terraform/kms.tf"
    first = next(line for line in shop.read(path).splitlines() if line.startswith("resource "))
    shop.edit(path, first, f"{first}\n  multi_region = true")

    def later(files: Files, _: Origins) -> None:
        text = files[path].text
        start = text.index(first)
        end = text.index("\n}", start)
        files[path] = replace(files[path], content=f"{text[:end]}\n  multi_region = false{text[end:]}".encode())

    with later_version(later):
        shop.update()
    assert shop.action(path) == "propose"
    assert shop.read(path).count("multi_region") == 1


def test_nothing_is_merged_into_what_did_not_parse_before(shop: Shop) -> None:
    shop.edit(HPA, "kind: HorizontalPodAutoscaler\n", "kind: [mine\n")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    assert shop.action(HPA) == "propose"
    assert "does not parse as it is" in shop.line(HPA)["reason"]


# Files that are the user's in part or altogether


def test_a_file_made_once_is_never_touched_again(shop: Shop) -> None:
    shop.path("SECURITY.md").write_text("mine\n")
    with later_version(edited("SECURITY.md", "#", "# later")):
        shop.update()
    assert (shop.action("SECURITY.md"), shop.read("SECURITY.md")) == ("keep", "mine\n")
    shop.path("SECURITY.md").unlink()
    with later_version(edited("SECURITY.md", "#", "# later")):
        shop.update()
    assert not shop.path("SECURITY.md").exists()


def test_a_file_made_once_waits_for_its_owner_where_another_template_makes_the_path(tmp_path: Path) -> None:
    path = "infrastructure/docker/worker.Dockerfile"
    worker = "project: {name: shop}\nservices:\n  - {name: worker, kind: worker, language: other}\n"
    other = Shop.generated(tmp_path / "other", worker)
    assert other.record().entries[path].kind == "once"
    before = other.read(path)
    other.answer("language: other", "language: go")
    assert other.update().action(path) == "propose"
    assert "made once, then yours" in other.line(path)["reason"]
    assert other.read(path) == before
    assert other.unchanged()
    assert other.run("resolve", path, "--new") == 0
    assert other.update().code == 0
    assert other.record().entries[path].kind == "file"


def test_a_deleted_file_stays_deleted_where_another_template_makes_the_path(shop: Shop) -> None:
    shop.path(DEPLOY).unlink()
    assert shop.update("--set", "orchestration.platform=ecs").action(DEPLOY) == "absent"
    assert (shop.code, shop.path(DEPLOY).exists(), shop.proposed(DEPLOY).exists()) == (0, False, False)
    assert shop.unchanged()


def test_a_region_is_merged_inside_the_users_file(shop: Shop) -> None:
    shop.path(".gitignore").write_bytes(b"first\n" + shop.path(".gitignore").read_bytes() + b"last\n")
    with later_version(edited(".gitignore", ".terraform/", ".terraform/\nlater/")):
        shop.update()
    text = shop.read(".gitignore")
    assert text.startswith("first\n")
    assert text.endswith("last\n")
    assert "\nlater/\n" in text


def test_an_edit_inside_a_region_stays(shop: Shop) -> None:
    shop.edit(".gitignore", ".terraform/", "# user-token-1-1\n.terraform/")
    end = shop.read(".gitignore").splitlines()[-2]
    with later_version(edited(".gitignore", end, f"{end}\nlater/")):
        shop.update()
        assert shop.action(".gitignore") == "merge"
        assert "# user-token-1-1\n" in shop.read(".gitignore")
        assert "\nlater/\n" in shop.read(".gitignore")
        assert shop.unchanged()


def test_a_region_that_was_taken_out_stays_out(shop: Shop) -> None:
    shop.path(".gitignore").write_text("mine\n")
    with later_version(edited(".gitignore", ".terraform/", ".terraform/\nlater/")):
        shop.update()
    assert (shop.action(".gitignore"), shop.read(".gitignore")) == ("absent", "mine\n")


def test_a_region_with_broken_markers_is_left_alone(shop: Shop) -> None:
    shop.edit(".gitignore", "# END agency-scaffold\n", "")
    before = shop.read(".gitignore")
    with later_version(edited(".gitignore", ".terraform/", ".terraform/\nlater/")):
        shop.update()
    assert (shop.action(".gitignore"), shop.read(".gitignore")) == ("propose", before)


def test_a_region_that_is_no_longer_generated_is_taken_out(shop: Shop) -> None:
    assert "CODEOWNERS" in shop.record().entries
    shop.path("CODEOWNERS").write_bytes(b"*.md @docs\n\n" + shop.path("CODEOWNERS").read_bytes())
    shop.answer('owner: "@acme/platform"', "owner: somebody")
    shop.update()
    assert shop.read("CODEOWNERS") == "*.md @docs\n"
    other = Shop.generated(shop.root.parent / "other")
    other.answer('owner: "@acme/platform"', "owner: somebody")
    other.update()
    assert not other.path("CODEOWNERS").exists(), "a file that held nothing else goes"


# What stands in the way


def test_a_file_became_a_folder(shop: Shop) -> None:
    shop.path(HPA).unlink()
    shop.path(HPA).mkdir()
    (shop.path(HPA) / "mine").write_text("user-token-1-1\n")
    with later_version(edited(HPA, "averageUtilization: 70", "averageUtilization: 71")):
        shop.update()
    assert (shop.path(HPA) / "mine").read_text() == "user-token-1-1\n"
    assert shop.action(HPA) == "propose"


def test_a_folder_became_a_file(shop: Shop) -> None:
    folder = shop.path("monitoring/blackbox")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("user-token-1-1\n")
    with later_version(edited("monitoring/blackbox/blackbox.yml", "modules:", "modules: # later")):
        shop.update()
    assert folder.read_text() == "user-token-1-1\n"


def test_a_read_only_file_is_merged_and_stays_read_only(shop: Shop) -> None:
    shop.append(HPA, "# mine\n")
    shop.path(HPA).chmod(0o444)
    with later_version(edited(HPA, "kind: HorizontalPodAutoscaler", "kind: HorizontalPodAutoscaler # later")):
        shop.update()
    assert "# later" in shop.read(HPA)
    assert shop.path(HPA).stat().st_mode & 0o777 == 0o444


def test_an_empty_file_is_an_edit(shop: Shop) -> None:
    shop.path(HPA).write_bytes(b"")
    with later_version(edited("SECURITY.md", "#", "# later")):
        shop.update()
    assert shop.path(HPA).read_bytes() == b""
    assert shop.line(HPA)["hunks"]["yours"] == 1


def test_two_files_of_one_template_are_told_apart(shop: Shop) -> None:
    mocks = [path for path in shop.record().entries if path.endswith("tests/mocks/aws.tfmock.hcl")]
    assert len(mocks) == 2
    for number, path in enumerate(mocks):
        shop.append(path, f"# user-token-{number}-1\n")

    def later(files: Files, _: Origins) -> None:
        for path in mocks:
            files[path] = replace(files[path], content=b"# later\n" + files[path].content)

    with later_version(later):
        shop.update()
        for number, path in enumerate(mocks):
            assert shop.action(path) == "merge"
            assert shop.read(path).startswith("# later\n")
            assert shop.read(path).endswith(f"# user-token-{number}-1\n")
        assert shop.unchanged()
