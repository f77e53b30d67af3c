"""The client side of the sandbox: finds and starts its server, and points shells and the AWS CLI at it."""
