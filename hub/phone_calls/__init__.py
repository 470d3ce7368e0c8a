"""A phone call while it goes on: `steps` keeps its story, `control` holds it and hands it on."""
