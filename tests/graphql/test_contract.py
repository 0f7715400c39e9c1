"""The contract as others read it: the committed SDL, and what a front end's tools say to it."""

import shutil
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from imaging.errors import ImagingError
from imaging.graphql.errors import UserErrorCode
from imaging.graphql.schema import export_sdl
from tests.npm import FRONT_END, install, npm

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    return build_schema(export_sdl())


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = (ROOT / "schema.graphql").read_text(encoding="utf-8")
    assert committed == export_sdl(), "run `imaging schema > schema.graphql`, and look at what changed for clients"


def test_everything_is_described(contract: GraphQLSchema) -> None:
    types = {name: type_ for name, type_ in contract.type_map.items() if not name.startswith("__")}
    own = {name: type_ for name, type_ in types.items() if name not in ("Boolean", "Float", "ID", "Int", "String")}
    silent = [name for name, type_ in own.items() if not type_.description]
    for name, type_ in own.items():
        if isinstance(type_, GraphQLEnumType):
            silent += [f"{name}.{key}" for key, value in type_.values.items() if not value.description]
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            silent += [f"{name}.{key}" for key, field in type_.fields.items() if not field.description]
        if isinstance(type_, GraphQLObjectType):
            arguments = [(key, argument) for key, field in type_.fields.items() for argument in field.args.items()]
            silent += [f"{name}.{key}({arg})" for key, (arg, value) in arguments if not value.description]
    assert silent == []
    assert len(own) > 50


def test_nothing_in_the_contract_defaults_to_null() -> None:
    assert "= null" not in export_sdl()


def test_every_field_of_a_transform_stands_in_the_readme(contract: GraphQLSchema) -> None:
    transform = contract.get_type("TransformInput")
    assert isinstance(transform, GraphQLInputObjectType)
    readme = (ROOT / "README.md").read_text(encoding="utf-8").split("## How a picture can be asked for")[1]
    table = [line.split("|")[1] for line in readme.splitlines() if line.startswith("| `")]
    named = {name for cell in table for name in cell.replace("`", "").replace(",", " ").split()}
    assert named == set(transform.fields)


def test_every_mutation_takes_one_input_and_answers_with_user_errors(contract: GraphQLSchema) -> None:
    assert contract.mutation_type is not None
    for name, field in contract.mutation_type.fields.items():
        assert list(field.args) == ["input"], name
        payload = contract.get_type(str(field.type).rstrip("!"))
        assert isinstance(payload, GraphQLObjectType), name
        assert [str(face) for face in payload.interfaces] == ["Payload"], name


def test_every_foreseen_failure_that_is_data_has_its_code() -> None:
    def leaves(kind: type[ImagingError]) -> set[str]:
        return {kind.code}.union(*(leaves(sub) for sub in kind.__subclasses__()))

    never_data = {"INTERNAL", "MISCONFIGURED", "SIGNATURE_EXPIRED", "SIGNATURE_REJECTED", "TOO_SLOW", "UNAUTHENTICATED"}
    foreseen = {code for code in leaves(ImagingError) if code not in never_data}
    assert foreseen == {code.value for code in UserErrorCode}


@pytest.mark.full
def test_a_strict_front_end_accepts_the_contract() -> None:
    shutil.rmtree(FRONT_END / "generated", ignore_errors=True)
    install()
    for script in ("lint", "codegen", "types"):
        done = npm("run", script)
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    assert (FRONT_END / "generated" / "graphql.ts").stat().st_size > 10_000
