"""Short words for what people do with collections over GraphQL."""

from typing import Any

from tests.graphql.desk import Person

ERRORS = "userErrors { code field itemId message }"
WHAT = "collection { id name description visibility parent { id } images { nodes { id } totalCount } }"
INPUTS = {
    "createCollection": ("CreateCollectionInput", WHAT),
    "updateCollection": ("UpdateCollectionInput", WHAT),
    "deleteCollection": ("DeleteCollectionInput", "deletedIds"),
    "addToCollection": ("AddToCollectionInput", f"{WHAT} images {{ id }}"),
    "removeFromCollection": ("RemoveFromCollectionInput", WHAT),
    "reorderCollection": ("ReorderCollectionInput", WHAT),
}


def mutation(name: str) -> str:
    kind, answer = INPUTS[name]
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {answer} {ERRORS} }} }}"


async def do(person: Person, name: str, /, **given: Any) -> Any:
    return (await person.data(mutation(name), input=given))[name]


async def done(person: Person, name: str, /, **given: Any) -> Any:
    """Do it, and expect that nothing was refused."""
    payload = await do(person, name, **given)
    assert payload.pop("userErrors") == []
    return payload


async def made(person: Person, name: str = "Ducks", /, **given: Any) -> str:
    id: str = (await done(person, "createCollection", name=name, **given))["collection"]["id"]
    return id


def image_ids(payload: Any) -> list[str]:
    return [node["id"] for node in payload["collection"]["images"]["nodes"]]
