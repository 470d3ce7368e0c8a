"""HTML that strangers wrote: made safe to show, and turned into text."""
