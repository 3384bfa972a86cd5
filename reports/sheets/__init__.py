"""A module for each sheet of the workbook: `write(sheet, report, words)` fills it."""
