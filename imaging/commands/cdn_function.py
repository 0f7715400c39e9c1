"""`imaging cdn-function`: the function for the CDN's edge, or examples to try it with."""

import json

from imaging.delivery.edge_function import examples, javascript


def printed(*, vectors: bool) -> str:
    """Return the function, or with `vectors` the examples as JSON, ready to be written to a file."""
    if vectors:
        return json.dumps(examples(), indent=1) + "\n"
    return javascript()
