"""Room: pictures on their way in: staged uploads, their parts, imports from URLs."""
