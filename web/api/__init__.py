"""The conversation and the catalog for other systems."""
