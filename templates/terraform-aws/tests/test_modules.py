"""What the modules decide: variables of each environment, whose secrets a person fills, what the documents show of sizes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from generator.answers import Answers
from generator.answers.read import convert
from generator.answers.usual import REGIONS
from generator.parts import Parts
from tests.support import generated

hcl = generated.module("terraform-aws", "hcl")
names = generated.module("terraform-aws", "names")
sizes = generated.module("terraform-aws", "sizes")
variables = generated.module("terraform-aws", "variables")
words = generated.module("terraform-aws", "words")
NOTHING = Parts(())


def answers(**more: Any) -> Answers:
    return convert(
        {
            "project": {"name": "shop", "domain": "shop.example.org"},
            "services": [{"name": "web"}],
            "environments": ["dev", "prod"],
            **more,
        }
    )


def told(lines: Any) -> dict[str, str]:
    """The assignments of blocks of variables, those of one line."""
    return dict(re.findall(r"^(\w+) += (.+)$", "\n".join(lines), re.M))


def test_a_map_stands_in_columns_and_its_maps_on_a_line() -> None:
    assert hcl.mapping("services", {"a": {"secrets": ["X"]}, "long-name": {"x": 1, "y": "z"}, "with space": []}) == (
        'services = {\n  a            = { secrets = ["X"] }\n  long-name    = { x = 1, y = "z" }\n  "with space" = []\n}'
    )


def test_only_the_first_environment_of_an_account_makes_the_oidc_provider() -> None:
    def makers(accounts: dict[str, str]) -> list[str]:
        given = answers(cloud={"accounts": accounts}, environments=["dev", "staging", "prod"])
        made = {
            e: told(variables.bootstrap_variables(given, e, NOTHING))["create_oidc_provider"]
            for e in given.environments
        }
        return [environment for environment, value in made.items() if value == "true"]

    one, other = "111122223333", "444455556666"
    assert makers({}) == ["dev", "staging", "prod"]
    assert makers({"dev": one, "staging": one, "prod": other}) == ["dev", "prod"]
    assert makers({"dev": one, "prod": one}) == ["dev", "staging"]


def test_an_account_that_is_not_named_is_a_placeholder() -> None:
    given = answers(cloud={"accounts": {"prod": "444455556666"}})
    assert told(variables.main_variables(given, "dev", NOTHING))["account_id"] == '"CHANGEME_AWS_ACCOUNT_ID_DEV"'
    assert told(variables.main_variables(given, "prod", NOTHING))["account_id"] == '"444455556666"'
    assert [row["ENVIRONMENT"] for row in words.lists_of(given)["account"]] == ["dev"]


def test_only_another_account_writes_records_by_a_role_of_productions() -> None:
    def writers(**more: Any) -> bool:
        return "administrators = {" in "\n".join(variables.bootstrap_variables(answers(**more), "prod", NOTHING))

    same = {"accounts": {"dev": "111122223333", "prod": "111122223333"}}
    assert writers()
    assert not writers(cloud=same)
    assert not writers(project={"name": "shop"})


@pytest.mark.parametrize(
    ("region", "hour"), [("eu-central-1", 9), ("us-west-2", 18), ("us-east-1", 15), ("ap-south-1", 5), ("ap-east-1", 2)]
)
def test_the_password_is_rotated_while_people_are_at_work(region: str, hour: int) -> None:
    given = answers(cloud={"region": region}, data={"database": "postgres"})
    assert told(variables.main_variables(given, "prod", NOTHING))["password_rotation_hour"] == str(hour)


@pytest.mark.parametrize("region", REGIONS["aws"])
def test_every_region_has_such_an_hour(region: str) -> None:
    given = answers(cloud={"region": region}, data={"database": "mysql"})
    assert 0 <= int(told(variables.main_variables(given, "dev", NOTHING))["password_rotation_hour"]) <= 23


def test_a_person_fills_what_services_and_alertmanager_keep_secret() -> None:
    given = answers(
        services=[{"name": "web", "secrets": ["KEY", "TOKEN"]}, {"name": "jobs"}], monitoring={"channels": ["slack"]}
    )
    rows = {row["SECRET"]: row["KEYS"] for row in words.lists_of(given)["secret"]}
    assert rows == {
        f"shop/{environment}/{name}": keys
        for environment in given.environments
        for name, keys in (("web", "KEY, TOKEN"), ("alertmanager", "slack-webhook-url, heartbeat-url"))
    } | {"shop/preview/web": "KEY, TOKEN"}


def test_secrets_whose_names_run_together_are_items_of_their_own() -> None:
    services = [{"name": "web", "secrets": ["KEY"]}, {"name": "eu-web", "secrets": ["KEY"]}]
    given = answers(services=services, environments=["prod-eu", "prod"], previews={"enabled": False})
    rows = {f"{row['ID']}_{row['SECRET_ID']}": row["SECRET"] for row in words.lists_of(given)["secret"]}
    assert rows == {
        "PROD_EU__WEB": "shop/prod-eu/web",
        "PROD__EU_WEB": "shop/prod/eu-web",
        "PROD_EU_EU_WEB": "shop/prod-eu/eu-web",
        "PROD_WEB": "shop/prod/web",
        "PROD_EU_ALERTMANAGER": "shop/prod-eu/alertmanager",
        "PROD_ALERTMANAGER": "shop/prod/alertmanager",
    }


@pytest.mark.parametrize(
    ("service", "database", "refused"),
    [
        ({"name": "alertmanager", "secrets": ["TOKEN"]}, "none", True),
        ({"name": "alertmanager"}, "none", False),
        ({"name": "database-exporter", "secrets": ["TOKEN"]}, "mysql", True),
        ({"name": "database-exporter", "secrets": ["TOKEN"]}, "none", False),
        ({"name": "database-exporter"}, "mysql", False),
    ],
)
def test_a_secret_of_the_monitoring_is_none_of_a_service(service: dict[str, Any], database: str, refused: bool) -> None:
    problems = names.clashes(answers(services=[service], data={"database": database}))
    assert [p.key for p in problems] == ["services[0].name"] * refused


@pytest.mark.parametrize(
    ("environments", "apart", "refused"),
    [
        (["dev", "prod-eu", "prod"], "", {"environments[1]": "eu-prod"}),
        (["dev", "prod-eu", "prod"], "prod-eu", {}),
        (["eu", "prod-eu", "prod"], "eu", {"environments[1]": "prodeu"}),
        (["prod-eu-1", "prod-eu", "prod"], "", {"environments[0]": "eu-1-prod", "environments[1]": "eu-prod"}),
        (["prod-2", "prod"], "", {"environments[0]": "prod2"}),
        (["prodeu", "prod"], "", {}),
    ],
)
def test_an_environment_begins_like_no_other_of_its_account(
    environments: list[str], apart: str, refused: dict[str, str]
) -> None:
    accounts = dict.fromkeys(environments, "111122223333") | ({apart: "444455556666"} if apart else {})
    given = answers(environments=environments, cloud={"accounts": accounts})
    assert {p.key: p.nearest for p in names.clashes(given)} == refused
    assert not list(names.clashes(answers(environments=environments))), "accounts that are not told may be different"


def test_the_table_of_sizes_shows_each_class_its_own() -> None:
    given = answers(data={"database": "postgres"})
    rows = {r.what: r.values for r in sizes.size_rows(given, words.flags_of(given), words.words_of(given))}
    assert rows["NAT gateways"] == ("1", "3, one per zone")
    assert rows["Interface endpoints"][0] == "none"
    assert rows["Database"] == ("db.t4g.medium", "db.m7g.large")
    without = answers()
    assert "Database" not in {
        r.what for r in sizes.size_rows(without, words.flags_of(without), words.words_of(without))
    }


@pytest.mark.parametrize(
    ("text", "tag"), [("@acme/team", "@acme/team"), (" a & b, c ", "a - b- c"), ("é", "é"), ("", "")]
)
def test_a_tag_holds_what_aws_allows(text: str, tag: str) -> None:
    found = re.search(r'^  Owner += "(.*)"$', "\n".join(variables.main_variables(owner(text), "prod", NOTHING)), re.M)
    assert (found[1] if found else "") == tag


def owner(text: str) -> Answers:
    return answers(project={"name": "shop", "owner": text})
