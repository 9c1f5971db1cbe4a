// One sweep at a time: its data come as a script beside the page when it is chosen.
let state = null;

function drawAll(isNewCells = true) {
  if (isNewCells && rebuiltCells()) {
    timed("heat", () => drawHeat(state));
    timed("slices", () => drawSlices(state));
  }
  if (state.figure && state.rows.parameters.length) timed("parallel", () => drawParallel(state));
  timed("equity", () => drawEquity(state));
  timed("spread", () => drawSpread(state));
}

/** Make the cells again of what is chosen; false where a sweep has no two parameters. */
function rebuiltCells() {
  const { rows } = state, [x, y] = [byId("axis-x").value, byId("axis-y").value];
  const able = Boolean(x && y && x !== y && state.figure);
  byId("fig-heat").hidden = byId("fig-slices").hidden = !able;
  byId("fig-parallel").hidden = byId("axes").hidden = !rows.parameters.length;
  if (!able) return false;
  state.cells = timed("cells", () => cellsOf(rows, x, y, state.figure));
  state.mark = bestCell(state.cells[state.score], rows.least.has(state.figure) && state.score !== "count");
  return true;
}

/** Filter, order and draw; what is not understood is said and changes nothing. */
function filter() {
  const said = byId("filter-say"), { rows, grid } = state;
  try {
    timed("filter", () => {
      applyFilter(rows, byId("filter").value);
      grid.order = rows.ordered(grid.by, grid.isDown);
      grid.top();
    });
  } catch (error) {
    said.textContent = error.message;
    said.classList.add("wrong");
    return;
  }
  said.classList.remove("wrong");
  said.textContent = rows.nPassing === rows.n ? `All ${counted(rows.n, "row")}.` : `${grouped.format(rows.nPassing)} of ${counted(rows.n, "row")} pass.`;
  later(() => drawAll());
}

let waiting = 0;
/** Draw after the table is on the screen; only the last of several calls draws. */
function later(work) {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(() => { waiting = requestAnimationFrame(() => timed("draw", work)); });
}

function chosen(row) {
  const place = byId("chosen"), rows = state.rows;
  state.chosenRow = row;
  if (row === null) { place.replaceChildren(made("p", {}, "No row is chosen.")); return; }
  const command = rows.command(row), settings = rows.parameters.map((one) => `${one.head} ${one.text(row)}`).join(", ");
  place.replaceChildren(
    made("p", {}, made("b", {}, `Combination ${rows.column("combination").text(row)}`), `${settings && ": "}${settings}`),
    made("p", { class: "line" }, made("code", {}, command), made("button", { type: "button", class: "copy", "data-copy": command }, "Copy command"),
      made("span", { class: "note" }, "runs it whole through backtrader and writes its sheet")));
  if (state.isDrawn) later(() => drawAll(false));
}

function open(key, given) {
  const about = told.sweeps.find((one) => one.key === key).about;
  const rows = timed("decode", () => new Rows(key, given, about));
  state = { rows, figure: null, score: "around", mark: null, chosenRow: null, brush: null, isDrawn: false };
  byId("explorer").hidden = false;
  byId("state").textContent = [`${counted(rows.nAll, "combination")} of ${about.name}`, ...given.notes].join("; ");
  byId("filter").value = "";
  byId("filter-say").textContent = `All ${counted(rows.n, "row")}.`;
  if (!rows.n) { byId("explorer").hidden = true; state.isDrawn = true; return; }
  const figures = rows.figures.map((one) => [one.name, one.head]);
  state.figure = rows.column("sharpe") ? "sharpe" : figures.length ? figures[0][0] : null;
  options(byId("figure"), figures, state.figure);
  const drawn = rows.parameters.filter((one) => one.isDrawn || one.levels.length <= MOST_LEVELS).sort((a, b) => axisOf(b).levels.length - axisOf(a).levels.length);
  const pairs = drawn.map((one) => [one.name, one.head]);
  options(byId("axis-x"), pairs, pairs[0]?.[0]);
  options(byId("axis-y"), pairs, pairs[1]?.[0]);
  byId("score").value = "around";
  options(byId("filter-column"), rows.columns.map((one) => [one.name, one.head]), "sharpe");
  levelsOffered();
  state.grid = new Grid(rows, chosen);
  brushing(state, (name, conditions) => { byId("filter").value = replaced(byId("filter").value, rows, name, conditions); filter(); });
  later(() => { drawAll(); state.isDrawn = true; timings.ready = performance.now(); });
}

function levelsOffered() {
  const column = state.rows.column(byId("filter-column").value);
  byId("filter-levels").replaceChildren(...(column?.levels ?? []).slice(0, 200).map((value) => made("option", { value })));
}

function load(key) {
  if (loaded.has(key)) { open(key, loaded.get(key)); return; }
  byId("state").textContent = "Reading the sweep …";
  const script = made("script", { src: told.sweeps.find((one) => one.key === key).script });
  script.onerror = () => { byId("state").textContent = `${script.getAttribute("src")} is not beside this page: build it again with orebound review`; };
  document.head.append(script);
}

/** Move the heat map's mark to a cell and redraw what shows it. */
function moveMark(mark) {
  state.mark = mark;
  drawHeat(state);
  drawSlices(state);
}

function wire() {
  byId("which").onchange = (event) => load(event.target.value);
  byId("filter-form").onsubmit = (event) => { event.preventDefault(); filter(); };
  byId("filter-clear").onclick = () => { byId("filter").value = ""; filter(); };
  byId("filter-column").onchange = levelsOffered;
  byId("filter-add").onclick = () => {
    const value = byId("filter-value").value.trim();
    if (!value) return;
    const one = `${byId("filter-column").value} ${byId("filter-operator").value} ${value}`;
    byId("filter").value = [byId("filter").value.trim(), one].filter(Boolean).join(" and ");
    filter();
  };
  for (const [id, other] of [["axis-x", "axis-y"], ["axis-y", "axis-x"]])
    byId(id).onchange = () => {
      // The same parameter twice is no map: the other axis takes the one that was here before.
      if (byId(id).value === byId(other).value) byId(other).value = byId(id).dataset.before || Array.from(byId(other).options, (one) => one.value).find((one) => one !== byId(id).value) || "";
      for (const one of [id, other]) byId(one).dataset.before = byId(one).value;
      timed("switch", () => drawAll());
    };
  byId("figure").onchange = (event) => { state.figure = event.target.value; timed("switch", () => drawAll()); };
  byId("score").onchange = (event) => { state.score = event.target.value; timed("switch", () => drawAll()); };
  const heat = byId("canvas-heat");
  heat.onclick = (event) => {
    const box = heat.getBoundingClientRect(), at = state.heatBox, { nx, ny } = state.cells;
    const i = Math.floor((event.clientX - box.left - at.left) / at.w), j = Math.floor((at.bottom - (event.clientY - box.top)) / at.h);
    if (i >= 0 && j >= 0 && i < nx && j < ny) moveMark(j * nx + i);
  };
  heat.onkeydown = (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!steps || state.mark === null) return;
    event.preventDefault();
    const { nx, ny } = state.cells, i = (state.mark % nx) + steps[0], j = Math.floor(state.mark / nx) + steps[1];
    if (i >= 0 && j >= 0 && i < nx && j < ny) moveMark(j * nx + i);
  };
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width && state?.isDrawn) { width = innerWidth; redraw(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  for (const [event, isPrinting] of [["beforeprint", true], ["afterprint", false]])
    addEventListener(event, () => { document.documentElement.classList.toggle("printing", isPrinting); redraw(); });
}

/** Draw again as it was: other colours, other width, same marks. */
function redraw() {
  if (!state?.isDrawn) return;
  if (state.cells && !byId("fig-heat").hidden) { drawHeat(state); drawSlices(state); }
  drawAll(false);
}

window.orebound = {
  timings,
  add(key, given) { loaded.set(key, given); if (byId("which").value === key) open(key, given); },
  get state() { return state; },
};
if (told.sweeps.length) {
  wire();
  // After the first paint: what can be read at once is not kept waiting for the rows.
  requestAnimationFrame(() => setTimeout(() => load(byId("which").value), 0));
}
