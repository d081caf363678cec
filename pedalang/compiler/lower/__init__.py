"""From modules to the graph: each declaration becomes a node with its expressions compiled, and edges to what it names."""
