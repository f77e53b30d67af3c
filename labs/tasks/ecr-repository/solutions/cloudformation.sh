# The repository with its two rules, as a stack.
cat > template.yaml <<'END'
Parameters:
  Name: {Type: String}
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: !Ref Name
      ImageTagMutability: IMMUTABLE
      ImageScanningConfiguration: {ScanOnPush: true}
      LifecyclePolicy:
        LifecyclePolicyText: |
          {"rules": [
            {"rulePriority": 1, "description": "untagged images expire after a week",
             "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 7},
             "action": {"type": "expire"}},
            {"rulePriority": 2, "description": "keep ten images",
             "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 10},
             "action": {"type": "expire"}}
          ]}
END
aws cloudformation deploy --stack-name "${REPOSITORY//\//-}" --template-file template.yaml \
  --parameter-overrides Name="$REPOSITORY"
