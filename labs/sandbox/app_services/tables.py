"""DynamoDB tables: attribute definitions are those of keys and indexes, and a missing table has its own error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labs.sandbox.extend import Undo, patch, set_attribute, together
from labs.sandbox.source import documented


@patch(
    "dynamodb:attribute definitions",
    "moto replaces a table's attribute definitions by those of UpdateTable, which names those of a new index only",
    documented("amazondynamodb/latest/APIReference/API_UpdateTable.html"),
)
def _merge_definitions() -> Undo:
    from moto.dynamodb.models import DynamoDBBackend

    stock = DynamoDBBackend.update_table

    def update_table(backend: Any, name: str, attr_definitions: Any, *given: Any, **named: Any) -> Any:
        before = {each["AttributeName"]: each for each in backend.get_table(name).attr}
        asked = {each["AttributeName"]: each for each in attr_definitions or ()}
        table = stock(backend, name, [*(before | asked).values()], *given, **named)
        used = _key_names(table)
        table.attr = [each for each in table.attr if each["AttributeName"] in used]
        return table

    return set_attribute(DynamoDBBackend, "update_table", update_table)


def _key_names(table: Any) -> set[str]:
    """The attributes that are keys of the table, or of one of its indexes."""
    schemas: Iterable[Iterable[Mapping[str, str]]] = (
        table.schema,
        *(index.schema for index in (*table.indexes, *table.global_indexes)),
    )
    return {key["AttributeName"] for schema in schemas for key in schema}


@patch(
    "dynamodb:time to live of no table",
    "moto answers ResourceNotFound, a code that DynamoDB does not have, where a table is missing",
    documented("amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html"),
)
def _name_missing_tables() -> Undo:
    from moto.core.exceptions import JsonRESTError
    from moto.dynamodb.exceptions import ResourceNotFoundException
    from moto.dynamodb.models import DynamoDBBackend

    def named(stock: Any) -> Any:
        def call(backend: Any, table_name: str, *given: Any, **named: Any) -> Any:
            try:
                return stock(backend, table_name, *given, **named)
            except JsonRESTError as error:
                if error.error_type != "ResourceNotFound":
                    raise
                raise ResourceNotFoundException(table_name=table_name) from error

        return call

    methods = ("describe_time_to_live", "update_time_to_live")
    return together(
        *(set_attribute(DynamoDBBackend, each, named(getattr(DynamoDBBackend, each))) for each in methods)
    )
