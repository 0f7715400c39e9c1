"""The workshop: turns bytes into facts and pictures. Knows no database, no bucket, no user."""
