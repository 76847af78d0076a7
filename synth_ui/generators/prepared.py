"""The layer generators stand on, for packages of others: what is here keeps its meaning from release to release.

`PreparedGenerator` asks for one method, `learn`, and does the rest; see `synth_ui.generators._preparation.prepare` for what that is.
`LawfulGenerator` is the same with laws between columns kept whatever the model makes of them, and a setting to leave that.
"""

from synth_ui.generators._preparation.prepare import Array, LawfulGenerator, Model, ModelColumn, Prepared, PreparedGenerator

__all__ = ["Array", "LawfulGenerator", "Model", "ModelColumn", "Prepared", "PreparedGenerator"]
