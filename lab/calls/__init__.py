"""Real calls of known outcome through the lab's Asterisk: `python -m lab.calls`, and `python -m lab.calls.check`."""
