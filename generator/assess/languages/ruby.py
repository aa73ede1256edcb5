"""Ruby: a Gemfile; Rails, Sinatra and other Rack applications, Sidekiq."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from generator.assess import routes
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, parent

_WEB: Final = ("rails", "sinatra", "hanami", "roda", "grape", "rackup", "puma", "falcon", "unicorn")
_GRAMMAR: Final = routes.Grammar(
    suffixes=("config/routes.rb", "app.rb", "config.ru", "server.rb"),
    route=r"(?m)^ {0,2}get\s+[\"']/?((?:up|_?health\w*|ready|live)z?)[\"']",
    prefixed=r"(?m)relative_url_root|^[ \t]*scope\s|map\s+[\"']/\w",
    comment=r"^[ \t]*#",
)
_PUMA: Final = r"^[ \t]*port\s+(?:ENV\.fetch\(\s*[\"']PORT[\"']\s*(?:,\s*|\)\s*\{\s*)[\"']?(\d{2,5})|(\d{2,5}))"


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each Gemfile."""
    for path in sorted(folder.named("Gemfile")):
        gems = frozenset(re.findall(r"^[ \t]*gem\s+[\"']([\w-]+)[\"']", folder.text(path), re.M))
        unit = Unit(parent(path), "ruby", dependencies=gems)
        rack = inside(unit.path, "config.ru") in folder
        needs = next((name for name in _WEB if name in gems), "")
        if needs and (rack or needs in {"rails", "sinatra"}):
            unit.role = "service"
            line = folder.line(path, rf"gem\s+[\"']{needs}[\"']")
            unit.shows("kind", "web", path, line, f"it needs {needs}", Strength.NAMED)
        yield unit


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of an application show."""
    path = inside(unit.path, "Gemfile")
    unit.shows("language", "ruby", path, 0, "the manifest", Strength.FIXED)
    unit.shows("package_manager", "bundler", path, 0, "the manifest", Strength.FIXED)
    _version(folder, unit, path)
    _commands(folder, unit, path)
    puma = inside(unit.path, "config/puma.rb")
    if found := re.search(_PUMA, folder.text(puma), re.M):
        line = folder.text(puma).count("\n", 0, found.start()) + 1
        fixed = Strength.FIXED if found[2] else Strength.DEFAULT
        unit.shows("port", int(found[1] or found[2]), puma, line, "the port of Puma", fixed)
    elif "rails" in unit.dependencies:
        unit.shows("port", 3000, path, folder.line(path, "rails"), "what Rails takes", Strength.USUAL)
    routes.look(folder, unit, _GRAMMAR, others)


def _version(folder: Folder, unit: Unit, path: str) -> None:
    version = inside(unit.path, ".ruby-version")
    if found := re.match(r"(?:ruby-)?(\d+\.\d+(?:\.\d+)?)\s*$", folder.text(version).strip()):
        unit.shows("version", found[1], version, 1, "the version file", Strength.FIXED)
    if found := re.search(r"^[ \t]*ruby\s+[\"'](\d+\.\d+(?:\.\d+)?)[\"']", folder.text(path), re.M):
        unit.shows("version", found[1], path, folder.line(path, r"^[ \t]*ruby\s"), "the line ruby", Strength.FIXED + 1)


def _commands(folder: Folder, unit: Unit, path: str) -> None:
    gems = unit.dependencies
    linter = next((name for name in ("rubocop", "standard") if any(gem.startswith(name) for gem in gems)), "")
    command = {"rubocop": "bundle exec rubocop", "standard": "bundle exec standardrb"}.get(linter, "")
    read = f"it needs {linter}" if linter else "no linter that is known here is named"
    unit.shows("commands.lint", command, path, folder.line(path, linter) if linter else 0, read, Strength.NAMED)
    if any(gem.startswith("rspec") for gem in gems):
        command, read = "bundle exec rspec --format progress --format json --out reports/rspec.json", "it needs rspec"
    elif "rails" in gems and any(folder.below(inside(unit.path, "test"))):
        command, read = "bin/rails test", "Rails, and the folder test"
    elif any(any(folder.below(inside(unit.path, name))) for name in ("test", "spec")):
        return  # there are tests, and nothing says how they are run
    else:
        command, read = "", "no test runner is named, and there are no tests"
    unit.shows("commands.unit", command, path, 0, read, Strength.NAMED)
    migration = next(iter(folder.below(inside(unit.path, "db/migrate"))), "")
    if "rails" in gems and migration:
        unit.shows("commands.migrate", "bin/rails db:migrate", migration, 0, "the folder db/migrate", Strength.NAMED)
