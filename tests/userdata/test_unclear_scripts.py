"""Scripts whose settings cannot be known from reading them."""

from __future__ import annotations

import base64

import pytest

from labs.userdata import Unclear, read
from tests.userdata.scripts import ROLE, F, bash

UNCLEAR = [
    ("from-a-bucket", bash(f"aws s3 cp s3://b/ecs.config {F}")),
    ("from-the-web", bash(f"curl -s https://example.com/c > {F}")),
    ("from-the-web-by-option", bash(f"curl -o {F} https://example.com/c")),
    ("from-the-web-to-bash", bash("curl -s https://example.com/setup.sh | bash")),
    ("a-script-that-was-fetched", bash("aws s3 cp s3://b/setup.sh /tmp/setup.sh", "sudo /tmp/setup.sh")),
    ("a-script-that-is-sourced", bash("aws s3 cp s3://b/setup.sh /tmp/setup.sh", ". /tmp/setup.sh")),
    ("cfn-init", bash("yum install -y aws-cfn-bootstrap", "/opt/aws/bin/cfn-init -v --stack s --resource Launch")),
    ("wget", bash(f"wget -O {F} https://example.com/c")),
    ("output-of-a-command", bash(f"aws ssm get-parameter --name c --query Parameter.Value >> {F}")),
    ("piped-through-something", bash(f"echo ECS_CLUSTER=y | tr y x >> {F}")),
    ("condition", bash(f"if [ -d /opt/a ]; then echo ECS_CLUSTER=x >> {F}; fi")),
    ("condition-in-two-comparisons", bash(f"if [[ a == a && b == b ]]; then echo ECS_CLUSTER=x >> {F}; fi")),
    ("condition-on-another-file", bash("if ! grep -q ECS_CLUSTER /opt/a; then", f"  echo ECS_CLUSTER=x >> {F}", "fi")),
    ("condition-by-a-clever-pattern", bash(f"if grep -q '[[:digit:]]' {F}; then", f"  echo a=b >> {F}", "fi")),
    ("condition-by-whole-words", bash(f"if ! grep -qw a {F}; then", f"  echo a=b >> {F}", "fi")),
    ("condition-of-two-parts", bash(f"if grep -q a {F} && b; then", f"  echo a=b >> {F}", "fi")),
    ("condition-on-another-branch", bash(f"if a; then echo a=b >> {F}; else echo a=c >> {F}; fi")),
    ("condition-decides-the-path", bash(f"if a; then F={F}; else F=/tmp/x; fi", "echo a=b >> $F")),
    ("condition-decides-the-folder", bash("if a; then cd /etc/ecs; fi", "echo a=b >> ecs.config")),
    ("condition-decides-what-is-moved", bash("if a; then echo a=b > /tmp/a; fi", f"cp /tmp/a {F}")),
    ("condition-asks-by-writing", bash(f"if a; then b; elif echo a=b >> {F}; then c; fi")),
    ("condition-that-writes-and-gives-up", bash(f"if a; then echo a=b >> {F}; exit; fi")),
    ("loop-over-files", bash(f"for f in /opt/*.conf; do cat $f >> {F}; done")),
    ("loop-over-what-a-command-says", bash(f"for f in $(get-names); do echo a=b >> {F}; done")),
    ("loop-that-is-left", bash(f"for l in a=b c=d; do echo $l >> {F}; break; done")),
    ("loop-while", bash(f"while read -r l; do echo $l >> {F}; done < /opt/a")),
    ("function-that-may-return", bash("conf() {", "  if [ -f /a ]; then return; fi", f"  echo $1 >> {F}", "}",
     "conf ECS_CLUSTER=x")),
    ("function-with-its-own-redirection", bash(f"conf() {{ echo ECS_CLUSTER=x; }} >> {F}", "conf")),
    ("function-at-a-trap", bash(f"conf() {{ echo ECS_CLUSTER=x >> {F}; }}", "trap conf EXIT")),
    ("test-and", bash(f"[ -d /etc/ecs ] && echo ECS_CLUSTER=x >> {F}")),
    ("file-that-a-branch-may-write", bash("[ -d /a ] && touch /tmp/a", f"[ -f /tmp/a ] && echo ECS_CLUSTER=x >> {F}")),
    ("settings-that-a-branch-may-write", bash(f"[ -d /a ] && echo a=b >> {F}", f"[ -s {F} ] && echo c=d >> {F}")),
    ("grep-or-in-another-file", bash(f"grep -q x /opt/a || echo ECS_CLUSTER=x >> {F}")),
    ("not-a-base64-text", bash(f"echo '****' | base64 -d > {F}")),
    ("stops-or-not-at-a-test", bash("set -e", "[ -f /opt/a ]", f"echo ECS_CLUSTER=x >> {F}")),
    ("env-without-its-option", f"#!/usr/bin/env bash -e\necho ECS_CLUSTER=x >> {F}\n"),
    ("list-declared", bash("declare -a L=(ECS_CLUSTER=x)", f'echo "${{L[@]}}" > {F}')),
    ("list-that-becomes-a-text", bash("L=(x y)", "L=z", f"echo ECS_CLUSTER=$L > {F}")),
    ("what-the-environment-holds", bash("export ECS_CLUSTER=x", f"env | grep ^ECS >> {F}")),
    ("end-without-a-beginning", bash("fi", f"echo ECS_CLUSTER=x >> {F}")),
    ("heredoc-with-a-substitution", bash(f"cat <<EOF >> {F}", "ECS_CLUSTER=`echo x`", "EOF")),
    ("element-of-a-list-changed", bash("L[0]=ECS_CLUSTER=x", f'echo "${{L[@]}}" > {F}')),
    ("python", bash(f"python3 -c \"open('{F}', 'w').write('ECS_CLUSTER=x')\"")),
    ("python-here", bash("python3 - <<EOF", f"open('{F}', 'w').write('ECS_CLUSTER=x')", "EOF")),
    ("perl", bash(f"perl -pi -e 's/a/b/' {F}")),
    ("sed-too-clever", bash(f"echo ECS_CLUSTER=y > {F}", f"sed -i -E 's/(CLUSTER)=y/\\1=x/' {F}")),
    ("sed-inserts-elsewhere", bash(f"echo {ROLE} > {F}", f"sed -i '/ROLE/i ECS_CLUSTER=x' {F}")),
    ("sed-deletes-from-an-unknown-file", bash(f"cp /opt/a {F}", f"echo a=b >> {F}", f"sed -i /a/d {F}")),
    ("unknown-path", bash("echo ECS_CLUSTER=x >> $(get-path)")),
    ("unknown-part-of-the-path", bash("echo ECS_CLUSTER=x >> $HOME/ecs.config")),
    ("unknown-file-moved", bash(f"mv /opt/ecs.config {F}")),
    ("installed", bash(f"install -m 644 /opt/ecs.config {F}")),
    ("folder-in-its-place", bash("mkdir /tmp/ecs && touch /tmp/ecs/ecs.config", "mv /tmp/ecs /etc/ecs")),
    ("unknown-folder", bash("cp -r /opt/ecs/. /etc/ecs/")),
    ("descriptor", bash(f"exec 3>{F}", "echo ECS_CLUSTER=x >&3")),
    ("linked", bash(f"ln -s /opt/ecs.config {F}")),
    ("a-script-that-was-written", bash("cat <<'EOF' > /tmp/a.py", f"open('{F}')", "EOF", "python3 /tmp/a.py")),
    ("everything-printed-for-a-while", bash(f"exec 3>&1 >> {F}", "echo ECS_CLUSTER=x", "exec >&3")),
    ("format-that-ends-itself", bash(f"printf '%b%s' 'ECS_CLUSTER=x\\cy' z >> {F}")),
    ("folder-removed", bash("rm -rf /etc/ecs", f"echo ECS_CLUSTER=x >> {F}")),
    ("folder-moved", bash("mv /etc/ecs /etc/old", f"echo ECS_CLUSTER=x >> {F}")),
    ("in-one-of-two-folders", bash("cd /etc/ecs", "cd /opt/app", "echo ECS_CLUSTER=x >> ecs.config")),
    ("if-a-folder-is-there", bash(f"cd /opt/app && echo ECS_CLUSTER=x >> {F}")),
    ("end-quoted-in-part", bash(f"cat >> {F} <<E'O'F", "ECS_CLUSTER=x", "EOF", f"echo {ROLE} >> {F}")),
    ("quote-left-open", bash(f'echo "ECS_CLUSTER=x >> {F}')),
    ("bracket-left-open", bash(f"{{ echo ECS_CLUSTER=x >> {F}")),
    ("condition-left-open", bash(f"if true; then echo ECS_CLUSTER=x >> {F}")),
    ("python-script", f"#!/usr/bin/python3\nopen('{F}', 'w').write('ECS_CLUSTER=x')\n"),
    ("include", "#include\nhttps://example.com/user-data\n"),
    ("encoded-twice", base64.b64encode(bash(f"echo ECS_CLUSTER=x >> {F}").encode()).decode()),
    ("broken-gzip", "H4sIAAAAAAAA"),
]  # fmt: skip


@pytest.mark.parametrize("script", [c[1] for c in UNCLEAR], ids=[c[0] for c in UNCLEAR])
def test_what_cannot_be_followed_is_unclear(script: str) -> None:
    """A setting that cannot be followed is neither right nor wrong: asking for it says why."""
    encoded = script if script.startswith("H4sI") else base64.b64encode(script.encode()).decode()
    boot = read(encoded)
    for key in boot.config or {"ECS_CLUSTER": ""}:
        with pytest.raises(Unclear):
            boot[key]
    assert (boot.config is None) == (boot.unclear is not None)


def test_an_unknown_value_is_unclear_by_itself() -> None:
    """A command's output makes its own key unclear and leaves the others alone."""
    line = 'echo "ECS_INSTANCE_ATTRIBUTES={\\"id\\":\\"$(curl -s http://169.254.169.254/id)\\"}" >> ' + F
    boot = read(bash(f"echo ECS_CLUSTER=x >> {F}", line))
    assert (boot.cluster, boot["ECS_ENABLE_TASK_IAM_ROLE"]) == ("x", "")
    with pytest.raises(Unclear, match="ECS_INSTANCE_ATTRIBUTES"):
        boot["ECS_INSTANCE_ATTRIBUTES"]


@pytest.mark.parametrize(
    "source",
    ["CLUSTER=$(aws ssm get-parameter)", ". /etc/labs.env", "read CLUSTER < /etc/name", "CLUSTER=`hostname`"],
)
def test_a_cluster_from_outside_is_unclear(source: str) -> None:
    """A variable that is filled on the instance is known there only."""
    with pytest.raises(Unclear, match="only the instance knows"):
        _ = read(bash(source, f"echo ECS_CLUSTER=$CLUSTER >> {F}")).cluster


def test_a_program_whose_name_is_unknown_is_called_so() -> None:
    """The message does not show the mark of what only the instance knows."""
    with pytest.raises(Unclear, match="an unknown program may set it"):
        _ = read(bash("$HOME/setup.sh")).cluster


@pytest.mark.parametrize(
    "data", ["", bash("yum update -y"), bash("source ~/.bashrc"), bash(f"echo ECS_CLUSTER= >> {F}")]
)
def test_without_a_setting_the_cluster_is_default(data: str) -> None:
    """An agent without a cluster joins the one named default."""
    assert read(data).cluster == "default"
