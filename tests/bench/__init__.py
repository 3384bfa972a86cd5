"""The benchmark: speed as ratios to what the machine can do, measured in the same run. `make bench`."""
