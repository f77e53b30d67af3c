"""CloudFormation: creates the resources of stacks by calls to the sandbox's own API, on behalf of the stack's creator.

A stack creates what its template describes, or ends in ROLLBACK_COMPLETE with a reason that names the resource: a type
or a property that the sandbox does not support fails the stack. Refused: custom resources, nested stacks,
stack sets, macros, drift, imports and wait conditions.
"""
