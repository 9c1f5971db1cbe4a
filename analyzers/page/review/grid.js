// The table of rows: only those in view stand in the document.
const ROW = 26, BESIDE = 8;
const FIRST_SHOWN = ["sharpe", "sharpe_around", "sharpe_error", "total_return", "max_drawdown", "entries", "hit_rate", "regime_episodes"];

class Grid {
  constructor(rows, onChosen) {
    this.rows = rows;
    this.onChosen = onChosen;
    this.box = byId("grid-box");
    this.table = byId("grid-table");
    this.by = rows.column("sharpe") ? "sharpe" : "combination";
    this.isDown = this.by !== "combination";
    this.shown = new Set(["combination", ...rows.parameters.map((one) => one.name), ...FIRST_SHOWN,
      ...rows.columns.filter((one) => one.kind === "word" && one.name === "status").map((one) => one.name)]);
    this.place = 0;
    this.box.onscroll = () => this.fill();
    this.box.onkeydown = (event) => this.key(event);
    this.table.tBodies[0].onclick = (event) => {
      const line = event.target.closest("tr[data-place]");
      if (line && !event.target.closest("button")) this.choose(Number(line.dataset.place));
    };
    this.ticks();
    this.heads();
    this.sort(this.by, this.isDown);
  }

  get columns() { return this.rows.columns.filter((one) => this.shown.has(one.name)); }

  ticks() {
    byId("ticks").replaceChildren(...this.rows.columns.map((one) => {
      const box = made("input", { type: "checkbox", checked: this.shown.has(one.name) });
      box.onchange = () => {
        if (box.checked) this.shown.add(one.name); else this.shown.delete(one.name);
        this.heads();
        this.fill(true);
      };
      return made("label", {}, box, one.head);
    }));
  }

  heads() {
    const cells = this.columns.map((one) => {
      const button = made("button", { type: "button", title: one.name }, one.head);
      button.onclick = () => {
        // What is worse when higher, and what is a setting, begins at its lowest.
        const first = !(one.kind === "level" || this.rows.least.has(one.name) || one.name === "combination");
        this.sort(one.name, one.name === this.by ? !this.isDown : first);
        this.heads();
        this.table.querySelector(`th[data-name="${one.name}"] button`).focus();
      };
      const way = one.name === this.by ? (this.isDown ? "descending" : "ascending") : "none";
      return made("th", { scope: "col", class: "num", "aria-sort": way, "data-name": one.name }, button);
    });
    this.table.tHead.replaceChildren(made("tr", {}, ...cells, made("th", { scope: "col" }, made("span", { class: "unseen" }, "command"))));
  }

  sort(name, isDown) {
    this.by = name;
    this.isDown = isDown;
    timed("sort", () => { this.order = this.rows.ordered(name, isDown); this.top(); });
  }

  /** Show the rows from the first again, after a sort or a filter. */
  top() {
    this.table.setAttribute("aria-rowcount", this.order.length + 1);
    this.box.scrollTop = 0;
    this.choose(0, false);
  }

  fill(isForced = false) {
    const first = Math.max(0, Math.floor(this.box.scrollTop / ROW) - BESIDE);
    const last = Math.min(this.order.length, first + Math.ceil(this.box.clientHeight / ROW) + 2 * BESIDE);
    if (!isForced && first === this.from && last === this.to) return;
    [this.from, this.to] = [first, last];
    const columns = this.columns, lines = [];
    const space = (n) => made("tr", { class: "space", "aria-hidden": "true" }, made("td", { colspan: columns.length + 1, style: `height:${n * ROW}px` }));
    if (first) lines.push(space(first));
    for (let place = first; place < last; place++) lines.push(this.line(place, columns));
    if (last < this.order.length) lines.push(space(this.order.length - last));
    if (!this.order.length) lines.push(made("tr", {}, made("td", { colspan: columns.length + 1 }, "No row passes the filter.")));
    this.table.tBodies[0].replaceChildren(...lines);
  }

  line(place, columns) {
    const row = this.order[place];
    return made("tr", { "data-place": place, "aria-rowindex": place + 2, "aria-current": place === this.place ? "true" : false },
      ...columns.map((one) => made("td", { class: "num" }, one.text(row))),
      made("td", {}, made("button", { type: "button", class: "copy", tabindex: -1, "data-copy": this.rows.command(row) }, "Copy")));
  }

  choose(place, isScrolled = true) {
    if (!this.order.length) { this.onChosen(null); return; }
    this.place = Math.max(0, Math.min(this.order.length - 1, place));
    if (isScrolled) {
      const top = this.place * ROW, head = this.table.tHead.offsetHeight;
      if (top < this.box.scrollTop) this.box.scrollTop = top;
      if (top + ROW + head > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + ROW + head - this.box.clientHeight;
    }
    this.fill(true);
    this.onChosen(this.order[this.place]);
  }

  key(event) {
    const page = Math.floor(this.box.clientHeight / ROW) - 2;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (!(event.key in steps) || event.target !== this.box) return;
    event.preventDefault();
    const step = steps[event.key];
    this.choose(step === -Infinity ? 0 : step === Infinity ? this.order.length - 1 : this.place + step);
  }
}
