"""Names what a route asks for, and says which role may do it. Every route declares one permission."""

from enum import StrEnum

from hub.model import Role


class Permission(StrEnum):
    """The first three need no session: anybody, a provider (its signature is the key), an API token."""

    PUBLIC = "public"
    PROVIDER = "provider"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    SIGNED_IN = "signed-in"
    READ_CONVERSATIONS = "conversations.read"
    WRITE_CONVERSATIONS = "conversations.write"
    READ_CUSTOMERS = "customers.read"
    WRITE_CUSTOMERS = "customers.write"
    IMPORT_CUSTOMERS = "customers.import"
    WRITE_SEGMENTS = "segments.write"
    WRITE_SNIPPETS = "snippets.write"
    READ_CAMPAIGNS = "campaigns.read"
    WRITE_CAMPAIGNS = "campaigns.write"
    READ_TASKS = "tasks.read"
    WRITE_TASKS = "tasks.write"
    READ_SALES = "sales.read"
    WRITE_SALES = "sales.write"
    READ_AUDIT = "audit.read"
    MANAGE = "manage"
    OWN = "own"


WITHOUT_SESSION = frozenset({Permission.PUBLIC, Permission.PROVIDER, Permission.TOKEN})
_READ = {
    Permission.READ_CONVERSATIONS,
    Permission.READ_CUSTOMERS,
    Permission.READ_CAMPAIGNS,
    Permission.READ_TASKS,
    Permission.READ_SALES,
}
_ANSWER = {
    Permission.READ_CONVERSATIONS,
    Permission.WRITE_CONVERSATIONS,
    Permission.READ_CUSTOMERS,
    Permission.WRITE_CUSTOMERS,
    Permission.READ_CAMPAIGNS,
    Permission.READ_TASKS,
    Permission.WRITE_TASKS,
    Permission.READ_SALES,
    Permission.WRITE_SNIPPETS,
}
_SELL = {Permission.WRITE_SALES, Permission.WRITE_SEGMENTS, Permission.IMPORT_CUSTOMERS}
_MARKET = {
    Permission.READ_CUSTOMERS,
    Permission.WRITE_CUSTOMERS,
    Permission.READ_CAMPAIGNS,
    Permission.WRITE_CAMPAIGNS,
    Permission.WRITE_SEGMENTS,
    Permission.IMPORT_CUSTOMERS,
    Permission.READ_TASKS,
    Permission.WRITE_TASKS,
    Permission.READ_SALES,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.ADMIN: frozenset(Permission) - {Permission.OWN},
    Role.AGENT: frozenset({Permission.SIGNED_IN, *_ANSWER}),
    Role.SALES: frozenset({Permission.SIGNED_IN, *_SELL, *_ANSWER}),
    Role.MARKETING: frozenset({Permission.SIGNED_IN, *_MARKET}),
    Role.READ_ONLY: frozenset({Permission.SIGNED_IN, *_READ}),
}


def allows(role: Role, permission: Permission) -> bool:
    return permission in WITHOUT_SESSION or permission in GRANTS[role]
