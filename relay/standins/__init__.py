"""Small real servers in place of Asterisk, Loymax and OTRS, for the demo and the tests; the relay imports none."""
