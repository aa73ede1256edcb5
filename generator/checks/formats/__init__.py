"""Adapters, one for each format: text in, something with positions out."""
