"""A real call centre on one machine, for tests: everything on 127.0.0.1, nothing left behind."""
