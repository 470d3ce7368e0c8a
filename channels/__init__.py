"""The channel adapters, one module or package per type; see CONTRIBUTING for how to add one."""
