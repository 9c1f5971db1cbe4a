// The heat map: the rows of each cell taken together, and the plateau around it.
const REDUCED = { median: "median of the rows", max: "best of the rows", count: "rows", around: "median of the cells around" };

/** Return cells by two parameters: counts, medians, bests; over the sampled rows that pass. */
function cellsOf(rows, xName, yName, figure) {
  const x = axisOf(rows.column(xName)), y = axisOf(rows.column(yName)), by = rows.column(figure);
  const nx = x.levels.length, ny = y.levels.length, xs = x.values, ys = y.values;
  const { sorted, starts } = rows.groupedBy(figure, nx * ny, (row) => ys[row] * nx + xs[row]);
  const counts = Float64Array.from({ length: nx * ny }, (_, k) => starts[k + 1] - starts[k]);
  const median = new Float64Array(nx * ny), max = new Float64Array(nx * ny), isLeast = rows.least.has(figure);
  for (let k = 0; k < nx * ny; k++) {
    median[k] = quantile(sorted, starts[k], starts[k + 1], 0.5);
    max[k] = counts[k] ? sorted[isLeast ? starts[k] : starts[k + 1] - 1] : NaN;
  }
  return { x, y, by, nx, ny, median, max, count: counts, around: around(median, nx, ny) };
}

/** Return a share's place between two ends of sorted figures, interpolated; NaN of none. */
function quantile(sorted, begin, end, share) {
  if (end <= begin) return NaN;
  const at = begin + share * (end - begin - 1), low = Math.floor(at), high = Math.min(low + 1, end - 1);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** Return the median of the up to eight cells around each; an empty cell stays empty. */
function around(cells, nx, ny) {
  return cells.map((own, k) => {
    if (Number.isNaN(own)) return NaN;
    const near = [], cx = k % nx, cy = Math.floor(k / nx);
    for (let y = Math.max(0, cy - 1); y <= Math.min(ny - 1, cy + 1); y++)
      for (let x = Math.max(0, cx - 1); x <= Math.min(nx - 1, cx + 1); x++)
        if ((x !== cx || y !== cy) && !Number.isNaN(cells[y * nx + x])) near.push(cells[y * nx + x]);
    near.sort((a, b) => a - b);
    return quantile(near, 0, near.length, 0.5);
  });
}

/** Return the best cell's place; null where no cell has a figure. */
function bestCell(values, isLeast) {
  let best = null;
  values.forEach((value, k) => {
    if (!Number.isNaN(value) && (best === null || (isLeast ? value < values[best] : value > values[best]))) best = k;
  });
  return best;
}

function drawHeat(state) {
  const { cells, score, mark } = state, values = cells[score], art = drawing("heat"), { pen, ink } = art;
  const kind = score === "count" ? "whole" : cells.by.kind;
  byId("title-heat").textContent = `${cells.by.head} by ${cells.x.head} and ${cells.y.head}: ${REDUCED[score]}`;
  const widest = Math.max(...cells.y.levels.map((one) => pen.measureText(one).width), 10);
  const box = { left: widest + 30, right: art.width - 64, top: 8, bottom: art.height - 44 };
  const w = (box.right - box.left) / cells.nx, h = (box.bottom - box.top) / cells.ny;
  const known = Array.from(values).filter((one) => !Number.isNaN(one));
  const low = Math.min(...known), high = Math.max(...known);
  const share = (v) => (high > low ? (v - low) / (high - low) : 1);
  state.heatBox = { ...box, w, h };
  pen.textAlign = "center";
  values.forEach((value, k) => {
    const x = box.left + (k % cells.nx) * w, y = box.bottom - (Math.floor(k / cells.nx) + 1) * h;
    if (Number.isNaN(value)) { hatch(pen, x, y, w, h, ink("hair")); return; }
    const colour = cividis(share(value));
    pen.fillStyle = colour.css;
    pen.fillRect(x, y, Math.max(w - 1, 0.7), Math.max(h - 1, 0.7));
    const text = written(value, kind);
    if (h > 14 && pen.measureText(text).width + 6 < w) {
      pen.fillStyle = colour.isDark ? "#fff" : "#000";
      pen.fillText(text, x + w / 2, y + h / 2);
    }
  });
  axisOfLevels(art, cells.x, box, w, true);
  axisOfLevels(art, cells.y, box, h, false);
  if (known.length) colourBar(art, box, low, high, kind);
  if (mark !== null) {
    const x = box.left + (mark % cells.nx) * w, y = box.bottom - (Math.floor(mark / cells.nx) + 1) * h;
    pen.strokeStyle = ink("paper"); pen.lineWidth = 5; pen.strokeRect(x - 1, y - 1, w + 1, h + 1);
    pen.strokeStyle = ink("loud"); pen.lineWidth = 2.5; pen.strokeRect(x - 1, y - 1, w + 1, h + 1);
  }
  behind("heat", () => tableOf(`${cells.by.head}, ${REDUCED[score]}`, [`${cells.y.head} \\ ${cells.x.head}`, ...cells.x.levels],
    cells.y.levels.map((level, j) => [level, ...cells.x.levels.map((_, i) => written(values[j * cells.nx + i], kind))])));
  sayCell(state);
}

function sayCell({ cells, score, mark }) {
  const said = byId("say-heat");
  if (mark === null) { said.textContent = "No cell has a figure."; return; }
  const kind = cells.by.kind, i = mark % cells.nx, j = Math.floor(mark / cells.nx);
  const of = (name) => written(cells[name][mark], kind);
  said.textContent = `${cells.x.head} ${cells.x.levels[i]}, ${cells.y.head} ${cells.y.levels[j]}: ${cells.by.head} ` +
    `median ${of("median")}, around it ${of("around")}, best ${of("max")}, ${counted(cells.count[mark], "row")}` +
    (score === "around" ? "" : `; shown: ${REDUCED[score]}`);
}

function hatch(pen, x, y, w, h, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, w - 1, h - 1);
  pen.clip();
  for (let at = -h; at < w; at += 6) line(pen, [[x + at, y + h], [x + at + h, y]], colour, 1);
  pen.restore();
}

function axisOfLevels({ pen, ink }, column, box, size, isAcross) {
  pen.fillStyle = ink("soft");
  const step = isAcross ? fitting(pen, column.levels, box.right - box.left) : Math.max(1, Math.ceil((14 * column.levels.length) / (box.bottom - box.top)));
  column.levels.forEach((text, k) => {
    if (k % step) return;
    pen.textAlign = isAcross ? "center" : "right";
    if (isAcross) pen.fillText(text, box.left + (k + 0.5) * size, box.bottom + 11);
    else pen.fillText(text, box.left - 6, box.bottom - (k + 0.5) * size);
  });
  pen.textAlign = "center";
  pen.fillStyle = ink("ink");
  if (isAcross) pen.fillText(column.head, (box.left + box.right) / 2, box.bottom + 31);
  else {
    pen.save();
    pen.translate(9, (box.top + box.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(column.head, 0, 0);
    pen.restore();
  }
}

function colourBar({ pen, width, ink }, box, low, high, kind) {
  const x = width - 56, n = 60, h = (box.bottom - box.top) / n;
  for (let k = 0; k < n; k++) {
    pen.fillStyle = cividis(k / (n - 1)).css;
    pen.fillRect(x, box.bottom - (k + 1) * h, 10, h + 0.5);
  }
  pen.textAlign = "left";
  pen.fillStyle = ink("soft");
  pen.fillText(written(high, kind), x + 14, box.top + 5);
  if (high > low) pen.fillText(written(low, kind), x + 14, box.bottom - 5);
}
