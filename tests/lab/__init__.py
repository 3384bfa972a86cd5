"""Tests of the lab; those marked `lab` need root and start a real Asterisk."""
