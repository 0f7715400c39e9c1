"""Door 3: work promised by rows; ids in, one use case called, may run twice."""
