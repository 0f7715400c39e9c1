"""Door 1: the public GraphQL contract; no query, no pixel, no rule."""
