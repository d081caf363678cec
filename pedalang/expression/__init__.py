"""Expressions as a plan holds them, and the one evaluator that runtime and study share.

Total and bounded: there is no recursion, no loop but over a finite list, and every list, text and number has a size
limit. Nothing here runs Python text.
"""
