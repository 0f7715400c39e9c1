"""Others who do what we do, each fetched into a place of its own beside the product's: `benchmarks/.peers`."""
