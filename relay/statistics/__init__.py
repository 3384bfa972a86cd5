"""The statistics pages, of the published figures: the only part of the relay that knows `reports`."""
