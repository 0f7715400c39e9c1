"""Many images at once: planned, done in small steps, followed, cancelled, tried again and undone."""
