"""The release of this package and where its files are: what every layer may ask without asking the front door."""

from __future__ import annotations

from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parents[1]
"""The folder of the package `synth_ui`."""
