"""S3, SQS, SNS, DynamoDB and Lambda: AWS's defaults and refusals that moto lacks."""
