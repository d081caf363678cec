"""A run as one HTML page, a panel a file. `page.py` is the way in; nothing here computes a score."""
