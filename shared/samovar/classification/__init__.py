"""Texts told apart by what is said in the request: labels, what they mean, and some examples."""
