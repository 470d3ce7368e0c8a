"""Paces a channel over all processes that share a Redis: the same algorithm, counted there.

Loaded only when Redis is configured: the client costs memory and time at start.
"""

import time
from typing import Any

from redis import asyncio as aioredis
from redis.exceptions import RedisError

from hub.outbound.pacing import LocalPacing

# KEYS[1] the key; ARGV: milliseconds per message, burst in messages, now -> milliseconds to wait (0: go)
_SCRIPT = """
local tat = tonumber(redis.call('GET', KEYS[1]) or ARGV[3])
local now, step = tonumber(ARGV[3]), tonumber(ARGV[1])
if tat < now then tat = now end
local wait = tat - now - step * (tonumber(ARGV[2]) - 1)
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], tat + step, 'PX', math.ceil(tat + step - now) + 1000)
return 0
"""


class SharedPacing:
    """All processes of one Redis; falls back to this process's own count while Redis is away."""

    def __init__(self, url: str) -> None:
        self._redis: Any = aioredis.Redis.from_url(url)
        self._script = self._redis.register_script(_SCRIPT)
        self._local = LocalPacing()

    async def take(self, key: str, per_second: float, burst: int = 1) -> float:
        if per_second <= 0:
            return 0.0
        try:
            now = time.time_ns() // 1_000_000
            wait = await self._script(keys=[f"hub:pace:{key}"], args=[1000 / per_second, burst, now])
        except (RedisError, OSError):
            return await self._local.take(key, per_second, burst)
        return int(wait) / 1000

    async def close(self) -> None:
        await self._redis.aclose()
