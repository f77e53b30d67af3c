"""IAM and STS: principals, policies, simulation, and optional enforcement."""
