"""What several components must compute alike: names, hosts, paths, registries, sizes.

Pure functions of the answers. If two components need the same derived value, it stands here.
"""

from __future__ import annotations

import hashlib
import math
import re
import shlex
import zlib
from collections.abc import Mapping
from typing import Final

from generator import monitored
from generator.answers import Answers, Service, strategies, usual
from generator.answers.cron import gaps

LONGEST_ROLE: Final = 64
"""Characters that the name of an IAM role may have."""
LONGEST_LABEL: Final = 63
"""Characters that the name of a namespace may have: it is a label of DNS."""

REPLICA_SIZES: Final = {"small": (250, 512), "medium": (500, 1024), "large": (1000, 2048)}
"""One replica by `services[].size`: CPU in thousandths of a core (no limit), memory in MiB (also its limit)."""
_KEEPS_MEMORY: Final = frozenset({"java", "dotnet", "ruby"})
"""Languages whose heap hardly shrinks: what a process once took, it keeps."""
_USUAL_NETWORKS: Final = {"dev": 0, "staging": 16, "prod": 32}
"""The second byte of the networks of the usual environments; that of others is 48 or more."""
DATABASE_VARIABLES: Final = ("DATABASE_HOST", "DATABASE_PORT", "DATABASE_NAME")
"""Where a service is told the database."""
DATABASE_SECRETS: Final[Mapping[str, str]] = {"DATABASE_USERNAME": "username", "DATABASE_PASSWORD": "password"}
"""Variables with the login, and which key of the database's own secret each is."""
DATABASE_PORTS: Final = {"postgres": 5432, "mysql": 3306}
"""Where a database listens, by `data.database`."""
FARGATE_ARCHITECTURES: Final = {"amd64": "X86_64", "arm64": "ARM64"}
"""What Fargate calls the processors of `orchestration.architecture`."""
LONGEST_BUCKET_PREFIX: Final = 39
"""Characters before what a bucket's name ends in: `-state-<12 digits>-logs` must still fit in 63."""
_OTHER_REPLICAS: Final = (1, 3)
"""Fewest and most replicas outside production, never more than production's."""

_JOB_LIMITS: Final = (600, 4 * 3600)
"""The fewest and the most seconds that a run of a job may take."""
_JOB_START_LIMIT: Final = 600
"""The most seconds by which a run may start late."""

MONITORING: Final = "monitoring"
"""Namespace, or service, of Prometheus, Alertmanager and the exporters."""
PREVIEW: Final = usual.PREVIEW
"""What previews have in place of an environment's name."""
PREVIEW_LIMIT: Final = 5
"""How many previews there may be at once."""
PREVIEW_DATABASE_SIZES: Final = {"postgres": (250, 512), "mysql": (250, 1024)}
"""A preview's database by `data.database`: CPU in thousandths of a core, memory in MiB.

Both have the settings that they come with. MySQL 8.4 then takes about 500 MiB before anybody asks for anything.
"""
LONGEST_PREVIEW_PROJECT: Final = 48
"""Characters of the project in the name of a preview: `-pr-` and the number of a pull request must fit into a label."""
GATEWAY: Final = "gateway"
"""Name of the Gateway, and of the namespace it stands in."""
_SHELL: Final = re.compile(r"[|&;<>()$`\\*?\[#~{}!\n]|^\w+=")


def short(limit: int, *words: str) -> str:
    """The words joined by `-`; if that is longer than `limit`, cut and ended with 6 hex digits of its hash."""
    name = "-".join(word for word in words if word)
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name[: limit - 7].rstrip('-')}-{digest}"


def project(answers: Answers, room: int = 24) -> str:
    """The project's name, shortened so that names derived from it stay readable: at most `room` characters."""
    return short(room, answers.project.name)


def namespace(answers: Answers) -> str:
    """The Kubernetes namespace of the application; the same in each environment, since each has its own cluster."""
    return short(LONGEST_LABEL, answers.project.name)


def stack(answers: Answers, environment: str) -> str:
    """The name of everything in one environment (cluster, network, database): `<project>-<environment>`."""
    return f"{project(answers)}-{environment}"


def role(answers: Answers, environment: str, *words: str) -> str:
    """The name of an IAM role of one environment."""
    return short(LONGEST_ROLE, stack(answers, environment), *words)


def repository(answers: Answers, service: Service) -> str:
    """The path of a service's image below the registry's host."""
    return f"{project(answers)}/{service.name}"


def secret_id(answers: Answers, environment: str, service: Service) -> str:
    """The name of a service's secret in the cloud's secret store: one JSON object, a key per variable."""
    return f"{project(answers)}/{environment}/{service.name}"


def alertmanager_secret(answers: Answers, environment: str) -> str:
    """The name of Alertmanager's secret in the cloud's secret store: one JSON object with `alertmanager_keys`."""
    return f"{project(answers)}/{environment}/alertmanager"


def alertmanager_keys(answers: Answers) -> dict[str, str]:
    """The keys of Alertmanager's secret, each with what its value is; none without Alertmanager."""
    if answers.monitoring.backend != "prometheus":
        return {}
    return dict(monitored.ALERTMANAGER_KEYS[name] for name in (*answers.monitoring.channels, "heartbeat"))


def bucket_prefix(answers: Answers, environment: str) -> str:
    """What the names of an environment's buckets begin with."""
    return short(LONGEST_BUCKET_PREFIX, stack(answers, environment))


def state_bucket(answers: Answers, environment: str) -> str:
    """The bucket of an environment's Terraform state, for all roots; with a placeholder while no account is named."""
    number = account(answers, environment) or f"CHANGEME_AWS_ACCOUNT_ID_{environment.upper().replace('-', '_')}"
    return f"{bucket_prefix(answers, environment)}-state-{number}"


def state_key(answers: Answers, environment: str) -> str:
    """The KMS key of the state; unless it is named, the backend asks for S3's own, whatever the bucket's default is."""
    return f"alias/{stack(answers, environment)}-state"


def database_exporter_secret(answers: Answers, environment: str) -> str:
    """The name of the secret by which the monitoring logs in to the database."""
    return f"{project(answers)}/{environment}/database-exporter"


def database_exporter(answers: Answers) -> bool:
    """Whether the monitoring logs in to the database, with `database_exporter_secret`.

    What runs the monitoring on a platform is what serves its backend, so where that is chosen the exporter runs.
    """
    return answers.monitoring.backend == "prometheus" and answers.data.database != "none"


def probed(answers: Answers) -> tuple[Service, ...]:
    """The services that are asked for from outside; without a domain nothing has a name or a certificate."""
    return tuple(s for s in public(answers) if s.kind != "job") if answers.project.domain else ()


def host(answers: Answers, service: Service, environment: str) -> str:
    """The public host of a service: `<host>.<domain>` in production, `<environment>-<host>.<domain>` elsewhere.

    Without a domain the host ends in `.invalid`, which never resolves.
    """
    domain = answers.project.domain or f"{project(answers)}.invalid"
    label = service.host if environment == answers.production else f"{environment}-{service.host}"
    return f"{label}.{domain}"


def preview_environment(answers: Answers) -> str:
    """The environment in whose account and cluster previews run: the first, which is never production."""
    return answers.environments[0]


def preview_prefix(answers: Answers) -> str:
    """What the names of previews begin with; the number of the pull request is their end."""
    return f"{short(LONGEST_PREVIEW_PROJECT, answers.project.name)}-pr-"


def preview_services(answers: Answers) -> tuple[Service, ...]:
    """The services whose image a preview needs: what runs all the time, and what migrates or fills the database."""
    return tuple(s for s in answers.services if s.kind != "job" or s.commands.migrate or seeds(answers, s))


def seeds(answers: Answers, service: Service) -> bool:
    """Whether the service fills the new database of a preview."""
    return answers.data.database != "none" and bool(service.commands.seed)


def plain_http(answers: Answers, environment: str) -> bool:
    """Whether an environment is reached without TLS: only where there is no domain, and never in production."""
    return not answers.project.domain and environment != answers.production


def network_cidr(answers: Answers, environment: str) -> str:
    """The addresses of an environment's network: no two environments share any, so that networks can be connected.

    The second byte follows from the environment's name, so that no network changes when the list does. Where two
    names come to the same byte the later one takes the next, and production comes first.
    """
    taken: set[int] = set()
    for name in sorted(answers.environments, key=lambda one: one != answers.production):
        byte = _USUAL_NETWORKS.get(name, 48 + zlib.crc32(name.encode()) % 192)
        while byte in taken:
            byte += 1
        taken.add(byte)
        if name == environment:
            return f"10.{byte}.0.0/16"
    raise KeyError(environment)


def account(answers: Answers, environment: str) -> str:
    """The cloud account of an environment; "" where the answers name none."""
    return answers.cloud.accounts.get(environment, "")


def record_writers(answers: Answers) -> tuple[str, ...]:
    """The environments that write records into the zone of another account, production's; none without a domain."""
    if not answers.project.domain:
        return ()
    home = account(answers, answers.production)
    others = (name for name in answers.environments if name != answers.production)
    return tuple(name for name in others if not home or account(answers, name) != home)


def argv(command: str) -> list[str]:
    """A shell command as an argument list, which also an image without a shell can run, where it needs no shell."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    return words if words and not _SHELL.search(command) else ["sh", "-c", command]


def uses_database(answers: Answers, service: Service) -> bool:
    """Whether the service may reach the database: everything that runs code, since answers do not say it by service."""
    return answers.data.database != "none" and service.language != "static"


def sends_mail(service: Service) -> bool:
    """Whether the service hands mail to a relay, by the names of its settings."""
    return any(name.startswith("SMTP_") for name in (*service.env, *service.secrets))


def has_requests(service: Service) -> bool:
    """Whether the service answers requests."""
    return service.kind in {"web", "static", "model"}


def has_request_metrics(service: Service) -> bool:
    """Whether requests can be judged by the service's own metrics."""
    return has_requests(service) and service.metrics != "none"


def keeps_memory(service: Service) -> bool:
    """Whether a process keeps the memory that it once took, so that its use of memory does not follow the load."""
    return service.language in _KEEPS_MEMORY


def public(answers: Answers) -> tuple[Service, ...]:
    """The services that are reachable from the internet."""
    return tuple(s for s in answers.services if s.public)


def long_running(answers: Answers) -> tuple[Service, ...]:
    """The services that run all the time."""
    return tuple(s for s in answers.services if s.kind != "job")


def jobs(answers: Answers) -> tuple[Service, ...]:
    """The services that run on a schedule."""
    return tuple(s for s in answers.services if s.kind == "job")


def job_limit(service: Service) -> int:
    """The seconds that a run of a job may take, all attempts together: about until the next one is due."""
    return min(max(gaps(service.schedule)[0], _JOB_LIMITS[0]), _JOB_LIMITS[1])


def job_start_limit(service: Service) -> int:
    """The seconds by which a run may start late; after that it is left out."""
    return min(gaps(service.schedule)[0], _JOB_START_LIMIT)


def job_silence(service: Service) -> int:
    """The most seconds that may lie between two successes of a job of which every run succeeds."""
    return gaps(service.schedule)[1] + job_start_limit(service) + job_limit(service)


def replicas(answers: Answers, *, production: bool) -> tuple[int, int]:
    """The fewest and the most replicas of a service, in production or in any other environment."""
    low, high = answers.scaling.min, answers.scaling.max
    return (low, high) if production else (min(low, _OTHER_REPLICAS[0]), min(high, _OTHER_REPLICAS[1]))


def task_size(size: tuple[int, int]) -> tuple[int, int]:
    """A size of ours as Fargate counts: CPU in 1024ths of a core, memory in MiB. It sells both in steps."""
    millis, mib = size
    return millis * 1024 // 1000, mib


def surge(answers: Answers, replicas: int) -> int:
    """How many replicas a release adds to so many: part of them, or a second set beside the first."""
    return math.ceil(replicas * strategies.kind(answers).surge_percent / 100)


def scraped(answers: Answers) -> tuple[Service, ...]:
    """The services whose metrics Prometheus reads."""
    return tuple(s for s in answers.services if is_scraped(s))


def is_scraped(service: Service) -> bool:
    """Whether Prometheus reads the metrics of a service."""
    return service.kind != "job" and service.metrics != "none"


def notification_ports(answers: Answers) -> str:
    """The ports by which Alertmanager reaches the channels and the heartbeat."""
    return "443, 587" if "email" in answers.monitoring.channels else "443"


def told(answers: Answers, level: str) -> tuple[str, ...]:
    """The channels that are told at a level (warning, critical, emergency): those meant for it, else the nearest."""
    have = answers.monitoring.channels
    nearest: tuple[tuple[str, ...], ...] = {
        "warning": (("slack",), ("email",), ("pagerduty",)),
        "critical": (("pagerduty", "slack"), ("slack", "email")),
        "emergency": (("pagerduty", "slack", "email"),),
    }[level]
    if level == "critical" and "pagerduty" not in have:
        nearest = nearest[1:]
    for wanted in nearest:
        if found := tuple(channel for channel in wanted if channel in have):
            return found
    return tuple(have)
