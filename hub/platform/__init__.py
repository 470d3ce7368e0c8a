"""What a process stands on: logs, counters, crash points, the bus between processes, the guarded way out."""
