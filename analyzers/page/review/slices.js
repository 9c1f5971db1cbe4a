// Slices: how a figure lies at each value of one parameter, the others taken together.
/** Return by level the quartiles, the median and the best of the sampled rows that pass. */
function sliceOf(rows, name, figure) {
  const at = axisOf(rows.column(name)), by = rows.column(figure), places = at.values;
  const { sorted, starts } = rows.groupedBy(figure, at.levels.length, (row) => places[row]);
  const counts = at.levels.map((_, k) => starts[k + 1] - starts[k]);
  const isLeast = rows.least.has(figure);
  const of = (share) => at.levels.map((_, k) => quantile(sorted, starts[k], starts[k + 1], share));
  return { at, by, low: of(0.25), median: of(0.5), high: of(0.75), best: of(isLeast ? 0 : 1), counts };
}

function drawSlices(state) {
  const { rows, cells, mark, figure } = state, art = drawing("slices"), { pen, ink } = art;
  const both = [sliceOf(rows, cells.x.name, figure), sliceOf(rows, cells.y.name, figure)];
  const through = [throughMark(cells, mark, true), throughMark(cells, mark, false)];
  byId("title-slices").textContent = `${cells.by.head} sliced by ${cells.x.head} and by ${cells.y.head}`;
  const known = [...both.flatMap((one) => [...one.low, ...one.best, ...one.high]), ...through.flat()].filter((one) => !Number.isNaN(one));
  if (!known.length) { byId("say-slices").textContent = "No row has a figure."; return; }
  const low = Math.min(...known), high = Math.max(...known), left = 52, gap = 26, room = (art.width - left - 8 - gap) / 2;
  both.forEach((slice, k) => {
    const box = { left: left + k * (room + gap), right: left + k * (room + gap) + room, top: 24, bottom: art.height - 44 };
    if (k) pen.globalAlpha = 1;
    const y = k ? scaleOf(art, box, low, high) : valueAxis(art, box, low, high, slice.by.kind, slice.by.head);
    const n = slice.at.levels.length, w = room / n, x = (i) => box.left + (i + 0.5) * w;
    slice.median.forEach((_, i) => {
      if (Number.isNaN(slice.low[i])) return;
      pen.fillStyle = ink("c6");
      pen.globalAlpha = 0.45;
      pen.fillRect(x(i) - Math.min(w * 0.35, 16), y(slice.high[i]), Math.min(w * 0.7, 32), Math.max(1, y(slice.low[i]) - y(slice.high[i])));
      pen.globalAlpha = 1;
    });
    const points = (values) => values.map((v, i) => [x(i), Number.isNaN(v) ? NaN : y(v)]);
    line(pen, points(slice.best), ink("c3"), 1.5);
    line(pen, points(through[k]), ink("c2"), 2, [5, 3]);
    line(pen, points(slice.median), ink("c1"), 2);
    if (n < 40) for (const [px, py] of points(slice.median)) if (!Number.isNaN(py)) { pen.fillStyle = ink("c1"); pen.fillRect(px - 2.5, py - 2.5, 5, 5); }
    axisOfLevels(art, slice.at, box, w, true);
  });
  legend("slices", [
    { text: "median", colour: ink("c1") }, { text: "middle half", colour: ink("c6"), width: 8 },
    { text: "best", colour: ink("c3"), width: 1.5 }, { text: "median through the mark", colour: ink("c2"), dash: [5, 3] }]);
  byId("say-slices").textContent = both.map((one) => `${one.by.head} by ${one.at.head}: medians ${spanOf(one.median, one.by.kind)}`).join("; ");
  behind("slices", () => made("div", {}, ...both.map((one, k) => tableOf(`${one.by.head} by ${one.at.head}`,
    [one.at.head, "lower quartile", "median", "upper quartile", "best", "through the mark", "rows"],
    one.at.levels.map((level, i) => [level, ...[one.low, one.median, one.high, one.best, through[k]].map((values) => written(values[i], one.by.kind)), grouped.format(one.counts[i])])))));
}

/** Draw the same horizontal lines without their figures; return the scale. */
function scaleOf(art, box, low, high) {
  const pad = (high - low || Math.abs(high) || 1) * 0.05, from = low - pad, to = high + pad;
  const y = (v) => box.bottom - ((v - from) / (to - from)) * (box.bottom - box.top);
  for (const mark of ticks(from, to, Math.max(2, Math.round((box.bottom - box.top) / 55))))
    line(art.pen, [[box.left, y(mark)], [box.right, y(mark)]], mark === 0 ? art.ink("soft") : art.ink("hair"), 1);
  return y;
}

/** Return the cells' medians along the row, or the column, of the heat map's mark. */
function throughMark(cells, mark, isAcross) {
  const n = isAcross ? cells.nx : cells.ny;
  if (mark === null) return Array(n).fill(NaN);
  const i = mark % cells.nx, j = Math.floor(mark / cells.nx);
  return Array.from({ length: n }, (_, k) => cells.median[isAcross ? j * cells.nx + k : k * cells.nx + i]);
}

function spanOf(values, kind) {
  const known = values.filter((one) => !Number.isNaN(one));
  return known.length ? `${written(Math.min(...known), kind)} to ${written(Math.max(...known), kind)}` : MISSING;
}
