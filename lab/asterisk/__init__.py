"""A real Asterisk 22 with SIPp in a Debian chroot of its own: `lab/asterisk/up` and `lab/asterisk/down`."""
