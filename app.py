"""The dashboard's entry point: the router, nothing else. Start it with `make run`, `synth-ui serve` or `streamlit run app.py`."""

from synth_ui.ui import shell

shell.run()
