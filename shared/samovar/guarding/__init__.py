"""What may not pass: found in a text, also while it grows, and hidden, told of or refused."""
