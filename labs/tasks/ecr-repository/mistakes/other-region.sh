export AWS_DEFAULT_REGION=eu-central-1 AWS_REGION=eu-central-1
. "$LAB/solution.sh"
