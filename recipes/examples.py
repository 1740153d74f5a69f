"""The example files of the models, drawn and synthesised: `python -m recipes.examples`.

They are committed, so this runs only when one of them is to change. Nothing in them is
anybody's: the letters are of the font that Pillow carries, the voice is three resonators.
"""

import io
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

MODELS = Path(__file__).resolve().parent.parent / "models"
Sound = NDArray[np.float64]

RATE_HZ = 16_000
INVOICE = (
    (26, 38, "INVOICE", "2026-0417"),
    (100, 26, "Samovar", "Berlin"),
    (166, 26, "Teapot", "38.50"),
    (212, 26, "Glasses", "24.00"),
    (258, 26, "Sugar", "2.40"),
    (320, 34, "Total", "64.90"),
)
"""Lines of the invoice: top in pixels, size of the letters, a word on the left and the right.

Single words, because the recogniser is in two minds about spaces.
"""

VOWELS = {
    "a": ((730, 90), (1090, 110), (2440, 170)),
    "i": ((270, 60), (2290, 100), (3010, 170)),
    "u": ((300, 60), (870, 90), (2240, 170)),
    "e": ((530, 70), (1840, 100), (2480, 170)),
    "o": ((570, 70), (840, 90), (2410, 170)),
}
"""Resonances of a man's vowels, (hertz, bandwidth in hertz): Peterson and Barney 1952."""


def draw_invoice() -> Image.Image:
    """560 × 390 pixels of large print, black on white."""
    picture = Image.new("L", (560, 390), 255)
    pen = ImageDraw.Draw(picture)
    for top, size, left, right in INVOICE:
        font = ImageFont.load_default(size)
        pen.text((40, top), left, 0, font)
        pen.text((520, top), right, 0, font, anchor="ra")
    pen.line((40, 308, 520, 308), 0, 2)
    return picture


def draw_digit(digit: int, *, dark: bool) -> Image.Image:
    """One digit in a thick pen, 96 × 96 pixels, off the middle; dark on light, or light on dark."""
    ink, ground = (25, 245) if dark else (235, 15)
    picture = Image.new("L", (96, 96), ground)
    pen = ImageDraw.Draw(picture)
    pen.text((33, 4), str(digit), ink, ImageFont.load_default(66), stroke_width=2)
    return picture


def speak(syllables: str, seconds: float = 0.18) -> Sound:
    """A voice saying vowels with short stops between: float64 (samples,) in [−1, 1]."""
    parts = []
    for number, vowel in enumerate(syllables):
        pitch_hz = 125 - 25 * number / len(syllables)
        parts += [_voice(vowel, pitch_hz, seconds), np.zeros(int(0.05 * RATE_HZ))]
    spoken = np.concatenate(parts)
    quiet: Sound = 0.6 * spoken / np.abs(spoken).max()
    return quiet


def _voice(vowel: str, pitch_hz: float, seconds: float) -> Sound:
    count = int(seconds * RATE_HZ)
    time = np.arange(count) / RATE_HZ
    pitch = pitch_hz * (1 + 0.03 * np.sin(2 * np.pi * 5 * time) - 0.15 * time / seconds)
    phase = np.cumsum(pitch) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0)
    breath = np.random.default_rng(0).normal(0, 0.02, count)
    sound = np.convolve(pulses + breath, np.exp(-np.arange(80) / 10))[:count]
    for frequency_hz, width_hz in VOWELS[vowel]:
        sound = _resonate(sound, frequency_hz, width_hz)
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.02)
    shaped: Sound = sound * edge / np.abs(sound).max()
    return shaped


def _resonate(sound: Sound, frequency_hz: float, width_hz: float) -> Sound:
    """A second-order resonator, as in Klatt's synthesiser."""
    c = -np.exp(-2 * np.pi * width_hz / RATE_HZ)
    b = 2 * np.exp(-np.pi * width_hz / RATE_HZ) * np.cos(2 * np.pi * frequency_hz / RATE_HZ)
    heard = np.zeros(len(sound) + 2)
    for at, sample in enumerate(sound):
        heard[at + 2] = (1 - b - c) * sample + b * heard[at + 1] + c * heard[at]
    return heard[2:]


def wave_file(sound: Sound, rate_hz: int = RATE_HZ) -> bytes:
    """A WAV file of 16 bits, mono."""
    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return held.getvalue()


def png_file(picture: Image.Image, colours: int) -> bytes:
    """A PNG file of few colours."""
    held = io.BytesIO()
    picture.quantize(colours).save(held, "png", optimize=True)
    return held.getvalue()


def files() -> dict[str, bytes]:
    """Each example file's path below the models' folder, and its bytes."""
    voice = np.concatenate([np.zeros(4000), speak("aiueo", 0.12), np.zeros(8000)])
    hiss = np.random.default_rng(1).normal(0, 0.001, len(voice))
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    return {
        "ocr/examples/invoice.png": png_file(draw_invoice(), 16),
        "digits/examples/three.png": png_file(draw_digit(3, dark=True), 8),
        "digits/examples/four.png": png_file(draw_digit(4, dark=False), 8),
        "speech/examples/voice.wav": wave_file(voice + hiss),
        "speech/examples/tone.wav": wave_file(tone, 8000),
        "filetype/examples/table.csv": b"city,people\nOslo,709037\nBergen,291189\nTurku,201863\n",
    }


if __name__ == "__main__":
    for name, content in files().items():
        path = MODELS / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        print(f"{len(content):7} {name}")
