"""Published figures that come in no file of the data folder, each with the file it stands in at its source."""

from __future__ import annotations

GAP_SOURCE = "enai4bio/tabular-dependency-gap at 8a4a565"
"""Code and results of "Measuring the Dependency Gap"; means and standard deviations over five runs, one where none is given."""

FLOOR, REAL = "columns drawn independently", "other real rows"

_SUMMARY = "results/step_063_gap_decomp_summary.csv"
_TABDIFF = "results/step_tabdiff_diag.csv"
_SMOTE = "results/step_smote.csv"
_SHOPPERS = "results/step_061b_gap_decomp_summary.csv"
_COPULA = "posthoc_copula/phase2_copula_compare.csv"

Figure = tuple[float, float]

GAP: dict[tuple[str, str], tuple[Figure, Figure | None, Figure | None, str]] = {
    (FLOOR, "adult"): ((0.9909, 0.0003), (0.5072, 0.0044), (0.4838, 0.0044), _SUMMARY),
    (FLOOR, "default"): ((0.9997, 0.0001), (0.5088, 0.0064), (0.4909, 0.0064), _SUMMARY),
    (FLOOR, "shoppers"): ((0.9760, 0.0017), (0.5131, 0.0098), (0.4629, 0.0103), _SHOPPERS),
    (FLOOR, "magic"): ((0.9950, 0.0003), (0.5156, 0.0076), (0.4794, 0.0076), _SUMMARY),
    ("SMOTE", "adult"): ((0.6708, 0.0035), (0.8498, 0.0021), (-0.1790, 0.0033), _SMOTE),
    ("SMOTE", "default"): ((0.6468, 0.0093), (0.6918, 0.0095), (-0.0450, 0.0061), _SMOTE),
    ("vine copula", "shoppers"): ((0.7129, 0.0110), None, None, _COPULA),
    ("TabDiff", "adult"): ((0.5914, 0.0030), (0.5375, 0.0042), (0.0540, 0.0042), _TABDIFF),
    ("TabDiff", "default"): ((0.5956, 0.0055), (0.5406, 0.0098), (0.0550, 0.0108), _TABDIFF),
    ("TabbyFlow", "adult"): ((0.6070, 0.0074), (0.5571, 0.0044), (0.0499, 0.0069), _SUMMARY),
    ("TabbyFlow", "default"): ((0.6133, 0.0075), (0.5366, 0.0122), (0.0768, 0.0117), _SUMMARY),
    ("TabbyFlow", "shoppers"): ((0.5707, 0.0105), (0.5540, 0.0179), (0.0166, 0.0164), _SHOPPERS),
    ("TabbyFlow", "magic"): ((0.5514, 0.0070), (0.5263, 0.0133), (0.0250, 0.0156), _SUMMARY),
    (REAL, "adult"): ((0.5032, 0.0027), (0.5033, 0.0018), (-0.0002, 0.0038), _SUMMARY),
    (REAL, "default"): ((0.5056, 0.0042), (0.5182, 0.0123), (-0.0126, 0.0120), _SUMMARY),
    (REAL, "shoppers"): ((0.5079, 0.0063), (0.5170, 0.0115), (-0.0091, 0.0136), _SHOPPERS),
    (REAL, "magic"): ((0.5077, 0.0059), (0.5211, 0.0067), (-0.0133, 0.0122), _SUMMARY),
}  # fmt: skip
"""By method and table: all there is, the marginal part, the dependency part, and the file."""

USEFULNESS_SOURCE = "the row of real data in TabSyn's and TabDiff's tables, as TabDLM (2026) reprints it"

USEFULNESS_OF_REAL = {"adult": 0.927, "default": 0.770, "shoppers": 0.926, "magic": 0.946, "beijing": 0.423}
"""What the same models reach when they are trained on the real training rows: AUC, beijing RMSE."""
