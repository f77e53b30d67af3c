"""Amazon ECR: repositories, their layers, lifecycle policies and scans."""
