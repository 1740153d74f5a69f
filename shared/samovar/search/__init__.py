"""Texts by what they mean: passages, order for a query, and sets that are kept. Core."""
