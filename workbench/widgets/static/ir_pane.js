/**
 * A pane of `ir.js`: a stage's nodes and text, which of its lines are folded away, and which are drawn and how they are
 * marked.
 */
import { make } from "./common.js";
import { accumulated, paneText } from "./ir_text.js";

const MAX_MAIN = 12;
const MAIN_SHARE = 0.25;
const LINE_HEIGHT = 16;
const PADDING = 4;
const CHARACTER = 6.63;
export const DRAWN_WHOLE = 400;
const BEYOND = 6;
const MIN_CONSTANTS = 3;

/** A pane: its nodes, its text, which of its lines are folded away, and which are drawn. */
export class Pane {
  constructor(el, data, tables) {
    this.el = el;
    this.body = make(el, "div", { class: "wb-lines", tabindex: 0, role: "region", "aria-label": `${data.title}, text` });
    this.chunk = make(el, "div", { class: "wb-chunk" });
    this.body.append(this.chunk);
    this.count = make(el, "span", { class: "wb-count" });
    const badge = data.badge ? [make(el, "span", { class: "wb-badge", title: "the variant that the run used" }, data.badge)] : [];
    const head = make(el, "header", { title: data.meaning }, make(el, "b", {}, data.short), make(el, "span", { class: "wb-title" }, data.title), ...badge, this.count);
    this.node = make(el, "section", { class: "wb-pane", "data-pane": data.name }, head, this.body);
    this.main = [];
    this.at = null;
    this.used = -1;
    this.hits = new Map();
    this.hitNow = null;
    this.fill(data, tables);
  }

  /** Takes a text in place of the one there is. */
  fill(data, tables) {
    [this.data, this.tables] = [data, tables];
    this.nodes = accumulated(data.nodes);
    this.positions = new Map([...this.nodes].map((serial, n) => [serial, n]));
    this.common = Uint8Array.from(data.names, (name) => (tables.common.has(name) ? 1 : 0));
    this.folded = new Set();
    this.text = this.ranked = null;
    this.drawn = [];
    this.range = [0, 0];
    [this.top, this.height, this.moved] = [0, 272, false];
  }

  /** Sets the place that is drawn; `settle` scrolls to it. */
  scrollTo(top) {
    this.top = Math.min(Math.max(top, 0), Math.max(this.rows.length * LINE_HEIGHT + 2 * PADDING - this.height, 0));
    this.moved = true;
  }

  /** Scrolls to where the pane was drawn, which has the page laid out. */
  settle() {
    if (!this.moved) return;
    this.moved = false;
    this.body.scrollTop = this.top;
    this.height = this.body.clientHeight || this.height;
  }

  /** The text, with its rows: the lines that are not folded away. */
  lines() {
    if (!this.text) {
      this.text = paneText(this.data);
      this.lay();
    }
    return this.text;
  }

  name(op) {
    return this.tables.names[this.data.names[op]];
  }

  /** The line on which the op with a serial number begins, or -1. */
  lineOf(serial) {
    const op = this.positions.get(serial);
    if (op === undefined) return -1;
    const line = this.lines().lineOf(this.text.starts[op]);
    return this.text.begins[line] === op ? line : -1;
  }

  /** Whether constants begin on a line and enough of those before and after it to fold them. */
  constantsFrom(line) {
    let end = line;
    const { begins, lines, lastLine } = this.text;
    while (end < lines && begins[end] >= 0 && lastLine(end) === end && this.tables.constants.has(this.data.names[begins[end]])) end++;
    return end - line >= MIN_CONSTANTS ? end : line;
  }

  /** Finds the rows anew. */
  lay() {
    const { lines, lastLine } = this.text;
    const rows = [];
    this.hidden = new Map();
    for (let line = 0; line < lines; line++) {
      rows.push(line);
      let last = line;
      if (this.folded.has(line)) last = lastLine(line);
      else if (this.foldConstants) last = Math.max(this.constantsFrom(line) - 1, line);
      if (last > line) this.hidden.set(line, last - line);
      line = last;
    }
    this.rows = rows;
    this.chunk.style.minWidth = `${Math.min(this.text.longest, 450) * CHARACTER + 40}px`;
    this.chunk.style.height = `${rows.length * LINE_HEIGHT}px`;
    this.range = [0, 0];
  }

  /** The row that shows a line, or the one that it is folded into. */
  rowOf(line) {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle] <= line) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Unfolds what hides a line. */
  show(line) {
    if (this.rows[this.rowOf(line)] === line) return;
    for (const first of this.folded) if (first < line && this.text.lastLine(first) >= line) this.folded.delete(first);
    this.lay();
    if (this.rows[this.rowOf(line)] !== line) {
      this.foldConstants = false;
      this.lay();
    }
  }

  /** Folds or unfolds the region that begins on a line, or the innermost one around it. */
  fold(line) {
    const { begins, lastLine, around, lineOf, starts } = this.lines();
    let from = line;
    while (from >= 0 && lastLine(from) === from) {
      const op = begins[from] >= 0 ? around[begins[from]] : this.text.ownerOf(starts[0]);
      if (begins[from] < 0) from--;
      else if (op < 0) return null;
      else from = lineOf(starts[op]);
    }
    if (from < 0) return null;
    if (!this.folded.delete(from)) this.folded.add(from);
    this.lay();
    this.draw();
    return from;
  }

  /** Folds all regions of functions and of executables, or unfolds all there are. */
  foldAll() {
    const { begins, lines, lastLine, around } = this.lines();
    if (this.folded.size) this.folded.clear();
    else {
      for (let line = 0; line < lines; line++) {
        if (begins[line] >= 0 && around[begins[line]] >= 0 && lastLine(line) - line > 1) {
          this.folded.add(line);
          line = lastLine(line);
        }
      }
    }
    this.lay();
    this.draw();
  }

  /** Draws the rows that are in sight and some around them; returns whether any changed. */
  draw(again = false) {
    this.lines();
    const all = this.rows.length <= DRAWN_WHOLE;
    const top = Math.floor(this.top / LINE_HEIGHT);
    const inside = Math.ceil(this.height / LINE_HEIGHT);
    const first = all ? 0 : Math.max(top - BEYOND, 0);
    const last = all ? this.rows.length : Math.min(top + inside + BEYOND, this.rows.length);
    const [from, to] = this.range;
    const enough = all ? to === last && from === 0 : from <= Math.max(top - 2, 0) && to >= Math.min(top + inside + 2, this.rows.length) && to > from;
    if (enough && !again) return false;
    const known = new Map(again ? [] : this.drawn.map((row) => [row.line, row]));
    const keep = to > from;
    this.range = [first, last];
    this.drawn = [];
    for (let row = first; row < last; row++) this.drawn.push((keep && known.get(this.rows[row])) || this.row(this.rows[row]));
    this.chunk.style.paddingTop = `${first * LINE_HEIGHT}px`;
    this.chunk.replaceChildren(...this.drawn.map((row) => row.node));
    this.paint();
    return true;
  }

  /** A line's element, with its runs of one op each and their words. */
  row(line) {
    const { el, text } = this;
    const node = make(el, "div", { class: "wb-line", "data-n": line });
    const row = { line, node, runs: [], words: [] };
    if (text.gaps.has(line)) {
      node.classList.add("wb-t7", "wb-gap");
      node.title = "click for the whole stage; without a kernel, IRView(program, focus=…, stages=[…]) shows another part";
      node.append(text.lineAt(line));
      return row;
    }
    const op = text.begins[line];
    if (op >= 0) node.dataset.begins = this.nodes[op];
    if (text.lastLine(line) > line) {
      const open = !this.folded.has(line);
      node.append(make(el, "span", { class: "wb-fold", "aria-hidden": "true", title: open ? "fold (z)" : "unfold (z)" }, open ? "▾" : "▸"));
    }
    let run = null;
    for (const piece of text.pieces(line)) {
      const serial = piece.op >= 0 ? this.nodes[piece.op] : -1;
      if (!run || run.serial !== serial) {
        run = { serial, node: make(el, "span", serial >= 0 ? { class: "wb-op", "data-s": serial } : { "data-s": -1 }) };
        row.runs.push(run);
        node.append(run.node);
      }
      if (!piece.shown.trim()) run.node.append(piece.shown);
      else {
        const look = `wb-t${piece.kind}`;
        const word = make(el, "span", { class: look, "data-v": piece.value >= 0 ? piece.value : null }, piece.shown);
        row.words.push({ node: word, look, marks: "", start: piece.start, value: piece.value });
        run.node.append(word);
      }
    }
    const more = this.hidden.get(line);
    if (more) {
      const what = this.folded.has(line) ? `⋯ ${more} lines folded` : `⋯ ${more} more constants`;
      node.append(make(el, "span", { class: "wb-folded", title: "unfold (z)" }, what));
    }
    const ran = op >= 0 ? this.ran[this.nodes[op]] : undefined;
    if (ran !== undefined) node.append(make(el, "span", { class: "wb-ran", title: `the value of a run: ${ran}` }, `= ${ran}`));
    return row;
  }

  /** Marks what is lit, used and found in the rows that are drawn. */
  paint() {
    const { lit, older, seeds, mains } = this.light;
    for (const { line, node, runs, words } of this.drawn) {
      const own = node.dataset.begins === undefined ? -1 : Number(node.dataset.begins);
      let look = "wb-line";
      if (this.text.gaps.has(line)) look += " wb-t7 wb-gap";
      if (own >= 0 && lit[own]) {
        look += ` wb-lit ${seeds.has(own) ? "wb-here" : older[own] ? "wb-from" : "wb-to"}`;
        if (mains.has(own)) look += " wb-main";
      }
      if (line === this.cursor) look += " wb-cursor";
      if (node.className !== look) node.className = look;
      for (const run of runs) {
        if (run.serial < 0) continue;
        const mark = `wb-op${lit[run.serial] ? " wb-lit" : ""}${mains.has(run.serial) ? " wb-main" : ""}`;
        if (run.node.className !== mark) run.node.className = mark;
      }
      const found = this.hits.get(line);
      for (const word of words) {
        const used = this.used >= 0 && word.value === this.used ? " wb-use" : "";
        const hit = found?.has(word.start) ? ` wb-hit${word.start === this.hitNow ? " wb-hit-now" : ""}` : "";
        if (word.marks === used + hit) continue;
        word.marks = used + hit;
        word.node.className = word.look + word.marks;
      }
    }
  }

  /** How many ops are lit, and those that carry the story best, as positions; the others are by-products. */
  rank({ lit, nodes: all, shares }, weight) {
    const { nodes, common, positions } = this;
    const own = all.length < nodes.length ? all.filter((serial) => positions.has(serial)) : nodes.filter((serial) => lit[serial]);
    const rated = Array.from(own, (serial) => {
      const op = positions.get(serial);
      return { op, rate: Math.round(shares[serial] * (common[op] ? weight : 1) * 1e9) };
    });
    const best = rated.reduce((most, { rate }) => Math.max(most, rate), 0);
    const main = rated.filter(({ rate }) => rate >= best * MAIN_SHARE).sort((a, b) => b.rate - a.rate || a.op - b.op);
    return { count: rated.length, main: main.slice(0, MAX_MAIN).map(({ op }) => op) };
  }

  /** Scrolls as little as shows a line with some lines around it. */
  reveal(line, left = 0) {
    this.show(line);
    const { body } = this;
    const top = this.rowOf(line) * LINE_HEIGHT;
    const margin = 3 * LINE_HEIGHT;
    if (top < this.top + margin || top > this.top + this.height - margin) this.scrollTo(top - this.height / 3);
    const place = left * CHARACTER;
    this.draw();
    this.settle();
    if (place < body.scrollLeft || place > body.scrollLeft + body.clientWidth - 80) body.scrollLeft = Math.max(place - 60, 0);
  }

  /** Brings the first lit line into sight, with the best one. */
  bring(always) {
    this.aim(always);
    this.draw();
    this.settle();
  }

  /** Sets the place that `bring` scrolls to. */
  aim(always) {
    const tops = this.main.map((serial) => this.lineOf(serial)).filter((line) => line >= 0).map((line) => this.rowOf(line) * LINE_HEIGHT);
    if (!tops.length) return;
    const seen = tops[0] >= this.top && tops[0] + LINE_HEIGHT <= this.top + this.height;
    const first = Math.min(...tops.filter((top) => tops[0] >= top && tops[0] - top <= this.height * 0.6));
    if (!seen || always) this.scrollTo(first - this.height * 0.15);
  }
}
