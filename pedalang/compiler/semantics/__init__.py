"""What names mean and which types expressions have. The tree is not touched; what is found stands beside it."""
