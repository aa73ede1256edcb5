"""A real Prometheus with the rules that are generated; only their windows and intervals are shorter."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import yaml

from tests.support.live.door import free_port

WINDOW_SECONDS: Final = 5
"""What stands for the minute that the rules of the judge look back."""

_OWN: Final = ("aws_sd_configs", "kubernetes_sd_configs", "scrape_interval", "scrape_timeout")
"""What of the scrape job is made shorter here, or needs a cloud."""


class Prometheus:
    """`with Prometheus(folder, rules) as prometheus`; what it scrapes is told by `targets`.

    `job` is what the scrape job `services` says beside how targets are found, such as what becomes of their labels.
    """

    def __init__(self, folder: Path, rules: str, job: Mapping[str, Any] | None = None) -> None:
        folder.mkdir(parents=True)
        self._folder, self._port = folder, free_port()
        short = re.sub(r"\[1m\]", f"[{WINDOW_SECONDS}s]", rules)
        assert short != rules, "no rule looks back a minute"
        groups = yaml.safe_load(short)
        for group in groups["groups"]:
            group["interval"] = "500ms"
        (folder / "rules.yml").write_text(yaml.safe_dump(groups))
        (folder / "prometheus.yml").write_text(
            yaml.safe_dump(
                {
                    "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
                    "rule_files": ["rules.yml"],
                    "scrape_configs": [
                        {
                            **{word: said for word, said in (job or {}).items() if word not in _OWN},
                            "job_name": "services",
                            "file_sd_configs": [{"files": ["targets.json"], "refresh_interval": "1s"}],
                        }
                    ],
                }
            )
        )
        self.targets({})

    def targets(self, found: Mapping[str, Mapping[str, str]]) -> None:
        """The addresses to scrape with their labels, from now on."""
        listed = [{"targets": [place], "labels": dict(labels)} for place, labels in found.items()]
        new = self._folder / "targets.new"
        new.write_text(json.dumps(listed))
        new.rename(self._folder / "targets.json")

    def __enter__(self) -> Prometheus:
        line = [
            "prometheus", f"--config.file={self._folder}/prometheus.yml", f"--storage.tsdb.path={self._folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}", "--log.level=error",
        ]  # fmt: skip
        self._process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            with suppress(OSError):
                self._get("/-/ready")
                return self
            time.sleep(0.02)
        raise AssertionError("prometheus does not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def query(self, expression: str) -> Any:
        """The answer of its API."""
        return json.loads(self._get(f"/api/v1/query?query={urllib.parse.quote(expression)}"))

    def values(self, expression: str) -> Iterable[float]:
        return [float(one["value"][1]) for one in self.query(expression)["data"]["result"]]

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}{path}", timeout=10) as answer:
            return bytes(answer.read())
