"""What the product costs, as ratios within one run: never absolute times, never a test."""
