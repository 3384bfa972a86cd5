"""The first day: what an Asterisk's files and manager show, and the settings proposed from it.

`places` and `tails` read files; `manager` of relay/ami asks a PBX; all else is pure.
"""
