"""amtool: Alertmanager's own check of its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import prometheus
from generator.finding import Finding

NEWER: Final = ("url_file", "routing_key_file", "service_key_file", "app_url_file", "smtp_auth_password_file")
"""Fields that a distribution's older amtool refuses although Alertmanager has them."""


def _run(work: Work) -> Iterator[Finding]:
    for path in work.files:
        output = work.run("check-config", path)
        unknown = re.search(r"field (\w+) not found in type config", output.text)
        if unknown and unknown[1] in NEWER:
            raise Skip(f"this amtool is too old to know {unknown[1]}")
        if output.code == 0 and "SUCCESS" not in output.text:
            raise Unreadable
        if output.code != 0 and output.text:
            match = re.search(r"line (\d+): (.*)", output.text)
            failed = next((line for line in output.text.splitlines() if "FAILED" in line), output.text.splitlines()[-1])
            yield work.finding(path, int(match[1]) if match else 0, match[2] if match else failed.strip())


TOOL: Final = Tool("amtool", "part of Alertmanager: https://prometheus.io/download/", prometheus.alertmanagers, _run)
