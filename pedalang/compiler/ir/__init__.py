"""The program as a graph of typed nodes and edges: what checks look at and passes rewrite."""
