"""The doctor: looks at settings, secrets and every neighbour, changes nothing, says what to do."""
