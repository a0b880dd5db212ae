"""A small synthetic network with planted truth, served over HTTP. Imports nothing of the product."""
