"""Excerpts for trainers: moments of calls, cut out of the recordings, to be played in class."""
