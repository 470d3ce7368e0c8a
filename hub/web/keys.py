"""Names under which handlers find what the application and the request carry."""

from aiohttp import web

from hub.context import Hub
from hub.model import Role
from hub.sandbox.world import World
from hub.store.agents import Agent
from hub.store.visibility import Visibility
from hub.web.permissions import Permission

HUB = web.AppKey("hub", Hub)
AGENT = web.RequestKey("agent", Agent)
"""Who is signed in; set on every route whose permission asks for a session."""
VISIBILITY = web.RequestKey("visibility", Visibility)
"""What that agent may see of conversations; set with AGENT."""
SEEN_AS = web.RequestKey("seen_as", Role)
"""The role as which an owner looks at the pages; set only then, and AGENT has that role meanwhile."""
NEEDED = web.RequestKey("needed", Permission)
"""What the route asks of whoever is signed in; set with AGENT."""
SESSION = web.RequestKey("session", str)
"""The hash of the session's token: what CSRF tokens are bound to."""
WORLD = web.AppKey("world", World)  # there only with the sandbox
