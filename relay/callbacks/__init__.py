"""The callback queue: who was not answered is called back, by one operator, once per claim."""
