"""The sandbox's private container registry: the OCI distribution API in front of the embedded ECR."""
