"""What the page of the leaderboard says in words. Figures are in none of it: they are measured or read."""

from __future__ import annotations

INTRODUCTION = """Written by `benchmarks/leaderboard.py`. Five public tables in the splits of TabSyn and TabDiff; each generator is fitted on
the training rows with its default settings and draws as many. Means over seeds, ± the standard deviation between them; the number of
runs stands in each row. In italics are rows whose truth is known: floors, where no relationship between columns is left, and real
rows. Published figures are read from their authors' result files, never measured here: april-tools/tabpc at 3f92668 (arXiv
2603.23016), who trained every method again by one code base, five models each, and enai4bio/tabular-dependency-gap at 8a4a565.
The first compares best with rows trained on, so it stands second here."""

DEFINITIONS = {
    "gap": """The fairest single figure there is: no generator has seen the test rows, so a copy of the training rows earns nothing more
than other real rows do. Boosted trees (XGBoost, 300 trees of depth 6, five-fold) are asked to tell drawn rows from test rows, in equal
numbers; shown is the area under the curve, ½ is guessing, less is better. In brackets: the same after every column was shuffled by itself in
both tables (what single columns give away), and the difference (what the relationships between columns give away). The smaller the
test table, the more the figure moves by chance: real rows do not get ½ exactly either.""",
    "protocol": """All against the *training* rows but MLE. *Shape*: one minus the Kolmogorov–Smirnov or total variation distance, mean over
columns. *Trend*: similarity of correlations or two-way tables, mean over all pairs, by the rule of sdmetrics 0.24 (later versions leave
weak pairs out and are not comparable). *C2ST*: 1 where a logistic model (LR) or boosted trees (XGB) guess which rows are training rows, 0
where they know. *wNMI*: one minus the weighted difference of normalised mutual information. *α-precision*, *β-recall*: synthcity's
naive form. *nearer than*: per cent of rows nearer to a training row than 2 and 5 % of the test rows are; ideal is 2 and 5, not 0 (far
from everything) and not more (copies). *MLE*: boosted trees trained on drawn rows, asked about the test rows (AUC; on beijing RMSE of
the logarithm). Bold: the best learned method by its mean. Seconds: ours to fit and to draw, theirs to train on their GPU. Rows called
published: `article_material/our_results` of april-tools/tabpc at 3f92668; all others are measured here. Test rows are not asked about
themselves.""",
}

FAULTS = """- **Copying is rewarded.** C2ST, Shape, Trend, α and β compare with the rows trained on: the training rows, copied, are first in
  all of them. Only *nearer than* and the test-based gap above tell.
- **Single columns are enough for some.** C2ST by a logistic model is about 1 for columns drawn independently: it sees no
  relationship. A good figure in it says nothing.
- **No allowance for chance.** Real test rows get a lower Shape and Trend than drawn ones: they are fewer, and nobody chose them to match
  the training rows. A figure above theirs is not more real; ours are drawn evenly, and the best of several candidates is chosen by its
  match with the training rows, which Shape, Trend and C2ST against train pay for.
- **Trend moves with one value.** In pairs of a number and a category the number is cut into ten bins of each table's own range: one
  large drawn value, or one that is not reached, moves all bins. It shows on default.
- **The best β-recall is not 1.** Real test rows get about half; who gets more is on the way to copies, which get 1.
- **MLE on default is of a damaged table.** The code keeps least and largest value of the first number for all columns; on default
  every number then goes through the logarithm of at least .01, and zero and negative bills become one value. Repeated here, so that
  figures compare.
- **MLE on beijing is chosen by a meaningless error.** The validation rows' target is left as it is while models are trained on its
  logarithm, so the settings chosen are those that are least wrong about something else: they win by a hair, and their error on the test
  rows differs by hundredths, so that even real rows give one figure or another by the draw of the validation rows. Repeated here.
- **Nearness on beijing leaves all categories out**, as the published code does for a table with year, month, day and hour.
- **C2ST takes categories written as numbers for numbers** (months, education codes), because it goes by the type in the file."""

REPEAT = """```
pip install -c constraints.txt -e '.[benchmarks]'
OMP_NUM_THREADS=1 python benchmarks/leaderboard.py --data FOLDER --seeds 5 --out leaderboard.jsonl
OMP_NUM_THREADS=1 python benchmarks/leaderboard.py --data FOLDER --generators "" --peers tvae ctgan --out leaderboard.jsonl
python benchmarks/leaderboard.py --data FOLDER --out leaderboard.jsonl --write
```

FOLDER holds the five tables in `tables/` and the published figures in `leaderboard/`. A run that was stopped goes on where it ended;
after a change of a generator only its rows are measured again. Peers are measured where they are installed, by their default settings: SDV's four, and TabularARGN (`--peers mostlyai-engine
--python PATH`, the Python of an environment that has it, as it asks for other versions of a package than Synth UI does)."""
