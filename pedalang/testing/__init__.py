"""Tests of programs: what a program says of its own contracts is played through."""
