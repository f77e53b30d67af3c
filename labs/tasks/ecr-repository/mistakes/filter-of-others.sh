. "$LAB/solution.sh"
aws ecr put-image-scanning-configuration --repository-name "$REPOSITORY" --image-scanning-configuration scanOnPush=false
aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '[
  {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [
    {"filter": "web*", "filterType": "WILDCARD"}, {"filter": "labs/web-app", "filterType": "WILDCARD"}]}
]'
