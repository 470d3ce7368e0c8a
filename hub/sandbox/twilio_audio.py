"""Makes real audio without a codec: a WAV that hums like a voice, an MP3 that is silent."""

import io
import math
import wave
from array import array

RATE = 8_000  # what the provider records: 8 kHz, 16 bit, one channel
MP3_HEADER = bytes((0xFF, 0xFB, 0x10, 0xC0))  # MPEG 1 layer III, 32 kbit/s, 44.1 kHz, mono
MP3_FRAME = MP3_HEADER + bytes(104 - len(MP3_HEADER))
MP3_FRAMES_PER_SECOND = 44_100 / 1_152


def voice_wav(seconds: int, pitch: int = 180) -> bytes:
    """A humming voice of so many seconds; another pitch gives other bytes."""
    second = array("h", (_sample(at / RATE, pitch) for at in range(RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(second.tobytes() * max(seconds, 0))
    return file.getvalue()


def silent_mp3(seconds: int) -> bytes:
    return MP3_FRAME * max(1, round(seconds * MP3_FRAMES_PER_SECOND))


def _sample(moment: float, pitch: int) -> int:
    syllables = 0.5 - 0.5 * math.cos(2 * math.pi * 4 * moment)
    tone = math.sin(2 * math.pi * pitch * moment) + 0.4 * math.sin(4 * math.pi * pitch * moment)
    return round(8_000 * syllables * tone)
