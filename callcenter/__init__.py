"""What both halves share, and the front door: settings, directory, phone numbers, the command line."""
