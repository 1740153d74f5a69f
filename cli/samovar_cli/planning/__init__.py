"""`samovar plan`: which lane, how much memory, what batches; what it would do and cost."""
