"""Templates: read, refused, resolved."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cfn_kit import Cloud

HEAD = "AWSTemplateFormatVersion: '2010-09-09'\n"
TOPIC = "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"


def value(cloud: Cloud, expression: str, more: str = "", **options: Any) -> str:
    """The value of an expression, as the output of a stack."""
    template = f"{HEAD}{more}{TOPIC}Outputs: {{Found: {{Value: {expression}}}}}\n"
    assert cloud.create(template, **options) == "CREATE_COMPLETE", cloud.stack()["StackStatusReason"]
    return cloud.outputs()["Found"]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Sub '${AWS::StackName}-${!literal}'", "web-${literal}"),
        ("!Sub ['${a}/${AWS::Partition}', {a: !Ref AWS::URLSuffix}]", "amazonaws.com/aws"),
        ("!Join ['-', [a, !Join ['', [b, c]]]]", "a-bc"),
        ("!Join ['-', [a, !Ref AWS::NoValue, b]]", "a-b"),
        ("!Select [1, !Split [',', 'a,b,c']]", "b"),
        ("!Select [0, !GetAZs '']", "eu-west-1a"),
        ("!Select [1, !GetAZs {Ref: AWS::Region}]", "eu-west-1b"),
        ("!Select [2, !Cidr [10.0.0.0/16, 4, 8]]", "10.0.2.0"),
        ("{'Fn::Base64': !Sub '${AWS::Region}'}", "ZXUtd2VzdC0x"),
        ("!GetAtt Topic.TopicName", None),
        ("!If [IsWest, yes it is, no]", "yes it is"),
        ("!FindInMap [Sizes, !Ref AWS::Region, cpu]", "256"),
        ("!If [Both, 1, 0]", "0"),
    ],
)
def test_functions_are_resolved_at_any_depth(cloud: Cloud, expression: str, found: str | None) -> None:
    more = """\
Mappings: {Sizes: {eu-west-1: {cpu: 256}}}
Conditions:
  IsWest: !Equals [!Ref AWS::Region, eu-west-1]
  Both: !And [!Condition IsWest, !Not [!Condition IsWest]]
"""
    got = value(cloud, expression, more)
    expected = found or cloud.id_of("Topic").rpartition(":")[2]
    assert got.removesuffix("/24") == expected


def test_fewer_blocks_than_a_network_has_are_made(cloud: Cloud) -> None:
    name = "!Join ['', !Cidr ['::/0', 1000000000, 1]]"
    cloud.create(f"Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {name}}}}}}}")
    assert cloud.failures() == {
        "A": "Template error: Fn::Cidr makes between 1 and 256 blocks, not 1000000000"
    }


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("!Select [!Ref Name, [a]]", "Fn::Select requires a list argument"),
        ("!Join ['', !Ref Name]", "every Fn::Join object requires two parameters"),
        ("!Join ['', !Cidr [!Ref Name, 1]]", "does not appear to be an IPv4 or IPv6 network"),
        ("!Ref Left", r"Unresolved resource dependencies \[Left\] in the Outputs block of the template"),
    ],
)
def test_values_that_a_function_does_not_take_fail_the_stack(
    cloud: Cloud, expression: str, says: str
) -> None:
    template = f"""\
    Parameters: {{Name: {{Type: String, Default: web}}}}
    Conditions: {{Never: !Equals [a, b]}}
    Resources: {{A: {{Type: AWS::SNS::Topic}}, Left: {{Type: AWS::SNS::Topic, Condition: Never}}}}
    Outputs: {{X: {{Value: {expression}}}}}
    """
    assert cloud.create(template) == "ROLLBACK_COMPLETE"
    (reason,) = [
        each["ResourceStatusReason"]
        for each in cloud.api.describe_stack_events(StackName="web")["StackEvents"]
        if each["ResourceStatus"] == "ROLLBACK_IN_PROGRESS"
    ]
    assert re.search(says, reason)


def test_functions_that_make_too_much_text_are_refused(cloud: Cloud) -> None:
    """Each level makes ten times the text of the one inside of it."""
    name = "a" * 10
    for _ in range(8):
        name = f"!Sub ['{'${a}' * 10}', {{a: {name}}}]"
    cloud.create(f"Resources: {{A: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: {name}}}}}}}")
    assert cloud.failures() == {"A": "Template error: a function makes more than 262144 characters"}


def test_parameters_have_defaults_types_and_lists(cloud: Cloud) -> None:
    more = "Parameters: {Names: {Type: CommaDelimitedList, Default: 'a, b'}, Port: {Type: Number, Default: 80}}\n"
    expression = "!Join ['-', [!Join ['+', !Ref Names], !Ref Port]]"
    assert value(cloud, expression, more) == "a+b-80"


def test_a_parameter_is_read_from_systems_manager(cloud: Cloud, client: Callable[..., Any]) -> None:
    client("ssm").put_parameter(Name="/image", Type="String", Value="ami-1")
    more = "Parameters: {Image: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /image}}\n"
    assert value(cloud, "!Ref Image", more) == "ami-1"


@pytest.mark.parametrize(
    ("slot", "given", "says"),
    [
        ("{Type: String}", None, r"Parameters: \[P\] must have values"),
        ("{Type: String, AllowedValues: [a]}", "b", "must be one of AllowedValues"),
        ("{Type: String, AllowedPattern: '[a-z]+'}", "B", "must match pattern"),
        ("{Type: String, AllowedPattern: '(a+)+$'}", "a" * 40 + "b", "must match pattern"),
        ("{Type: String, AllowedPattern: '((('}", "B", "AllowedPattern that cannot be used"),
        ("{Type: Number}", "x", "must be a number"),
        ("{Type: Number, MinValue: 2}", "1", "not less than 2"),
        ("{Type: String, MaxLength: 1}", "ab", "at most 1 characters"),
    ],
)
def test_parameter_out_of_bounds_is_refused(cloud: Cloud, slot: str, given: str | None, says: str) -> None:
    options = {"Parameters": [{"ParameterKey": "P", "ParameterValue": given}]} if given else {}
    with pytest.raises(ClientError, match=says):
        cloud.create(f"Parameters: {{P: {slot}}}\n{TOPIC}", **options)


def test_unknown_parameter_is_refused(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="do not exist in the template"):
        cloud.create(TOPIC, Parameters=[{"ParameterKey": "Nobody", "ParameterValue": "x"}])


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("Resources: [", "YAML not well-formed"),
        ('{"Resources": ', "JSON not well-formed"),
        ("just text", "unsupported structure"),
        ("Description: nothing", "At least one Resources member"),
        ("Resources: {A: {Properties: {}}}", "Every Resources object must contain a Type"),
        ("Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref B}}}", r"dependencies \[B\]"),
        ("Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}}", r"dependencies \[B\]"),
        (
            f"{TOPIC}Outputs: {{X: {{Value: !GetAtt Nobody.Arn}}}}",
            r"dependencies \[Nobody\] in the Outputs block",
        ),
        (f"Nonsense: 1\n{TOPIC}", "Invalid template property"),
        (f"Transform: AWS::Serverless-2016-10-31\n{TOPIC}", "does not support transforms"),
        ("Resources: {A: &a {Type: AWS::SNS::Topic}, B: *a}", "aliases are not allowed"),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, DependsOn: B}, B: {Type: AWS::SNS::Topic, DependsOn: A}}",
            r"Circular dependency between resources: \[A, B\]",
        ),
        (
            f"Conditions: {{A: {{Condition: B}}, B: !Not [{{Condition: A}}], C: !Equals [a, b]}}\n{TOPIC}",
            r"Circular dependency between conditions: \[A, B\]",
        ),
        (f"Conditions: 7\n{TOPIC}", "Any Conditions member must be an object"),
        (f"Conditions: {{A: !Equals [a]}}\n{TOPIC}", "every Fn::Equals object requires a list of 2 string"),
        (
            f"Conditions: {{A: !Equals [a, !Ref Topic]}}\n{TOPIC}",
            "Cannot reference resources in the Conditions",
        ),
        (f"Conditions: {{A: !Not [!Equals [!If [A, b, c], d]]}}\n{TOPIC}", "Fn::If is not supported"),
        (f"Mappings: {{M: {{A: b}}}}\n{TOPIC}", "Every Mappings member A must be a map"),
        (
            f"Mappings: {{M: {{A: {{B: !Ref C}}}}}}\n{TOPIC}",
            "Every Mappings attribute must be a String or a List",
        ),
        (f"Parameters: {{P: {{}}}}\n{TOPIC}", "Every Parameters object must contain a Type"),
        (f"{TOPIC}Outputs: {{X: {{Value: }}}}", r"\[/Outputs/X/Value\] 'null' values are not allowed"),
        (
            f"{TOPIC}Outputs: {{X: {{Export: {{Name: x}}}}}}",
            "Every Outputs member must contain a Value object",
        ),
        (
            f"{TOPIC}Outputs: {{X: {{Value: !GetAtt Topic}}}}",
            "every Fn::GetAtt object requires two non-empty",
        ),
        (f"{TOPIC}Outputs: {{X: {{Value: !Select [1, [a]]}}}}", "Fn::Select requires a list argument"),
        (f"{TOPIC}Outputs: {{X: {{Value: !Join ['-']}}}}", "every Fn::Join object requires two parameters"),
        (
            f"{TOPIC}Outputs: {{X: {{Value: !If [Never, a, b]}}}}",
            "unresolved condition dependency Never in Fn::If",
        ),
        ("Resources: {my-topic: {Type: AWS::SNS::Topic}}", "Resource name my-topic is non alphanumeric"),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, Propertys: {}}}",
            "Invalid template resource property 'Propertys'",
        ),
        ("Resources: {A: {Type: AWS::SNS::Topic, DeletionPolicy: Keep}}", "Unrecognized DeletionPolicy Keep"),
        (
            "Resources: {A: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref A}}}",
            r"Circular dependency between resources: \[A\]",
        ),
    ],
)
def test_broken_template_is_refused_in_awss_words(cloud: Cloud, template: str, says: str) -> None:
    with pytest.raises(ClientError, match=says):
        cloud.api.create_stack(StackName="web", TemplateBody=template)
    with pytest.raises(ClientError, match=says):
        cloud.api.validate_template(TemplateBody=template)


def test_iam_needs_a_capability(cloud: Cloud) -> None:
    template = """\
    Resources:
      Role:
        Type: AWS::IAM::Role
        Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
    """
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_IAM\]"):
        cloud.api.create_stack(StackName="web", TemplateBody=template)


def test_template_in_a_bucket_is_read_by_any_address(cloud: Cloud, client: Callable[..., Any]) -> None:
    s3 = client("s3", "us-east-1")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="t/web.yaml", Body=TOPIC.encode())
    for number, url in enumerate(
        (
            "https://assets.s3.us-east-1.amazonaws.com/t/web.yaml",
            "https://s3.amazonaws.com/assets/t/web.yaml",
            "http://127.0.0.1:4566/assets/t/web.yaml",
        )
    ):
        cloud.api.create_stack(StackName=f"web{number}", TemplateURL=url)
        assert cloud.status(f"web{number}") == "CREATE_COMPLETE"


def test_summary_and_validation_tell_what_a_template_asks_for(cloud: Cloud) -> None:
    template = f"Description: d\nParameters: {{P: {{Type: Number, Default: 1}}}}\n{TOPIC}"
    found = cloud.api.validate_template(TemplateBody=template)
    assert (found["Description"], found["Parameters"][0]["DefaultValue"]) == ("d", "1")
    summary = cloud.api.get_template_summary(TemplateBody=template)
    assert summary["ResourceTypes"] == ["AWS::SNS::Topic"]


def test_unknown_type_is_told_by_validation(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="does not support the resource types"):
        cloud.api.validate_template(TemplateBody="Resources: {A: {Type: AWS::Mars::Rover}}")
