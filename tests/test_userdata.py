"""What instances' user data leaves in ecs.config: scripts as learners write them, right, wrong and unclear."""

from __future__ import annotations

import base64
import gzip
import re
import shutil
import subprocess
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs import userdata
from labs.userdata import Unclear, read, settings

F = "/etc/ecs/ecs.config"
ROLE = "ECS_ENABLE_TASK_IAM_ROLE=true"
X = {"ECS_CLUSTER": "x"}
BOTH = {"ECS_CLUSTER": "x", "ECS_ENABLE_TASK_IAM_ROLE": "true"}


def bash(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *lines]) + "\n"


CLEAR: list[tuple[str, str, dict[str, str]]] = [
    ("nothing", "", {}),
    ("only-a-shebang", bash(), {}),
    ("echo-append", bash(f"echo ECS_CLUSTER=x >> {F}"), X),
    ("echo-write", bash(f"echo ECS_CLUSTER=x > {F}"), X),
    ("no-blank-before-the-path", bash(f"echo ECS_CLUSTER=x>>{F}"), X),
    ("redirect-first", bash(f">> {F} echo ECS_CLUSTER=x"), X),
    ("double-quotes", bash(f'echo "ECS_CLUSTER=x" >> "{F}"'), X),
    ("single-quotes", bash(f"echo 'ECS_CLUSTER=x' >> '{F}'"), X),
    ("two-lines", bash(f"echo ECS_CLUSTER=x >> {F}", f"echo {ROLE} >> {F}"), BOTH),
    ("and-then", bash(f"echo ECS_CLUSTER=x >> {F} && echo {ROLE} >> {F}"), BOTH),
    ("semicolon", bash(f"echo ECS_CLUSTER=x >> {F}; echo {ROLE} >> {F};"), BOTH),
    ("wiped-by-a-later-write", bash(f"echo ECS_CLUSTER=x >> {F}", f"echo {ROLE} > {F}"),
     {"ECS_ENABLE_TASK_IAM_ROLE": "true"}),
    ("wiped-by-an-empty-write", bash(f"echo ECS_CLUSTER=x >> {F}", f"> {F}"), {}),
    ("wiped-by-colon", bash(f"echo ECS_CLUSTER=x >> {F}", f": > {F}"), {}),
    ("wiped-by-dev-null", bash(f"echo ECS_CLUSTER=x >> {F}", f"cat /dev/null > {F}"), {}),
    ("echo-e", bash(f'echo -e "ECS_CLUSTER=x\\n{ROLE}" > {F}'), BOTH),
    ("echo-e-single-quotes", bash(f"echo -e 'ECS_CLUSTER=x\\n{ROLE}' > {F}"), BOTH),
    ("echo-without-e", bash(f'echo "ECS_CLUSTER=x\\n{ROLE}" > {F}'), {"ECS_CLUSTER": f"x\\n{ROLE}"}),
    ("echo-n-joins-lines", bash(f"echo -n ECS_CLUSTER=x >> {F}", f"echo {ROLE} >> {F}"), {"ECS_CLUSTER": f"x{ROLE}"}),
    ("echo-ne", bash(f'echo -ne "ECS_CLUSTER=x\\n" >> {F}', f"echo {ROLE} >> {F}"), BOTH),
    ("echo-lines-in-quotes", bash(f'echo "ECS_CLUSTER=x\n{ROLE}" > {F}'), BOTH),
    ("printf", bash(f"printf 'ECS_CLUSTER=x\\n{ROLE}\\n' > {F}"), BOTH),
    ("printf-values", bash(f"printf '%s=%s\\n' ECS_CLUSTER x ECS_ENABLE_TASK_IAM_ROLE true > {F}"), BOTH),
    ("printf-without-an-end", bash(f"printf ECS_CLUSTER=x >> {F}", f"printf '\\n{ROLE}' >> {F}"), BOTH),
    ("heredoc-cat", bash(f"cat <<EOF > {F}", "ECS_CLUSTER=x", ROLE, "EOF"), BOTH),
    ("heredoc-target-first", bash(f"cat > {F} <<EOF", "ECS_CLUSTER=x", ROLE, "EOF"), BOTH),
    ("heredoc-quoted", bash(f"cat <<'EOF' >> {F}", "ECS_CLUSTER=$x", "EOF"), {"ECS_CLUSTER": "$x"}),
    ("heredoc-expands", bash("NAME=x", f"cat <<EOF >> {F}", "ECS_CLUSTER=$NAME", "EOF"), X),
    ("heredoc-tabs", bash(f"cat <<-EOF >> {F}", "\tECS_CLUSTER=x", "\tEOF"), X),
    ("heredoc-indented", bash(f"cat <<EOF >> {F}", "  ECS_CLUSTER=x", "EOF"), X),
    ("heredoc-other-end", bash(f"cat << 'END_OF_FILE' >> {F}", "ECS_CLUSTER=x", "END_OF_FILE", "yum update -y"), X),
    ("heredoc-comment", bash(f"cat <<EOF > {F}", "# the cluster", "ECS_CLUSTER=x", f"#{ROLE}", "EOF"), X),
    ("heredoc-quotes-inside", bash(f"cat <<EOF > {F}", 'ECS_INSTANCE_ATTRIBUTES={"a":"b"}', "EOF"),
     {"ECS_INSTANCE_ATTRIBUTES": '{"a":"b"}'}),
    ("heredoc-then-more", bash(f"cat <<EOF > {F} && echo {ROLE} >> {F}", "ECS_CLUSTER=x", "EOF"), BOTH),
    ("tee", bash(f"echo ECS_CLUSTER=x | tee {F}"), X),
    ("tee-append", bash(f"echo ECS_CLUSTER=x | sudo tee -a {F} > /dev/null", f"echo {ROLE} | tee --append {F}"), BOTH),
    ("tee-wipes", bash(f"echo ECS_CLUSTER=x | tee -a {F}", f"echo {ROLE} | tee {F}"),
     {"ECS_ENABLE_TASK_IAM_ROLE": "true"}),
    ("tee-heredoc", bash(f"tee {F} <<EOF", "ECS_CLUSTER=x", ROLE, "EOF"), BOTH),
    ("tee-heredoc-sudo", bash(f"sudo tee {F} >/dev/null <<'EOF'", "ECS_CLUSTER=x", "EOF"), X),
    ("cat-heredoc-to-tee", bash(f"cat <<EOF | sudo tee -a {F}", "ECS_CLUSTER=x", "EOF"), X),
    ("here-string", bash(f"cat <<< ECS_CLUSTER=x > {F}"), X),
    ("here-string-tee", bash(f'tee {F} <<< "ECS_CLUSTER=x"'), X),
    ("braces", bash(f"{{ echo ECS_CLUSTER=x; echo {ROLE}; }} >> {F}"), BOTH),
    ("braces-on-lines", bash("{", "  echo ECS_CLUSTER=x", f"  echo {ROLE}", f"}} > {F}"), BOTH),
    ("brackets", bash(f"( echo ECS_CLUSTER=x; echo {ROLE} ) > {F}"), BOTH),
    ("braces-to-tee", bash(f"{{ echo ECS_CLUSTER=x; echo {ROLE}; }} | tee {F}"), BOTH),
    ("variable", bash("CLUSTER=x", f"echo ECS_CLUSTER=$CLUSTER >> {F}"), X),
    ("variable-braces", bash("CLUSTER='x'", f'echo "ECS_CLUSTER=${{CLUSTER}}" >> {F}'), X),
    ("variable-path", bash(f"CONF={F}", 'echo ECS_CLUSTER=x >> "$CONF"'), X),
    ("variable-folder", bash("DIR=/etc/ecs", "echo ECS_CLUSTER=x >> ${DIR}/ecs.config"), X),
    ("variable-exported", bash("export CLUSTER=x", f"echo ECS_CLUSTER=$CLUSTER >> {F}"), X),
    ("variable-not-set", bash(f"echo ECS_CLUSTER=$CLUSTER >> {F}"), {"ECS_CLUSTER": ""}),
    ("variable-in-single-quotes", bash("CLUSTER=x", f"echo 'ECS_CLUSTER=$CLUSTER' >> {F}"),
     {"ECS_CLUSTER": "$CLUSTER"}),
    ("variable-default", bash(f"echo ECS_CLUSTER=${{CLUSTER:-x}} >> {F}"), X),
    ("variable-added-to", bash("LINE=ECS_CLUSTER=", "LINE+=x", f"echo $LINE >> {F}"), X),
    ("variable-of-a-subshell-is-lost", bash("(C=x)", f"echo ECS_CLUSTER=$C >> {F}"), {"ECS_CLUSTER": ""}),
    ("substitution-we-can-follow", bash(f"echo ECS_CLUSTER=$(echo x) >> {F}"), X),
    ("setting-it-in-the-shell-only", bash("ECS_CLUSTER=x", f"export {ROLE}"), {}),
    ("export-in-the-file", bash(f"echo ECS_CLUSTER=x > {F}", f"echo export {ROLE} >> {F}"), {**X,
     "export ECS_ENABLE_TASK_IAM_ROLE": "true"}),
    ("commented-in-the-file", bash(f"echo ECS_CLUSTER=x > {F}", f"echo '#{ROLE}' >> {F}"), X),
    ("comment-in-the-script", bash(f"echo ECS_CLUSTER=x >> {F}", f"# echo {ROLE} >> {F}"), X),
    ("comment-after-a-command", bash(f"echo ECS_CLUSTER=x >> {F} # the cluster"), X),
    ("hash-inside-a-word", bash(f"echo ECS_CLUSTER=x#y >> {F}"), {"ECS_CLUSTER": "x#y"}),
    ("an-unquoted-comment-eats-the-rest", bash(f"echo #ECS_CLUSTER=x >> {F}"), {}),
    ("wrong-path", bash("echo ECS_CLUSTER=x >> /etc/ecs.config"), {}),
    ("wrong-folder", bash("echo ECS_CLUSTER=x >> /etc/ecs/config"), {}),
    ("wrong-name", bash("echo ECS_CLUSTER=x >> /etc/ecs/ecs.conf"), {}),
    ("relative-path-from-the-root", bash("echo ECS_CLUSTER=x >> etc/ecs/ecs.config"), X),
    ("relative-path-elsewhere", bash("cd /tmp", "echo ECS_CLUSTER=x >> ecs.config"), {}),
    ("changed-folder", bash("cd /etc/ecs", "echo ECS_CLUSTER=x >> ecs.config"), X),
    ("roundabout-path", bash("echo ECS_CLUSTER=x >> /etc//ecs/../ecs/ecs.config"), X),
    ("last-one-wins", bash(f"echo ECS_CLUSTER=y > {F}", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("quotes-in-the-file-stay", bash(f"echo 'ECS_CLUSTER=\"x\"' > {F}"), {"ECS_CLUSTER": '"x"'}),
    ("blanks-around-the-sign-stay", bash(f"echo 'ECS_CLUSTER = x' > {F}"), {"ECS_CLUSTER ": " x"}),
    ("a-line-without-a-sign", bash(f"echo ECS_CLUSTER x > {F}"), {}),
    ("continued-line", bash("echo \\", "  ECS_CLUSTER=x \\", f"  >> {F}"), X),
    ("escaped-blank", bash(f"echo ECS_CLUSTER=a\\ b >> {F}"), {"ECS_CLUSTER": "a b"}),
    ("options-and-tracing", bash("set -euxo pipefail", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("log-of-everything", bash("exec > >(tee /var/log/user-data.log | logger -t user-data) 2>&1",
     f"echo ECS_CLUSTER=x >> {F}"), X),
    ("log-of-errors", bash(f"echo ECS_CLUSTER=x >> {F} 2>> /var/log/err.log"), X),
    ("errors-only", bash(f"echo ECS_CLUSTER=x 2>> {F}"), {}),
    ("updates-first", bash("yum update -y && yum install -y aws-cli jq", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("mkdir-first", bash("mkdir -p /etc/ecs && touch /etc/ecs/ecs.config", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("touch-keeps", bash(f"echo ECS_CLUSTER=x >> {F}", f"touch {F}", f"chmod 644 {F}"), X),
    ("removed-before", bash(f"rm -f {F}", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("removed-after", bash(f"echo ECS_CLUSTER=x >> {F}", f"rm -f {F}"), {}),
    ("folder-removed", bash(f"echo ECS_CLUSTER=x >> {F}", "rm -rf /etc/ecs"), {}),
    ("removed-by-a-pattern", bash(f"echo ECS_CLUSTER=x >> {F}", "rm /etc/ecs/*.config"), {}),
    ("moved-into-place", bash("echo ECS_CLUSTER=x > /tmp/c", f"mv /tmp/c {F}"), X),
    ("copied-into-the-folder", bash("echo ECS_CLUSTER=x > /tmp/ecs.config", "cp /tmp/ecs.config /etc/ecs/"), X),
    ("copied-into-the-folder-without-a-slash", bash("echo ECS_CLUSTER=x > /tmp/ecs.config",
     "cp -f /tmp/ecs.config /etc/ecs"), X),
    ("moved-away", bash(f"echo ECS_CLUSTER=x > {F}", f"mv {F} {F}.bak"), {}),
    ("backup-kept", bash(f"echo ECS_CLUSTER=x > {F}", f"cp {F} {F}.bak"), X),
    ("sed-replaces", bash(f"echo ECS_CLUSTER=y > {F}", f"sed -i 's/ECS_CLUSTER=.*/ECS_CLUSTER=x/' {F}"), X),
    ("sed-other-sign", bash(f"echo ECS_CLUSTER=y > {F}", f"sed -i 's|y|x|g' {F}"), X),
    ("sed-on-nothing", bash(f"sed -i 's/default/x/' {F}"), {}),
    ("sed-drops", bash(f"echo ECS_CLUSTER=x > {F}", f"echo {ROLE} >> {F}", f"sed -i '/ECS_ENABLE/d' {F}"), X),
    ("sed-elsewhere", bash("sed -i 's/a/b/' /etc/sysconfig/docker", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("sudo-shell", bash(f"sudo bash -c 'echo ECS_CLUSTER=x >> {F}'"), X),
    ("sudo-sh-with-a-variable", bash("C=x", f'sudo sh -c "echo ECS_CLUSTER=$C >> {F}"'), X),
    ("sudo-shell-here", bash("sudo -u root bash <<'EOF'", f"echo ECS_CLUSTER=x >> {F}", "EOF"), X),
    ("after-exit-nothing-happens", bash(f"echo ECS_CLUSTER=x >> {F}", "exit 0", f"echo {ROLE} >> {F}"), X),
    ("or-true", bash("yum update -y || true", f"echo ECS_CLUSTER=x >> {F} || exit 1"), X),
    ("condition-about-something-else", bash("if [ -f /tmp/a ]; then", "  yum install -y jq", "fi",
     f"echo ECS_CLUSTER=x >> {F}"), X),
    ("loop-about-something-else", bash("for i in 1 2 3; do sleep 1; done", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("nested-conditions", bash("if a; then if b; then echo fi; fi; fi", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("condition-about-its-folder", bash("if [ ! -d /etc/ecs ]; then", "  mkdir -p /etc/ecs", "fi",
     f"echo ECS_CLUSTER=x >> {F}"), X),
    ("condition-that-gives-up", bash("if [ ! -d /etc/ecs ]; then exit 1; fi", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("condition-with-one-outcome", bash(f"if a; then echo ECS_CLUSTER=x > {F}; elif b; then",
     f"  printf 'ECS_CLUSTER=%s\\n' x > {F}", "else", f"  cat > {F} <<EOF", "ECS_CLUSTER=x", "EOF", "fi"), X),
    ("condition-sets-what-is-not-used", bash("if a; then V=1; else V=2; fi", "echo $V > /tmp/v",
     f"echo ECS_CLUSTER=x >> {F}"), X),
    ("loop", bash(f"for l in ECS_CLUSTER=x {ROLE}; do echo $l >> {F}; done"), BOTH),
    ("loop-into-it", bash("for l in ECS_CLUSTER=x; do echo $l; done >> " + F), X),
    ("loop-with-a-variable-path", bash(f"F={F}", "for l in a=b; do", "  echo $l >> $F", "done"), {"a": "b"}),
    ("loop-over-a-variable", bash(f'ALL="ECS_CLUSTER=x {ROLE}"', f"for l in $ALL; do echo $l >> {F}; done"), BOTH),
    ("loop-over-nothing", bash(f"for l in $NOTHING; do echo $l >> {F}; done", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("loop-in-a-loop", bash(f"for k in ECS_CLUSTER; do for v in y x; do echo $k=$v >> {F}; done; done"), X),
    ("loop-that-wipes", bash(f"for l in {ROLE} ECS_CLUSTER=x; do echo $l > {F}; done"), X),
    ("test-and", bash("[ -f /tmp/a ] && yum update -y", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("agent-started", bash(f"echo ECS_CLUSTER=x >> {F}", "systemctl enable --now --no-block ecs"), X),
    ("in-the-background", bash(f"echo ECS_CLUSTER=x >> {F} &"), X),
    ("read-only-looks", bash(f"echo ECS_CLUSTER=x >> {F}", f"cat {F}", f"ls -l {F}", f"grep ECS {F}"), X),
    ("sh", f"#!/bin/sh\necho ECS_CLUSTER=x >> {F}\n", X),
    ("env-bash", f"#!/usr/bin/env bash\necho ECS_CLUSTER=x >> {F}\n", X),
    ("options-of-the-shell", f"#!/bin/bash -xe\necho ECS_CLUSTER=x >> {F}\n", X),
    ("without-a-last-line-end", f"#!/bin/bash\necho ECS_CLUSTER=x >> {F}", X),
    ("windows-line-ends", bash(f"echo ECS_CLUSTER=x >> {F}", f"echo {ROLE} >> {F}").replace("\n", "\r\n"), BOTH),
    ("not-there-yet", bash(f"if ! grep -q ECS_CLUSTER {F}; then", f"  echo ECS_CLUSTER=x >> {F}", "fi"), X),
    ("there-already", bash(f"echo ECS_CLUSTER=x > {F}", f"if ! grep -q ^ECS_CLUSTER= {F}; then",
     f"  echo ECS_CLUSTER=y >> {F}", "fi"), X),
    ("there-already-else", bash(f"if grep -qi ecs_cluster {F}; then", f"  sed -i 's/y/x/' {F}", "else",
     f"  echo ECS_CLUSTER=x >> {F}", "fi"), X),
    ("there-already-elif", bash(f"echo b > {F}", f"if grep -q a {F}; then echo ECS_CLUSTER=y >> {F}",
     f"elif grep -q b {F}; then echo ECS_CLUSTER=x >> {F}; fi"), X),
    ("grep-or", bash(f"grep -q x {F} || echo ECS_CLUSTER=x >> {F}", f"grep -q x {F} || echo ECS_CLUSTER=y >> {F}"), X),
    ("grep-and", bash(f"grep -q x {F} && echo ECS_CLUSTER=y >> {F}", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("grep-at-a-pipe", bash(f"echo ECS_CLUSTER=x >> {F}", f"cat {F} | grep -q {ROLE} || echo {ROLE} >> {F}"), BOTH),
    ("sudo-shell-with-a-here-document", bash(f"sudo bash -c 'mkdir -p /etc/ecs && cat > {F}' <<EOF",
     "ECS_CLUSTER=x", ROLE, "EOF"), BOTH),
    ("shell-at-a-pipe", bash(f"echo ECS_CLUSTER=x | sudo sh -c 'cat >> {F}; cat >> {F}'"), X),
    ("quotes-with-a-dollar", bash(f"echo $'ECS_CLUSTER=x\\n{ROLE}' >> {F}"), BOTH),
    ("quotes-with-a-dollar-and-a-quote", bash(f"echo $'# it\\'s\\nECS_CLUSTER=x' >> {F}"), X),
    ("base64", bash(f"echo {base64.b64encode(b'ECS_CLUSTER=x').decode()} | base64 -d > {F}"), X),
    ("function", bash("conf() {", f"  echo $1 >> {F}", "}", "conf ECS_CLUSTER=x"), X),
    ("function-of-two", bash(f'function conf {{ echo "$1=${{2}}" >> {F}; }}', "conf ECS_CLUSTER x",
     "conf ECS_ENABLE_TASK_IAM_ROLE true"), BOTH),
    ("function-in-a-function", bash(f"one() {{ echo $1 >> {F}; }}", "main()", "{", "  one ECS_CLUSTER=x",
     f"  echo $1{ROLE} >> {F}", "}", "main"), BOTH),
    ("function-with-a-default", bash(f"conf() {{ echo ECS_CLUSTER=${{1:-x}} >> {F}; }}", "conf"), X),
    ("function-that-calls-itself", bash(f"conf() {{ echo ECS_CLUSTER=x > {F}; }}", "conf", "conf"), X),
    ("trap-about-something-else", bash("trap 'echo failed; exit 1' ERR", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("folder-made-by-install", bash("install -d -m 755 /etc/ecs", f"echo ECS_CLUSTER=x >> {F}", f"tail -n 5 {F}"), X),
    ("function-never-called", bash(f"conf() {{ echo ECS_CLUSTER=y >> {F}; }}", f"echo ECS_CLUSTER=x >> {F}"), X),
    ("function-that-prints", bash("conf() { echo ECS_CLUSTER=$1; }", f"conf x > {F}"), X),
    ("value-of-another-key-unknown", bash(f"echo ECS_CLUSTER=x >> {F}",
     "curl -s http://169.254.169.254/ > /tmp/id"), X),
]  # fmt: skip


@pytest.mark.parametrize(("script", "config"), [c[1:] for c in CLEAR], ids=[c[0] for c in CLEAR])
def test_what_is_left_in_the_file(script: str, config: dict[str, str]) -> None:
    """The settings at the end of the script are those that the agent reads."""
    boot = read(base64.b64encode(script.encode()).decode())
    assert (boot.config, boot.unclear) == (config, None)
    assert boot.script is bool(script)
    assert boot.agent_stopped is False


STUBS = {
    "sudo": '[ "$1" = -u ] && shift 2\nexec "$@"',
    **dict.fromkeys(("yum", "systemctl", "logger", "curl", "jq", "sleep"), "true"),
}
"""Stand-ins for the commands of an instance that a script calls."""


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to compare with")
def test_bash_agrees(tmp_path: Path) -> None:
    """The scripts above, run by a real shell on a file tree of their own, leave what we say they leave."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, body in STUBS.items():
        (commands / name).write_text(f"#!/bin/sh\n{body}\n")
        (commands / name).chmod(0o755)
    for name, script, config in CLEAR:
        root = tmp_path / name
        for folder in ("etc/ecs", "tmp", "var/log"):
            (root / folder).mkdir(parents=True)
        moved = re.sub(r"/(etc|tmp|var/log)\b", lambda found, root=root: f"{root}{found[0]}", script).replace(
            "\r", ""
        )
        environment = {"PATH": f"{commands}:/usr/bin:/bin"}
        subprocess.run(
            ["bash"], input=moved, text=True, cwd=root, env=environment, capture_output=True, check=False
        )
        written = root / "etc/ecs/ecs.config"
        assert (settings(written.read_text()) if written.exists() else {}) == config, name


UNCLEAR = [
    ("from-a-bucket", bash(f"aws s3 cp s3://b/ecs.config {F}")),
    ("from-the-web", bash(f"curl -s https://example.com/c > {F}")),
    ("from-the-web-by-option", bash(f"curl -o {F} https://example.com/c")),
    ("wget", bash(f"wget -O {F} https://example.com/c")),
    ("output-of-a-command", bash(f"aws ssm get-parameter --name c --query Parameter.Value >> {F}")),
    ("piped-through-something", bash(f"echo ECS_CLUSTER=y | tr y x >> {F}")),
    ("condition", bash(f"if [ -n a ]; then echo ECS_CLUSTER=x >> {F}; fi")),
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
    ("function-that-returns", bash("conf() {", f"  echo $1 >> {F}", "  return 0", "}", "conf ECS_CLUSTER=x")),
    ("function-with-its-own-variables", bash(f"conf() {{ local C=y; echo a=b >> {F}; }}", "C=x", "conf",
     f"echo ECS_CLUSTER=$C >> {F}")),
    ("function-with-its-own-redirection", bash(f"conf() {{ echo ECS_CLUSTER=x; }} >> {F}", "conf")),
    ("function-at-a-trap", bash(f"conf() {{ echo ECS_CLUSTER=x >> {F}; }}", "trap conf EXIT")),
    ("function-over-its-arguments", bash("conf() {", f'  for l in "$@"; do echo "$l" >> {F}; done', "}",
     f"conf ECS_CLUSTER=x {ROLE}")),
    ("test-and", bash(f"[ -d /etc/ecs ] && echo ECS_CLUSTER=x >> {F}")),
    ("grep-or-in-another-file", bash(f"grep -q x /opt/a || echo ECS_CLUSTER=x >> {F}")),
    ("not-a-base64-text", bash(f"echo '****' | base64 -d > {F}")),
    ("python", bash(f"python3 -c \"open('{F}', 'w').write('ECS_CLUSTER=x')\"")),
    ("python-here", bash("python3 - <<EOF", f"open('{F}', 'w').write('ECS_CLUSTER=x')", "EOF")),
    ("perl", bash(f"perl -pi -e 's/a/b/' {F}")),
    ("sed-too-clever", bash(f"echo ECS_CLUSTER=y > {F}", f"sed -i -E 's/(CLUSTER)=y/\\1=x/' {F}")),
    ("sed-inserts", bash(f"sed -i '1i ECS_CLUSTER=x' {F}")),
    ("unknown-path", bash("echo ECS_CLUSTER=x >> $(get-path)")),
    ("unknown-part-of-the-path", bash("echo ECS_CLUSTER=x >> $HOME/ecs.config")),
    ("unknown-file-moved", bash(f"mv /opt/ecs.config {F}")),
    ("installed", bash(f"install -m 644 /opt/ecs.config {F}")),
    ("linked", bash(f"ln -s /opt/ecs.config {F}")),
    ("a-script-that-was-written", bash("cat <<'EOF' > /tmp/a.py", f"open('{F}')", "EOF", "python3 /tmp/a.py")),
    ("everything-printed", bash(f"exec >> {F}", "echo ECS_CLUSTER=x")),
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
    """A script that is beyond us gives no settings, right or wrong, but a reason."""
    encoded = script if script.startswith("H4sI") else base64.b64encode(script.encode()).decode()
    boot = read(encoded)
    assert boot.config is None
    assert boot.unclear
    with pytest.raises(Unclear, match=r"ecs\.config"):
        _ = boot.cluster


def test_an_unknown_value_is_unclear_by_itself() -> None:
    """What a command prints makes its own key unclear and leaves the others alone."""
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
    with pytest.raises(Unclear, match="only known to the instance"):
        _ = read(bash(source, f"echo ECS_CLUSTER=$CLUSTER >> {F}")).cluster


@pytest.mark.parametrize("data", ["", bash("yum update -y"), bash(f"echo ECS_CLUSTER= >> {F}")])
def test_without_a_setting_the_cluster_is_default(data: str) -> None:
    """An agent without a cluster joins the one named default."""
    assert read(data).cluster == "default"


STOPPED = [
    ("systemctl-stop", ["systemctl stop ecs"], True),
    ("sudo", ["sudo systemctl stop ecs.service"], True),
    ("mask", ["systemctl mask --now ecs"], True),
    ("disable", ["systemctl disable --now ecs"], True),
    ("upstart", ["stop ecs"], True),
    ("docker", ["service docker stop"], True),
    ("docker-systemctl", ["systemctl stop docker docker.socket"], True),
    ("container", ["docker stop ecs-agent"], True),
    ("removed", ["yum remove -y ecs-init"], True),
    ("stopped-then-started", ["systemctl stop ecs", "systemctl start ecs"], False),
    ("restarted", ["systemctl restart ecs"], False),
    ("started-then-stopped", ["systemctl start ecs", "systemctl stop ecs"], True),
    ("enabled", ["systemctl enable --now ecs"], False),
    ("another-unit", ["systemctl stop sshd", "systemctl mask postfix"], False),
    ("in-a-comment", ["# systemctl stop ecs"], False),
    ("in-a-text", ["echo systemctl stop ecs"], False),
]


@pytest.mark.parametrize(("lines", "stopped"), [c[1:] for c in STOPPED], ids=[c[0] for c in STOPPED])
def test_what_stops_the_agent(lines: list[str], stopped: bool) -> None:
    """A script that stops the agent, or docker under it, leaves an instance that never registers."""
    boot = read(bash(f"echo ECS_CLUSTER=x >> {F}", *lines))
    assert (boot.agent_stopped, boot.cluster) == (stopped, "x")


SCRIPT = bash(f"echo ECS_CLUSTER=x >> {F}")


def multipart(*parts: tuple[str, str]) -> bytes:
    whole = MIMEMultipart()
    for kind, text in parts:
        whole.attach(MIMEText(text, kind))
    return whole.as_bytes()


FORMS = [
    ("text", SCRIPT),
    ("bytes", SCRIPT.encode()),
    ("base64", base64.b64encode(SCRIPT.encode()).decode()),
    ("base64-on-lines", base64.encodebytes(SCRIPT.encode() * 1).decode()),
    ("gzip", gzip.compress(SCRIPT.encode())),
    ("base64-gzip", base64.b64encode(gzip.compress(SCRIPT.encode())).decode()),
    ("multipart", multipart(("x-shellscript", SCRIPT))),
    ("multipart-plain", multipart(("plain", SCRIPT))),
    (
        "multipart-base64",
        base64.b64encode(
            multipart(("cloud-config", "package_update: true"), ("x-shellscript", SCRIPT))
        ).decode(),
    ),
    ("multipart-blank-lines-first", b"\n\n" + multipart(("x-shellscript", SCRIPT))),
    ("multipart-two-scripts", multipart(("x-shellscript", bash(f"> {F}")), ("x-shellscript", SCRIPT))),
]


@pytest.mark.parametrize("data", [c[1] for c in FORMS], ids=[c[0] for c in FORMS])
def test_the_forms_of_user_data(data: str | bytes) -> None:
    """Plain, base64, gzip and multipart are read alike."""
    boot = read(data)
    assert (boot.script, boot.config) == (True, X)


def test_no_script_is_no_script() -> None:
    """A text without a shebang, or with a blank line before it, is never run."""
    for text in (f"echo ECS_CLUSTER=x >> {F}", "\n" + SCRIPT, "<powershell>\n</powershell>", " " + SCRIPT):
        boot = read(base64.b64encode(text.encode()).decode())
        assert (boot.script, boot.config) == (False, {})


def test_a_boothook_is_run_before_the_script() -> None:
    """A boothook writes first, even where it stands last; alone it is no script."""
    hook = f"#cloud-boothook\n#!/bin/bash\necho ECS_CLUSTER=y >> {F}\n"
    assert read(hook).config == {"ECS_CLUSTER": "y"}
    assert read(hook).script is False
    assert read(multipart(("x-shellscript", SCRIPT), ("cloud-boothook", hook))).cluster == "x"


CLOUD_CONFIG = [
    ("runcmd", f"runcmd:\n  - echo ECS_CLUSTER=x >> {F}\n", X),
    ("runcmd-list", "runcmd:\n  - [sh, -c, 'echo ECS_CLUSTER=x >> /etc/ecs/ecs.config']\n", X),
    ("bootcmd", f"bootcmd:\n  - echo ECS_CLUSTER=x >> {F}\n", X),
    ("write-files", f"write_files:\n  - path: {F}\n    content: |\n      ECS_CLUSTER=x\n      {ROLE}\n", BOTH),
    ("write-files-base64", f"write_files:\n  - path: {F}\n    encoding: b64\n    content: RUNTX0NMVVNURVI9eA==\n", X),
    ("append",
     f"bootcmd:\n  - echo ECS_CLUSTER=x > {F}\nwrite_files:\n  - {{path: {F}, content: {ROLE}, append: true}}\n", BOTH),
    ("wiped-by-runcmd",
     f"write_files:\n  - {{path: {F}, content: {ROLE}}}\nruncmd:\n  - echo ECS_CLUSTER=x > {F}\n", X),
    ("elsewhere", "write_files:\n  - {path: /etc/ecs.config, content: ECS_CLUSTER=x}\n", {}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "config"), [c[1:] for c in CLOUD_CONFIG], ids=[c[0] for c in CLOUD_CONFIG])
def test_cloud_config(text: str, config: dict[str, str]) -> None:
    """A cloud-config writes files and runs commands, but is no shell script."""
    pytest.importorskip("yaml")
    boot = read("#cloud-config\n" + text)
    assert (boot.script, boot.config) == (False, config)


def test_without_a_reader_of_yaml_a_cloud_config_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML is not ours: where it is missing we say that we cannot tell, unless ECS does not come up at all."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(userdata, "import_module", missing)
    assert "PyYAML" in (read(f"#cloud-config\nruncmd:\n  - echo ECS_CLUSTER=x >> {F}\n").unclear or "")
    assert read("#cloud-config\npackage_update: true\n").config == {}


def test_settings_are_read_as_ecs_init_reads_them() -> None:
    """Lines are trimmed and split at the first sign; comments and lines without a sign are no settings."""
    text = '\n#A=1\n  B = 2 \nC="3=3"\nexport D=4\nE\nB=5\n'
    assert settings(text) == {"B ": " 2", "C": '"3=3"', "export D": "4", "B": "5"}


@given(st.text(alphabet="abC=$\"'`\\|&;<>(){}#\n -*", max_size=60))
def test_any_text_is_read_without_a_crash(text: str) -> None:
    """Whatever stands in a script, reading it gives settings or a reason."""
    boot = read("#!/bin/bash\n" + text + f"\necho ECS_CLUSTER=x > {F}\n")
    assert (boot.config is None) == (boot.unclear is not None)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_without_a_crash(data: bytes) -> None:
    """User data need not be text at all."""
    boot = read(data)
    assert (boot.config is None) == (boot.unclear is not None)


@given(
    st.dictionaries(
        st.from_regex(r"\AECS_[A-Z]{1,8}\Z"), st.from_regex(r"\A[a-z0-9 $\"'`]{0,8}[a-z]\Z"), max_size=4
    )
)
def test_a_quoted_heredoc_is_literal(values: dict[str, str]) -> None:
    """What stands in a quoted here-document arrives in the file as it is."""
    lines = [f"{key}={value}" for key, value in values.items()]
    assert read(bash(f"cat <<'EOF' > {F}", *lines, "EOF")).config == values
