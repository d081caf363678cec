"""The language server: what an editor asks while a program is written. One feature a file; `server.py` joins them.

Features are functions of a workspace and what the client sent; they never raise for what is half typed. pygls is met
in `server.py` alone; its types (lsprotocol) are what the features speak.
"""
