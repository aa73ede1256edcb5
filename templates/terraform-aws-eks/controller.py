"""What the controller of Argo Rollouts needs where releases are carried out by it."""

from __future__ import annotations

from dataclasses import dataclass

from generator import facts, rollouts
from generator.component import Answers, pins


@dataclass(frozen=True)
class Controller:
    """The chart, the plugin for its nodes' architecture, and whom the controller asks."""

    version: str
    plugin: str
    """Its name, by which Rollouts ask for it."""
    plugin_version: str
    plugin_sha256: str
    architecture: str
    ports: tuple[int, ...]
    """Those of the services, which an analysis asks."""
    prometheus: bool


def controller(answers: Answers) -> Controller:
    """Raises KeyError for an architecture for which no sum of the plugin is known."""
    known, architecture = pins(), answers.orchestration.architecture
    return Controller(
        version=known.version("chart/argo-rollouts"),
        plugin=rollouts.PLUGIN,
        plugin_version=known.version("gatewayapi-plugin"),
        plugin_sha256=known.version(f"gatewayapi-plugin/linux-{architecture}"),
        architecture=architecture,
        ports=tuple(sorted({s.port for s in facts.long_running(answers)})),
        prometheus=answers.monitoring.backend == "prometheus",
    )
