"""OTRS and Znuny through PyOTRS: one ticket per call, converging by key."""
