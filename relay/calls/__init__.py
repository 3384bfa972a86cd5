"""Calls: events folded into facts (call, tracker), and what each fact brings about (effects)."""
