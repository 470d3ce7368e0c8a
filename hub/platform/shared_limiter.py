"""Counts tries over all processes that share a Redis.

Loaded only when Redis is configured: the client costs memory and time at start.
"""

from collections.abc import Sequence
from typing import Any

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from hub.clock import Clock
from hub.platform.limiter import Limit, LocalLimiter

# KEYS the limits; ARGV: now, then for each limit its step and its window -> milliseconds to wait.
# Nothing is due later than a window from now: a clock that was put back locks nobody out for longer.
# Kept for a minute longer than it counts: the clocks of two processes differ, and Redis has one of its own.
_TAKE = """
local now, wait, due = tonumber(ARGV[1]), 0, {}
for at, key in ipairs(KEYS) do
  local step, window = tonumber(ARGV[2 * at]), tonumber(ARGV[2 * at + 1])
  due[at] = math.min(math.max(tonumber(redis.call('GET', key) or now), now), now + window)
  wait = math.max(wait, due[at] - now - (window - step))
end
if wait >= 1 then return math.ceil(wait) end
for at, key in ipairs(KEYS) do
  local next = due[at] + tonumber(ARGV[2 * at])
  redis.call('SET', key, next, 'PX', math.ceil(next - now) + 60000)
end
return 0
"""
_REFUND = """
for at, key in ipairs(KEYS) do
  local due = redis.call('GET', key)
  if due then redis.call('SET', key, tonumber(due) - tonumber(ARGV[at]), 'KEEPTTL') end
end
return 0
"""


class SharedLimiter:
    """All processes of one Redis; while Redis is away this process counts for itself."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._local = LocalLimiter(clock)
        self._redis: Any = aioredis.Redis.from_url(url)
        self._take = self._redis.register_script(_TAKE)
        self._refund = self._redis.register_script(_REFUND)

    async def take(self, limits: Sequence[Limit]) -> int:
        about = [word for limit in limits for word in (limit.step, limit.window)]
        try:
            return int(await self._take(keys=_names(limits), args=[self._clock.now(), *about]))
        except (RedisError, OSError):
            return await self._local.take(limits)

    async def refund(self, limits: Sequence[Limit]) -> None:
        try:
            await self._refund(keys=_names(limits), args=[limit.step for limit in limits])
        except (RedisError, OSError):
            await self._local.refund(limits)

    async def close(self) -> None:
        await self._redis.aclose()


def _names(limits: Sequence[Limit]) -> list[str]:
    return [f"hub:limit:{limit.key}" for limit in limits]
