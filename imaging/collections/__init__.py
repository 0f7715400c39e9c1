"""Room: collections; pictures that people put together, in an order of their own, and collections in collections."""
