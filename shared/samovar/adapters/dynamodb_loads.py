"""Loads of models in the jobs table: one item each, which no index has and no job is called as.

A write that is let in or refused costs one unit (less than 1 KB), a read half of one: it need
not be of this very moment, because the write that follows is refused where it was not.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from samovar.adapters.aws_errors import aws_errors, code_of
from samovar.adapters.job_items import TTL, Item
from samovar.routing import Load

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_WHAT = "the jobs table"
_REFUSED = "ConditionalCheckFailedException"
_PREFIX = "load:"  # no id of a job has a colon
_KEPT_S = 30 * 24 * 3600
_NUMBERS: Mapping[str, Any] = {
    field.name: field.type for field in fields(Load) if field.name != "name"
}


class DynamoLoadTable:
    """The loads of one jobs table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, name: str) -> Load:
        """What was last said under a name; an empty load where nothing was."""
        with aws_errors(_WHAT):
            found = self._client.get_item(TableName=self._table, Key=_key(name))
        return _load_of(name, found.get("Item", {}))

    def put(self, load: Load) -> Load | None:
        """Write a load over its last revision; where that is gone, the load as it stands."""
        last = {":last": {"N": str(load.revision - 1)}}
        rest: Any = {"ConditionExpression": "attribute_not_exists(id)"}
        if load.revision > 1:
            rest = {"ConditionExpression": "revision = :last", "ExpressionAttributeValues": last}
        with aws_errors(_WHAT):
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item_of(load),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **rest,
                )
            except ClientError as error:
                if code_of(error) != _REFUSED:
                    raise
                return _load_of(load.name, {**error.response}.get("Item", {}))
        return None


def _key(name: str) -> Item:
    return {"id": {"S": f"{_PREFIX}{name}"}}


def _item_of(load: Load) -> Item:
    """The item: the numbers that are not 0, and when the table may forget it."""
    item = _key(load.name)
    newest_ms = max(load.at_ms, load.aged_ms, load.answered_ms, load.woken_ms)
    item[TTL] = {"N": str(newest_ms // 1000 + _KEPT_S)}
    for name in _NUMBERS:
        if number := getattr(load, name):
            # Nine digits are more than a load is known to; DynamoDB takes no more than 38.
            item[name] = {"N": str(int(number)) if isinstance(number, int) else f"{number:.9g}"}
    return item


def _load_of(name: str, item: Any) -> Load:
    """The load of an item; what is not in it is 0."""
    said = {each: kind(float(item[each]["N"])) for each, kind in _NUMBERS.items() if each in item}
    return Load(name, **said)
