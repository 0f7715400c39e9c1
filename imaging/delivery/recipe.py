"""The recipe: one number for how we make pictures."""

RECIPE = 2
"""Part of every rendition's address. Raise it whenever defaults or the pipeline change the output."""
