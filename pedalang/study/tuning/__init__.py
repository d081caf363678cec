"""What an optimizer is given, and what it finds: dialogues played with a candidate, candidates with their scores, and
what watches over a search."""
