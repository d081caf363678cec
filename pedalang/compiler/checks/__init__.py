"""Rules about teaching and flow, one a file: `CODE`, and `check(graph, report)`. The folder is the list of them."""
