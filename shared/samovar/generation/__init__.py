"""Text, a token at a time: what a decoder says next, who says it together, and when it stops."""
