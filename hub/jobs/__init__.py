"""The loops of a process, and what they do for each channel and each subscriber."""
