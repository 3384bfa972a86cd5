"""Figures read from the marts, as tables and workbooks. No clock, deterministic."""
