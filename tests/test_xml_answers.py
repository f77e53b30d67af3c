"""XML that is well-formed and not AWS's answer is malformed; botocore alone would read it as "nothing there"."""

from __future__ import annotations

import pytest

from labs.aws.read_only_guard import read_only_guard
from labs.sdk import Account, Failed, Names, Objective, Outcome, Passed
from labs.verdict import State
from labs.verify.runner import verify
from tests.aws import Fault, aws_sessions, injected, intercepted_http
from tests.builders import job
from tests.faults import answer

NOT_THE_ANSWER = {
    "another root": "<x/>",
    "another operation": "<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>",
    "a SOAP fault": '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
    "a portal with a long comment": f"<?xml version='1.0'?><!-- {'x' * 600} --><html><body>Log in</body></html>",
    "comments without end": "<!---->" * 20_000,
    "a text": "welcome",
}


@pytest.mark.parametrize("body", NOT_THE_ANSWER.values(), ids=NOT_THE_ANSWER)
def test_another_xml_is_malformed(body: str, moto: None) -> None:
    """A check that looks by `.get` finds nothing in it; that is not what AWS said."""

    def check(account: Account, names: Names) -> Outcome:
        found = account.ec2.describe_vpcs().get("Vpcs")
        return Passed("there") if found else Failed("none", "one", "Is there any?")

    fault = Fault("xml", lambda call: answer(call, 200, body), "")
    struck = injected(fault, only=lambda call: call.service == "ec2")
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions, struck:
        verdict = verify([job(Objective("one", check), reads=("ec2:DescribeVpcs",))], sessions.open())
    [finding] = verdict.labs[0].findings
    assert finding.state is State.INCONCLUSIVE
    assert "incomplete or not from AWS" in finding.message or "malformed answer" in finding.message


@pytest.mark.parametrize("before", ["", "\ufeff", "<?xml version='1.0'?>\n", "<!-- AWS -->\n<?x?>"])
def test_the_answer_itself_is_read(before: str, moto: None) -> None:
    def check(account: Account, names: Names) -> Outcome:
        return Passed(account.ec2.describe_vpcs()["Vpcs"][0]["VpcId"])

    body = f"{before}<DescribeVpcsResponse xmlns='http://ec2.amazonaws.com/doc/2016-11-15/'><vpcSet><item><vpcId>vpc-1</vpcId></item></vpcSet></DescribeVpcsResponse>"
    fault = Fault("xml", lambda call: answer(call, 200, body), "")
    struck = injected(fault, only=lambda call: call.service == "ec2")
    with intercepted_http(), read_only_guard(), aws_sessions() as sessions, struck:
        verdict = verify([job(Objective("one", check), reads=("ec2:DescribeVpcs",))], sessions.open())
    assert verdict.labs[0].findings[0].found == "vpc-1"
