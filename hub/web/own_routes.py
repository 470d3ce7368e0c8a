"""The sitemap's part about what agents set for themselves (see hub.web.routes)."""

from hub.store.audit import Deed
from hub.web import attendance, devices, key_settings, second_factor, seeing, sessions, settings
from hub.web.guard import END_SEEING
from hub.web.permissions import Permission
from hub.web.route import Handler, Route

_PROFILE = Deed.PROFILE_CHANGED


def _of_factors(path: str, handler: Handler, limit: int = 20_000) -> Route:
    """Changes what a sign-in asks for besides the password."""
    return Route("POST", path, Permission.SIGNED_IN, handler, limit=limit, deed=Deed.FACTOR_CHANGED)


OWN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/settings", Permission.SIGNED_IN, settings.show),
    Route("POST", "/settings", Permission.SIGNED_IN, settings.update, deed=Deed.PROFILE_CHANGED),
    Route("POST", "/settings/state", Permission.WRITE_CONVERSATIONS, attendance.update, limit=20_000),
    Route("POST", "/settings/password", Permission.SIGNED_IN, settings.update_password, deed=Deed.PASSWORD_CHANGED),
    Route("GET", "/settings/second-factor", Permission.SIGNED_IN, second_factor.show),
    Route("POST", "/settings/second-factor/proposal", Permission.SIGNED_IN, second_factor.propose, limit=20_000),
    _of_factors("/settings/second-factor/app", second_factor.create_app),
    _of_factors("/settings/second-factor/app/removal", second_factor.destroy_app),
    _of_factors("/settings/recovery-codes", second_factor.create_codes),
    Route("GET", "/settings/passkeys", Permission.SIGNED_IN, second_factor.show_passkey),
    _of_factors("/settings/passkeys", second_factor.create_passkey, limit=40_000),
    _of_factors("/settings/passkeys/{id}/removal", second_factor.destroy_passkey),
    Route("GET", "/settings/keys", Permission.SIGNED_IN, key_settings.show),
    Route("POST", "/settings/keys", Permission.SIGNED_IN, key_settings.update, limit=20_000),
    Route("POST", "/settings/sessions", Permission.SIGNED_IN, sessions.destroy, limit=20_000, deed=Deed.SESSIONS_ENDED),
    # an owner looks as another role does
    Route("POST", "/settings/seeing", Permission.OWN, seeing.create, limit=20_000, deed=Deed.SEEN_AS),
    Route("POST", END_SEEING, Permission.SIGNED_IN, seeing.destroy, limit=20_000, deed=Deed.SEEN_AS),
    # told of news while no page is open
    Route("POST", "/settings/devices/key", Permission.READ_CONVERSATIONS, devices.create_key, limit=20_000),
    Route("POST", "/settings/devices", Permission.READ_CONVERSATIONS, devices.create, limit=20_000, deed=_PROFILE),
    Route("POST", "/settings/devices/renewal", Permission.READ_CONVERSATIONS, devices.renew, limit=20_000),
    Route("POST", "/settings/devices/{id}", Permission.SIGNED_IN, devices.update, limit=20_000, deed=_PROFILE),
    Route("POST", "/settings/devices/{id}/removal", Permission.SIGNED_IN, devices.destroy, limit=20_000, deed=_PROFILE),
)
