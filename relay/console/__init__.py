"""The operator's console: pages, sessions, and events as they happen."""
