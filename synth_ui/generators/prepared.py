"""The layer generators stand on, for packages of others: what is here keeps its meaning from release to release.

`PreparedGenerator` asks for one method, `learn`, and does the rest; see `synth_ui.generators._preparation.prepare` for what that is.
"""

from synth_ui.generators._preparation.prepare import Array, Model, ModelColumn, Prepared, PreparedGenerator

__all__ = ["Array", "Model", "ModelColumn", "Prepared", "PreparedGenerator"]
