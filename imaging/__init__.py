"""A self-hosted image platform whose front door is GraphQL."""

__version__ = "0.1.0"
