"""What this process counts for /metrics; what the store knows better is read from there when somebody asks."""

from prometheus_client import CollectorRegistry, Counter, Histogram

REGISTRY = CollectorRegistry()
ACCEPTED = Counter("hub_inbound_accepted", "Raw units stored durably.", ["channel"], registry=REGISTRY)
LANDED = Counter("hub_inbound_landed", "Raw units read, by outcome.", ["channel", "outcome"], registry=REGISTRY)
ATTEMPTS = Counter(
    "hub_attempts", "Attempts to hand a message over, by phase.", ["channel", "phase"], registry=REGISTRY
)
HTTP = Histogram(
    "hub_http_seconds",
    "Time to answer.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=REGISTRY,
)
