. "$LAB/solution.sh"
aws ecr put-image-scanning-configuration --repository-name "$REPOSITORY" --image-scanning-configuration scanOnPush=true
aws ecr put-registry-scanning-configuration --scan-type ENHANCED --rules '[
  {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "prod/*", "filterType": "WILDCARD"}]}
]'
