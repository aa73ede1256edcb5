"""What lay at one path and belongs to another: renamed services and environments, and regions whose place changes."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from generator import places
from generator.tree import File
from tests.update.shop import Shop
from tests.update.test_resolve import states
from tests.update.test_scenarios import HPA, Files, Origins, edited, later_version

CHANGE = ("--set", "scaling.max=5")
BASE = "infrastructure/kubernetes/base"
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


def services(*names: str) -> str:
    listed = "".join(f"  - {{name: {name}, language: node}}\n" for name in names)
    return f"project: {{name: shop}}\nservices:\n{listed}"


@pytest.fixture
def reused(tmp_path: Path) -> Shop:
    """Service api went, with an edited file that stays and another one deleted; web has edits of its own."""
    shop = Shop.generated(tmp_path / "two", services("web", "api"))
    shop.append(f"{BASE}/api/workload.yaml", "# user-token-1-1\n")
    shop.path(f"{BASE}/api/hpa.yaml").unlink()
    shop.append(f"{BASE}/web/workload.yaml", "# user-token-2-2\n")
    shop.append(f"{BASE}/web/hpa.yaml", "# user-token-3-3\n")
    shop.path(places.ANSWERS_FILE).write_text(services("web"))
    assert shop.update().action(f"{BASE}/api/workload.yaml") == "orphan"
    shop.path(places.ANSWERS_FILE).write_text(services("api"))
    return shop


def test_who_takes_a_name_that_was_used_before_takes_his_edits_along(reused: Shop) -> None:
    deployment, hpa = f"{BASE}/api/workload.yaml", f"{BASE}/api/hpa.yaml"
    left = reused.read(deployment)
    reused.update()
    for path, token in ((deployment, "2-2"), (hpa, "3-3")):
        assert reused.line(path)["moved_from"] == path.replace("/api/", "/web/")
        assert reused.read(path).endswith(f"# user-token-{token}\n")
        assert "name: api" in reused.read(path)
    assert "user-token-1-1" not in reused.read(deployment)
    assert not reused.path(f"{BASE}/web").exists()
    assert not reused.path(places.ORPHANED).exists()
    patch = reused.line(deployment)["replaced"]
    assert f"no longer generated, and is listed in {patch}" in reused.line(deployment)["reason"]
    assert reused.unchanged()
    subprocess.run(["git", "apply", patch], cwd=reused.root, check=True)
    assert reused.read(deployment) == left, "what the other service left can be had back"


def test_what_gave_way_is_told_by_itself(reused: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    deployment = f"{BASE}/api/workload.yaml"
    capsys.readouterr()
    assert reused.run("update", "--no-check") == 0
    shown = capsys.readouterr().out
    assert f"its lines are listed\n  {deployment}: {places.REPLACED}/{deployment}.patch\n\n" in shown


def test_beside_lines_that_ours_replaced_what_the_other_service_left_is_listed_too(reused: Shop) -> None:
    deployment = f"{BASE}/api/workload.yaml"
    left = reused.read(deployment)
    reused.edit(f"{BASE}/web/workload.yaml", "maxUnavailable: 0", "maxUnavailable: 0 # user-token-4-4")

    def later(files: Files, _: Origins) -> None:
        files[deployment] = File(files[deployment].content.replace(b"maxUnavailable: 0", b"maxUnavailable: 1"))

    with later_version(later):
        reused.update("--on-conflict", "new")
    after = reused.read(deployment)
    first, second = sorted(reused.path(places.REPLACED).rglob("*.patch"))
    assert reused.path(reused.line(deployment)["replaced"]) in {first, second}
    found = []
    for patch in (first, second):
        subprocess.run(["git", "apply", str(patch)], cwd=reused.root, check=True)
        found.append(reused.read(deployment))
        reused.path(deployment).write_text(after)
    assert left in found
    assert any("# user-token-4-4" in text and "# user-token-2-2" in text for text in found)


@pytest.mark.parametrize("why", ["deleted", "binary", "link"])
def test_where_what_another_service_left_cannot_give_way_ours_waits_beside_it(reused: Shop, why: str) -> None:
    old, new = f"{BASE}/web/workload.yaml", f"{BASE}/api/workload.yaml"
    match why:
        case "deleted":
            reused.path(old).unlink()
        case "binary":
            reused.append(new, "\0")
        case "link":
            reused.path(places.REPLACED).symlink_to(reused.root)
    left = reused.read(new)
    reused.update()
    assert (reused.action(new), reused.read(new)) == ("propose", left)
    assert reused.action(old) == ("absent" if why == "deleted" else "orphan")
    assert reused.unchanged()
    assert reused.update().action(new) == "propose", "nor is it taken for ours by a later run"


def test_what_is_generated_again_elsewhere_takes_its_edits_along_and_stays_deleted(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdb = HPA.replace("hpa", "pdb")
    shop.append(HPA, "# user-token-1-1\n")
    shop.path(pdb).unlink()
    old = {path: shop.record().entries[path].template for path in (HPA, pdb)}
    new = {path: path.replace("base/web/", "base/") for path in (HPA, pdb)}
    shop.update("--set", "orchestration.platform=ecs")

    def move(files: Files, origins: Origins) -> None:
        for path, place in new.items():
            files[place], origins[place] = files.pop(path), replace(origins.pop(path), template=f"k8s:{place}")

    monkeypatch.setattr("generator.update.renames.renamed", lambda *_: {old[path]: f"k8s:{new[path]}" for path in new})
    with later_version(move):
        shop.update("--set", "orchestration.platform=kubernetes")
        assert shop.line(new[HPA])["moved_from"] == HPA
        assert shop.read(new[HPA]).endswith("# user-token-1-1\n")
        assert shop.action(new[pdb]) == "absent"
        assert not shop.path(places.ORPHANED).exists()
        assert shop.unchanged()


PLACES = pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("Makefile", "GNUmakefile", "include scaffold.mk"),
        ("CODEOWNERS", ".github/CODEOWNERS", "/security/network/ @acme/platform"),
    ],
)


@PLACES
def test_a_region_that_was_taken_out_stays_out_where_another_place_for_it_appears(
    shop: Shop, old: str, new: str, line: str
) -> None:
    shop.path(old).write_text("# mine\n")
    shop.path(new).write_text("# mine, too\n")
    for maximum in ("5", "6"):
        assert shop.update("--set", f"scaling.max={maximum}").code == 0
        assert (shop.read(old), shop.read(new)) == ("# mine\n", "# mine, too\n")
    assert shop.action(new) == "absent"
    shop.path(new).unlink()
    shop.update("--set", "scaling.max=7")
    assert shop.read(old) == "# mine\n", "nor does it come back where it was"
    shop.path(old).unlink()
    shop.update("--set", "scaling.max=8")
    assert not shop.path(old).exists()
    assert not shop.path(new).exists()


@PLACES
def test_an_edited_region_goes_where_its_reader_looks_now(shop: Shop, old: str, new: str, line: str) -> None:
    shop.append(old, "# user-token-1-1\n")
    shop.edit(old, line, f"{line} # user-token-2-2")
    shop.path(new).write_text("# user-token-3-3\n")
    shop.update(*CHANGE)
    assert (shop.action(new), shop.line(new)["moved_from"], shop.code) == ("keep", old, 0)
    assert shop.read(old).strip() == "# user-token-1-1"
    for text in ("# user-token-3-3", f"{line} # user-token-2-2"):
        assert shop.read(new).count(text) == 1
    assert shop.read(new).count("BEGIN agency-scaffold") == 1
    assert shop.unchanged()
    with later_version(edited(old, line, f"{line} # later")):
        shop.update()
        (at,) = shop.line(new)["conflicts"]
        assert shop.read(new).splitlines()[at : at + 1] == [f"{line} # user-token-2-2"], "it is merged from then on"


def test_a_file_that_held_our_region_alone_goes_with_it(shop: Shop) -> None:
    shop.path("GNUmakefile").write_text("mine:\n")
    shop.update(*CHANGE)
    assert not shop.path("Makefile").exists()
    assert shop.read("GNUmakefile").startswith("mine:\n\n# BEGIN agency-scaffold")


def test_a_region_that_was_copied_is_merged_where_its_reader_looks_now(shop: Shop) -> None:
    shop.edit("Makefile", "include scaffold.mk", "include scaffold.mk # user-token-1-1")
    shop.path("GNUmakefile").write_bytes(shop.path("Makefile").read_bytes())
    shop.edit("GNUmakefile", "user-token-1-1", "user-token-2-2")
    shop.update(*CHANGE)
    assert (shop.action("GNUmakefile"), shop.action("Makefile")) == ("keep", "orphan")
    assert "user-token-2-2" in shop.read("GNUmakefile")
    assert "user-token-1-1" in shop.read("Makefile")
    assert shop.unchanged()
    assert shop.run("resolve", "Makefile", "--new") == 0
    assert shop.update().code == 0
    assert "user-token-2-2" in shop.read("GNUmakefile")
