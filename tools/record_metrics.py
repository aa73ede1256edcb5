"""Records the names of the metrics that exporters have in `generator/data/metrics/names.json`.

    python tools/record_metrics.py FOLDER

FOLDER holds clones (work trees, or git directories) of kube-state-metrics, node_exporter, cadvisor, blackbox_exporter,
postgres_exporter, prometheus and alertmanager, under these names; all are Apache-2.0. Names come from documentation and
fixtures where a project has them, and else from the literals in its Go code. What the kubelet says of volumes is written
down here: its code lies in Kubernetes.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from emitted import ROOT

TARGET = ROOT / "generator/data/metrics/names.json"
KUBELET = (
    "kubelet_node_name kubelet_running_pods kubelet_running_containers kubelet_volume_stats_available_bytes"
    " kubelet_volume_stats_capacity_bytes kubelet_volume_stats_used_bytes kubelet_volume_stats_inodes"
    " kubelet_volume_stats_inodes_free kubelet_volume_stats_inodes_used"
    " kubelet_volume_stats_health_status_abnormal"
)
COLUMN = re.compile(r'^\t+(?:"(\w+)": \{$|"(\w+)":\s*\{\w+)', re.MULTILINE)
# What the sources do not show: settings are asked of the server, the fixture is of an old kernel; and names of older
# versions that rules still read beside the new ones.
MORE = {
    "pg": "pg_settings_max_connections",
    "node": "node_memory_MemAvailable_bytes",
    "prometheus": "prometheus_remote_storage_failed_samples_total prometheus_remote_storage_succeeded_samples_total"
    " prometheus_remote_storage_dropped_samples_total prometheus_remote_storage_pending_samples"
    " prometheus_remote_storage_retried_samples_total",
}
CONSTANT = re.compile(r'(\w+)\s*(?:string\s*)?=\s*"(\w+)"')
ALIAS = re.compile(r"^\s*(?:const )?(\w+[sS]ubsystem)\s*=\s*(?:\w+\.)?(\w+)$", re.MULTILINE)
OPTIONS = re.compile(r'(?:Namespace:\s*([\w".]+),\s*)?(?:Subsystem:\s*([\w".]+),\s*)?Name:\s*"(\w+)"')
JOINED = re.compile(r'BuildFQName\(\s*([\w".]+),\s*([\w".]+),\s*"(\w+)"')


def texts(folder: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """(folder, text) of the files of a clone that fit a pattern."""
    git = [shutil.which("git") or "git", *(["--git-dir"] if (folder / "HEAD").exists() else ["-C"]), str(folder)]
    names = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, check=True)
    for name in names.stdout.decode().split("\n"):
        if re.search(pattern, name) and not name.endswith("_test.go"):
            shown = subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True, check=True)
            yield name.rpartition("/")[0], shown.stdout.decode("utf-8", "replace")


def literals(folder: Path, prefix: str) -> Iterator[str]:
    """The names in Go code: written out, or of a namespace, a subsystem and a name; a column of a query is a name, too."""
    code = list(texts(folder, r"\.go$"))
    everywhere = {name: value for _, text in code for name, value in CONSTANT.findall(text)}
    for name, other in (pair for _, text in code for pair in ALIAS.findall(text)):
        everywhere.setdefault(name, everywhere.get(other, other))
    for package, text in code:
        yield from re.findall(rf'"({prefix}_\w+)"', text)
        beside = {name: value for place, one in code if place == package for name, value in CONSTANT.findall(one)}
        constants = everywhere | beside | dict(CONSTANT.findall(text)) | {"namespace": prefix}
        for parts in (*OPTIONS.findall(text), *JOINED.findall(text)):
            words = [part.strip('"') if part.startswith('"') else constants.get(part, part) for part in parts if part]
            yield "_".join(words)
        block = ""
        for table, column in COLUMN.findall(text):
            block = table or block
            if column and block.startswith(f"{prefix}_"):
                yield f"{block}_{column}"


def documented(folder: Path, pattern: str, name: str) -> Iterator[str]:
    """The names that a pattern finds in files."""
    for _, text in texts(folder, pattern):
        yield from re.findall(name, text, re.MULTILINE)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder: Path = options.parse_args().folder
    found = {
        "kube": documented(folder / "kube-state-metrics", r"^docs/metrics/", r"^\| (kube_\w+)"),
        "node": chain(
            documented(folder / "node_exporter", r"fixtures/e2e-.*\.txt$", r"^# TYPE (node_\w+)"),
            literals(folder / "node_exporter", "node"),
        ),
        "container": documented(folder / "cadvisor", r"^docs/storage/prometheus\.md$", r"`(container_\w+)`"),
        "probe": literals(folder / "blackbox_exporter", "probe"),
        "pg": literals(folder / "postgres_exporter", "pg"),
        "prometheus": literals(folder / "prometheus", "prometheus"),
        "alertmanager": literals(folder / "alertmanager", "alertmanager"),
        "kubelet": iter(KUBELET.split()),
    }
    names = {
        prefix: sorted(
            {name for name in (*given, *MORE.get(prefix, "").split()) if re.fullmatch(rf"{prefix}_\w+", name)}
        )
        for prefix, given in found.items()
    }
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(names, separators=(",", ":")) + "\n", encoding="utf-8")
    print({prefix: len(given) for prefix, given in names.items()}, TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
