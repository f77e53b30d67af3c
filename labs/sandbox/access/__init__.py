"""IAM and STS: principals, policies, simulation and, where it is wanted, enforcement."""
