"""From typed declarations to the graph: data, casts, flows, contracts, rubrics, runs. What is refused is said here."""
