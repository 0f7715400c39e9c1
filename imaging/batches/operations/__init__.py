"""What a batch can do to each of its images, one deed per file."""
