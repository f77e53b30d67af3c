"""Account settings of ECS: own ones, the account's defaults, and AWS's."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = "arn:aws:iam::123456789012:root"
OTHER = "arn:aws:iam::123456789012:role/other"


def values(ecs: Any, **request: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in ecs.list_account_settings(**request)["settings"]}


def test_nothing_is_set_and_aws_s_defaults_hold(ecs: Any) -> None:
    assert values(ecs) == {}
    held = values(ecs, effectiveSettings=True)
    assert held["serviceLongArnFormat"] == "enabled"
    assert held["awsvpcTrunking"] == held["containerInsights"] == "disabled"
    assert held["fargateTaskRetirementWaitPeriod"] == "7"


def test_own_setting_comes_before_the_accounts_default(ecs: Any) -> None:
    default = ecs.put_account_setting_default(name="containerInsights", value="enabled")["setting"]
    assert (default["principalArn"], default["value"], default["type"]) == (ROOT, "enabled", "user")
    ecs.put_account_setting(name="containerInsights", value="enhanced")
    asked = {"name": "containerInsights", "effectiveSettings": True}
    assert values(ecs, **asked) == {"containerInsights": "enhanced"} == values(ecs)
    assert values(ecs, **asked, principalArn=OTHER) == {"containerInsights": "enabled"}
    assert values(ecs, **asked, value="disabled") == values(ecs, principalArn=OTHER) == {}
    assert ecs.delete_account_setting(name="containerInsights")["setting"]["value"] == "enabled"
    assert values(ecs) == {}


def test_new_clusters_have_the_accounts_container_insights(ecs: Any) -> None:
    ecs.put_account_setting_default(name="containerInsights", value="on")
    made = ecs.create_cluster(clusterName="watched")["cluster"]
    assert made["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    plain = [{"name": "containerInsights", "value": "disabled"}]
    assert ecs.create_cluster(clusterName="plain", settings=plain)["cluster"]["settings"] == plain


@pytest.mark.parametrize(("name", "value"), [("containerInsights", "maybe"), ("unknown", "enabled")])
def test_unknown_settings_and_values_are_refused(ecs: Any, name: str, value: str) -> None:
    for call in (ecs.put_account_setting, ecs.put_account_setting_default):
        with pytest.raises(ecs.exceptions.InvalidParameterException, match="should be one of"):
            call(name=name, value=value)


def test_stock_moto_has_no_defaults_of_settings(stock: None, client: Any) -> None:
    ecs = client("ecs")
    with pytest.raises(NotImplementedError):
        ecs.put_account_setting_default(name="containerInsights", value="enabled")
    setting = ecs.put_account_setting(name="containerInsights", value="maybe")["setting"]
    assert "principalArn" not in setting, "moto has principals: drop this extension"
    assert values(ecs, effectiveSettings=True) == {"containerInsights": "maybe"}
    ecs.delete_account_setting(name="containerInsights")
    assert values(ecs, effectiveSettings=True) == {}
