"""Orebound."""
