"""Door 2: bytes in and out, and what operators ask."""
