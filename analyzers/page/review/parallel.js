// Parallel coordinates: the best rows and an even sample, one axis a parameter.
const MOST_LINES = 500;

/** Return at most 500 rows: the best half by the figure, and every k-th of the others. */
function linesOf(rows, figure) {
  const order = rows.ordered(figure, !rows.least.has(figure)), values = rows.column(figure).values;
  let known = order.length;
  while (known && Number.isNaN(values[order[known - 1]])) known--;
  if (known <= MOST_LINES) return Array.from(order.subarray(0, known));
  const half = MOST_LINES / 2, rest = known - half, picked = Array.from(order.subarray(0, half));
  for (let k = 0; k < half; k++) picked.push(order[half + Math.floor(((k + 0.5) * rest) / half)]);
  return picked;
}

function axesOf(rows, figure) {
  const by = rows.column(figure), values = by.values, up = by.ascending;
  let last = up.length - 1;
  while (last > 0 && Number.isNaN(values[up[last]])) last--;
  const low = values[up[0]], high = values[up[last]];
  const share = (v) => (high > low ? (v - low) / (high - low) : 0.5);
  return [...rows.parameters.map((column) => (column.isDrawn ? drawnAxis(column) : { column, at: (row) => (column.values[row] + 0.5) / column.levels.length })),
    { column: by, at: (row) => share(by.values[row]), low, high }];
}

/** Return the axis of a parameter whose values were drawn: by its figures, not by their places. */
function drawnAxis(column) {
  const low = Math.min(...column.numbers), high = Math.max(...column.numbers);
  return { column, low, high, at: (row) => (column.number(row) - low) / (high - low) };
}

const isByPlace = (axis) => axis.column.isCoded && !axis.column.isDrawn;

function drawParallel(state) {
  const { rows, figure } = state, art = drawing("parallel"), { pen, ink } = art;
  const chosen = linesOf(rows, figure), axes = axesOf(rows, figure), last = axes[axes.length - 1];
  const widest = Math.max(...(isByPlace(axes[0]) ? axes[0].column.levels : [""]).map((one) => pen.measureText(one).width));
  const box = { left: Math.max(46, widest + 8), right: art.width - 58, top: 46, bottom: art.height - 14 };
  const step = (box.right - box.left) / Math.max(axes.length - 1, 1);
  const x = (k) => box.left + k * step, y = (share) => box.bottom - share * (box.bottom - box.top);
  state.parallelBox = { ...box, step, axes };
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches && !document.documentElement.classList.contains("printing");
  pen.globalAlpha = chosen.length > 100 ? 0.35 : 0.7;
  for (let k = chosen.length - 1; k >= 0; k--) {
    const row = chosen[k], share = last.at(row);
    // The far end of the scale, which the page's paper would swallow, is left out.
    const colour = cividis(isDark ? 0.3 + 0.7 * share : 0.86 * share).css;
    line(pen, axes.map((axis, i) => [x(i), y(jittered(axis, row))]), colour, k < 20 ? 1.8 : 1);
  }
  pen.globalAlpha = 1;
  if (state.chosenRow !== null) {
    const points = axes.map((axis, i) => [x(i), y(jittered(axis, state.chosenRow))]);
    line(pen, points, ink("paper"), 6);
    line(pen, points, ink("loud"), 2.5);
  }
  axes.forEach((axis, k) => drawAxis(art, axis, { x: x(k), y, box, k, step, state, n: axes.length }));
  if (state.brush) {
    const { axis, from, to } = state.brush;
    pen.fillStyle = ink("loud");
    pen.globalAlpha = 0.3;
    pen.fillRect(x(axis) - 9, Math.min(from, to), 18, Math.abs(to - from));
    pen.globalAlpha = 1;
  }
  byId("say-parallel").textContent = `${counted(chosen.length, "line")} of ${counted(rows.nPassing, "row")} that pass the filter` +
    (state.chosenRow === null ? "" : `; thick: combination ${rows.column("combination").text(state.chosenRow)}`);
  behind("parallel", () => tableOf("The lines, best first", ["combination", ...axes.map((one) => one.column.head)],
    chosen.slice(0, 100).map((row) => [rows.column("combination").text(row), ...axes.map((one) => one.column.text(row))])));
}

/** Return a line's place on an axis; lines of one level are spread a little, so that many show. */
function jittered(axis, row) {
  const share = axis.at(row);
  if (!isByPlace(axis)) return share;
  return share + ((((row * 2654435761) >>> 0) / 4294967296 - 0.5) * 0.5) / axis.column.levels.length;
}

function drawAxis({ pen, ink }, axis, { x, y, box, k, step, n }) {
  line(pen, [[x, box.top], [x, box.bottom]], ink("soft"), 1);
  const texts = isByPlace(axis) ? axis.column.levels.map((text, i) => [text, (i + 0.5) / axis.column.levels.length])
    : ticks(axis.low, axis.high, 5).map((v, _, all) => [tickText(v, all, axis.column.kind), (v - axis.low) / (axis.high - axis.low || 1)]);
  const every = Math.max(1, Math.ceil((13 * texts.length) / (box.bottom - box.top)));
  const isLast = k === n - 1;
  pen.textAlign = isLast ? "left" : "right";
  texts.forEach(([text, share], i) => { if (i % every === 0) outlined(pen, text, isLast ? x + 5 : x - 4, y(share), ink); });
  // Heads stand aslant of each other where they would touch: every second one a line higher.
  pen.textAlign = k === 0 ? "left" : k === n - 1 ? "right" : "center";
  pen.fillStyle = ink("ink");
  const isNarrow = pen.measureText(axis.column.head).width > step - 6;
  const at = k === 0 ? Math.max(0, x - 40) : k === n - 1 ? x + 54 : x;
  pen.fillText(cut(pen, axis.column.head, 2 * step - 8), at, isNarrow && k % 2 ? 12 : 30);
}

function cut(pen, text, room) {
  let short = text;
  while (short.length > 3 && pen.measureText(short).width > room) short = short.slice(0, -2);
  return short === text ? text : `${short}…`;
}

function outlined(pen, text, x, y, ink) {
  pen.lineJoin = "round";
  pen.lineWidth = 4;
  pen.strokeStyle = ink("paper");
  pen.strokeText(text, x, y);
  pen.fillStyle = ink("soft");
  pen.fillText(text, x, y);
}

/** Turn a drag along an axis into conditions of the filter. */
function brushing(state, refilter) {
  const canvas = byId("canvas-parallel");
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.onpointerdown = (event) => {
    const [px, py] = place(event), { left, step, axes } = state.parallelBox;
    const axis = Math.round((px - left) / step);
    if (axis < 0 || axis >= axes.length || Math.abs(left + axis * step - px) > 22) return;
    canvas.setPointerCapture(event.pointerId);
    state.brush = { axis, from: py, to: py };
  };
  canvas.onpointermove = (event) => {
    if (!state.brush) return;
    state.brush.to = place(event)[1];
    drawParallel(state);
  };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (!state.brush) return;
    const { axis, from, to } = state.brush, { top, bottom, axes } = state.parallelBox, one = axes[axis];
    state.brush = null;
    const shares = [from, to].map((at) => Math.max(0, Math.min(1, (bottom - at) / (bottom - top)))).sort((a, b) => a - b);
    refilter(one.column.name, Math.abs(to - from) < 4 ? [] : conditionsOf(one, shares));
  };
}

function conditionsOf({ column, low, high }, [from, to]) {
  if (!column.isCoded || column.isDrawn) return [`${column.name} >= ${(low + from * (high - low)).toPrecision(4)}`, `${column.name} <= ${(low + to * (high - low)).toPrecision(4)}`];
  const n = column.levels.length, first = Math.min(n - 1, Math.max(0, Math.ceil(from * n - 0.5))), end = Math.max(first, Math.min(n - 1, Math.floor(to * n - 0.5)));
  if (first === end) return [`${column.name} = ${column.levels[first]}`];
  return [`${column.name} >= ${column.levels[first]}`, `${column.name} <= ${column.levels[end]}`];
}
