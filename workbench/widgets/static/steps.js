/** Every rewrite of a compilation, one after the other. Of the list only the rows in sight are drawn. */
import { contents, follow, keys, make, pick, plural } from "./common.js";
import { kept } from "./frame.js";
import { families, outline, rewrites } from "./steps_data.js";

const ROW = 22;
const SPARE_ROWS = 6;
const MAX_LINES = 120;
const PLAY_MS = 700;
const BUCKETS = 480;
const SETTLE_MS = 120;
const WORDS = /("(?:\\.|[^"\\])*")|(%[\w$.\-]+(?:[#:]\d+)?)|(@[\w$.\-]+)|(!?\b(?:tensor|memref|vector)<[^>]*>|![\w.$]+(?:<[^>]*>)?|\b(?:[su]?i\d+|f\d+|bf16|index)\b)|(-?\b\d[\w.]*)/g;
const WORD_KINDS = [null, 5, 2, 4, 3, 6];

/** @param {number} nanoseconds */
function duration(nanoseconds) {
  if (!nanoseconds) return "";
  if (nanoseconds < 1e3) return `${nanoseconds} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(nanoseconds < 1e4 ? 1 : 0)} µs` : `${(nanoseconds / 1e6).toFixed(1)} ms`;
}

/** A line of IR in words with their colours; the op's own name is bold. */
function words(el, text, name) {
  const node = make(el, "span", {});
  const plain = (part) => {
    const at = name ? part.indexOf(name) : -1;
    if (at < 0) return node.append(part);
    node.append(part.slice(0, at), make(el, "span", { class: "wb-t1" }, name), part.slice(at + name.length));
    name = "";
  };
  let cursor = 0;
  for (const match of text.matchAll(WORDS)) {
    if (name && match[0] === `"${name}"`) continue;
    plain(text.slice(cursor, match.index));
    const kind = WORD_KINDS[match.slice(1).findIndex((part) => part !== undefined) + 1];
    node.append(make(el, "span", { class: `wb-t${kind}` }, match[0]));
    cursor = match.index + match[0].length;
  }
  plain(text.slice(cursor));
  return node;
}

async function render({ model, el }) {
  const data = await contents(model);
  const columns = await rewrites(data);
  const story = families(columns);
  const list = outline(data);
  const button = (text, title, act) => {
    const node = make(el, "button", { type: "button", title, "aria-label": title }, text);
    node.addEventListener("click", act);
    return node;
  };
  const told = make(el, "span", { class: "wb-told", role: "status" });
  const play = button("▶ play", "play or pause (Space)", () => playing(!timer));
  const find = make(el, "input", { type: "search", placeholder: "find: pass, pattern or text", "aria-label": "find rewrites by pass, pattern or text" });
  const touches = make(el, "span", { class: "wb-count", role: "status" });
  const back = button("◂ touched", "previous rewrite that touched the selected op (p)", () => jump(-1));
  const on = button("touched ▸", "next rewrite that touched the selected op (n)", () => jump(1));
  const bar = make(
    el, "div", { class: "wb-bar" },
    button("|◀", "first rewrite (Home)", () => go(0)), button("◀", "one back (←)", () => go(at - 1)),
    button("▶", "one on (→)", () => go(at + 1)), button("▶|", "last rewrite (End)", () => go(data.total - 1)), play,
    told, make(el, "span", { class: "wb-touches" }, back, on, touches), find,
  );
  const slider = make(el, "input", { type: "range", class: "wb-slider", min: 0, max: Math.max(data.total - 1, 0), value: 0, "aria-label": "rewrite" });
  const marks = make(el, "div", { class: "wb-marks", "aria-hidden": "true" });
  const rows = make(el, "div", { class: "wb-rows", tabindex: 0, role: "tree", "aria-label": "stages, passes and rewrites" });
  const tall = make(el, "div", { class: "wb-tall" });
  rows.append(tall);
  const card = make(el, "div", { class: "wb-card", role: "region", tabindex: 0, "aria-label": "the rewrite" });
  const root = make(
    el, "div", { class: "wb wb-steps", tabindex: -1, role: "group", "aria-label": data.label },
    bar, marks, slider, make(el, "div", { class: "wb-split" }, rows, card),
  );
  el.append(root);

  let at = -1;
  let found = null;
  let touched = new Int32Array();
  let timer = null;
  let settle = null;
  let own = false;

  function rowNode(n) {
    const row = list.row(n);
    const style = `top: ${n * ROW}px`;
    if (row.kind === "told") return make(el, "div", { class: "wb-row wb-row-stage", style, role: "treeitem", "aria-level": 1 }, row.text);
    if (row.kind === "stage") return make(el, "div", { class: "wb-row wb-row-stage", style, title: row.stage.meaning, role: "treeitem", "aria-level": 1 }, `→ ${row.stage.name}`, make(el, "span", { class: "wb-count" }, row.stage.title));
    if (row.kind === "idle") {
      const node = make(el, "div", { class: "wb-row wb-row-idle", style, role: "treeitem", "aria-level": 2, "aria-expanded": row.open }, `${row.open ? "▾" : "▸"} ${row.text}`);
      node.addEventListener("click", () => (list.idle.has(row.stage) ? list.idle.delete(row.stage) : list.idle.add(row.stage), relay()));
      return node;
    }
    if (row.kind === "quiet") return make(el, "div", { class: "wb-row wb-row-idle wb-deep", style, title: row.pass.summary, role: "treeitem", "aria-level": 3 }, row.pass.name, make(el, "span", { class: "wb-count" }, duration(row.pass.time)));
    if (row.kind === "pass") {
      const node = make(el, "div", { class: "wb-row wb-row-pass", style, title: row.pass.summary, role: "treeitem", "aria-level": 2, "aria-expanded": row.open }, `${row.open ? "▾" : "▸"} `, make(el, "b", {}, row.pass.name), make(el, "span", { class: "wb-count" }, [row.pass.count.toLocaleString("en"), duration(row.pass.time)].filter(Boolean).join(" · ")));
      node.addEventListener("click", () => (list.open.has(row.pass) ? list.open.delete(row.pass) : list.open.add(row.pass), relay()));
      return node;
    }
    const [begin, middle, end] = columns.bounds(row.number);
    const node = make(
      el, "div", { class: `wb-row wb-row-rewrite${row.number === at ? " wb-now" : ""}${isTouched(row.number) ? " wb-touched" : ""}`, style, "data-n": row.number, role: "treeitem", "aria-level": 3, "aria-selected": row.number === at },
      make(el, "span", { class: "wb-num" }, String(row.number + 1)), make(el, "span", { class: "wb-name" }, data.patterns[columns.patterns[row.number]][0]),
      make(el, "span", { class: "wb-minus" }, `−${middle - begin}`), make(el, "span", { class: "wb-plus" }, `+${end - middle}`),
    );
    node.addEventListener("click", () => go(row.number));
    return node;
  }

  function isTouched(number) {
    let [low, high] = [0, touched.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (touched[middle] < number) low = middle + 1;
      else high = middle;
    }
    return touched[low] === number;
  }

  let drawn = null;
  function drawRows() {
    drawn = null;
    const first = Math.max(Math.floor(rows.scrollTop / ROW) - SPARE_ROWS, 0);
    const last = Math.min(Math.ceil((rows.scrollTop + (rows.clientHeight || 300)) / ROW) + SPARE_ROWS, list.size());
    const nodes = [];
    for (let n = first; n < last; n++) nodes.push(rowNode(n));
    tall.replaceChildren(...nodes);
  }
  const later = () => (drawn ??= requestAnimationFrame(drawRows));

  function relay() {
    list.lay(found);
    tall.style.height = `${list.size() * ROW}px`;
    drawRows();
  }

  function reveal() {
    if (!found) {
      const pass = list.passOf(at);
      if (pass && !list.open.has(pass)) {
        list.open.add(pass);
        relay();
      }
    }
    const place = list.place(at, found);
    if (place < 0) return;
    const top = place * ROW;
    if (top < rows.scrollTop + ROW || top > rows.scrollTop + rows.clientHeight - 2 * ROW) rows.scrollTop = top - rows.clientHeight / 3;
  }

  function diffLine(place, sign) {
    const serial = columns.serial(place);
    const text = columns.line(place);
    const looks = { "−": "wb-minus-line", "+": "wb-plus-line", "~": "wb-change-line" };
    const name = /^(?:%[^=]*= *)?"?([A-Za-z_][\w.$\-]*)/.exec(text)?.[1] ?? "";
    const node = make(el, "div", { class: `wb-diff ${looks[sign]}`, "data-s": serial, title: "click: select this op everywhere" }, make(el, "span", { class: "wb-sign" }, sign), words(el, text, name));
    node.addEventListener("click", () => selection.choose(pick.op(story.shown([serial]))));
    return node;
  }

  function drawCard() {
    if (at < 0) return card.replaceChildren(make(el, "p", {}, "This record has no rewrites."));
    const [begin, middle, end] = columns.bounds(at);
    const [name, file, line, source] = data.patterns[columns.patterns[at]];
    const pass = list.passOf(at);
    const stage = data.stages[pass.stage];
    const before = new Set();
    const after = new Set();
    for (let n = begin; n < middle; n++) before.add(columns.serial(n));
    for (let n = middle; n < end; n++) after.add(columns.serial(n));
    const body = make(el, "div", { class: "wb-diffs" });
    const range = (from, to, sign) => {
      for (let n = from; n < Math.min(to, from + MAX_LINES); n++) {
        const changed = before.has(columns.serial(n)) && after.has(columns.serial(n));
        body.append(diffLine(n, changed && sign === "+" ? "~" : sign));
      }
      if (to - from > MAX_LINES) body.append(make(el, "div", { class: "wb-count" }, `⋯ ${to - from - MAX_LINES} more`));
    };
    range(begin, middle, "−");
    range(middle, end, "+");
    if (middle === end) body.append(make(el, "div", { class: "wb-count" }, "nothing takes its place"));
    const where = file ? `${file}${line ? `:${line}` : ""}` : "";
    const time = columns.times[at] ? duration(columns.times[at]) : "";
    card.replaceChildren(
      make(el, "h3", {}, name),
      make(el, "p", { class: "wb-where" }, make(el, "span", {}, `${pass.name}, towards ${stage.name} · ${at - pass.first + 1} of ${pass.count.toLocaleString("en")} in this pass`), make(el, "code", {}, where), make(el, "span", { title: "since the rewrite before it: finding the match included" }, time)),
      body,
    );
    if (source) card.append(make(el, "pre", { class: "wb-source", tabindex: 0, "aria-label": "source of the pattern" }, source));
  }

  function go(number, hovers = true) {
    if (!data.total) return;
    at = Math.min(Math.max(number, 0), data.total - 1);
    slider.value = at;
    told.textContent = `${(at + 1).toLocaleString("en")} of ${plural(data.total, "rewrite")}`;
    slider.setAttribute("aria-valuetext", told.textContent);
    reveal();
    drawRows();
    drawCard();
    if (!hovers) return;
    clearTimeout(settle);
    // Other views follow when the reader rests: a light in each of them at every step would slow the steps.
    settle = setTimeout(() => {
      own = true;
      selection.hover(pick.op(story.shown(columns.ops(at))));
      own = false;
    }, SETTLE_MS);
  }

  function jump(by) {
    const next = by > 0 ? touched.find((n) => n > at) : touched.findLast((n) => n < at);
    if (next !== undefined) go(next);
  }

  function playing(wanted) {
    clearInterval(timer);
    timer = null;
    play.textContent = wanted ? "❚❚ pause" : "▶ play";
    if (!wanted) return;
    if (at >= data.total - 1) go(0);
    timer = setInterval(() => (at >= data.total - 1 ? playing(false) : go(at + 1)), PLAY_MS);
  }

  function drawMarks() {
    const [last, bits] = [Math.max(data.total - 1, 1), new Set()];
    for (const n of touched) bits.add(Math.floor((n / last) * (BUCKETS - 1)));
    const parts = list.passes.filter((pass) => pass.count).map((pass, n) => {
      const node = make(el, "span", { class: n % 2 ? "wb-odd" : "wb-even", style: `left: ${(pass.first / data.total) * 100}%; width: ${(pass.count / data.total) * 100}%`, title: `${pass.name}: ${plural(pass.count, "rewrite")}${pass.summary && `; it ${pass.summary}`}` });
      node.addEventListener("click", () => go(pass.first));
      return node;
    });
    marks.replaceChildren(...parts, ...[...bits].map((bit) => make(el, "i", { style: `left: ${(bit / BUCKETS) * 100}%` })));
  }

  let shownSeq = null;
  const selection = follow(model, (now, chosen) => {
    if (own || !chosen || now.seq === shownSeq) return;
    shownSeq = now.seq;
    touched = now.ops.length ? columns.touching(story.all(now.ops)) : new Int32Array();
    touches.textContent = now.ops.length ? `${plural(touched.length, "rewrite")} touched the selected op` : "select an op to follow it";
    back.disabled = on.disabled = !touched.length;
    drawMarks();
    later();
  });

  function search() {
    const needle = find.value.trim().toLowerCase();
    found = null;
    if (needle) {
      const names = data.patterns.map(([name]) => name.toLowerCase().includes(needle));
      const of = list.passes.filter((one) => one.count && one.name.toLowerCase().includes(needle));
      const hits = [];
      for (let n = 0; n < data.total; n++) {
        let hit = names[columns.patterns[n]] || of.some((one) => n >= one.first && n < one.first + one.count);
        const [begin, , end] = columns.bounds(n);
        for (let place = begin; !hit && place < end; place++) hit = columns.line(place).toLowerCase().includes(needle);
        if (hit) hits.push(n);
      }
      found = Int32Array.from(hits);
    }
    rows.scrollTop = 0;
    relay();
    if (found?.length) go(found[0]);
  }
  let searching = null;
  find.addEventListener("input", () => {
    clearTimeout(searching);
    searching = setTimeout(search, SETTLE_MS);
  });
  keys(find, {
    Escape: () => ((find.value = ""), search()),
    Enter: (event) => {
      const next = event.shiftKey ? found?.findLast((n) => n < at) : found?.find((n) => n > at);
      if (next !== undefined) go(next);
    },
  });

  const pass = (by) => {
    const busy = list.passes.filter((one) => one.count);
    const next = busy[busy.indexOf(list.passOf(at)) + by];
    if (next) go(next.first);
  };
  const moves = {
    ArrowRight: () => go(at + 1),
    ArrowLeft: () => go(at - 1),
    ArrowDown: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    Home: () => go(0),
    End: () => go(data.total - 1),
    PageDown: () => pass(1),
    PageUp: () => pass(-1),
    n: () => jump(1),
    p: () => jump(-1),
    " ": (event) => (event.target.matches("button") ? event.target.click() : playing(!timer)),
    "/": () => find.focus({ preventScroll: true }),
    Enter: (event) => {
      if (event.target.matches("button")) event.target.click();
      else if (at >= 0) selection.choose(pick.op(story.shown(columns.ops(at))));
    },
    Escape: () => selection.choose({}),
  };
  for (const node of [rows, card, root]) {
    keys(node, moves);
  }
  slider.addEventListener("input", () => go(Number(slider.value)));
  keys(slider, { ...moves, ArrowDown: () => go(at - 1), ArrowUp: () => go(at + 1) });
  rows.addEventListener("scroll", later);
  root.addEventListener("focusout", (event) => {
    if (!root.contains(event.relatedTarget)) {
      clearTimeout(settle);
      selection.hover(null);
    }
  });
  root.addEventListener("pointerup", (event) => {
    // The notebook takes the focus on a click; the view keeps it for its keys.
    // Keys may come before the timer does; then the search has the focus.
    const refocus = () => el.ownerDocument.activeElement === find || rows.focus({ preventScroll: true });
    if (!event.target.closest("input, button")) setTimeout(refocus);
  });
  relay();
  drawMarks();
  go(data.at, false);
  drawCard();
  const watch = new ResizeObserver(() => {
    reveal();
    later();
  });
  watch.observe(rows);
  return () => {
    watch.disconnect();
    clearInterval(timer);
    clearTimeout(settle);
    cancelAnimationFrame(drawn);
    selection.stop();
  };
}

export default { render: kept(render) };
