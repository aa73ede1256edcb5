"""Records the inputs and outputs of well-known actions as `generator/data/github/actions.json`.

    python tools/record_actions.py FOLDER

FOLDER holds a clone of each action with its tags, named `owner+name`. For each major version an input counts as known
where any release of it has it, and as required where every release does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml
from emitted import ROOT

GIT: Final = ("git",)
TARGET: Final = ROOT / "generator/data/github/actions.json"
ACTIONS: Final = (
    "actions/attest", "actions/cache", "actions/cache/restore", "actions/cache/save", "actions/checkout",
    "actions/dependency-review-action", "actions/download-artifact", "actions/github-script", "actions/setup-dotnet",
    "actions/setup-go", "actions/setup-java", "actions/setup-node", "actions/setup-python", "actions/upload-artifact",
    "anchore/sbom-action", "aquasecurity/trivy-action", "astral-sh/setup-uv", "aws-actions/amazon-ecr-login",
    "aws-actions/configure-aws-credentials", "docker/build-push-action", "docker/login-action",
    "docker/metadata-action", "docker/setup-buildx-action", "docker/setup-qemu-action", "github/codeql-action/analyze",
    "github/codeql-action/autobuild", "github/codeql-action/init", "github/codeql-action/upload-sarif",
    "google-github-actions/auth", "hadolint/hadolint-action", "hashicorp/setup-terraform", "ossf/scorecard-action",
    "ruby/setup-ruby", "sigstore/cosign-installer", "slackapi/slack-github-action", "step-security/harden-runner",
    "terraform-linters/setup-tflint",
)  # fmt: skip


def main() -> None:
    clones = Path(sys.argv[1])
    found = {action: versions for action in ACTIONS if (versions := dict(_versions(clones, action)))}
    TARGET.write_text(json.dumps(found, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(found)} of {len(ACTIONS)} actions, {TARGET.stat().st_size // 1024} kB")
    for action in sorted(set(ACTIONS) - set(found)):
        print(f"not there: {action}")


def _versions(clones: Path, action: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The inputs, the required ones, and the outputs of each major version."""
    owner, name, *way = action.split("/")
    clone = clones / f"{owner}+{name}"
    clone = clone / "repo" if (clone / "repo").is_dir() else clone
    if not clone.is_dir():
        return
    by_major: dict[str, list[dict[str, Any]]] = {}
    for tag in _git(clone, "tag").split():
        match = re.fullmatch(r"v?(\d+)\.\d+(?:\.\d+)?", tag)
        said = _metadata(clone, tag, "/".join(way)) if match else None
        if match and said:
            by_major.setdefault(match[1], []).append(said)
    for major, releases in by_major.items():
        inputs = [_inputs(one) for one in releases]
        required = set.intersection(*({name for name, needed in one.items() if needed} for one in inputs))
        outputs = {name for one in releases for name in one.get("outputs") or ()}
        row = {"inputs": {name for one in inputs for name in one}, "required": required, "outputs": outputs}
        yield major, {key: sorted(names) for key, names in row.items() if names}


def _inputs(metadata: dict[str, Any]) -> dict[str, bool]:
    """Each input: whether it must be given."""
    given: dict[str, Any] = metadata.get("inputs") or {}
    return {
        name: str(one.get("required")).lower() == "true" and one.get("default") is None
        for name, one in ((name, one or {}) for name, one in given.items())
    }


def _metadata(clone: Path, tag: str, folder: str) -> dict[str, Any] | None:
    for name in ("action.yml", "action.yaml"):
        text = _git(clone, "show", f"{tag}:{folder}/{name}".replace(":/", ":"))
        if text:
            read = yaml.safe_load(text)
            return read if isinstance(read, dict) else None
    return None


def _git(clone: Path, *words: str) -> str:
    return subprocess.run([*GIT, "-C", str(clone), *words], capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    main()
