"""Parts: what one component adds to a file that another component owns.

A part is data, never text of a format: the owner of the file prints it. Each class defines
its `key` (two equal keys from two components are an error of ours), its `order` (total, so
that output never depends on which component was loaded first) and whether it may go unread
(`optional`: a scrape job under another backend may; a to-do item may not).
"""

from __future__ import annotations

from generator.parts.base import Part, Parts
from generator.parts.cloud import (
    CiPermission,
    CloudService,
    ClusterFolder,
    GatewayListener,
    ProtectedResource,
    ReleaseRight,
    RootVariable,
    SecretReader,
    TerraformRoot,
)
from generator.parts.documents import (
    Area,
    Decision,
    DiagramEdge,
    DiagramNode,
    Flow,
    Runbook,
    RunbookInsert,
    SecurityNote,
    SizeRow,
    TodoItem,
)
from generator.parts.monitoring import (
    EVALUATION_INTERVAL,
    Alert,
    AlertException,
    AlertTest,
    DatabaseSession,
    Diagnosis,
    FiringAlerts,
    PrometheusSection,
    RollbackWorkflow,
    ScrapeJob,
    UnwatchedSeries,
)
from generator.parts.pipeline import (
    AppliedPath,
    CiEnvironment,
    CiVariable,
    HealthCommand,
    Ignored,
    ImageVolume,
    MakeTarget,
    ScanException,
    UpdateSource,
    VerifyStep,
)

__all__ = [
    "EVALUATION_INTERVAL",
    "Alert",
    "AlertException",
    "AlertTest",
    "AppliedPath",
    "Area",
    "CiEnvironment",
    "CiPermission",
    "CiVariable",
    "CloudService",
    "ClusterFolder",
    "DatabaseSession",
    "Decision",
    "Diagnosis",
    "DiagramEdge",
    "DiagramNode",
    "FiringAlerts",
    "Flow",
    "GatewayListener",
    "HealthCommand",
    "Ignored",
    "ImageVolume",
    "MakeTarget",
    "Part",
    "Parts",
    "PrometheusSection",
    "ProtectedResource",
    "ReleaseRight",
    "RollbackWorkflow",
    "RootVariable",
    "Runbook",
    "RunbookInsert",
    "ScanException",
    "ScrapeJob",
    "SecretReader",
    "SecurityNote",
    "SizeRow",
    "TerraformRoot",
    "TodoItem",
    "UnwatchedSeries",
    "UpdateSource",
    "VerifyStep",
]
