// Two apps of the AWS CDK: a load-balanced service on Fargate, and a service on a group of instances.
const cdk = require("aws-cdk-lib");
const { aws_autoscaling: autoscaling, aws_ec2: ec2, aws_ecs: ecs, aws_ecs_patterns: patterns } = cdk;

const app = new cdk.App();
const env = { account: "123456789012", region: "eu-west-1" };
const desiredCount = Number(process.env.COUNT || "2");
const image = ecs.ContainerImage.fromRegistry("public.ecr.aws/nginx/nginx:latest");

class Fargate extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id, { env });
    const vpc = new ec2.Vpc(this, "Vpc", { maxAzs: 2, natGateways: 1 });
    const cluster = new ecs.Cluster(this, "Cluster", { vpc });
    new patterns.ApplicationLoadBalancedFargateService(this, "Web", {
      cluster, desiredCount, taskImageOptions: { image }, minHealthyPercent: 50, circuitBreaker: { rollback: true },
    });
  }
}

class Machines extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id, { env });
    const vpc = new ec2.Vpc(this, "Vpc", { maxAzs: 2, natGateways: 1 });
    const cluster = new ecs.Cluster(this, "Cluster", { vpc });
    const autoScalingGroup = new autoscaling.AutoScalingGroup(this, "Group", {
      vpc, instanceType: new ec2.InstanceType("t3.small"), minCapacity: 0, maxCapacity: 3,
      machineImage: ecs.EcsOptimizedImage.amazonLinux2023(),
    });
    const provider = new ecs.AsgCapacityProvider(this, "Provider", { autoScalingGroup });
    cluster.addAsgCapacityProvider(provider);
    const taskDefinition = new ecs.Ec2TaskDefinition(this, "Task");
    taskDefinition.addContainer("web", { image, memoryLimitMiB: 256 });
    new ecs.Ec2Service(this, "Service", {
      cluster, taskDefinition, desiredCount, minHealthyPercent: 50, circuitBreaker: { rollback: true },
      capacityProviderStrategies: [{ capacityProvider: provider.capacityProviderName, weight: 1 }],
    });
  }
}

new Fargate(app, "Fargate");
new Machines(app, "Machines");
