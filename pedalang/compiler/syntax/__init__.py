"""Text to tree and back. What a program means is not known here; names and types are looked at in `semantics`."""
