"""The faces of what clients see, one file per thing."""
