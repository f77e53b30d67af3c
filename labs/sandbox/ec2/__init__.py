"""Amazon EC2: instances, and the security groups that they and networks start with."""
