"""What one running process holds. app.py builds it; handlers and jobs are given it; nothing is global."""

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import aiohttp

from hub.channel import Tools
from hub.clock import Clock
from hub.config import Settings
from hub.ids import new_id
from hub.inbound.intake import Intake
from hub.inbound.parse_pool import PlainReading, Reading
from hub.inbound.processing import ProcessingDeps
from hub.inbound.reactions import Reaction
from hub.inbound.reader import Reader
from hub.inbound.transcription import Engine, HttpEngine, Scribe
from hub.inbound.turns import Turns
from hub.keepsakes import Keepsakes
from hub.live import Live
from hub.outbound.deps import OutboxDeps
from hub.outbound.manners import Manners, well_mannered
from hub.outbound.plan import may_leave
from hub.outbound.verdicts import Decide, LeaveRule
from hub.platform.fetcher import GuardedFetcher, public_addresses
from hub.platform.limiter import Limiter, open_limiter
from hub.registry import Registry
from hub.sandbox.world import stays_here
from hub.signing import Signer
from hub.store.database import Store
from hub.store.visibility import Visibility
from hub.vault import Vault, open_vault
from hub.watch import Watch

ADDED_CONNECTIONS = 1_000  # at once, of all channels that were added by the API


@dataclass(frozen=True)
class Hub:
    """settings: config.toml; channels: the open adapters by name; signer: tokens; sandbox: is it switched on;
    rule: what decides about everything that leaves."""

    settings: Settings
    store: Store
    live: Live
    clock: Clock
    signer: Signer
    channels: Registry
    session: aiohttp.ClientSession
    fetch: GuardedFetcher
    base_url: str
    sandbox: bool = False
    process_id: str = field(default_factory=new_id)
    reading: Reading = field(default_factory=PlainReading)
    reactions: tuple[Reaction, ...] = ()
    rule: Decide = may_leave
    watch: Watch = field(default_factory=Watch)

    @cached_property
    def intake(self) -> Intake:
        """The way in: what is kept before anybody hears "ok"."""
        return Intake(self.store, self.clock, self.watch)

    @cached_property
    def reader(self) -> Reader:
        """Reads what intake kept."""
        settings = self.settings
        own = partial(self.channels.own_handles, "email")
        rules = (settings.company.country, settings.inbox.reopen_days, self.reactions, own)
        deps = ProcessingDeps(self.signer, *rules, writes_down=self.engine is not None)
        known = (self.store, self.clock, self.live, self.channels, self.intake)
        scribe = Scribe(self.store, self.engine)
        return Reader(*known, deps, self.reading, self.process_id, Turns(self.intake), scribe)

    @cached_property
    def engine(self) -> Engine | None:
        """Who writes down what callers leave; in the sandbox nothing that does so elsewhere."""
        wanted = self.settings.transcription
        elsewhere = self.sandbox and not stays_here({"api_base": wanted.url})
        return HttpEngine(wanted, self.fetch) if wanted.url and not elsewhere else None

    @cached_property
    def outbox_deps(self) -> OutboxDeps:
        """The way out."""
        return OutboxDeps(self.channels, self.signer, self.settings.company.name, self.leave_rule)

    def outbox_for(self, who: Visibility) -> OutboxDeps:
        """The way out for somebody who may not see everything: not over the channels of others."""
        return replace(self.outbox_deps, who=who)

    @cached_property
    def leave_rule(self) -> LeaveRule:
        """May something leave now? Asked with the company's time zone for customers who have none."""
        said = self.settings.advertising
        manners = Manners(said.quiet, said.at_most, said.days)
        return LeaveRule(well_mannered(self.rule, manners), self.settings.company.timezone, manners.window)

    @cached_property
    def zone(self) -> ZoneInfo:
        """Where the company is."""
        return ZoneInfo(self.settings.company.timezone)

    @cached_property
    def vault(self) -> Vault:
        """Locks away what the store must not hold in clear."""
        return open_vault(self.settings)

    @cached_property
    def limiter(self) -> Limiter:
        """Counts tries, over all processes where there is a Redis."""
        return open_limiter(self.settings.redis.url, self.clock)

    @cached_property
    def tools(self) -> Tools:
        """What adapters are handed."""
        secret = self.signer.key("adapters")
        kept = Keepsakes(self.store, self.vault)
        known = (self.session, self.fetch, self.clock, self.base_url, secret, self._is_reply_address)
        return Tools(*known, keepsakes=kept)

    @cached_property
    def guarded_tools(self) -> Tools:
        """For channels that were added by the API: whoever adds them names no server of the operator's networks."""
        return replace(self.tools, session=self.outside.session, fetch=self.outside, reach=public_addresses)

    @cached_property
    def outside(self) -> GuardedFetcher:
        """Their way out, apart from that of files and webhooks: who waits for messages holds a connection all day."""
        return GuardedFetcher(None, ADDED_CONNECTIONS, per_host=0)

    def _is_reply_address(self, address: str) -> bool:
        return self.signer.conversation_of(address) is not None
