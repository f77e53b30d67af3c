aws ecr create-repository --repository-name "$REPOSITORY"
REPOSITORY=$REPOSITORY-world
. "$LAB/solution.sh"
