"""What a bot's section of config.toml says."""

import re
from typing import Literal

from pydantic import SecretStr, field_validator

from hub.channel import ChannelSettings

API = "https://api.telegram.org"


class TelegramSettings(ChannelSettings):
    """secret_token: what Telegram shows with every webhook; made from the hub's secret when it is left out."""

    token: SecretStr
    api_base: str = API
    mode: Literal["webhook", "polling"] = "webhook"
    secret_token: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def _can_stand_in_a_path(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[\w:-]+", token.get_secret_value(), re.ASCII):
            raise ValueError("is not a bot token (1234567890:AA...); @BotFather gives it out")
        return token

    @field_validator("secret_token")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{32,256}", secret.get_secret_value()):
            raise ValueError("must be 32 to 256 of A-Z a-z 0-9 _ -")
        return secret

    @field_validator("api_base")
    @classmethod
    def _origin(cls, base: str) -> str:
        return base.rstrip("/")
