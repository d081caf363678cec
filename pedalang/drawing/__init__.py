"""A flow as a picture: what is drawn (`chart`), where it stands (`layout`, `lanes`), how it looks (`svg`)."""
