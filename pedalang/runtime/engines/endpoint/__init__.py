"""A server that is asked over a network: connections to it, how long it is waited for, and when it is left alone."""
