"""A name that a person gives is that name, letter by letter."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import generated


@pytest.mark.parametrize(
    ("name", "repository"),
    [("api", "shop/api"), (r"a\160i", ""), (r"\api", ""), ("10", "shop/ten"), ("1e1", ""), ("010", ""), ("", "")],
)
def test_only_the_very_name_is_a_service(tmp_path: Path, name: str, repository: str) -> None:
    source = (generated.TEMPLATES / "release/files/release.sh").read_text()
    for beside in ("release.env.sh", "orchestration.sh"):
        (tmp_path / beside).write_text("")
    (tmp_path / "release.sh").write_text(source)
    program = 'set -Eeuo pipefail; source "$0/release.sh"; service_field "$1" 6'
    services = "api web 80 / - shop/api\n10 web 80 / - shop/ten"
    line = ["bash", "-c", program, str(tmp_path), name]
    environment = {"PATH": "/usr/bin:/bin", "RELEASE_SERVICES": services}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, repository), done.stderr
