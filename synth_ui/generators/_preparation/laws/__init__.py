"""Laws between columns: found on the rows learned from, kept by the rows drawn, for all generators at once.

Every generator of ours that learns relationships keeps what nearly all real rows keep, whatever its model made of it, unless its
setting `keep_laws` is off. What is kept is found on the training rows alone and said in the candidate's notes ("kept: state follows
from city"):

- what follows from another column, over several steps too (postcode, city, state; product, maker). Where few rows hold each value, a
  row whose values do not go together gets another one that does, as often as real rows have it;
- the same where it holds but for about a fiftieth of the rows: as many rows are off it as were, not as they were;
- numbers and dates reckoned from others: in other units, weighted sums of two or three, products, ratios, to the last digit kept;
- numbers and dates never above another one; one that lies close above is learned as what lies between;
- pairs of values that never meet, though chance would have brought them together eight times.

So that nobody is given away, of a column few rows hold each value of (fewer than ten, on average) and others follow from, a value that
only one real row holds is not drawn: what goes with it is that row's own. Rows off a law get what such rows hold, not beside the
values they held it beside. The target is learned, unless another column tells it in every row. Not kept: laws with a blank on one side only, products and ratios of three, sums of four, what two
columns together tell of a third. Independent columns, formal privacy and SDV's generators keep none of these; rows drawn again keep them
by being real rows.
"""
