"""amtool: Alertmanager's own check of its configuration.

One older than 0.26 does not know `url_file` of a webhook; it judges a copy in which the webhook has a `url`, as the
generated `monitoring/alertmanager/tests/check.sh` does. All else is judged as it stands, in the same lines.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from generator.checks.external.programs import Program
from generator.checks.external.running import Output
from generator.checks.external.tool import Skip, Tool, Unreadable, Work
from generator.checks.models import prometheus
from generator.checks.rule import Format
from generator.checks.source import text
from generator.finding import Finding

NEWER: Final = ("routing_key_file", "service_key_file", "app_url_file", "smtp_auth_password_file")
"""Other fields that a still older amtool refuses although Alertmanager has them."""
_UNKNOWN: Final = re.compile(r"field (\w+) not found in type config")
_URL_FILE: Final = re.compile(r"^( *(?:- )?)url_file: .*", re.MULTILINE)


def _run(work: Work) -> Iterator[Finding]:
    for path in work.files:
        output = work.run("check-config", path)
        if "url_file" in _UNKNOWN.findall(output.text):
            work.ask_again()
            work.left_out.add("url_file")
            output = _with_url(work, path)
        too_new = next((field for field in _UNKNOWN.findall(output.text) if field in NEWER), "")
        if too_new:
            raise Skip(f"this amtool is too old to know {too_new}")
        if output.code == 0 and "SUCCESS" not in output.text:
            raise Unreadable
        if output.code != 0 and output.text:
            match = re.search(r"line (\d+): (.*)", output.text)
            failed = next((line for line in output.text.splitlines() if "FAILED" in line), output.text.splitlines()[-1])
            yield work.finding(path, int(match[1]) if match else 0, match[2] if match else failed.strip())


def _with_url(work: Work, path: str) -> Output:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "alertmanager.yml"
        copy.write_text(_URL_FILE.sub(r"\1url: http://127.0.0.1/", text(work.sources, path)), encoding="utf-8")
        told = work.run("check-config", str(copy))
    return Output(told.code, told.out.replace(str(copy), path), told.err.replace(str(copy), path))


TOOL: Final = Tool(
    Program("amtool", "part of Alertmanager: https://prometheus.io/download/"),
    Format.PROMETHEUS,
    "the configuration of Alertmanager",
    prometheus.alertmanagers,
    _run,
)
