"""Delivering the outbox: one dispatcher per target; within it a bulkhead and a breaker per Company."""
