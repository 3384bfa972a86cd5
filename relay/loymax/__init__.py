"""Loymax: the client of its HTTP API, and the webhooks it is told calls by."""
