"""Documents: parsed, measured and validated once, then handed to the schema as they are."""

from collections import OrderedDict
from collections.abc import Iterator

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from strawberry.extensions import SchemaExtension

from imaging.graphql.transport import rules
from imaging.graphql.transport.limits import KIB, DocumentLimits

_REMEMBERED = 256
_REMEMBERED_CHARACTERS = 16 * KIB


class RejectedDocument(Exception):
    """A document that cannot be run; `errors` say why, in GraphQL's own form."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


class Prepared(str):
    """The text of an operation that carries its valid document; the schema takes it wherever it takes a text."""

    document: DocumentNode

    def __new__(cls, text: str, document: DocumentNode) -> "Prepared":
        """Join a text with what it was parsed to."""
        prepared = super().__new__(cls, text)
        prepared.document = document
        return prepared

    def kind(self, operation_name: str | None) -> OperationType:
        """Return whether the chosen operation is a query, a mutation or a subscription.

        Raises:
            RejectedDocument: there is no such operation, or several and none was named.
        """
        found = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        if operation_name is not None:
            found = [node for node in found if node.name and node.name.value == operation_name]
            if not found:
                raise _rejected(f"The document has no operation named {operation_name[:80]!r}.", "UNKNOWN_OPERATION")
        if len(found) != 1:
            several = "The document has several operations: send operationName."
            raise _rejected(several if found else "The document has no operation.", "UNKNOWN_OPERATION")
        return found[0].operation


class UsePrepared(SchemaExtension):
    """Lets a schema run a Prepared text without parsing and validating it again; other texts take the usual way."""

    def on_parse(self) -> Iterator[None]:
        """Take the document that came along."""
        query = self.execution_context.query
        if isinstance(query, Prepared):
            self.execution_context.graphql_document = query.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Say that there is nothing left to complain about."""
        if isinstance(self.execution_context.query, Prepared):
            self.execution_context.pre_execution_errors = []
        yield


class Documents:
    """Prepares texts for a schema, and remembers the small ones that were asked for last."""

    def __init__(self, schema: strawberry.Schema, limits: DocumentLimits) -> None:
        self._schema: GraphQLSchema = schema._schema  # no public name for it; the executor takes the wrapper
        self._limits = limits
        self.suggestions = limits.suggestions
        self._rules = rules.rules(introspection=limits.introspection)
        self._known: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, text: str) -> Prepared:
        """Parse, measure and validate.

        Raises:
            RejectedDocument: the text is no document, too much of one, or not one for this schema.
        """
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        prepared = Prepared(text, self._parse(text))
        errors = rules.excesses(prepared.document, self._limits) or self._validate(prepared.document)
        if errors:
            raise RejectedDocument(errors)
        if len(text) <= _REMEMBERED_CHARACTERS:
            self._known[text] = prepared
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return prepared

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            found, allowed = len(text), self._limits.characters
            raise _rejected(f"The document has {found} characters; {allowed} are allowed.", rules.TOO_COMPLEX)
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            error.extensions = {"code": "GRAPHQL_PARSE_FAILED"}
            raise RejectedDocument([error]) from None

    def _validate(self, document: DocumentNode) -> list[GraphQLError]:
        errors = validate(self._schema, document, self._rules, hide_suggestions=not self._limits.suggestions)
        for error in errors:
            error.extensions = {"code": "GRAPHQL_VALIDATION_FAILED", **(error.extensions or {})}
        return errors


def _rejected(message: str, code: str) -> RejectedDocument:
    return RejectedDocument([GraphQLError(message, extensions={"code": code})])
