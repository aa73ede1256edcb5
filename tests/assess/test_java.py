"""Builds and configuration of Java and Kotlin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.assess.looking import SPRING, found, of, service


@pytest.mark.parametrize(
    ("name", "text", "port", "health"),
    [
        ("application.properties", "", 8080, "/actuator/health"),
        ("application.properties", "server.port=9000\n", 9000, "/actuator/health"),
        ("application.properties", "# server.port=9000\n", 8080, "/actuator/health"),
        ("application.properties", "server.port=${PORT:9000}\n", 9000, "/actuator/health"),
        ("application.properties", "server.port=${PORT}\n", 8080, "/actuator/health"),
        ("application.properties", "management.server.port=9001\n", 8080, None),
        (
            "application.yml",
            "server:\n  port: 9000\n  servlet: {context-path: /shop/}\n",
            9000,
            "/shop/actuator/health",
        ),
        ("application.yaml", "management: {endpoints: {web: {base-path: /manage}}}\n", 8080, "/manage/health"),
        ("application.yml", "server: [\n", 8080, "/actuator/health"),
        ("application.yaml", "ktor: {deployment: {port: 9000}}\n", 9000, "/actuator/health"),
        ("application-dev.yml", "server: {port: 9000}\n", 8080, "/actuator/health"),
    ],
    ids=str,
)
def test_configuration_of_spring(tmp_path: Path, name: str, text: str, port: int, health: str | None) -> None:
    facts = of(tmp_path, {"pom.xml": SPRING, f"src/main/resources/{name}": text})
    assert (facts["port"], facts.get("health_path"), facts["version"]) == (port, health, "21")


@pytest.mark.parametrize("language", ["gradle", "kotlin"])
def test_a_plugin_that_is_only_named_for_others_makes_no_service(tmp_path: Path, language: str) -> None:
    name = "build.gradle" if language == "gradle" else "build.gradle.kts"
    build = 'plugins {\n  id("org.springframework.boot") version "3.4.0" apply false\n}\n'
    detected = found(tmp_path, {
        name: build, "settings.gradle": "include 'a', 'b'\n", f"a/{name}": build.replace(" apply false", ""), f"b/{name}": "",
    })  # fmt: skip
    assert [s["path"] for s in detected.raw["services"]] == ["a"]


CATALOG = """
[versions]
jdk = "21"
[libraries]
web = { module = "org.springframework.boot:spring-boot-starter-web" }
actuator = { group = "org.springframework.boot", name = "spring-boot-starter-actuator" }
db-postgres = "org.postgresql:postgresql:42"
[bundles]
server = ["web", "actuator"]
[plugins]
spring_boot = { id = "org.springframework.boot", version = "3.4.0" }
format = "com.diffplug.spotless:7.0.0"
"""


BUILD = (
    "plugins {\n    alias(libs.plugins.spring.boot)\n    alias(libs.plugins.format)\n}\n"
    "kotlin { jvmToolchain(libs.versions.jdk.get().toInt()) }\n"
    "dependencies {\n    implementation(libs.bundles.server)\n    implementation(libs.db.postgres)\n}\n"
)


@pytest.mark.parametrize("catalog", [CATALOG, "", "plugins = 7\nlibraries = []\n[bundles]\nserver = 7\n", "[x"])
def test_a_catalog_says_what_a_build_file_needs(tmp_path: Path, catalog: str) -> None:
    detected = found(tmp_path, {
        "gradle/libs.versions.toml": catalog, "api/build.gradle.kts": BUILD, "api/src/main/java/A.java": "@SpringBootApplication\n",
    })  # fmt: skip
    shown = {fact.key.rpartition("].")[2]: (fact.value, fact.line) for fact in detected.facts}
    assert {key: shown.get(key) for key in ("kind", "version", "health_path", "commands.lint", "data.database")} == (
        {
            "kind": ("web", 7), "version": ("21", 5), "health_path": ("/actuator/health", 7),
            "commands.lint": ("./gradlew --no-daemon spotlessCheck", 3), "data.database": ("postgres", 0),
        } if catalog == CATALOG else {"kind": None, "version": None, "health_path": None, "commands.lint": ("", 0), "data.database": None}
    )  # fmt: skip


def test_an_alias_that_is_only_named_for_others_makes_no_service(tmp_path: Path) -> None:
    build = "plugins { alias(libs.plugins.spring.boot) apply false }\n"
    files = {
        "gradle/libs.versions.toml": CATALOG,
        "a/build.gradle": build.replace(" apply false", ""),
        "b/build.gradle": build,
    }
    assert [s["path"] for s in found(tmp_path, files).raw["services"]] == ["a"]


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        ("<project><artifactId>all</artifactId></project>", ("pom.xml lies above a, whose image is built from that folder alone",)),
        ("<project><artifactId>other</artifactId></project>", ()), ("<project/>", ()),
    ],
)  # fmt: skip
def test_a_parent_above_a_module_is_told(tmp_path: Path, above: str, notes: tuple[str, ...]) -> None:
    module = SPRING.replace("<project>", "<project><parent><artifactId>all</artifactId></parent>")
    detected = found(tmp_path, {"pom.xml": above.replace("<project>", "<project><modules/>"), "a/pom.xml": module})
    assert [s["path"] for s in detected.raw["services"]] == ["a"]
    assert detected.notes == notes


def test_a_wrapper_above_a_module_is_told(tmp_path: Path) -> None:
    detected = found(tmp_path, {"gradlew": "", "a/build.gradle": "plugins { id 'org.springframework.boot' }\n"})
    assert detected.notes == ("gradlew lies above a, whose image is built from that folder alone",)


def test_what_needs_a_server_and_has_no_beginning_is_a_library(tmp_path: Path) -> None:
    library = SPRING.partition("<build>")[0] + "</project>"
    main = "@SpringBootApplication\nclass App {}\n"
    detected = found(tmp_path, {
        "pom.xml": "<project><modules><module>a</module></modules><build><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></build></project>",
        "shop-a/pom.xml": library, "shop-a/src/main/java/App.java": main, "shop-b/pom.xml": library, "shop-c/pom.xml": library,
        "shop-b/src/main/java/B.java": "class B { public static void main(String[] a) {} }\n",
    })  # fmt: skip
    assert [(s["name"], s["path"]) for s in detected.raw["services"]] == [("a", "shop-a"), ("b", "shop-b")]


def test_what_a_pom_excludes_is_not_needed(tmp_path: Path) -> None:
    excluded = "<dependency><artifactId>x</artifactId><exclusions><exclusion><artifactId>jedis</artifactId></exclusion></exclusions></dependency>"
    pom = SPRING.replace("<dependencies>", f"<dependencies>{excluded}")
    assert "data" not in found(tmp_path, {"pom.xml": pom}).raw


def test_the_dockerfiles_of_quarkus_are_those_of_their_module(tmp_path: Path) -> None:
    pom = "<project><plugin><artifactId>quarkus-maven-plugin</artifactId></plugin><artifactId>quarkus-rest</artifactId></project>"
    files = {f"src/main/docker/Dockerfile.{name}": "FROM x\nEXPOSE 9000\n" for name in ("jvm", "native")}
    for place in ("", "shop/"):
        detected = found(
            tmp_path / (place or "root"), {f"{place}{path}": text for path, text in {**files, "pom.xml": pom}.items()}
        )
        assert (service(detected)["port"], detected.notes) == (9000, ())


def test_a_broken_pom_says_what_stands_before_the_break(tmp_path: Path) -> None:
    facts = of(tmp_path, {"pom.xml": SPRING.partition("<build>")[0]})
    assert (facts["language"], facts["version"]) == ("java", "21")
