"""Java: Maven and Gradle, Spring Boot and its kin; a build of several modules has a unit for each that runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from generator.assess import catalogs, configuration, controllers, routes
from generator.assess.configuration import Configuration
from generator.assess.evidence import Strength, Unit
from generator.assess.folder import Folder, inside, line_of, parent
from generator.assess.xml import Element, elements

_GRADLE: Final = ("build.gradle.kts", "build.gradle")
_RUNS: Final = (
    ("spring-boot-maven-plugin", "Spring Boot"), ("org.springframework.boot", "Spring Boot"),
    ("quarkus-maven-plugin", "Quarkus"), ("io.quarkus", "Quarkus"), ("micronaut-maven-plugin", "Micronaut"),
    ("io.micronaut.application", "Micronaut"), ("io.ktor.plugin", "Ktor"),
)  # fmt: skip
"""What makes a program of a module, as its build file names it."""
_WEB: Final = re.compile(
    r"spring-boot-starter-(web|webflux|webmvc|undertow|jetty|tomcat|jersey)\b|quarkus-rest|quarkus-resteasy|"
    r"quarkus-vertx-http|micronaut-http-server|ktor-server|javalin|spark-core|jetty-server|helidon-webserver|"
    r"spring-cloud-config-server|eureka-server|spring-boot-admin-starter-server|spring-cloud-starter-gateway"
)
_DEFAULT: Final = {"Spring Boot": 8080, "Quarkus": 8080, "Micronaut": 8080}
_TOOLCHAIN: Final = (
    r"JavaLanguageVersion\.of\(\s*[\"']?(\d+)|jvmToolchain\((\d+)\)"
    r"|(?:source|target)Compatibility\s*=?\s*(?:JavaVersion\.VERSION_|[\"'])?(\d+)"
)
_GRAMMAR: Final = routes.Grammar(
    suffixes=(".java", ".kt"),
    route=r"(?!)",
    ports=(
        r"\.port\(\s*(\d{2,5})\s*\)",
        r"embeddedServer\([^)]*port\s*=\s*(\d{2,5})",
        r"ServerBuilder\.forPort\((\d{2,5})\)",
    ),
)
_KTOR: Final = replace(
    _GRAMMAR,
    route=r"(?<![\w.])get\(\s*\"([^\"{*]*)\"\s*\)\s*\{",
    prefixed=r"\bfun\s+Route\.",
    block=r"\broute\(\s*\"[^\"]*\"[^)\n]{0,200}\)\s*\{",
)


def find(folder: Folder) -> Iterator[Unit]:
    """A unit for each module with a build file; one that only holds others together is none."""
    for place in sorted({parent(path) for path in folder.named(r"pom\.xml|build\.gradle(\.kts)?")}):
        path = _build(folder, place)
        text = catalogs.text(folder, path)
        if _holds_modules(folder, place, text):
            continue
        unit = Unit(place, "java", dependencies=_dependencies(path, text))
        framework = next((name for marker, name in _RUNS if _applies(text, marker)), "")
        web = _WEB.search(text)
        main = _main(folder, place)
        if framework or main == "framework" or (web and main):
            unit.role = "service"
            if web:
                line = text.count("\n", 0, web.start()) + 1
                unit.shows("kind", "web", path, line, f"it needs {web[0]}", Strength.NAMED)
        elif main or re.search(r"mainClass|Main-Class", text):
            unit.role = "program"
        yield unit


def _main(folder: Folder, place: str) -> str:
    """What the code of a module begins with: "framework", "plain", or "" for a library."""
    plain = ""
    for path in routes.sources(folder, inside(place, "src/main"), (".java", ".kt")):
        text = folder.text(path)
        if re.search(r"@SpringBootApplication|@QuarkusMain", text):
            return "framework"
        if re.search(r"static void main\(|\bfun main\(", text):
            plain = "plain"
    return plain


def _dependencies(path: str, text: str) -> frozenset[str]:
    """The artifacts that a module needs; what is excluded, or only told the version of, it does not."""
    if not path.endswith("pom.xml"):
        return frozenset(re.findall(r"[\w.-]+", text))
    wanted = [e for e in elements(text) if e.way[-2:] == ("dependency", "artifactId")]
    return frozenset(e.text for e in wanted if "dependencyManagement" not in e.way)


def look(folder: Folder, unit: Unit, others: Iterable[str]) -> None:
    """Adds all else that the files of a module show."""
    path = _build(folder, unit.path)
    unit.shows("language", "java", path, 0, "the manifest", Strength.FIXED)
    both = path.endswith("pom.xml") and any(inside(unit.path, name) in folder for name in _GRADLE)
    manager = "maven" if path.endswith("pom.xml") else "gradle"
    unit.shows("package_manager", manager, path, 0, "the build file", Strength.FIXED)
    if needed := _needed_above(folder, unit.path, path):
        unit.notes.append(f"{needed} lies above {unit.path}, whose image is built from that folder alone")
    if both:
        unit.notes.append(f"{unit.path} can be built by Maven and by Gradle: Maven was taken")
    _version(folder, unit, path)
    _commands(folder, unit, path)
    said = configuration.of(folder, unit)
    _configuration(folder, unit, path, said)
    controllers.of_spring(folder, unit, said, others)
    ktor = any(name.startswith("ktor-server") for name in unit.dependencies) and "ktor.deployment.rootPath" not in said
    routes.look(folder, unit, _KTOR if ktor else _GRAMMAR, others)


def _needed_above(folder: Folder, place: str, path: str) -> str:
    """What a module cannot be built without and lies above it: the wrapper of Gradle, or the pom that is its parent."""
    if not path.endswith("pom.xml"):
        return "gradlew" if "gradlew" in folder and inside(place, "gradlew") not in folder else ""
    wanted = _artifact(folder, path, "parent")
    poms = [build for build in _parents(folder, path)[1:] if build.endswith("pom.xml")]
    return next((pom for pom in poms if wanted and _artifact(folder, pom) == wanted), "")


def _artifact(folder: Folder, pom: str, *way: str) -> str:
    found = (e.text for e in elements(folder.text(pom)) if e.way == ("project", *way, "artifactId"))
    return next(found, "")


def _build(folder: Folder, place: str) -> str:
    """The build file of a module: Maven's, where there are both."""
    names = ("pom.xml", *_GRADLE)
    return next((path for name in names if (path := inside(place, name)) in folder), inside(place, names[0]))


def _applies(text: str, marker: str) -> bool:
    """Whether a plugin is applied, and not only named for others (`apply false`)."""
    named = rf"(?<![\w.-]){re.escape(marker)}(?![\w.-])"
    maven = marker.endswith("-plugin")
    for found in itertools.islice(re.finditer(named, text), 50):
        before = text[max(0, found.start() - 200) : found.start()].rpartition("\n")[2]
        line = before + text[found.start() : found.end() + 200].partition("\n")[0]
        if maven or (re.search(r"\b(id|alias|apply)\b", line) and "apply false" not in line):
            return True
    return False


def _holds_modules(folder: Folder, place: str, text: str) -> bool:
    """Whether a build has no code of its own, but modules."""
    settings = any(
        re.search(r"^[ \t]*include\b", folder.text(inside(place, name)), re.M)
        for name in ("settings.gradle", "settings.gradle.kts")
    )
    return ("<modules>" in text or settings) and not any(folder.below(inside(place, "src/main")))


def _parents(folder: Folder, path: str) -> list[str]:
    """The build file, and those of the folders above it."""
    name = path.rpartition("/")[2]
    found, place = [path], parent(path)
    while place != ".":
        place = parent(place)
        found += [above for one in dict.fromkeys((name, *_GRADLE)) if (above := inside(place, one)) in folder]
    return found


def _version(folder: Folder, unit: Unit, path: str) -> None:
    for build in _parents(folder, path):
        if build.endswith("pom.xml"):
            names = ("java.version", "maven.compiler.release", "release", "maven.compiler.target")
            listed = elements(folder.text(build))
            found = next((e for name in names for e in listed if e.name == name and _is_main(e)), None)
            number, line = (found.text if found else "").removeprefix("1."), found.line if found else 0
            read = found.name if found else ""
        else:
            text = catalogs.text(folder, build)
            match = re.search(_TOOLCHAIN, text)
            number = next((group for group in match.groups() if group), "") if match else ""
            line, read = line_of(text, _TOOLCHAIN), "the toolchain"
        if re.fullmatch(r"\d{1,2}", number):
            unit.shows("version", number, build, line, read, Strength.NAMED)
            return


def _is_main(element: Element) -> bool:
    return "profile" not in element.way and "dependency" not in element.way


def _commands(folder: Folder, unit: Unit, path: str) -> None:
    """Checkstyle and Spotless where the build has them; where it has neither, the usual lint would fail."""
    texts = [(build, catalogs.text(folder, build)) for build in _parents(folder, path)]
    maven = path.endswith("pom.xml")
    for word, goal, task in (
        ("checkstyle", "checkstyle:check", "checkstyleMain"), ("spotless", "spotless:check", "spotlessCheck"),
    ):  # fmt: skip
        plugin = (
            rf"maven-{word}-plugin|{word}-maven-plugin"
            if maven
            else rf"(?:id|alias)[\s(]*[\"']?[\w.]*{word}\b|^[ \t]*{word}\b"
        )
        for build, text in texts:
            if re.search(plugin, text, re.M):
                command = f"mvn -B -ntp {goal}" if maven else f"./gradlew --no-daemon {task}"
                line = line_of(text, plugin)
                unit.shows("commands.lint", command, build, line, f"the plugin {word}", Strength.NAMED)
                return
    unit.shows("commands.lint", "", path, 0, "no plugin that lints is named", Strength.NAMED)


def _configuration(folder: Folder, unit: Unit, path: str, values: Configuration) -> None:
    """Port and paths from the configuration; a management port of its own leaves paths out."""
    for key in ("server.port", "quarkus.http.port", "micronaut.server.port", "ktor.deployment.port"):
        value, name, line = values.get(key, ("", "", 0))
        if found := re.fullmatch(r"(?:\$\{?[\w.]+:)?(\d{2,5})\}?", value):
            strength = Strength.DEFAULT if "$" in value else Strength.FIXED
            unit.shows("port", int(found[1]), name, line, key, strength)
    text = catalogs.text(folder, path)
    framework = next((name for marker, name in _RUNS if _applies(text, marker)), "")
    if framework in _DEFAULT and unit.kind() == "web":
        unit.shows("port", _DEFAULT[framework], path, 0, f"what {framework} takes", Strength.USUAL)
    if "spring-boot-starter-actuator" in text and unit.kind() == "web" and "management.server.port" not in values:
        _actuator(unit, path, line_of(text, "spring-boot-starter-actuator"), values)
    if "quarkus-smallrye-health" in text:
        line = line_of(text, "quarkus-smallrye-health")
        unit.shows("health_path", "/q/health", path, line, "quarkus-smallrye-health", Strength.NAMED)


def _actuator(unit: Unit, path: str, line: int, values: Configuration) -> None:
    def value(key: str) -> str:
        return values.get(key, ("", "", 0))[0].rstrip("/")

    base = f"{controllers.before(values)}{value('management.endpoints.web.base-path') or '/actuator'}"
    unit.shows("health_path", f"{base}/health", path, line, "spring-boot-starter-actuator", Strength.NAMED)
    shown = value("management.endpoints.web.exposure.include")
    if "micrometer-registry-prometheus" in unit.dependencies and re.search(r"prometheus|\*", shown):
        _, where, at = values["management.endpoints.web.exposure.include"]
        unit.shows("metrics_path", f"{base}/prometheus", where, at, "the exposed endpoints", Strength.NAMED)
