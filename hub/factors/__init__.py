"""What people prove besides their password: an authenticator app or a passkey, with recovery codes for a bad day."""
