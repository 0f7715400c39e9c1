import logging
from collections.abc import AsyncGenerator

import pytest
import strawberry

from imaging.errors import InvalidCursor, NotFound, Overloaded
from imaging.graphql.masking import Masking
from imaging.graphql.schema import Schema


@strawberry.type
class Query:
    @strawberry.field
    def secret(self) -> str:
        raise RuntimeError("SELECT password FROM user")

    @strawberry.field
    def nothing(self) -> str:
        return None

    @strawberry.field
    def cursor(self) -> str | None:
        raise InvalidCursor("This cursor was not given out for this list.", field=["after"])

    @strawberry.field
    def busy(self) -> str | None:
        raise Overloaded("Too much at once.", retry_after_s=7)

    @strawberry.field
    def number(self, value: int) -> int:
        return value


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, fail: bool) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("/var/lib/secret") if fail else NotFound("Gone.")


schema = Schema(Query, subscription=Subscription, extensions=[Masking])


async def failure(query: str) -> strawberry.types.ExecutionResult:
    result = await schema.execute(query)
    assert result.errors is not None
    return result


async def test_an_unforeseen_exception_is_told_as_a_reference_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        error = (await failure("{ secret }")).errors[0]
    reference = error.extensions["reference"]
    assert error.formatted == {
        "message": "Internal error",
        "locations": [{"line": 1, "column": 3}],
        "path": ["secret"],
        "extensions": {"code": "INTERNAL", "reference": reference},
    }
    [record] = caplog.records
    assert reference in record.getMessage()
    assert "SELECT password" in str(record.exc_info[1])


async def test_the_exception_stays_the_cause_for_those_who_collect_them() -> None:
    error = (await failure("{ secret }")).errors[0]
    assert isinstance(error.__cause__, RuntimeError)


async def test_every_failure_has_a_reference_of_its_own() -> None:
    errors = [(await failure("{ secret }")).errors[0] for _ in range(5)]
    assert len({error.extensions["reference"] for error in errors}) == 5


async def test_a_value_that_may_not_be_null_is_our_fault_and_is_masked() -> None:
    error = (await failure("{ nothing }")).errors[0]
    assert (error.message, error.extensions["code"]) == ("Internal error", "INTERNAL")


async def test_a_foreseen_failure_is_told_with_its_code_and_field(caplog: pytest.LogCaptureFixture) -> None:
    error = (await failure("{ cursor }")).errors[0]
    assert error.message == "This cursor was not given out for this list."
    assert error.extensions == {"code": "INVALID_CURSOR", "field": ["after"]}
    assert error.path == ["cursor"]
    assert caplog.records == []


async def test_an_overload_tells_when_to_come_back() -> None:
    error = (await failure("{ busy }")).errors[0]
    assert error.extensions == {"code": "OVERLOADED", "retryAfterS": 7}


@pytest.mark.parametrize(
    ("query", "code", "message"),
    [
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED", "Cannot query field"),
        ("{", "GRAPHQL_PARSE_FAILED", "Syntax Error"),
        ("{ number(value: 1.5) }", "GRAPHQL_VALIDATION_FAILED", "Int cannot represent"),
        ("query ($v: Int!) { number(value: $v) }", "GRAPHQL_VALIDATION_FAILED", "'$v'"),
    ],
)
async def test_what_clients_need_to_mend_their_request_is_not_masked(query: str, code: str, message: str) -> None:
    error = (await failure(query)).errors[0]
    assert error.extensions["code"] == code
    assert message in error.message


async def test_answers_of_a_subscription_are_masked_one_by_one() -> None:
    stream = await schema.subscribe("subscription { ticks(fail: true) }")
    first, second = [result async for result in stream]
    assert first.data == {"ticks": 1}
    assert second.errors[0].message == "Internal error"
    assert isinstance(second.errors[0].__cause__, RuntimeError)


async def test_a_foreseen_failure_ends_a_subscription_with_its_code() -> None:
    stream = await schema.subscribe("subscription { ticks(fail: false) }")
    results = [result async for result in stream]
    assert results[-1].errors[0].extensions == {"code": "NOT_FOUND"}
