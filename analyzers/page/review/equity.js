// Equity of the best rows against baselines, and all Sharpe ratios against luck's best.
const DASHES = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4]];
const SHOWN_CURVES = 3;

function cumulated(sums) {
  let total = 0, isKnown = false;
  return sums.map((one) => {
    if (one === null || Number.isNaN(one)) return isKnown ? total : NaN;
    isKnown = true;
    return (total += one);
  });
}

function monthText(first, k) {
  const [year, month] = first.split("-").map(Number), at = year * 12 + month - 1 + k;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, "0")}`;
}

/** Return the curves to draw: the best rows that pass, the chosen one, the middle, baselines. */
function curvesOf(state, ink) {
  const { rows, chosenRow } = state, number = rows.column("combination").values, place = new Map();
  for (let row = 0; row < rows.n; row++) if (rows.curves.has(number[row])) place.set(number[row], row);
  const passing = [...rows.curves.keys()].filter((one) => rows.mask[place.get(one)]).slice(0, SHOWN_CURVES);
  const chosen = chosenRow === null ? null : number[chosenRow];
  if (chosen !== null && rows.curves.has(chosen) && !passing.includes(chosen)) passing.push(chosen);
  const colours = ["c1", "c2", "c3", "c4"];
  const out = passing.map((one, k) => ({ text: `combination ${one}`, colour: ink(colours[k]), dash: DASHES[k % 5], sums: rows.curves.get(one), width: 2 }));
  if (rows.middle) out.push({ text: "middle of all rows", colour: ink("soft"), dash: [2, 3], sums: rows.middle, width: 1.6 });
  const names = { equal_weight_miners: "miners, equal weights", metal_basket: "metals", market: "market" };
  const inks = { equal_weight_miners: "c5", metal_basket: "c6", market: "ink" };
  for (const [name, sums] of Object.entries(rows.baselines))
    out.push({ text: `${names[name] || name}, not traded`, colour: ink(inks[name] || "soft"), dash: name === "market" ? [1, 3] : [], sums, width: 1.6 });
  return out.map((one) => ({ ...one, values: cumulated(one.sums) }));
}

function drawEquity(state) {
  const { rows } = state, art = drawing("equity"), { pen, ink } = art, curves = curvesOf(state, ink);
  const known = curves.flatMap((one) => one.values).filter((one) => !Number.isNaN(one));
  if (!known.length) {
    pen.fillStyle = ink("soft");
    pen.textAlign = "left";
    pen.fillText("No monthly sums are stored for rows that pass the filter.", 8, 20);
    byId("say-equity").textContent = "No curve to draw.";
    legend("equity", []);
    return;
  }
  const n = Math.max(...curves.map((one) => one.values.length));
  // Months of the grid in which nothing is known yet would squeeze the rest.
  const from = Math.min(...curves.map((one) => one.values.findIndex((v) => !Number.isNaN(v))).filter((k) => k >= 0));
  const box = { left: 56, right: art.width - 12, top: 24, bottom: art.height - 26 };
  const y = valueAxis(art, box, Math.min(...known, 0), Math.max(...known), "percent", "sum of daily returns");
  const x = (k) => box.left + ((k + 1 - from) / (n - from)) * (box.right - box.left);
  pen.textAlign = "center";
  pen.fillStyle = ink("soft");
  let lastLabel = -Infinity;
  for (let k = from; k < n; k++) {
    const text = monthText(rows.first, k);
    if (text.endsWith("-01") && x(k) - lastLabel > 42) {
      pen.fillText(text.slice(0, 4), x(k), box.bottom + 13);
      line(pen, [[x(k), box.bottom], [x(k), box.bottom + 4]], ink("soft"), 1);
      lastLabel = x(k);
    }
  }
  for (const one of [...curves].reverse()) line(pen, one.values.map((v, k) => [x(k), Number.isNaN(v) ? NaN : y(v)]), one.colour, one.width, one.dash);
  legend("equity", curves.map((one) => ({ ...one, text: `${one.text} ${written(one.values[one.values.length - 1], "percent")}` })));
  const hasChosen = state.chosenRow !== null && rows.curves.has(rows.column("combination").values[state.chosenRow]);
  byId("say-equity").textContent = (Object.keys(rows.baselines).length ? "" : "Baselines: n/a, no run below this folder rests on the same data. ") +
    (hasChosen || state.chosenRow === null ? "" : "The chosen row's months are not on this page: pick it for its curve.");
  const places = [];
  for (let k = from; k < n; k++) if (monthText(rows.first, k).endsWith("-12") || k === n - 1) places.push(k);
  behind("equity", () => tableOf("Cumulated return at the end of each year", ["month", ...curves.map((one) => one.text)],
    places.map((k) => [monthText(rows.first, k), ...curves.map((one) => written(one.values[k], "percent"))])));
}

function drawSpread(state) {
  const { rows } = state, art = drawing("spread"), { pen, ink } = art, by = rows.column("sharpe");
  if (!by) { byId("say-spread").textContent = "Every row has the same Sharpe ratio, or none."; return; }
  const values = by.values, luck = rows.about.luck;
  let low = luck ?? Infinity, high = luck ?? -Infinity, n = 0;
  for (let k = 0; k < rows.nSampled; k++) if (rows.mask[k] && !Number.isNaN(values[k])) { low = Math.min(low, values[k]); high = Math.max(high, values[k]); n++; }
  if (!n) { byId("say-spread").textContent = "No row with a Sharpe ratio passes the filter."; return; }
  const bins = Math.max(4, Math.min(60, Math.ceil(2 * Math.cbrt(n)))), size = (high - low || 1) / bins, counts = new Uint32Array(bins);
  let above = 0;
  for (let k = 0; k < rows.nSampled; k++) if (rows.mask[k] && !Number.isNaN(values[k])) {
    counts[Math.min(bins - 1, Math.floor((values[k] - low) / size))]++;
    if (luck !== null && values[k] > luck) above++;
  }
  const box = { left: 56, right: art.width - 12, top: 26, bottom: art.height - 40 }, most = Math.max(...counts);
  const y = valueAxis(art, box, 0, most, "whole", "rows"), x = (v) => box.left + ((v - low) / (bins * size)) * (box.right - box.left);
  pen.fillStyle = ink("market");
  counts.forEach((count, k) => pen.fillRect(x(low + k * size), y(count), Math.max(1, x(low + size) - x(low) - 1), y(0) - y(count)));
  const marks = ticks(low, high, Math.max(2, Math.round(art.width / 90)));
  pen.textAlign = "center";
  pen.fillStyle = ink("soft");
  for (const mark of marks) pen.fillText(tickText(mark, marks, "number"), x(mark), box.bottom + 11);
  pen.fillStyle = ink("ink");
  pen.fillText("Sharpe ratio a year", (box.left + box.right) / 2, box.bottom + 29);
  const shown = [{ text: "rows", colour: ink("market"), width: 8 }];
  if (luck !== null) {
    line(pen, [[x(luck), box.top - 6], [x(luck), box.bottom]], ink("c2"), 2, [6, 4]);
    shown.push({ text: `best expected of luck alone ${written(luck, "number")}`, colour: ink("c2"), dash: [6, 4] });
  }
  legend("spread", shown);
  byId("say-spread").textContent = luck === null ? "" : `${counted(above, "row")} of ${grouped.format(n)} above what luck alone would give the best.`;
  behind("spread", () => tableOf("Rows by Sharpe ratio", ["from", "to", "rows"],
    Array.from(counts, (count, k) => [written(low + k * size, "number"), written(low + (k + 1) * size, "number"), grouped.format(count)])));
}
