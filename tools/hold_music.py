"""Makes hub/web/static/hold.wav, what callers hear while they wait: slow chords of sines, 8 kHz, 8 bit, without a seam.

python tools/hold_music.py
"""

import math
import wave
from pathlib import Path

RATE = 8_000
BAR = 4  # seconds
CHORDS = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (196.0, 246.9, 329.6))
FILE = Path(__file__).parent.parent / "hub" / "web" / "static" / "hold.wav"


def sample(moment: float) -> int:
    chord, within = CHORDS[int(moment // BAR) % len(CHORDS)], moment % BAR
    swell = math.sin(math.pi * within / BAR) ** 0.6
    plucked = math.exp(-3 * (moment % 1)) * math.sin(2 * math.pi * 2 * chord[int(moment) % 3] * moment)
    tone = sum(math.sin(2 * math.pi * note * moment) for note in chord) / 3
    return round(128 + 44 * swell * tone + 26 * plucked)


def main() -> None:
    with wave.open(str(FILE), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(RATE)
        out.writeframes(bytes(sample(at / RATE) for at in range(RATE * BAR * len(CHORDS))))


if __name__ == "__main__":
    main()
