"""What `docs/operations.md` is made of: the pictures it starts from, its chapters, and how they become text."""
