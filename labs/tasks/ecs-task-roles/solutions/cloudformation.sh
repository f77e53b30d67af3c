# Both roles and the task definition in one stack.
cat > template.yaml <<'END'
Parameters:
  Family: {Type: String}
  Bucket: {Type: String}
Resources:
  TaskRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Family}-task
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: read-bucket
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${Bucket}/*"}]
  ExecutionRole:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub ${Family}-execution
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: "sts:AssumeRole"}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Family
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      TaskRoleArn: !GetAtt TaskRole.Arn
      ExecutionRoleArn: !GetAtt ExecutionRole.Arn
      ContainerDefinitions:
        - Name: reader
          Image: public.ecr.aws/aws-cli/aws-cli
          Command: [s3, ls, !Sub "s3://${Bucket}"]
END
aws cloudformation deploy --stack-name "$FAMILY" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Family="$FAMILY" Bucket="$BUCKET"
