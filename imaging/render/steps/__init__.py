"""What is done to pixels, one verb per file; each takes an image and the plan, and returns an image."""
