"""Answers as people read them in a terminal: tables and small charts within 100 columns."""
