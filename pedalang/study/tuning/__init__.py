"""What ways to tune share: what they are given, and what watches over them."""
