. "$LAB/solution.sh"
aws ecr put-image-scanning-configuration --repository-name "$REPOSITORY" --image-scanning-configuration scanOnPush=true
aws ecr put-registry-scanning-configuration --scan-type BASIC --rules '[
  {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD"}]}
]'
