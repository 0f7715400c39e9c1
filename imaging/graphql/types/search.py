"""Found images: how well each fits, and how the hits are spread."""
