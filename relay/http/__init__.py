"""What all of the API shares: who asks (auth), how it is refused (problems), whether we are well (health)."""
