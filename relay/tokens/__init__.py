"""Tokens: what Loymax is given instead of a number, and what it may ask with it."""
