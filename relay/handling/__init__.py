"""Handling a call: what its operator does in Loymax, saved in the ticket, and the reason it was closed with."""
