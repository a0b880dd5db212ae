"""Importers: read the files that other collectors wrote."""
