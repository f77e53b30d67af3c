cat > template.yaml <<'END'
Parameters:
  Family: {Type: String}
  Writer: {Type: String}
  Reader: {Type: String}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: !Ref Family
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: 256
      Memory: 512
      Volumes: [{Name: logs}]
      ContainerDefinitions:
        - Name: !Ref Writer
          Image: public.ecr.aws/docker/library/httpd:2.4
          Essential: true
          MountPoints: [{SourceVolume: logs, ContainerPath: /usr/local/apache2/logs, ReadOnly: false}]
        - Name: !Ref Reader
          Image: public.ecr.aws/docker/library/busybox:stable
          Essential: false
          Command: [tail, -F, /logs/access_log]
          MountPoints: [{SourceVolume: logs, ContainerPath: /logs, ReadOnly: true}]
END
aws cloudformation deploy --stack-name "$FAMILY" --template-file template.yaml \
  --parameter-overrides Family="$FAMILY" Writer="$WRITER" Reader="$READER"
