# Log group, execution role and task definition in one stack.
cat > template.yaml <<'END'
Parameters:
  Family: {Type: String}
  Container: {Type: String}
  Port: {Type: Number}
Resources:
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: !Sub "/ecs/${Family}"}
  Role:
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
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: !Ref Container
          Image: public.ecr.aws/docker/library/nginx:stable
          PortMappings: [{ContainerPort: !Ref Port, Protocol: tcp}]
          LogConfiguration:
            LogDriver: awslogs
            Options:
              awslogs-group: !Ref Logs
              awslogs-region: !Ref AWS::Region
              awslogs-stream-prefix: web
END
aws cloudformation deploy --stack-name "$FAMILY" --template-file template.yaml --capabilities CAPABILITY_NAMED_IAM \
  --parameter-overrides Family="$FAMILY" Container="$CONTAINER" Port="$PORT"
