/**
 * Panes of text, one for each stage: point at an op, and its relatives light up in all of them. Lines are drawn where
 * they are seen: `ir_pane.js` draws them, `ir_text.js` knows what stands in them.
 */
import { contents, follow, keys, lineage, make, pick } from "./common.js";
import { kept } from "./frame.js";
import { DRAWN_WHOLE, Pane } from "./ir_pane.js";
import { searching } from "./ir_search.js";
import { typeOf } from "./ir_text.js";
import { subtree } from "./subtree.js";

/** Time in which a frame is drawn, in milliseconds. */
const AFTER_FRAME_MS = 30;
const LEGEND = "● the op · ▲ where it came from · ▼ what became of it · dotted: by-products, as constants and indices";

/** What all panes of a state share: names and types by number, and which names are of which kind. */
function tablesOf(data) {
  return { names: data.names, types: data.types, common: new Set(data.common), constants: new Set(data.constants), terminators: new Set(data.terminators) };
}

/** Shortens a list of op names for a chip: the different ones, the rest counted. */
function namesOf(all) {
  const names = new Map();
  for (const name of all) names.set(name, (names.get(name) ?? 0) + 1);
  const shown = [...names].slice(0, 2).map(([name, n]) => (n > 1 ? `${name} ×${n}` : name));
  return [...shown, ...(names.size > 2 ? [`… ${names.size - 2} more`] : [])];
}

async function render({ model, el }) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const root = make(el, "div", { class: "wb wb-ir", tabindex: -1, role: "group", "aria-label": `the program at ${data.panes.length} stages` });
  const find = make(el, "input", { type: "search", placeholder: "search: mul, value:%x, type:4xf32", title: "mul (ops), value:%x, type:4xf32, symbol:@f, attribute:dims. Enter: the next one; Escape: to it, where Enter chooses its op", "aria-label": "search the program" });
  const hitsShown = make(el, "span", { class: "wb-count", role: "status" });
  const told = make(el, "span", { class: "wb-told", role: "status" });
  const button = (text, title, more = {}) => make(el, "button", { type: "button", title, ...more }, text);
  const foldConstants = button("fold constants", "shows several constants in a row as one line (c)", { "aria-pressed": "false" });
  const copy = button("copy op", "the chosen op with its regions, as text that parses by itself (y)");
  const clear = button("clear", "point at nothing (Escape)");
  const chips = make(el, "nav", { class: "wb-chips", "aria-label": "stages" });
  const row = make(el, "div", { class: "wb-panes" });
  root.append(make(el, "div", { class: "wb-bar" }, told, find, hitsShown, foldConstants, copy, clear), chips, row, make(el, "div", { class: "wb-explained" }, LEGEND));
  el.append(root);

  const tables = tablesOf(data);
  const nothing = { lit: [], older: [], seeds: new Set(), mains: new Set() };
  const panes = data.panes.map((one) => {
    const view = new Pane(el, one, tables);
    Object.assign(view, { ran: data.ran, light: nothing, stale: false, wanted: false });
    view.chip = make(el, "button", { type: "button", class: "wb-chip", "data-pane": one.name, title: one.meaning });
    chips.append(view.chip);
    row.append(view.node);
    view.chip.addEventListener("click", () => come(view));
    view.body.addEventListener("scroll", () => {
      view.top = view.body.scrollTop;
      view.draw();
    });
    return view;
  });

  /** Scrolls a pane into the row; the page itself stays where it is. */
  function come(view) {
    row.scrollTo({ left: view.node.offsetLeft - row.offsetLeft, behavior: "smooth" });
    view.bring(true);
  }
  // Which panes are in the row's part that shows; at first, some.
  const inSight = new Set(panes.slice(0, 4));
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const view = panes.find((one) => one.node === target);
      isIntersecting ? inSight.add(view) : inSight.delete(view);
    }
    refresh();
  }, { root: row });
  panes.forEach((view) => sight.observe(view.node));
  let unseen = 0;
  /**
   * Draws what changed: panes in sight at once, short ones out of sight after the next frame, long ones when they come
   * into sight.
   */
  function refresh() {
    redraw(panes.filter((view) => view.stale && inSight.has(view)));
    clearTimeout(unseen);
    const waiting = panes.filter((view) => view.stale && view.nodes.length <= DRAWN_WHOLE);
    row.setAttribute("aria-busy", String(waiting.length > 0));
    if (waiting.length) {
      unseen = setTimeout(() => {
        redraw(waiting);
        row.setAttribute("aria-busy", "false");
      }, AFTER_FRAME_MS);
    }
  }
  function redraw(changed) {
    for (const view of changed) {
      if (view.wanted) view.aim(false);
      view.stale = view.wanted = false;
      if (!view.draw()) view.paint();
    }
    // Scrolling needs a layout: one for all panes, once everything is drawn.
    for (const view of changed) view.settle();
  }
  let [stageShown, seqShown] = [null, null];
  function light(selection, chosen) {
    const seeds = new Set(selection.ops);
    const marks = family.marks(seeds);
    const isNew = panes.some((view) => view.ranked !== marks);
    const mains = isNew ? new Set() : panes[0].light.mains;
    const state = { lit: marks.lit, older: marks.older, seeds, mains };
    for (const view of panes) {
      if (isNew) rank(view, marks).forEach((serial) => mains.add(serial));
      view.light = state;
      view.stale = true;
      view.wanted ||= chosen && selection.seq !== seqShown;
      view.used = selection.value?.stage === view.data.name ? selection.value.number : -1;
    }
    tell(selection);
    if (chosen) seqShown = selection.seq;
    refresh();
    if (chosen && selection.stage !== stageShown) {
      stageShown = selection.stage;
      const view = panes.find((one) => one.data.name === selection.stage);
      if (view) come(view);
    }
  }
  /** Finds what is lit in a pane, tells it in its head and on its chip, and returns its main ops. */
  function rank(view, marks) {
    const { count, main } = view.rank(marks, data.commonOpWeight);
    view.ranked = marks;
    view.main = main.map((op) => view.nodes[op]);
    view.litCount = count;
    const rest = count > main.length ? ` + ${count - main.length} by-products` : "";
    const said = count ? `${main.length} main${rest} of ${view.data.ops}` : `none of ${view.data.ops} lit`;
    const names = namesOf(main.map((op) => view.name(op)));
    const key = JSON.stringify([said, names]);
    if (view.said === key) return view.main;
    view.said = key;
    view.count.textContent = said;
    view.count.title = count ? `lit of ${view.data.ops} ops: whole lines, the main ones, owe most to the chosen op; dotted ones are by-products, as constants and indices` : said;
    view.chip.classList.toggle("wb-dim", !count);
    view.chip.replaceChildren(
      make(el, "b", {}, view.data.short),
      make(el, "span", { class: "wb-count" }, `${count}/${view.data.ops}`),
      ...names.map((name) => make(el, "span", { class: "wb-name" }, name)),
    );
    return view.main;
  }

  function tell(selection) {
    if (!selection.ops.length) {
      told.textContent = told.title = "Point at an op.";
      return;
    }
    const named = panes.flatMap((view) => {
      const op = view.positions.get(selection.ops[0]);
      return op === undefined ? [] : [`${view.data.kind === "stage" ? `${view.data.name}/${op}` : view.data.short} ${view.name(op)}`];
    });
    const many = selection.ops.length > 1 ? ` and ${selection.ops.length - 1} more` : "";
    const where = panes.filter((view) => view.litCount).length;
    const parts = [make(el, "b", {}, (named[0] ?? "an op between stages") + many), ` lit in ${where} of ${panes.length} ${panes.length === 1 ? "place" : "places"}`];
    const of = selection.value && panes.find((view) => view.data.name === selection.value.stage);
    told.replaceChildren(...(of ? aboutValue(of, selection.value) : []), ...parts);
    told.title = told.textContent;
  }

  /** A value's type, where it is made, and how often it is used. */
  function aboutValue(view, { number, name }) {
    const places = view.lines().placesOf(number);
    if (!places.length) return [];
    const type = view.tables.types[typeOf(view.data, number)];
    const line = view.text.lineOf(view.text.valueStarts[places[0]]) + 1;
    const uses = places.length === 2 ? "1 use" : `${places.length - 1} uses`;
    return [make(el, "code", {}, type ? `${name} : ${type}` : name), `, made in line ${line}, ${uses} (d, u) · `];
  }

  const selection = follow(model, light);
  const viewOf = (event) => panes.find((view) => view.node.contains(event.target));

  /** What an event points at, as a part of a selection: a value, or the op of the word or of the line. */
  function pointed(event) {
    const view = viewOf(event);
    const value = event.target.dataset?.v;
    if (view && value !== undefined) {
      const definer = view.text.definer(Number(value));
      if (definer >= 0) return pick.value([view.nodes[definer]], view.data.name, Number(value), event.target.textContent);
    }
    const serial = event.target.closest?.(".wb-op")?.dataset.s ?? event.target.closest?.("[data-begins]")?.dataset.begins;
    return serial === undefined ? null : pick.op([Number(serial)]);
  }

  let over = "";
  let pointer = [-1, -1];
  row.addEventListener("pointerover", (event) => {
    // Text that scrolls below a pointer at rest is not pointed at.
    const [x, y] = pointer;
    pointer = [event.clientX, event.clientY];
    if (x === event.clientX && y === event.clientY) return;
    const part = pointed(event);
    const key = JSON.stringify(part);
    if (key !== over) selection.hover(part);
    over = key;
  });
  row.addEventListener("pointermove", (event) => {
    pointer = [event.clientX, event.clientY];
  });
  row.addEventListener("pointerleave", () => {
    over = "";
    selection.hover(null);
  });
  row.addEventListener("click", (event) => {
    const view = viewOf(event);
    const node = event.target.closest?.(".wb-line");
    if (!view || !node) return;
    const line = Number(node.dataset.n);
    if (node.classList.contains("wb-gap")) return askFor(view);
    if (event.target.closest(".wb-fold, .wb-folded")) {
      view.folded.has(line) || event.target.closest(".wb-fold") ? view.fold(line) : view.show(line + 1);
      return view.draw(true);
    }
    view.at = line;
    const goes = (event.ctrlKey || event.metaKey || event.altKey) && wordAt(view, event.target);
    if (goes) return follows(view, goes);
    const part = pointed(event);
    if (part) selection.choose(part);
    view.body.focus({ preventScroll: true });
  });
  row.addEventListener("dblclick", (event) => {
    const view = viewOf(event);
    const word = view && wordAt(view, event.target);
    if (word) follows(view, word);
  });
  clear.addEventListener("click", () => selection.choose({}));

  /** A value or a symbol that an element shows. */
  function wordAt(view, node) {
    if (node.dataset?.v !== undefined) {
      const start = view.drawn.flatMap((one) => one.words).find((word) => word.node === node)?.start;
      return { value: Number(node.dataset.v), start };
    }
    return node.classList?.contains("wb-t4") ? { symbol: node.textContent } : null;
  }

  const visited = [];
  /** Goes to a line, and remembers where it came from. */
  function go(view, line, start = null) {
    visited.push([view, view.at ?? 0]);
    view.at = view.cursor = line;
    view.reveal(line, start === null ? 0 : start - view.text.starts[view.text.begins[line]] || 0);
    const op = view.text.begins[line];
    const value = start === null ? undefined : view.data.values[view.text.valueStarts.indexOf(start)];
    const part = op < 0 ? null : pick.op([view.nodes[op]]);
    selection.hover(value === undefined ? part : { ...part, kind: "value", value: { stage: view.data.name, number: value, name: nameOf(view, value) } });
    view.body.focus({ preventScroll: true });
    view.paint();
  }
  const nameOf = (view, value) => {
    const place = view.text.placesOf(value)[0];
    return view.text.text.slice(view.text.valueStarts[place], view.text.valueStarts[place] + view.data.valueSizes[place]);
  };
  /** From a use to the definition, from a definition to the first use, from a use of a symbol to the op that has it. */
  function follows(view, { value, symbol, start }) {
    if (symbol !== undefined) {
      const wanted = symbol.split("::").map((part) => part.replace(/^@|"/g, ""));
      const found = view.data.symbols.filter(([, name]) => name === wanted[wanted.length - 1]);
      const nested = found.find(([op]) => wanted.length < 2 || view.text.lineAt(view.text.lineOf(view.text.starts[Math.max(view.text.around[op], 0)])).includes(wanted[0]));
      const target = nested ?? found[0];
      if (target) go(view, view.text.lineOf(view.text.starts[target[0]]));
      return;
    }
    const places = view.text.placesOf(value).map((place) => view.text.valueStarts[place]);
    const next = start === places[0] ? (places[1] ?? places[0]) : places[0];
    go(view, view.text.lineOf(next), next);
  }
  /** The values of a line in its order: `made` are its results, the others its operands. */
  function valuesOf(view, line) {
    const words = view.text.pieces(line).filter((piece) => piece.value >= 0);
    const first = (piece) => view.text.valueStarts[view.text.placesOf(piece.value)[0]] === piece.start;
    const made = words.filter((piece) => first(piece) && !view.text.isOperand(piece.start));
    return { made, used: words.filter((piece) => !made.includes(piece)) };
  }
  let turn = { line: -1, n: 0 };
  /** `d`: to the definition of each operand of a line in turn; `u`: to each use of its results. */
  function jump(view, toUses) {
    const from = turn.view === view && turn.reached === view.at && turn.toUses === toUses ? turn : { view, toUses, line: view.at ?? 0, n: 0 };
    const { made, used } = valuesOf(view, from.line);
    const starts = (piece) => view.text.placesOf(piece.value).map((place) => view.text.valueStarts[place]);
    const targets = toUses ? made.flatMap((piece) => starts(piece).slice(1)) : used.map((piece) => starts(piece)[0]);
    if (!targets.length) {
      hitsShown.textContent = toUses ? "its results have no uses here" : "it has no operands made here";
      return;
    }
    const target = targets[from.n % targets.length];
    const reached = view.text.lineOf(target);
    turn = { ...from, n: from.n + 1, reached };
    hitsShown.textContent = `${toUses ? "use" : "operand"} ${(from.n % targets.length) + 1} of ${targets.length}`;
    go(view, reached, target);
  }

  /** Asks the kernel for the whole text of a pane of which a part came. */
  function askFor(view) {
    model.send({ pane: view.data.name });
  }
  model.on("msg:custom", async ({ packed }) => {
    if (!packed) return;
    const answer = await contents({ get: () => packed });
    lineage(model, answer.graph);
    const [whole] = answer.panes;
    const view = panes.find((one) => one.data.name === whole.name);
    view.fill(whole, tablesOf(answer));
    light(selection.chosen(), true);
    view.bring(true);
  });

  /** Puts the chosen op of the pane last used on the clipboard. */
  function copyOp() {
    const serials = selection.chosen().ops;
    const own = (view) => serials.map((serial) => view.positions.get(serial)).find((op) => op !== undefined);
    const view = [lastUsed, ...panes].find((one) => one && own(one) !== undefined);
    if (!view) {
      hitsShown.textContent = "choose an op first";
      return;
    }
    const op = own(view);
    const { starts, ends } = view.lines();
    const text = view.data.kind === "stage" ? subtree(view.text, view.data, op, view.tables) : view.text.text.slice(starts[op], ends[op]);
    const put = (event) => {
      event.clipboardData.setData("text/plain", text);
      event.preventDefault();
    };
    // A page in a file has no other way to the clipboard.
    const { ownerDocument } = el;
    ownerDocument.addEventListener("copy", put, { once: true, capture: true });
    ownerDocument.execCommand("copy");
    ownerDocument.removeEventListener("copy", put, { capture: true });
    const left = text.split("__elided__").length - 1;
    hitsShown.textContent = `copied ${text.split("\n").length - 1} lines${left ? `; ${left} long constants are left out` : ""}`;
  }
  copy.addEventListener("click", copyOp);
  const turnConstants = () => {
    const pressed = foldConstants.getAttribute("aria-pressed") !== "true";
    foldConstants.setAttribute("aria-pressed", String(pressed));
    for (const view of panes) {
      view.foldConstants = pressed;
      view.lines();
      view.lay();
      view.draw(true);
    }
  };
  foldConstants.addEventListener("click", turnConstants);

  let lastUsed = null;
  panes.forEach((view, number) => {
    const step = (by) => {
      const { begins } = view.lines();
      // From the line last clicked or stepped to; at first, from the best lit one.
      const start = view.at ?? view.lineOf(view.main[0] ?? -1);
      const rows = view.rows;
      let place = Math.min(Math.max(view.rowOf(Math.max(start, 0)) + (Number.isFinite(by) ? by : by * 2), 0), rows.length - 1);
      if (by === -Infinity) place = 0;
      const way = by === -Infinity ? 1 : by === Infinity ? -1 : Math.sign(by);
      while (rows[place] !== undefined && begins[rows[place]] < 0) place += way;
      if (rows[place] === undefined) return;
      view.at = view.cursor = rows[place];
      view.reveal(view.at);
      selection.hover(pick.op([view.nodes[begins[view.at]]]));
    };
    const aside = (by) => {
      const next = panes[Math.min(Math.max(number + by, 0), panes.length - 1)];
      come(next);
      next.body.focus({ preventScroll: true });
    };
    const fold = () => {
      const line = view.fold(view.at ?? view.lineOf(view.main[0] ?? -1));
      if (line !== null) view.at = view.cursor = line;
      view.draw(true);
    };
    keys(view.body, {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      PageDown: () => step(15),
      PageUp: () => step(-15),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
      ArrowRight: () => aside(1),
      ArrowLeft: () => aside(-1),
      Enter: () => view.cursor !== undefined && view.text.begins[view.cursor] >= 0 && selection.choose(pick.op([view.nodes[view.text.begins[view.cursor]]])),
      Escape: () => selection.choose({}),
      d: () => jump(view, false),
      u: () => jump(view, true),
      Backspace: () => {
        const before = visited.pop();
        if (!before) return;
        go(...before);
        visited.pop();
      },
      z: fold,
      Z: () => view.foldAll(),
      c: turnConstants,
      y: copyOp,
    });
    view.body.addEventListener("focus", () => (lastUsed = view));
    view.body.addEventListener("blur", () => {
      view.cursor = undefined;
      if (view.text) view.paint();
      selection.hover(null);
    });
  });

  const stopSearch = searching({ find, hitsShown, row, panes, refresh });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === find) return;
    event.preventDefault();
    event.stopPropagation();
    find.focus({ preventScroll: true });
  }, true);
  row.addEventListener("pointerup", (event) => {
    // The notebook takes the focus on a click; the view keeps it for its keys.
    const body = event.target.closest(".wb-pane")?.querySelector(".wb-lines");
    // Keys may come before the timer does; then the search has the focus.
    const refocus = () => [find, body].some((node) => node.contains(el.ownerDocument.activeElement)) || body.focus({ preventScroll: true });
    if (body) setTimeout(refocus);
  });
  // A view that is made out of sight has no places yet.
  let laidOut = false;
  const watch = new ResizeObserver(() => {
    if (!root.clientWidth) return;
    for (const view of panes) view.height = view.body.clientHeight || view.height;
    if (laidOut) return;
    laidOut = true;
    panes.forEach((view) => (view.stale = view.wanted = true));
    refresh();
  });
  watch.observe(root);
  return () => {
    stopSearch();
    clearTimeout(unseen);
    watch.disconnect();
    sight.disconnect();
    selection.stop();
  };
}

export default { render: kept(render) };
