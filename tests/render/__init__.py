"""The workshop: what it reads and what it draws."""
