"""The image and its life: taken in, looked at, changed, put in the trash, deleted."""
