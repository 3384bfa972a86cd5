"""Asterisk's Manager Interface: bytes -> frames (wire) -> events (events); the session is the edge."""
