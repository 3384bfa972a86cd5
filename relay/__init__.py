"""The real-time path: Asterisk to Loymax, OTRS and the operators (see docs/architecture.md)."""
