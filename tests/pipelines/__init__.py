"""Dagster: assets, checks and sensors in process, and once the real webserver and daemon."""
