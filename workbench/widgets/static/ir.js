/**
 * Panes of text, one for each stage: point at an op, and its relatives light up in all of them.
 *
 * A line comes as [serial, text, kind, serial, value, text, kind, serial, value, …]; -1 means none. Of a long program,
 * the lines around the followed op's relatives come; [-2, n] is where n lines were left out.
 */
import { contents, follow, keys, lineage, make, pick } from "./common.js";

const CHUNK = 100;
const MOST_MAIN = 12;
const MAIN_SHARE = 0.25;
const LINE_HEIGHT = 16;
const LEFT_OUT = -2;
const KINDS = { op: 1, value: 2, type: 3, symbol: 4 };

/** Words by kind and needle of a query such as `type:4xf32`. @param {string} query */
function parsed(query) {
  const text = query.trim().toLowerCase();
  const [head, ...rest] = text.split(":");
  return rest.length && KINDS[head] ? [KINDS[head], rest.join(":").trim()] : [null, text];
}

/** The text of one line, as runs of one op each. */
function lineNode(el, line, n) {
  if (line[0] === LEFT_OUT) {
    const hint = "IRView(program, focus=…, stages=[…]) shows another part";
    return make(el, "div", { class: "wb-line wb-t7", title: hint }, `⋯ ${line[1]} more lines`);
  }
  const node = make(el, "div", { class: "wb-line", "data-n": n });
  if (line[0] >= 0) node.dataset.begins = line[0];
  let run = null;
  for (let at = 1; at < line.length; at += 4) {
    const [text, kind, serial, value] = line.slice(at, at + 4);
    if (!run || run.dataset.s !== String(serial)) {
      run = make(el, "span", serial >= 0 ? { class: "wb-op", "data-s": serial } : { "data-s": -1 });
      node.append(run);
    }
    if (!text.trim()) run.append(text);
    else run.append(make(el, "span", { class: `wb-t${kind}`, "data-v": value >= 0 ? value : null }, text));
  }
  return node;
}

function paneNode(el, pane) {
  const body = make(el, "div", { class: "wb-lines", tabindex: 0, role: "region", "aria-label": `${pane.title}, text` });
  for (let at = 0; at < pane.lines.length; at += CHUNK) {
    const lines = pane.lines.slice(at, at + CHUNK);
    // The exact height: places of lines are then right whether or not a chunk has been laid out.
    const chunk = make(el, "div", { class: "wb-chunk", style: `contain-intrinsic-height: ${lines.length * LINE_HEIGHT}px` });
    lines.forEach((line, n) => chunk.append(lineNode(el, line, at + n)));
    body.append(chunk);
  }
  const count = make(el, "span", { class: "wb-count" });
  const head = make(el, "header", { title: pane.meaning }, make(el, "b", {}, pane.short), make(el, "span", { class: "wb-title" }, pane.title), count);
  return { node: make(el, "section", { class: "wb-pane", "data-pane": pane.name }, head, body), body, count };
}

/** The lit ops of a pane as [serial, name], those that tell the story best first. */
function ranked(pane, lit, carried, commonOps, weight) {
  const rows = pane.nodes.map((serial, n) => {
    const share = carried.get(serial) ?? 0;
    const weighted = share * (commonOps.test(pane.names[n]) ? weight : 1);
    return [serial, pane.names[n], Math.round(weighted * 1e9), n];
  });
  return rows.filter(([serial]) => lit.has(serial)).sort((a, b) => b[2] - a[2] || a[3] - b[3]);
}

/** Of ranked rows, those that carry the story; the others are by-products: constants, addresses, counters. */
function mainOf(rows) {
  return rows.slice(0, MOST_MAIN).filter((row) => row[2] >= rows[0][2] * MAIN_SHARE);
}

/** Shortens a list of op names for a chip: the different ones, the rest counted. */
function namesOf(rows) {
  const names = new Map();
  for (const [, name] of rows) names.set(name, (names.get(name) ?? 0) + 1);
  const shown = [...names].slice(0, 2).map(([name, n]) => (n > 1 ? `${name} ×${n}` : name));
  return [...shown, ...(names.size > 2 ? [`… ${names.size - 2} more`] : [])];
}

async function render({ model, el }) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const commonOps = new RegExp(data.commonOps);
  const root = make(el, "div", { class: "wb wb-ir", tabindex: -1, role: "group", "aria-label": `the program at ${data.panes.length} stages` });
  const find = make(el, "input", { type: "search", placeholder: "search: mul, value:%arg0, type:4xf32, symbol:@…", "aria-label": "search the program" });
  const hitsShown = make(el, "span", { class: "wb-count", role: "status" });
  const told = make(el, "span", { class: "wb-told", role: "status" });
  const clear = make(el, "button", { type: "button", title: "point at nothing (Escape)" }, "clear");
  const chips = make(el, "nav", { class: "wb-chips", "aria-label": "stages" });
  const row = make(el, "div", { class: "wb-panes" });
  root.append(make(el, "div", { class: "wb-bar" }, told, find, hitsShown, clear), chips, row);
  el.append(root);

  const places = new Map();
  const panes = data.panes.map((pane) => {
    const view = { pane, ...paneNode(el, pane) };
    view.chip = make(el, "button", { type: "button", class: "wb-chip", "data-pane": pane.name, title: pane.meaning });
    chips.append(view.chip);
    row.append(view.node);
    for (const run of view.body.querySelectorAll(".wb-op")) {
      const serial = Number(run.dataset.s);
      if (!places.has(serial)) places.set(serial, []);
      places.get(serial).push(run);
    }
    view.chip.addEventListener("click", () => bring(view, true));
    return view;
  });

  /** Scrolls a pane into the row, and its first lit line into the pane; the page itself stays where it is. */
  function bring(view, also = false) {
    if (also) row.scrollTo({ left: view.node.offsetLeft - row.offsetLeft, behavior: "smooth" });
    const lines = view.main.map((serial) => view.body.querySelector(`[data-begins="${serial}"]`)).filter(Boolean);
    if (!lines.length) return;
    // The first of the main lines that fit into the pane together with the best one.
    const tops = lines.map((line) => placeIn(view.body, line).top);
    const shown = tops[0] >= view.body.scrollTop && tops[0] + LINE_HEIGHT <= view.body.scrollTop + view.body.clientHeight;
    if (shown && !also) return;
    const first = Math.min(...tops.filter((top) => tops[0] >= top && tops[0] - top <= view.body.clientHeight * 0.6));
    view.body.scrollTo({ top: first - view.body.clientHeight * 0.15 });
  }

  /** Where a node is in a pane's scrolled content. */
  function placeIn(body, node) {
    const [box, own] = [body.getBoundingClientRect(), node.getBoundingClientRect()];
    return { top: own.top - box.top + body.scrollTop, left: own.left - box.left + body.scrollLeft };
  }

  /** Scrolls as little as shows a node with some lines around it. */
  function reveal(body, node) {
    const { top, left } = placeIn(body, node);
    const margin = 3 * LINE_HEIGHT;
    if (top < body.scrollTop + margin || top > body.scrollTop + body.clientHeight - margin) body.scrollTop = top - body.clientHeight / 3;
    if (left < body.scrollLeft || left + node.clientWidth > body.scrollLeft + body.clientWidth - 40) body.scrollLeft = Math.max(left - 60, 0);
  }

  let marked = [];
  let stageShown = null;
  let seqShown = null;
  function light(selection, chosen) {
    for (const node of marked) node.classList.remove("wb-lit", "wb-here", "wb-from", "wb-to", "wb-main");
    marked = [];
    const seeds = new Set(selection.ops);
    const lit = family.relatives(seeds);
    const older = family.ancestors(seeds);
    const carried = family.shares(seeds);
    for (const serial of lit) {
      const look = seeds.has(serial) ? "wb-here" : older.has(serial) ? "wb-from" : "wb-to";
      for (const run of places.get(serial) ?? []) {
        run.classList.add("wb-lit");
        marked.push(run);
        const line = run.parentElement;
        if (line.dataset.begins === run.dataset.s) {
          line.classList.add("wb-lit", look);
          marked.push(line);
        }
      }
    }
    for (const view of panes) {
      const rows = ranked(view.pane, lit, carried, commonOps, data.commonOpWeight);
      const n = rows.length;
      const main = mainOf(rows);
      view.main = main.map(([serial]) => serial);
      for (const serial of view.main) {
        view.body.querySelector(`[data-begins="${serial}"]`)?.classList.add("wb-main");
        for (const run of places.get(serial) ?? []) {
          run.classList.add("wb-main");
          marked.push(run);
        }
      }
      const rest = n > main.length ? ` + ${n - main.length} by-products` : "";
      view.count.textContent = n ? `${main.length} main${rest} of ${view.pane.ops}` : `none of ${view.pane.ops} lit`;
      view.chip.classList.toggle("wb-dim", n === 0);
      view.chip.replaceChildren(
        make(el, "b", {}, view.pane.short),
        make(el, "span", { class: "wb-count" }, `${n}/${view.pane.ops}`),
        ...namesOf(main).map((name) => make(el, "span", { class: "wb-name" }, name)),
      );
    }
    tell(selection, lit);
    if (chosen && selection.seq !== seqShown) {
      seqShown = selection.seq;
      panes.forEach((view) => bring(view));
    }
    if (chosen && selection.stage !== stageShown) {
      stageShown = selection.stage;
      const view = panes.find((v) => v.pane.name === selection.stage);
      if (view) bring(view, true);
    }
  }

  function tell(selection, lit) {
    if (!selection.ops.length) {
      told.textContent = "Point at an op.";
      return;
    }
    const named = panes.flatMap(({ pane }) => {
      const at = pane.nodes.indexOf(selection.ops[0]);
      return at < 0 ? [] : [`${pane.kind === "stage" ? `${pane.name}/${at}` : pane.short} ${pane.names[at]}`];
    });
    const many = selection.ops.length > 1 ? ` and ${selection.ops.length - 1} more` : "";
    const where = panes.filter(({ pane }) => pane.nodes.some((s) => lit.has(s))).length;
    told.replaceChildren(make(el, "b", {}, (named[0] ?? "an op between stages") + many), ` lit in ${where} of ${panes.length} places`);
  }

  const selection = follow(model, light);
  const serialAt = (event) => {
    const run = event.target.closest?.(".wb-op");
    const line = event.target.closest?.("[data-begins]");
    const serial = run?.dataset.s ?? line?.dataset.begins;
    return serial === undefined ? null : Number(serial);
  };

  let used = [];
  let over = null;
  let pointer = [-1, -1];
  row.addEventListener("pointerover", (event) => {
    // Text that scrolls below a pointer at rest is not pointed at.
    const [x, y] = pointer;
    pointer = [event.clientX, event.clientY];
    if (x === event.clientX && y === event.clientY) return;
    used.forEach((node) => node.classList.remove("wb-use"));
    const value = event.target.dataset?.v;
    used = value === undefined ? [] : [...event.target.closest(".wb-lines").querySelectorAll(`[data-v="${value}"]`)];
    used.forEach((node) => node.classList.add("wb-use"));
    const serial = serialAt(event);
    if (serial !== over) selection.hover(serial === null ? null : pick.op([serial]));
    over = serial;
  });
  row.addEventListener("pointermove", (event) => {
    pointer = [event.clientX, event.clientY];
  });
  row.addEventListener("pointerleave", () => {
    used.forEach((node) => node.classList.remove("wb-use"));
    over = null;
    selection.hover(null);
  });
  row.addEventListener("click", (event) => {
    const serial = serialAt(event);
    if (serial === null) return;
    const view = panes.find((v) => v.node.contains(event.target));
    view.at = event.target.closest("[data-begins]") ?? view.body.querySelector(`[data-begins="${serial}"]`);
    selection.choose(pick.op([serial]));
    view.body.focus({ preventScroll: true });
  });
  clear.addEventListener("click", () => selection.choose({}));

  panes.forEach((view, at) => {
    view.at = null;
    const step = (by) => {
      const lines = [...view.body.querySelectorAll("[data-begins]")];
      if (!lines.length) return;
      view.at?.classList.remove("wb-cursor");
      // From the line last clicked or stepped to; at first, from the best lit one.
      const start = view.at ?? view.body.querySelector(`[data-begins="${view.main[0]}"]`);
      const line = lines[Math.min(Math.max(lines.indexOf(start) + by, 0), lines.length - 1)];
      view.at = line;
      line.classList.add("wb-cursor");
      reveal(view.body, line);
      selection.hover(pick.op([Number(line.dataset.begins)]));
    };
    const turn = (by) => {
      const next = panes[Math.min(Math.max(at + by, 0), panes.length - 1)];
      bring(next, true);
      next.body.focus({ preventScroll: true });
    };
    keys(view.body, {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
      ArrowRight: () => turn(1),
      ArrowLeft: () => turn(-1),
      Enter: () => {
        const line = view.body.querySelector(".wb-cursor");
        if (line) selection.choose(pick.op([Number(line.dataset.begins)]));
      },
      Escape: () => selection.choose({}),
    });
    view.body.addEventListener("blur", () => {
      view.body.querySelector(".wb-cursor")?.classList.remove("wb-cursor");
      selection.hover(null);
    });
  });

  let hits = [];
  let hit = -1;
  function search() {
    hits.forEach(({ node }) => node.classList.remove("wb-hit", "wb-hit-now"));
    hits = [];
    hit = -1;
    const [kind, needle] = parsed(find.value);
    if (needle) {
      for (const view of panes) {
        for (const node of view.body.querySelectorAll("[class^=wb-t]")) {
          const fits = kind === null || node.classList.contains(`wb-t${kind}`);
          if (fits && node.textContent.toLowerCase().includes(needle)) hits.push({ node, view });
        }
      }
    }
    hits.forEach(({ node }) => node.classList.add("wb-hit"));
    hitsShown.textContent = needle ? `${hits.length} found` : "";
    if (hits.length) go(1);
  }
  function go(by) {
    if (!hits.length) return;
    hits[hit]?.node.classList.remove("wb-hit-now");
    hit = (hit + by + hits.length) % hits.length;
    const { node, view } = hits[hit];
    node.classList.add("wb-hit-now");
    row.scrollTo({ left: view.node.offsetLeft - row.offsetLeft });
    reveal(view.body, node);
    hitsShown.textContent = `${hit + 1} of ${hits.length} in ${view.pane.short}`;
  }
  find.addEventListener("input", search);
  keys(find, { Enter: (event) => go(event.shiftKey ? -1 : 1), Escape: () => ((find.value = ""), search()) });

  root.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === find) return;
    event.preventDefault();
    event.stopPropagation();
    find.focus({ preventScroll: true });
  }, true);
  row.addEventListener("pointerup", (event) => {
    // The notebook takes the focus on a click; the view keeps it for its keys.
    const body = event.target.closest(".wb-pane")?.querySelector(".wb-lines");
    if (body && !body.contains(el.ownerDocument.activeElement)) setTimeout(() => body.focus({ preventScroll: true }));
  });
  // A view that is made out of sight has no places yet.
  let laidOut = false;
  const watch = new ResizeObserver(() => {
    if (laidOut || !root.clientWidth) return;
    laidOut = true;
    panes.forEach((view) => bring(view));
  });
  watch.observe(root);
  return () => {
    watch.disconnect();
    selection.stop();
  };
}

export default { render };
