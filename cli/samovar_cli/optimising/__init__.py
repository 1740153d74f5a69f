"""`samovar models optimise`: smaller and faster variants of a model, measured and held to it.

Each variant is a model folder of its own while it is looked at: the same manifest, the same
steps, other graphs. What it costs is measured in processes of its own, in turns with the others;
what it answers is compared with the original on the user's rows. Only one that passes the gate
can be adopted, beside the original and never over it.
"""
