"""Keyword research: extension words with heat, trend, specificity and intent."""
