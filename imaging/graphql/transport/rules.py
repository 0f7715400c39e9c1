"""What makes a document too much to ask: counted in time linear in its text, however its fragments are chained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    SelectionSetNode,
    ValidationContext,
    specified_rules,
)
from graphql.validation import NoSchemaIntrospectionCustomRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from imaging.graphql.transport.limits import DocumentLimits

TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
_SATURATED = 1_000_000
_MERGE_BUDGET = 30_000
_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a selection asks for, its fragments written out; counts stop growing at a million."""

    depth: int = 0
    roots: int = 0
    fields: int = 0
    aliases: int = 0


class ThriftyMergeRule(OverlappingFieldsCanBeMergedRule):
    """The merge rule of the specification with a budget that ends in a tenth of a second instead of a whole one."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = _MERGE_BUDGET


def rules(*, introspection: bool) -> tuple[type[ASTValidationRule], ...]:
    """Return what every document is validated by. Call once: the tuple is part of what is remembered."""
    kept = (ThriftyMergeRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules)
    closed = () if introspection else (NoSchemaIntrospectionCustomRule,)
    return (*kept, MaybeNullValidationRule, OneOfInputValidationRule, *closed)


def excesses(document: DocumentNode, limits: DocumentLimits) -> list[GraphQLError]:
    """Return an error for each limit that an operation of the document exceeds."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    weights = _weigh_fragments(fragments)
    errors = []
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            weight = _Body(node.selection_set).weight(weights)
            errors += [
                GraphQLError(message, node, extensions={"code": TOO_COMPLEX}) for message in _complaints(weight, limits)
            ]
    return errors


def _complaints(weight: Weight, limits: DocumentLimits) -> Iterator[str]:
    if weight.depth > limits.depth:
        yield f"The operation nests {weight.depth} levels deep; {limits.depth} are allowed."
    if weight.roots > limits.root_fields:
        yield f"The operation asks for {weight.roots} fields at its root; {limits.root_fields} are allowed."
    if weight.fields > limits.fields:
        yield f"The operation asks for {weight.fields} fields, fragments included; {limits.fields} are allowed."
    if weight.aliases > limits.aliases:
        yield f"The operation uses {weight.aliases} aliases, fragments included; {limits.aliases} are allowed."


class _Body:
    """One definition's selections, read once: what they weigh themselves, and which fragments they use where."""

    def __init__(self, selection_set: SelectionSetNode) -> None:
        self.own = Weight()
        self.spreads: list[tuple[str, int, bool]] = []
        depth = roots = fields = aliases = 0
        stack = [(selection_set, 0, False)]
        while stack:
            selections, level, hidden = stack.pop()
            for node in selections.selections:
                if isinstance(node, FragmentSpreadNode):
                    self.spreads.append((node.name.value, level, hidden))
                    continue
                below, nested = level, hidden
                if isinstance(node, FieldNode):
                    below, nested = level + 1, hidden or node.name.value in _INTROSPECTION
                    fields += 1
                    roots += level == 0
                    aliases += node.alias is not None
                    depth = depth if nested else max(depth, below)
                inner: SelectionSetNode | None = getattr(node, "selection_set", None)
                if inner:
                    stack.append((inner, below, nested))
        self.own = Weight(depth, roots, fields, aliases)

    def weight(self, fragments: Mapping[str, Weight]) -> Weight:
        """Return the weight with every fragment written out; unknown ones weigh nothing."""
        depth, roots, fields, aliases = self.own.depth, self.own.roots, self.own.fields, self.own.aliases
        for name, level, hidden in self.spreads:
            part = fragments.get(name, Weight())
            depth = depth if hidden else max(depth, level + part.depth)
            roots += part.roots if level == 0 else 0
            fields += part.fields
            aliases += part.aliases
        return Weight(depth, min(roots, _SATURATED), min(fields, _SATURATED), min(aliases, _SATURATED))


def _weigh_fragments(fragments: Mapping[str, FragmentDefinitionNode]) -> dict[str, Weight]:
    """Weigh each fragment once, those it uses first, without recursion; a cycle is another rule's to report."""
    bodies = {name: _Body(node.selection_set) for name, node in fragments.items()}
    weights: dict[str, Weight] = {}
    seen: set[str] = set()
    for start in bodies:
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(bodies[start].spreads))]
        while path:
            name, spreads = path[-1]
            used = next((used for used, _, _ in spreads if used in bodies and used not in seen), None)
            if used is None:
                weights[name] = bodies[name].weight(weights)
                path.pop()
            else:
                seen.add(used)
                path.append((used, iter(bodies[used].spreads)))
    return weights
