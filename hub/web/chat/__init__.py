"""The web chat as visitors meet it: the page in the frame, its socket, its files and its rooms."""
