"""Letters on paper: what stands on a sheet (blocks, sheet), and how they leave (tray)."""
