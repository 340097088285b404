/**
 * Lanes of slices and moments, with arrows from cause to effect. Zoom with + and −, the wheel with Ctrl, or by dragging
 * a range; the picture is drawn anew for each width and range, so that text keeps its size. The cursor is at the
 * selected mark; under the lanes are the semaphores' payloads at the cursor.
 */
import { contents, draw, follow, keys, make, pick } from "./common.js";
import { kept } from "./frame.js";
import { ARROWS, COLOURS, SHAPES, SLICES, arrowPath, besideMarks, computesOf, duration, legendOf, spotsOf, tickStep, touches } from "./timeline_looks.js";

const LABEL = 132;
const ROW = 30;
const GAP = 20;
const TOP = 8;
const CHARACTER = 6;
const CHIPS = 24;
/** Width in pixels under which a mark that touches its neighbour is drawn as one with it. */
const NARROW = 3;
/** Length in pixels under which an arrow between dispatches is not drawn, nor a barrier between marks so near. */
const ARROW = 9;
async function render({ model, el }) {
  const data = await contents(model);
  const marks = [
    ...data.slices.map((s) => ({ ...s, slice: true })),
    ...data.instants.map((i) => ({ ...i, order: [i.order, i.order], time: [i.time, i.time], end_id: i.id })),
  ].sort((a, b) => a.order[0] - b.order[0] || a.id - b.id);
  const spans = new Map(data.waits.map((wait) => [wait.id, wait]));
  const familyOf = (mark) => data.families[data.familyOf[mark.id]];
  const byEvent = new Map(marks.flatMap((m) => [[m.id, m], [m.end_id, m]]));
  const tops = new Map();
  let bottom = TOP;
  for (const lane of data.lanes) {
    tops.set(lane.name, bottom);
    bottom += lane.rows * ROW + GAP;
  }
  const height = bottom + (data.memory.length ? 54 : 0) + 14;

  const root = make(el, "div", { class: "wb wb-timeline", tabindex: 0, role: "group", "aria-label": data.label });
  const back = make(el, "button", { type: "button", title: "step back (←)", "aria-label": "step back" }, "◀");
  const forth = make(el, "button", { type: "button", title: "step forward (→)", "aria-label": "step forward" }, "▶");
  const calls = make(el, "select", { "aria-label": "call", title: "the call that is shown ([ and ])" }, make(el, "option", { value: "" }, `all ${data.calls.length} calls`));
  const clockButton = make(el, "button", { type: "button", "aria-pressed": "false", title: "place events by their causes, or by the clock (t)" });
  const nearer = make(el, "button", { type: "button", title: "zoom in (+)", "aria-label": "zoom in" }, "+");
  const farther = make(el, "button", { type: "button", title: "zoom out (−)", "aria-label": "zoom out" }, "−");
  const whole = make(el, "button", { type: "button", title: "show everything (0)" }, "all");
  const legend = make(el, "span", { class: "wb-legend" }, ...legendOf(el, data));
  const plot = draw(el, "svg", { class: "wb-plot", height, role: "img", "aria-label": data.label });
  const key = make(el, "div", { class: "wb-numbered", role: "note", "aria-label": "names of the numbered slices" });
  const told = make(el, "div", { class: "wb-told", role: "status" });
  const payloads = make(el, "div", { class: "wb-payloads", role: "group", "aria-label": "semaphores" });
  const choice = data.calls.length > 1 ? [calls] : [];
  root.append(make(el, "div", { class: "wb-bar" }, back, forth, ...choice, clockButton, nearer, farther, whole, legend), plot, key, payloads, told);
  el.append(root);
  data.calls.forEach((id, n) => {
    const call = byEvent.get(id);
    calls.append(make(el, "option", { value: n }, `${n + 1}: ${call.label}, ${duration(call.time[1] - call.time[0])}`));
  });

  let clock = data.clock;
  let range = null;
  let lit = new Set();
  let width = 900;
  const at = (position) => (clock === "order" ? data.columns[position] * CHARACTER : position);
  const ends = { order: data.columns.at(-1) * CHARACTER, time: marks.reduce((last, m) => Math.max(last, m.time[1]), 0) };
  const extent = () => Math.max(ends[clock], 1);
  const shown = () => range ?? [0, extent()];
  const scale = () => (width - LABEL - 36) / Math.max(shown()[1] - shown()[0], 1e-9);
  const x = (position) => LABEL + 12 + (at(position) - shown()[0]) * scale();
  const clamp = (value) => Math.min(Math.max(value, LABEL + 2), width - 4);

  function text(px, py, string, look, anchor = "start") {
    return draw(el, "text", { x: px, y: py, class: look, "text-anchor": anchor }, string);
  }

  function bands() {
    for (const lane of data.lanes) {
      const top = tops.get(lane.name);
      const [name, ...below] = lane.title;
      plot.append(
        draw(el, "rect", { x: LABEL, y: top, width: Math.max(width - LABEL - 2, 1), height: lane.rows * ROW, rx: 5, class: "fill-card stroke-line" }),
        text(LABEL - 9, top + 14, name, "fill-ink bold size-11", "end"),
        ...below.map((line, n) => text(LABEL - 9, top + 26 + 11 * n, line, "fill-muted size-10", "end")),
      );
    }
  }

  function axis() {
    const y = height - 3;
    if (clock === "order") {
      plot.append(text(LABEL, y, "left to right: each event after its causes", "fill-muted size-10"));
      return;
    }
    const [first, last] = shown();
    const step = tickStep(last - first, (width - LABEL) / 110);
    for (let t = Math.ceil(first / step) * step; t <= last; t += step) {
      const px = LABEL + 12 + (t - first) * scale();
      plot.append(draw(el, "path", { d: `M${px} ${TOP}V${y - 11}`, class: "open stroke-line faint" }), text(px, y, duration(t), "fill-muted size-10", "middle"));
    }
  }

  /** The right edge of the last mark that is drawn in a row, by row; and the marks that are drawn as one with it. */
  let drawn = new Map();
  let hidden = new Set();
  let spots = new Map();
  /** The slices that are too narrow for their names: they have numbers, which are explained below the lanes. */
  let numbered = [];
  /** Whether a slice is so narrow that it would only cover its neighbour, which stands for both. */
  function merged(mark, begin, end) {
    const row = `${mark.lane} ${mark.depth} ${mark.slice ? "" : mark.kind}`;
    if (end - begin < NARROW && begin < (drawn.get(row) ?? -Infinity) + NARROW && !lit.has(mark.id)) {
      hidden.add(mark.id);
      return true;
    }
    drawn.set(row, end);
    return false;
  }
  function shape(mark) {
    const [begin, end] = mark[clock].map(x);
    if (end < LABEL || begin > width || merged(mark, begin, end)) return;
    const y = tops.get(mark.lane) + mark.depth * ROW;
    const label = `${mark.pending ? "pending " : ""}${mark.slice ? `${mark.kind} ` : ""}${mark.label} on ${mark.lane}`;
    const group = draw(el, "g", { class: `mark${lit.has(mark.id) ? " wb-lit" : ""}`, "data-event": mark.id, role: "button", "aria-label": label });
    if (mark.slice) {
      const look = mark.pending ? `hollow ${SLICES[mark.kind].split(" ")[1]} pending` : SLICES[mark.kind];
      const left = clamp(begin);
      const wide = Math.max(clamp(end) - left, 3);
      group.append(draw(el, "rect", { x: left, y: y + 3, width: wide, height: ROW - 6, rx: 4, class: `shape ${look}` }));
      const start = besideMarks(left + 7, mark.short.length * CHARACTER, spots.get(`${mark.lane} ${mark.depth}`) ?? []);
      const room = Math.floor((left + wide - 5 - start) / CHARACTER);
      const string = mark.short.length <= room ? mark.short : `${mark.short.slice(0, room - 1)}…`;
      if (room > 3) group.append(text(start, y + 18.5, string, "fill-ink mono size-10"));
      else {
        const number = String(numbered.push(mark));
        if (number.length * CHARACTER < wide) group.append(text(left + wide / 2, y + 18.5, number, "fill-ink mono size-10", "middle"));
      }
      group.append(draw(el, "title", {}, `${label}${computesOf(mark)}`));
    } else {
      const hollow = mark.pending || mark.kind === "free" || mark.kind === "fail";
      const colour = COLOURS[mark.kind] ?? "muted";
      const look = hollow ? `open stroke-${colour}` : `fill-${colour}`;
      group.append(
        draw(el, "rect", { x: begin - 9, y: y + 4, width: 18, height: ROW - 8, rx: 4, class: "halo" }),
        draw(el, "path", { d: SHAPES[mark.kind] ?? "M-4 -4H4V4H-4Z", transform: `translate(${begin} ${y + ROW / 2})`, class: `shape ${look}` }),
      );
    }
    plot.append(group);
  }

  /** Draws a wait as a line at the bottom of its lane, from its beginning to its end. */
  function wait(span) {
    const [begin, end] = span[clock].map(x);
    if (end < LABEL || begin > width) return;
    const y = tops.get(span.lane) + data.lanes.find((lane) => lane.name === span.lane).rows * ROW + 5 + 4 * (span.level % 3);
    const look = `open stroke-amber ${span.pending ? "pending" : "wait"}`;
    plot.append(draw(el, "path", { d: `M${clamp(begin)} ${y}H${Math.max(clamp(end), clamp(begin) + 2)}`, class: look, "data-wait": span.id },
      draw(el, "title", {}, `${byEvent.get(span.id).label}: ${span.cause}`)));
  }

  /** Draws a line after the last event that has happened. */
  function now() {
    if (data.now === null) return;
    const last = clock === "time" ? data.now : Math.max(...marks.filter((m) => !m.pending).map((m) => m.order[1]), 0);
    const px = x(last) + 8;
    if (px < LABEL || px > width) return;
    plot.append(draw(el, "path", { d: `M${px} ${TOP - 6}V${bottom - GAP}`, class: "open stroke-red pending" }), text(px - 4, TOP, "now", "fill-red size-10", "end"));
  }

  /** Returns the selected mark, where the cursor is; null for the end of the record. */
  const cursor = () => byEvent.get(chosenHere()) ?? null;
  function cursorLine() {
    plot.querySelector(".cursor")?.remove();
    const mark = cursor();
    if (mark) {
      const px = x(mark[clock][1]);
      if (px >= LABEL && px <= width) plot.append(draw(el, "path", { d: `M${px} ${TOP - 4}V${bottom - GAP + 4}`, class: "open stroke-ink cursor" }));
    }
    tellPayloads(mark);
  }

  /** Shows each semaphore's payload at the cursor and highlights the one that the selected event has changed. */
  function tellPayloads(mark) {
    if (!data.timelines.length) return;
    const position = mark ? mark[clock][1] : Infinity;
    const at = (timeline) => {
      const before = timeline.payloads.filter((p) => p[clock] <= position);
      const last = before[before.length - 1];
      return { name: timeline.name, value: last ? last.value : timeline.base, by: last?.sender, fresh: mark && last?.event === mark.id, when: last?.[clock] ?? -1 };
    };
    const rows = data.timelines.map(at);
    const shownRows = rows.length <= CHIPS ? rows : rows.sort((a, b) => b.when - a.when).slice(0, CHIPS);
    const chips = shownRows.map((row) => {
      const value = row.value === null ? "failed" : row.value;
      const title = row.by ? `brought there by ${row.by}` : "as it was at the beginning";
      return make(el, "span", { class: `wb-payload${row.fresh ? " wb-fresh" : ""}${row.value === null ? " wb-failed" : ""}`, title }, `${row.name} = ${value}`);
    });
    const more = rows.length - shownRows.length;
    payloads.replaceChildren(make(el, "b", {}, mark ? "semaphores at the cursor" : data.now === null ? "semaphores at the end" : "semaphores now"), ...chips, ...(more ? [`and ${more} more`] : []));
  }

  const needs = (kind) => kind === "data" || kind === "reuse";
  const middle = (mark) => (x(mark[clock][0]) + x(mark[clock][1])) / 2;
  function barrier([end, begin]) {
    const next = byEvent.get(begin);
    const [left, right] = [x(byEvent.get(end)[clock][1]), x(next[clock][0])];
    const px = (left + right) / 2;
    if (px < LABEL || px > width || x(next[clock][1]) - left < ARROW) return;
    const y = tops.get(next.lane) + next.depth * ROW;
    plot.append(draw(el, "path", { d: `M${px} ${y + 1}V${y + ROW - 1}`, class: "open stroke-muted barrier", "data-before": next.id }));
  }
  function arrow({ cause, effect, kind }) {
    const from = byEvent.get(cause);
    const to = byEvent.get(effect);
    const x1 = needs(kind) ? middle(from) : x(from[clock][from.end_id === cause ? 1 : 0]);
    const x2 = needs(kind) ? middle(to) : x(to[clock][to.end_id === effect && to.id !== effect ? 1 : 0]);
    if (Math.min(x1, x2) < LABEL || Math.max(x1, x2) > width) return;
    if (needs(kind) && Math.abs(x1 - x2) < ARROW && !(lit.has(from.id) && lit.has(to.id))) return;
    const y1 = tops.get(from.lane) + from.depth * ROW + ROW / 2;
    const y2 = tops.get(to.lane) + to.depth * ROW + ROW / 2;
    const [, look] = ARROWS[kind];
    const colour = look.match(/stroke-(\w+)/)[1];
    const { line, head } = arrowPath(needs(kind), x1, y1, x2, y2, ROW);
    const dim = lit.size && !(lit.has(from.id) && lit.has(to.id)) ? " wb-dim" : "";
    plot.append(
      draw(el, "g", { class: `arrow${dim}`, "data-kind": kind, "data-cause": cause, "data-effect": effect, "aria-hidden": "true" },
        draw(el, "path", { d: line, class: look }),
        draw(el, "path", { d: head, class: `fill-${colour}` })),
    );
  }

  function memory() {
    if (!data.memory.length) return;
    const base = bottom + 46;
    const peak = Math.max(...data.memory.map((p) => p[2]), 1);
    let route = `M${clamp(x(0))} ${base}`;
    for (const point of data.memory) route += `H${clamp(x(point[clock === "order" ? 0 : 1]))}V${base - (34 * point[2]) / peak}`;
    plot.append(
      draw(el, "path", { d: `${route}H${width - 4}V${base}Z`, class: "fill-paleblue stroke-blue" }),
      text(LABEL - 9, bottom + 14, "live bytes", "fill-ink bold size-11", "end"),
      text(LABEL - 9, bottom + 27, `peak ${peak}`, "fill-muted size-10", "end"),
    );
  }

  function redraw() {
    plot.replaceChildren();
    [drawn, hidden, numbered, spots] = [new Map(), new Set(), [], spotsOf(marks, (mark) => x(mark[clock][0]))];
    plot.setAttribute("width", width);
    clockButton.textContent = clock === "order" ? "clock: order of causes" : "clock: real time";
    clockButton.setAttribute("aria-pressed", String(clock === "time"));
    bands();
    axis();
    now();
    data.waits.forEach(wait);
    marks.filter((m) => m.slice).forEach(shape);
    data.barriers.forEach(barrier);
    data.arrows.forEach(arrow);
    marks.filter((m) => !m.slice).forEach(shape);
    memory();
    cursorLine();
    explainNumbers();
  }
  function explainNumbers() {
    const rest = numbered.length - CHIPS;
    const names = numbered.slice(0, CHIPS).map((mark, n) => make(el, "span", {}, make(el, "b", {}, String(n + 1)), ` ${mark.short}`));
    names.forEach((name, n) => name.addEventListener("click", () => choose(numbered[n])));
    key.hidden = !names.length;
    key.replaceChildren(...names, ...(rest > 0 ? [`and ${rest} more: zoom in`] : []));
  }

  const lights = marks.some((mark) => familyOf(mark).seeds.length);
  function tell(mark) {
    if (!mark) {
      told.replaceChildren(lights ? "Point at a slice; click it to light the ops it ran." : "Point at a slice.");
      for (const line of data.blocked) told.append(make(el, "div", { class: "wb-blocked" }, line));
      return;
    }
    const facts = mark.details.map(([key, value]) => `${key} ${value}`).join(" · ");
    const span = spans.get(mark.id);
    const waited = span ? ` · ${span.pending ? "waits" : `waited ${duration(span.time[1] - span.time[0])}`}, ${span.cause}` : "";
    const lasted = mark.pending ? " · pending" : mark.slice ? ` · ${duration(mark.time[1] - mark.time[0])}` : ` · at ${duration(mark.time[0])}`;
    told.replaceChildren(make(el, "b", {}, `${mark.slice ? mark.kind : ""} ${mark.label}`.trim()), `${computesOf(mark)} · ${mark.lane}${waited}${facts ? ` · ${facts}` : ""}${lasted}`);
    if (familyOf(mark).stages.length) told.append(make(el, "div", { class: "wb-bar wb-stages" }, ...familyOf(mark).stages.map(stageButton)));
  }
  /** The op that a slice comes from at one stage: brings it into sight in the other views. */
  function stageButton([stage, identity, name, serial]) {
    const button = make(el, "button", { type: "button", title: `select ${identity} in all views`, "data-serial": serial }, make(el, "b", {}, identity), ` ${name}`);
    button.addEventListener("click", () => selection.choose(pick.op([serial], stage)));
    return button;
  }

  let selection = null;
  selection = follow(model, (now) => {
    const ops = new Set(now.ops);
    const families = data.families.map((family) => ops.size > 0 && family.members.some((serial) => ops.has(serial)));
    lit = new Set();
    for (const mark of marks) {
      const here = now.run === data.run;
      const chosen = (here && mark.id === now.event) || (now.dispatch && mark.label === now.dispatch) || (here && touches(mark, now.buffer));
      if (chosen || families[data.familyOf[mark.id]]) lit.add(mark.id);
    }
    if ([...lit].some((id) => hidden.has(id))) redraw();
    for (const node of plot.querySelectorAll(".mark")) node.classList.toggle("wb-lit", lit.has(Number(node.dataset.event)));
    for (const node of plot.querySelectorAll(".arrow")) {
      const ends = [byEvent.get(Number(node.dataset.cause)).id, byEvent.get(Number(node.dataset.effect)).id];
      node.classList.toggle("wb-dim", lit.size > 0 && !ends.every((id) => lit.has(id)));
    }
    tell(now.run === data.run ? byEvent.get(now.event) : undefined);
    if (selection) cursorLine();
  });
  const pointing = (mark) => pick.slice(familyOf(mark).seeds, data.run, mark.id, mark.kind === "dispatch" ? mark.label : null);
  const choose = (mark) => selection.choose(pointing(mark));
  const chosenHere = () => (selection?.chosen().run === data.run ? selection.chosen().event : null);
  const markOf = (event) => byEvent.get(Number(event.target.closest?.(".mark")?.dataset.event));

  /** The middle of the chosen mark where it is in sight, of what is shown otherwise. */
  function centre() {
    const [first, last] = shown();
    const mark = byEvent.get(chosenHere());
    const middle = mark && (at(mark[clock][0]) + at(mark[clock][1])) / 2;
    return middle >= first && middle <= last ? middle : (first + last) / 2;
  }

  function zoom(factor, middle = centre()) {
    const [first, last] = shown();
    const next = [middle - (middle - first) * factor, middle + (last - middle) * factor];
    range = next[1] - next[0] >= extent() ? null : [Math.max(next[0], 0), Math.min(next[1], extent())];
    redraw();
  }
  function pan(by) {
    const [first, last] = shown();
    const shift = Math.max(Math.min((last - first) * by, extent() - last), -first);
    range = range && [first + shift, last + shift];
    redraw();
  }
  const turn = () => {
    clock = clock === "order" ? "time" : "order";
    showCall(calls.value === "" ? undefined : Number(calls.value));
  };
  const reset = () => {
    range = null;
    calls.value = "";
    redraw();
  };

  plot.addEventListener("pointerover", (event) => {
    const mark = markOf(event);
    tell(mark ?? byEvent.get(chosenHere()));
    selection.hover(mark ? pointing(mark) : null);
  });
  plot.addEventListener("pointerleave", () => selection.hover(null));
  let dragged = null;
  const position = (event) => shown()[0] + (event.clientX - plot.getBoundingClientRect().left - LABEL - 12) / scale();
  plot.addEventListener("pointerdown", (event) => (dragged = { from: position(event), x: event.clientX }));
  let band = null;
  plot.addEventListener("pointermove", (event) => {
    if (!dragged || Math.abs(event.clientX - dragged.x) <= 8) return;
    band ??= draw(el, "rect", { class: "band", y: TOP, height: bottom - GAP - TOP });
    if (!band.isConnected) plot.append(band);
    const left = plot.getBoundingClientRect().left;
    const [from, to] = [dragged.x - left, event.clientX - left].sort((a, b) => a - b).map(clamp);
    band.setAttribute("x", from);
    band.setAttribute("width", to - from);
  });
  plot.ownerDocument.defaultView.addEventListener("pointerup", (event) => {
    if (plot.contains(event.target)) return;
    band?.remove();
    dragged = null;
  });
  plot.addEventListener("pointerup", (event) => {
    band?.remove();
    const far = dragged && Math.abs(event.clientX - dragged.x) > 8;
    if (far) {
      range = [dragged.from, position(event)].map((v) => Math.min(Math.max(v, 0), extent())).sort((a, b) => a - b);
      redraw();
    } else {
      const mark = markOf(event);
      if (mark) choose(mark);
    }
    dragged = null;
  });
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, position(event));
  }, { passive: false });
  /** Zooms to the call with a number; undefined shows all calls. */
  function showCall(number) {
    const id = data.calls[number];
    calls.value = id === undefined ? "" : String(number);
    range = null;
    if (id !== undefined) {
      const call = byEvent.get(id);
      const [first, last] = [at(call[clock][0]), at(call[clock][1])];
      const room = Math.max((last - first) * 0.04, clock === "order" ? CHARACTER : 1);
      range = [Math.max(first - room, 0), Math.min(last + room, extent())];
    }
    redraw();
  }
  const nextCall = (by) => showCall(calls.value === "" ? (by > 0 ? 0 : data.calls.length - 1) : Math.min(Math.max(Number(calls.value) + by, 0), data.calls.length - 1));
  calls.addEventListener("change", () => showCall(calls.value === "" ? undefined : Number(calls.value)));
  clockButton.addEventListener("click", turn);
  nearer.addEventListener("click", () => zoom(0.6));
  farther.addEventListener("click", () => zoom(1 / 0.6));
  whole.addEventListener("click", reset);

  /** Clock -> the marks in its order. */
  const ordered = {};
  const step = (by) => {
    const all = (ordered[clock] ??= [...marks].sort((a, b) => a[clock][0] - b[clock][0] || a.id - b.id));
    const now = all.findIndex((m) => m.id === chosenHere());
    const next = all[now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1)];
    const [first, last] = shown();
    const middle = at(next[clock][0]);
    choose(next);
    // A step out of the visible range moves the range.
    if (range && (middle < first || middle > last)) {
      range = [middle - (last - first) / 2, middle + (last - first) / 2];
      redraw();
    }
  };
  back.addEventListener("click", () => step(-1));
  forth.addEventListener("click", () => step(1));
  keys(root, {
    ArrowRight: (event) => (event.shiftKey ? pan(0.2) : step(1)),
    ArrowLeft: (event) => (event.shiftKey ? pan(-0.2) : step(-1)),
    Home: () => choose(marks[0]),
    End: () => choose(marks[marks.length - 1]),
    "+": () => zoom(0.6),
    "=": () => zoom(0.6),
    "-": () => zoom(1 / 0.6),
    0: reset,
    t: turn,
    "[": () => nextCall(-1),
    "]": () => nextCall(1),
    Escape: () => selection.choose({}),
  });
  const watch = new ResizeObserver(() => {
    const wide = Math.floor(root.clientWidth);
    if (wide > 0 && wide !== width) {
      width = wide;
      redraw();
    }
  });
  redraw();
  watch.observe(root);
  return () => {
    watch.disconnect();
    selection.stop();
  };
}

export default { render: kept(render) };
