"""The outputs of a stack, and the exports among them."""

from __future__ import annotations

from labs.sandbox.cloudformation.errors import TemplateError, UnresolvedResource
from labs.sandbox.cloudformation.functions import TemplateScope
from labs.sandbox.cloudformation.stacks import Stack, Stacks
from labs.sandbox.cloudformation.texts import text_of


def set_outputs(stacks: Stacks, stack: Stack, scope: TemplateScope) -> None:
    """Resolves the outputs of a stack. Raises TemplateError if another stack has an export with the same name."""
    outputs = []
    for name, output in (stack.template.get("Outputs") or {}).items():
        condition = output.get("Condition")
        if condition is not None and not scope.condition(condition):
            continue
        try:
            value = scope.resolve(output["Value"])
        except UnresolvedResource as error:
            raise TemplateError(str(error).replace("Resources block", "Outputs block")) from error
        made = {
            "OutputKey": name,
            "OutputValue": ",".join(map(text_of, value)) if isinstance(value, list) else str(value),
        }
        if output.get("Description"):
            made["Description"] = output["Description"]
        if output.get("Export"):
            made["ExportName"] = str(scope.resolve(output["Export"]["Name"]))
            _require_free(stacks, stack, made["ExportName"])
        outputs.append(made)
    stack.outputs = outputs


def _require_free(stacks: Stacks, own: Stack, export: str) -> None:
    for stack, output in stacks.exports():
        if stack is not own and output["ExportName"] == export:
            raise TemplateError(f"Export with name {export} is already exported by stack {stack.name}.")
