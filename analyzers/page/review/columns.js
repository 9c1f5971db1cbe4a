// Columns of a sweep: decoded when first asked for, sorted once, levels of few values.
const TYPES = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array, f32: Float32Array };

class Column {
  constructor(given) {
    Object.assign(this, { name: given.name, head: given.head, kind: given.kind, levels: given.levels, numbers: given.numbers });
    this.given = given;
    this.isCoded = Boolean(given.levels);
    this.isDrawn = this.isCoded && given.levels.length > MOST_LEVELS && given.numbers.every((one) => one !== null);
  }

  /** The rows' values; of a coded column the places of their levels. */
  get values() {
    if (!this.decoded) {
      const text = atob(this.given.data);
      const bytes = new Uint8Array(text.length);
      for (let k = 0; k < text.length; k++) bytes[k] = text.charCodeAt(k);
      this.decoded = new TYPES[this.given.type](bytes.buffer);
      this.given = null;
    }
    return this.decoded;
  }

  text(row) {
    const value = this.values[row];
    return this.isCoded ? this.levels[value] : this.name === "combination" ? String(value) : written(value, this.kind);
  }

  /** A row's value as a number; NaN of a word. */
  number(row) {
    if (!this.isCoded) return this.values[row];
    const value = this.numbers[this.values[row]];
    return value === null ? NaN : value;
  }

  /** Rows from the lowest to the highest value; rows without one come last. */
  get ascending() {
    this.up ??= sortedIndex(this.values, this.values.length);
    return this.up;
  }

  /** The same from the highest; rows without a value still come last, equal ones by number. */
  get descending() {
    if (!this.down) {
      const up = this.ascending, values = this.values;
      let known = up.length;
      while (known && Number.isNaN(values[up[known - 1]])) known--;
      const down = new Uint32Array(up.length);
      let to = 0;
      for (let end = known; end > 0;) {
        let begin = end - 1;
        while (begin > 0 && values[up[begin - 1]] === values[up[end - 1]]) begin--;
        for (let k = begin; k < end; k++) down[to++] = up[k];
        end = begin;
      }
      down.set(up.subarray(known), known);
      this.down = down;
    }
    return this.down;
  }
}

// More values than this are draws, not a grid: a cell of their own would hold one row or none.
const MOST_LEVELS = 100, BINS = 12;

/** Return a parameter as an axis takes it: its levels, or bins of equal width where it was drawn. */
function axisOf(column) {
  if (!column.isDrawn) return column;
  if (!column.binned) {
    const known = column.numbers.filter((one) => one !== null), low = Math.min(...known), high = Math.max(...known);
    const size = (high - low) / BINS, digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(size))));
    const placeOf = column.numbers.map((one) => Math.min(BINS - 1, Math.floor((one - low) / size)));
    const levels = Array.from({ length: BINS }, (_, k) => (low + (k + 0.5) * size).toFixed(digits));
    const values = Uint8Array.from(column.values, (level) => placeOf[level]);
    column.binned = { name: column.name, head: `${column.head} (bins)`, levels, values, isCoded: true };
  }
  return column.binned;
}

/** Return the order of values, by radix: linear in the rows, stable, NaN last. */
function sortedIndex(values, n) {
  const keys = new Uint32Array(n);
  if (values instanceof Float32Array) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, n);
    for (let k = 0; k < n; k++) {
      const b = values[k] === 0 ? 0 : bits[k];
      keys[k] = Number.isNaN(values[k]) ? 0xffffffff : b & 0x80000000 ? ~b : b | 0x80000000;
    }
  } else for (let k = 0; k < n; k++) keys[k] = values[k] + 0x80000000;
  let from = new Uint32Array(n), to = new Uint32Array(n);
  for (let k = 0; k < n; k++) from[k] = k;
  const counts = new Uint32Array(2048);
  for (const shift of [0, 11, 22]) {
    counts.fill(0);
    for (let k = 0; k < n; k++) counts[(keys[k] >>> shift) & 2047]++;
    let sum = 0;
    for (let k = 0; k < 2048; k++) { const c = counts[k]; counts[k] = sum; sum += c; }
    for (let k = 0; k < n; k++) to[counts[(keys[from[k]] >>> shift) & 2047]++] = from[k];
    [from, to] = [to, from];
  }
  return from;
}

/** One sweep as the page holds it. */
class Rows {
  constructor(key, given, about) {
    Object.assign(this, { key, about, n: given.n, nSampled: given.n_sampled, nAll: given.n_all });
    Object.assign(this, { first: given.first_month, middle: given.middle, baselines: given.baselines });
    this.curves = new Map(given.curves);
    this.columns = given.columns.map((one) => new Column(one));
    this.byName = new Map(this.columns.map((one) => [one.name, one]));
    this.parameters = this.columns.filter((one) => one.kind === "level");
    this.figures = this.columns.filter((one) => ["number", "percent", "whole"].includes(one.kind) && one.name !== "combination");
    this.least = new Set(given.least_first);
    this.mask = new Uint8Array(this.n).fill(1);
    this.nPassing = this.n;
  }

  column(name) { return this.byName.get(name); }

  /** The rows that pass the filter, in the order of a column. */
  ordered(name, isDown) {
    const order = isDown ? this.column(name).descending : this.column(name).ascending;
    const out = new Uint32Array(this.nPassing);
    let to = 0;
    for (let k = 0; k < order.length; k++) if (this.mask[order[k]]) out[to++] = order[k];
    return out;
  }

  /** The sampled rows that pass and have a figure, ascending by it, and the figures beside them. */
  ranked(name) {
    if (this.kept?.mask !== this.mask || this.kept.name !== name) {
      const column = this.column(name), up = column.ascending, values = column.values;
      const places = new Uint32Array(up.length), figures = new Float32Array(up.length);
      let n = 0;
      for (let k = 0; k < up.length; k++) {
        const row = up[k], value = values[row];
        if (row < this.nSampled && this.mask[row] && !Number.isNaN(value)) { places[n] = row; figures[n++] = value; }
      }
      this.kept = { mask: this.mask, name, places: places.subarray(0, n), figures: figures.subarray(0, n) };
    }
    return this.kept;
  }

  /** Figures by group, each group's ascending, and where in them each group begins. */
  groupedBy(name, nGroups, groupOf) {
    const { places, figures } = this.ranked(name), n = places.length;
    const groups = new Uint32Array(n), starts = new Uint32Array(nGroups + 1), sorted = new Float32Array(n);
    for (let k = 0; k < n; k++) starts[(groups[k] = groupOf(places[k])) + 1]++;
    for (let k = 0; k < nGroups; k++) starts[k + 1] += starts[k];
    const next = starts.slice(0, -1);
    // Taken in ascending order, every group's figures come out sorted.
    for (let k = 0; k < n; k++) sorted[next[groups[k]]++] = figures[k];
    return { sorted, starts };
  }

  command(row) {
    return `${this.about.command} --combination ${this.column("combination").values[row]} ${this.about.more}`.trim();
  }
}
