"""What starts runs by itself. All are on in a fresh installation: figures are expected to be fresh."""
