"""Scripts whose settings are known, right and wrong, compared with bash itself."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from labs.userdata import read, settings
from tests.userdata.scripts import BOTH, ROLE, F, X, bash

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
    ("options-listed", bash("set", f"echo ECS_CLUSTER=x >> {F}"), X),
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
    ("function-of-its-own-variables", bash(f"conf() {{ local C=$1; echo ECS_CLUSTER=$C >> {F}; }}", "C=y", "conf x",
     f"echo A=$C >> {F}"), {**X, "A": "y"}),
    ("function-that-returns", bash(f"conf() {{ echo ECS_CLUSTER=x >> {F}; return 0; rm {F}; }}", "conf",
     f"echo {ROLE} >> {F}"), BOTH),
    ("function-over-its-arguments", bash(f'conf() {{ for l in "$@"; do echo "$l" >> {F}; done; }}',
     f"conf ECS_CLUSTER=x {ROLE}"), BOTH),
    ("array", bash("L=(ECS_CLUSTER=x)", f"L+=({ROLE})", f'for l in "${{L[@]}}"; do echo $l >> {F}; done'), BOTH),
    ("array-printed", bash(f'L=("ECS_CLUSTER=a b" {ROLE})', f"printf '%s\\n' \"${{L[@]}}\" >> {F}"),
     {"ECS_CLUSTER": "a b", "ECS_ENABLE_TASK_IAM_ROLE": "true"}),
    ("alternatives", bash(f"printf '%s\\n' {{A,B}}=1 >> {F}", f"cp {F}{{,.bak}}"), {"A": "1", "B": "1"}),
    ("range", bash(f"for i in {{1..2}}; do echo A$i=b >> {F}; done"), {"A1": "b", "A2": "b"}),
    ("lines-of-a-heredoc", bash("while read -r l; do", f'  echo "$l" >> {F}', "done <<EOF", "ECS_CLUSTER=x", ROLE,
     "EOF"), BOTH),
    ("lines-of-a-pipe", bash(f"printf 'ECS_CLUSTER=x\\n{ROLE}\\nA=b' | while IFS= read -r l; do echo $l >> {F}; done"),
     BOTH),
    ("comparison", bash("C=x", f'if [ -n "$C" ]; then echo ECS_CLUSTER=$C >> {F}; else echo A=b >> {F}; fi'), X),
    ("comparison-of-texts", bash("E=dev", f'if [[ "$E" == "prod" ]]; then echo A=b >> {F}; fi',
     f'test ! "$E" = dev || echo ECS_CLUSTER=x >> {F}'), X),
    ("comparison-by-a-file", bash("echo ECS_CLUSTER=x > /tmp/a", f"[ -s /tmp/a ] && cp /tmp/a {F}"), X),
    ("heredoc-not-ended-by-a-blank", bash(f"cat <<EOF >> {F}", "ECS_CLUSTER=x", "EOF ", ROLE, "EOF"), BOTH),
    ("stops-at-a-failure", bash("set -e", f"touch {F}", f"grep -q ECS {F}", f"echo ECS_CLUSTER=x >> {F}"), {}),
    ("stops-not-at-a-test", bash("set -e", f"touch {F}", f"grep -q ECS {F} || echo ECS_CLUSTER=x >> {F}"), X),
    ("stops-at-an-unset-variable", bash("set -euo pipefail", f"echo ECS_CLUSTER=$NOPE >> {F}", f"echo {ROLE} >> {F}"),
     {}),
    ("stops-at-a-missing-argument", bash("set -u", f"conf() {{ echo ECS_CLUSTER=$2 >> {F}; }}", "conf x"), {}),
    ("sed-twice", bash(f"echo ECS_CLUSTER=y > {F}", f"sed -i -e 's/y/x/' -e 's/CLUSTER/C/' {F}"), {"ECS_C": "x"}),
    ("sed-two-in-one", bash(f"echo '#ECS_CLUSTER=y' > {F}", f"sed -i 's/^#ECS/ECS/; s/y/x/' {F}"), X),
    ("sed-in-a-line", bash(f"printf 'A=y\\nECS_CLUSTER=y\\n' > {F}", f"sed -i '/CLUSTER/s/y/x/' {F}"), {**X, "A": "y"}),
    ("sed-at-the-end", bash(f"echo ECS_CLUSTER=x > {F}", f"sed -i '$ a {ROLE}' {F}"), BOTH),
    ("sed-of-its-input", bash(f"echo ECS_CLUSTER=y | sed 's/y/x/' > {F}"), X),
    ("grep-leaves-out", bash(f"printf 'A=b\\nECS_CLUSTER=y\\n' > {F}", f"grep -v CLUSTER {F} > /tmp/n",
     f"mv /tmp/n {F}"), {"A": "b"}),
    ("folder-copied", bash("mkdir -p /tmp/d", "echo ECS_CLUSTER=x > /tmp/d/ecs.config", "cp -r /tmp/d/. /etc/ecs/"), X),
    ("files-copied", bash("mkdir -p /tmp/d", "echo ECS_CLUSTER=x > /tmp/d/ecs.config", "cp /tmp/d/* /etc/ecs/"), X),
    ("written-script", bash("cat <<'S' > /tmp/s.sh", "#!/bin/bash", f"echo ECS_CLUSTER=x >> {F}", "S",
     "chmod +x /tmp/s.sh", "/tmp/s.sh"), X),
    ("written-script-with-an-argument", bash(f"echo 'echo ECS_CLUSTER=$1 >> {F}' > /tmp/s.sh",
     "bash -xo pipefail /tmp/s.sh x"), X),
    ("shell-that-reads-its-script", bash("bash -s x <<'S'", f"echo ECS_CLUSTER=$1 >> {F}", "S"), X),
    ("shell-with-an-argument", bash(f"bash -c 'echo ECS_CLUSTER=$1 >> {F}' name x"), X),
    ("array-as-one-word", bash(f'L=(ECS_CLUSTER=x {ROLE})', f'for l in "${{L[*]}}"; do echo $l >> {F}; done'),
     {"ECS_CLUSTER": f"x {ROLE}"}),
    ("exported-to-a-shell", bash("export C=x", f"bash -c 'echo ECS_CLUSTER=$C >> {F}'"), X),
    ("not-exported-to-a-shell", bash("C=x", f"bash -c 'echo ECS_CLUSTER=$C >> {F}'"), {"ECS_CLUSTER": ""}),
    ("given-to-a-shell", bash(f"C=x bash -c 'echo ECS_CLUSTER=$C >> {F}'", f"echo A=$C >> {F}"), {**X, "A": ""}),
    ("default-assigned", bash(": ${C:=x}", f"echo ECS_CLUSTER=$C >> {F}"), X),
    ("printf-into-a-variable", bash("printf -v C '%s' x", f"echo ECS_CLUSTER=$C >> {F}"), X),
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
