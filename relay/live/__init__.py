"""The live page: what happens in the queues now, for the wall and for whoever answers for it."""
