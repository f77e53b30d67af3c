"""The other end of the sandbox's server: finds and starts it, and points shells and the AWS CLI at it."""
