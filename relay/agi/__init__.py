"""FastAGI: what a dial plan may ask the relay while a call waits for the answer."""
