"""`samovar models add`: from a file that somebody brings to a model folder that answers.

The way of a file: found (`sources`, `triton`), read and refused or not (`graph`, `admission`), run
on made-up tensors in a process of its own (`child`), recognised (`recognise`), written
(`manifest_text`, `staging`), and asked once as people will ask it (`trial`).
"""
