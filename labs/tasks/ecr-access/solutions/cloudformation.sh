# Role and repository in one stack: the policy of each names the other side.
cat > template.yaml <<'END'
Parameters:
  Name: {Type: String}
  Host: {Type: String}
  Partner: {Type: String}
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: !Ref Name
      RepositoryPolicyText:
        Version: "2012-10-17"
        Statement:
          - Sid: PartnerPulls
            Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${Partner}:root"}
            Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Host
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ec2.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: pull
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - {Effect: Allow, Action: "ecr:GetAuthorizationToken", Resource: "*"}
              - Effect: Allow
                Resource: !GetAtt Repository.Arn
                Action: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
END
aws cloudformation deploy --stack-name "${REPOSITORY//\//-}" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Name="$REPOSITORY" Host="$ROLE" Partner="$PARTNER"
