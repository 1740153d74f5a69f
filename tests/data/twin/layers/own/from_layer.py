"""A module that only functions with this layer see."""
