"""C# and F#: the projects whose SDK is for the web, for workers, or that make a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.assess import routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, parent
from generator.assess.xml import elements

_GRAMMAR: Final = routes.Grammar(
    suffixes=(".cs", ".fs"),
    route=r"\b(?:app|endpoints?)\.Map(?:Get|HealthChecks|Metrics|PrometheusScrapingEndpoint)\(\s*\"(/[^\"{]*)\""
    r"|\bapp\.Map(?:PrometheusScrapingEndpoint|Metrics)\(\)()",
    prefixed=r"UsePathBase\(|IsDevelopment\(\)\s*\)\s*\{?[^}]*MapHealthChecks",
    ports=(r"\.Listen(?:AnyIP|Localhost)\(\s*(\d{2,5})", r"(?:UseUrls|app\.Run|Urls\.Add)\(\s*\"http://[^:\"]+:(\d{2,5})"),
)  # fmt: skip
_IGNORED: Final = re.compile(r"Microsoft\.NET\.Sdk\.(Razor|BlazorWebAssembly)|Aspire\.AppHost|MSTest\.Sdk|Maui", re.I)


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each project that is no test; one with the SDK of a library is a library."""
    for path in sorted(folder.named(r".+\.(csproj|fsproj)")):
        text = folder.text(path)
        if re.search(r"IsTestProject|Microsoft\.NET\.Test\.Sdk|xunit|nunit|MSTest", text, re.I) or _IGNORED.search(
            text
        ):
            continue
        unit = Unit(parent(path), "dotnet", dependencies=frozenset(re.findall(r"Include=\"([\w.-]+)\"", text)))
        sdk = next((e.attributes.get("Sdk", "") for e in elements(text) if e.name == "Project"), "")
        kind = {"Microsoft.NET.Sdk.Web": "web", "Microsoft.NET.Sdk.Worker": "worker"}.get(sdk, "")
        if kind:
            unit.role = "service"
            unit.shows("kind", kind, path, folder.line(path, r"Sdk="), f"the SDK {sdk}", Strength.NAMED)
        elif re.search(r"<OutputType>\s*Exe", text) and "TargetFrameworks>" not in text:
            unit.role = "program"
        yield unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a project show."""
    path = _project(folder, unit.path)
    unit.shows("language", "dotnet", path, 0, "the project file", Strength.FIXED)
    unit.shows("package_manager", "nuget", path, 0, "the project file", Strength.FIXED)
    for build in (path, "Directory.Build.props"):
        target = next((e for e in elements(folder.text(build)) if e.name == "TargetFramework"), None)
        if target and (found := re.fullmatch(r"net(\d+)\.0", target.text)):
            unit.shows("version", found[1], build, target.line, "TargetFramework", Strength.NAMED)
            break
    if not list(folder.named(r".*Tests?\.(csproj|fsproj)")):
        unit.shows("commands.unit", "", path, 0, "there is no project of tests", Strength.NAMED)
    if unit.kind() == "web":
        routes.look(folder, unit, _GRAMMAR, others)
        _settings(folder, unit)
        # Since .NET 8 the images set it; a project with its own image says it there.
        unit.shows("port", 8080, path, 0, "what ASP.NET takes in a container", Strength.USUAL)


def _project(folder: Folder, place: str) -> str:
    return next(
        (path for path in folder.named(r".+\.(csproj|fsproj)") if parent(path) == place), inside(place, "app.csproj")
    )


def _settings(folder: Folder, unit: Unit) -> None:
    path = inside(unit.path, "appsettings.json")
    data = folder.data(path)
    kestrel = data.get("Kestrel")
    ends = kestrel.get("Endpoints") if isinstance(kestrel, dict) else None
    urls = [end.get("Url") for end in ends.values() if isinstance(end, dict)] if isinstance(ends, dict) else []
    for url in (data.get("Urls"), *urls):
        if isinstance(url, str) and (found := re.fullmatch(r"http://[^:/]+:(\d{2,5})/?", url)):
            line = folder.line(path, rf":{found[1]}\b")
            unit.shows("port", int(found[1]), path, line, "the address of Kestrel", Strength.FIXED)
