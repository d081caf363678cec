"""Models whose weights are in this process or on this disk: their folders, their chat tokens, and, for torch, the loop
that answers many prompts at once. Nothing here knows of requests, programs or plans: it takes tokens and gives tokens.
"""
