"""CloudFormation: creates the resources of stacks by calls to the sandbox's own API, as the caller who made the stack.

A stack does what its template says, or ends in ROLLBACK_COMPLETE with a reason that names the resource: a type or a
property that the sandbox cannot honour fails the stack. Left out, with a refusal: custom resources, nested stacks,
stack sets, macros, drift, imports and wait conditions.
"""
