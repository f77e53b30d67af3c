"""S3, SQS, SNS, DynamoDB and Lambda: defaults and refusals of AWS that moto lacks."""
