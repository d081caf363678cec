"""Classifiers and regressions that a program trains: examples, features, folds, fitting, measures, and what is kept.

Nothing here is loaded by scoring that uses no classifier. scipy and scikit-learn are met in `linear.py` alone, and only
to learn: a classifier that was kept is used without them.
"""
