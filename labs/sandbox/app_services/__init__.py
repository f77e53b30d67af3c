"""S3, SQS, SNS, DynamoDB and Lambda as packs teach them: AWS's defaults and refusals that moto lacks."""
