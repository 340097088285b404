/**
 * What all views share: elements, keys, the derivation graph, and the selection that goes from view to view.
 *
 * A view reads and sets the selection so (the fields are described in `model/selection.py`):
 *
 *   const family = lineage(model, data.graph);
 *   const selection = follow(model, (now) => light(family.relatives(now.ops)));
 *   node.addEventListener("click", () => selection.choose(pick.instruction([serial], table, address)));
 *
 * @typedef {{seq: number, kind: string|null, ops: number[], value: {stage: string, number: number, name: string}|null,
 *            dispatch: string|null, instruction: {table: string, address: number[]}|null,
 *            address: {module: string, function: number, pc: number}|null, run: string|null, event: number|null,
 *            buffer: string|null, stage: string|null}} Selection
 * @typedef {{get(name: string): any, set(name: string, value: any): void, save_changes(): void,
 *            on(name: string, f: Function): void, off(name: string, f: Function): void}} Model
 */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element in the same document as `near`; `children` are nodes or texts.
 * @param {Element} near @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(near, tag, attributes = {}, ...children) {
  const node = near.ownerDocument.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children);
  return node;
}

/**
 * Makes an SVG element.
 * @param {Element} near @param {string} tag @param {Record<string, any>} [attributes] @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function draw(near, tag, attributes = {}, ...children) {
  const node = near.ownerDocument.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * What a view draws from: as it is on a page of its own, deflated in a notebook.
 * @param {Model} model
 */
export async function contents(model) {
  const packed = model.get("packed");
  return packed ? JSON.parse(await inflated(packed)) : model.get("data");
}

/** The text that `packed_text` of `model/packed.py` packed. @param {string} packed @returns {Promise<string>} */
export const inflated = (packed) => inflate(packed).text();

/** @param {string} packed deflated bytes in base 64 */
function inflate(packed) {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")));
}

/** The column that `packed_ints` of `model/packed.py` packed. @param {[number, string]} packed @returns {Promise<Int32Array>} */
export async function ints([count, packed]) {
  const column = new Int32Array(count);
  if (!count) return column;
  const planes = new Uint8Array(await inflate(packed).arrayBuffer());
  let value = 0;
  for (let n = 0; n < count; n++) {
    value = (value + (planes[n] | (planes[count + n] << 8) | (planes[2 * count + n] << 16) | (planes[3 * count + n] << 24))) | 0;
    column[n] = value;
  }
  return column;
}

/**
 * Keeps plain keys in a view from shortcuts that a page looks for before its elements do, as Notebook 7's.
 * Keys with Ctrl, Alt or Meta stay the page's.
 */
function suppressShortcuts() {
  if (window.workbenchSuppresses) return;
  window.workbenchSuppresses = true;
  window.addEventListener("keydown", (event) => {
    if (!(event.target instanceof Element) || !event.target.closest(".wb")) return;
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    event.target.toggleAttribute("data-lm-suppress-shortcuts", plain);
  }, true);
}

/**
 * Handles keys on an element and keeps plain keys from the notebook, which has uses of its own for them.
 * @param {HTMLElement} node @param {Record<string, (event: KeyboardEvent) => void>} handlers by `event.key`
 */
export function keys(node, handlers) {
  suppressShortcuts();
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.stopPropagation();
    const handler = handlers[event.key];
    if (handler) {
      event.preventDefault();
      handler(event);
    }
  });
}

/**
 * Returns a function that scrolls a picture, and not the page, to a part of it; a picture that is not on the page yet
 * or behind a tab, once it is. The function's `stop` ends that.
 * @param {HTMLElement} picture @returns {((part: Element) => void) & {stop: () => void}}
 */
export function scroller(picture) {
  let waiting = null;
  const show = (part) => {
    waiting = picture.clientWidth ? null : part;
    if (waiting) return;
    const [own, frame] = [part.getBoundingClientRect(), picture.getBoundingClientRect()];
    if (own.top < frame.top || own.bottom > frame.bottom) picture.scrollTop += own.top - frame.top - frame.height / 3;
    if (own.left < frame.left || own.right > frame.right) picture.scrollLeft += own.left - frame.left - frame.width / 3;
  };
  const watch = new ResizeObserver(() => waiting && show(waiting));
  watch.observe(picture);
  return Object.assign(show, { stop: () => watch.disconnect() });
}

/**
 * Edges in rows: those of node n lead to `targets[starts[n]]` and what follows, up to `starts[n + 1]`.
 * @param {number[][]} lists by node @param {number} size
 */
function rowsOf(lists, size) {
  const starts = new Int32Array(size + 1);
  for (let n = 0; n < size; n++) starts[n + 1] = starts[n] + (lists[n]?.length ?? 0);
  const targets = new Int32Array(starts[size]);
  for (let n = 0; n < size; n++) if (lists[n]) targets.set(lists[n], starts[n]);
  return { starts, targets };
}

/** Marks all that is reached from some nodes along edges, and returns it in the order in which it was met. */
function reach({ starts, targets }, seeds, marks) {
  const found = [...seeds];
  for (let n = 0; n < found.length; n++) {
    for (let at = starts[found[n]]; at < starts[found[n] + 1]; at++) {
      if (marks[targets[at]]) continue;
      marks[targets[at]] = 1;
      found.push(targets[at]);
    }
  }
  return found.slice(seeds.length);
}

/**
 * Columns with an entry for each of `size` nodes. A selection writes the entries of the nodes that it reaches and clears
 * them for the next one, so its cost does not grow with the record.
 */
const columnsFor = (size) => ({
  size, lit: new Uint8Array(size), older: new Uint8Array(size), shares: new Float64Array(size),
  inside: new Uint8Array(size), share: new Float64Array(size), missing: new Int32Array(size),
});

/**
 * Raises the column `shares` to what some nodes pass on to those ahead of them, each node after all those before it.
 * `inside` marks the nodes `reached` from the seeds; it, `share` and `missing` are zero afterwards.
 */
function flow({ shares, inside, share, missing }, seeds, reached, ahead, behind) {
  for (const seed of seeds) inside[seed] = 1;
  const ready = [];
  for (const node of seeds) share[node] = 1;
  const enter = (node) => {
    // A node may be among the given ones and be reached from them.
    if (inside[node] === 2) return;
    inside[node] = 2;
    for (let at = behind.starts[node]; at < behind.starts[node + 1]; at++) if (inside[behind.targets[at]]) missing[node]++;
    if (!missing[node]) ready.push(node);
  };
  seeds.forEach(enter);
  reached.forEach(enter);
  while (ready.length) {
    const node = ready.pop();
    const [from, to] = [ahead.starts[node], ahead.starts[node + 1]];
    shares[node] = Math.max(shares[node], share[node]);
    for (let at = from; at < to; at++) {
      const next = ahead.targets[at];
      share[next] += share[node] / (to - from);
      if (!--missing[next]) ready.push(next);
    }
  }
  for (const nodes of [seeds, reached]) for (const node of nodes) inside[node] = share[node] = missing[node] = 0;
}

/** @type {Selection} */
const NOTHING = {
  seq: -1, kind: null, ops: [], value: null, dispatch: null, instruction: null, address: null, run: null, event: null,
  buffer: null, stage: null,
};

/**
 * Parts of a selection, by what was pointed at. `ops` are serial numbers of the ops that it belongs to: they light
 * their relatives in all other views.
 */
export const pick = {
  /** @param {number[]} ops @param {string|null} [stage] the pane to bring into sight */
  op: (ops, stage = null) => ({ kind: "op", ops, stage }),
  /** @param {number[]} ops @param {string} stage @param {number} number @param {string} name */
  value: (ops, stage, number, name) => ({ kind: "value", ops, value: { stage, number, name } }),
  /** @param {number[]} ops @param {string} name symbol of the entry point */
  dispatch: (ops, name) => ({ kind: "dispatch", ops, dispatch: name }),
  /** @param {number[]} ops @param {string} table `kind:where` @param {number[]} address @param {string|null} [dispatch] */
  instruction: (ops, table, address, dispatch = null) => ({ kind: "instruction", ops, instruction: { table, address }, dispatch }),
  /** @param {number[]} ops @param {string} module @param {number} ordinal of the function @param {number} pc byte offset */
  address: (ops, module, ordinal, pc) => ({ kind: "address", ops, address: { module, function: ordinal, pc } }),
  /** @param {number[]} ops @param {string} run @param {number} event @param {string|null} [dispatch] */
  slice: (ops, run, event, dispatch = null) => ({ kind: "slice", ops, run, event, dispatch }),
  /** @param {number[]} ops @param {string|null} run @param {string} name */
  buffer: (ops, run, name) => ({ kind: "buffer", ops, run, buffer: name }),
  /** @param {string|null} name */
  stage: (name) => ({ kind: "stage", stage: name }),
};

/** The channels of this page: views that name the same one follow each other without a kernel. */
function channel(name) {
  const channels = (globalThis[Symbol.for("ireelite.workbench")] ??= new Map());
  if (!channels.has(name)) {
    channels.set(name, { chosen: NOTHING, hover: null, listeners: new Set(), parents: [], children: [] });
  }
  return channels.get(name);
}

/** Returns the channel of a view. @param {Model} model */
export const busOf = (model) => channel(model.get("channel"));

/**
 * Adds a view's derivation graph (`Lineage.graph` made it) to that of its channel, and answers questions about all
 * of it: what is shown by one view and comes from what another one shows is found.
 * @param {Model} model @param {{serials: number[], parents: number[][]}} [graph]
 */
export function lineage(model, graph) {
  const bus = busOf(model);
  const join = (child, parent) => {
    const known = (bus.parents[child] ??= []);
    if (known.includes(parent)) return;
    known.push(parent);
    (bus.children[parent] ??= []).push(child);
  };
  const changed = () => {
    bus.rows = null;
    bus.listeners.forEach((listener) => listener());
  };
  for (const { serials, parents } of [model.get("graph"), graph].filter(Boolean)) {
    serials.forEach((serial, n) => {
      bus.parents[serial] ??= [];
      for (const parent of parents[n]) join(serial, parent);
    });
  }
  changed();
  // With a kernel, edges come for what another view chose and this one does not show (`SelectedEdges`). Those between
  // what was chosen come for each view.
  model.on("msg:custom", async ({ edges }) => {
    if (!edges) return;
    const [between, around] = edges;
    const isKnown = bus.between === between.children[1] + between.parents[1];
    bus.between = between.children[1] + between.parents[1];
    for (const part of isKnown ? [around] : edges) {
      const [children, parents] = await Promise.all([ints(part.children), ints(part.parents)]);
      children.forEach((child, n) => join(child, parents[n]));
    }
    changed();
  });
  const rows = () => {
    const size = Math.max(bus.parents.length, bus.children.length);
    return (bus.rows ??= { size, up: rowsOf(bus.parents, size), down: rowsOf(bus.children, size) });
  };
  const known = (seeds) => [...new Set(seeds)].filter((serial) => serial < rows().size);
  let [columns, marked] = [null, null];
  return {
    /** The given nodes, all they came from and all that came from them. @param {Iterable<number>} seeds */
    relatives(seeds) {
      const { size, up, down } = rows();
      const own = known(seeds);
      return new Set([...seeds, ...reach(up, own, new Uint8Array(size)), ...reach(down, own, new Uint8Array(size))]);
    },
    /** All that the given nodes came from. @param {Iterable<number>} seeds */
    ancestors: (seeds) => new Set(reach(rows().up, known(seeds), new Uint8Array(rows().size))),
    /**
     * For each node, by serial number: whether it is `lit`, being a relative of the given ones, or one of them; whether
     * it is `older`, an ancestor; and which of their `shares` it carries: a node passes its share on in equal parts, to
     * what was made from it on the way down, to what it came from on the way up. `nodes` are those lit, in no order.
     * The columns hold until the next call; a call with the same nodes returns the same object.
     * @param {Iterable<number>} seeds
     */
    marks(seeds) {
      const { size, up, down } = rows();
      const own = known(seeds);
      const key = own.join();
      if (marked?.edges === bus.rows && marked.key === key) return marked;
      if (columns?.size !== size) columns = columnsFor(size);
      else for (const node of marked.nodes) columns.lit[node] = columns.older[node] = columns.shares[node] = 0;
      const { lit, older, shares, inside } = columns;
      const later = reach(down, own, inside);
      flow(columns, own, later, down, up);
      const earlier = reach(up, own, inside);
      flow(columns, own, earlier, up, down);
      for (const node of earlier) older[node] = 1;
      const nodes = [];
      for (const part of [own, earlier, later]) for (const node of part) if (!lit[node]) nodes.push(node), (lit[node] = 1);
      return (marked = { lit, older, shares, nodes, key, edges: bus.rows });
    },
  };
}

/** Number of ops above which a selection crosses to the kernel with runs in their place; see `model/selection.py`. */
const MANY = 64;

/** The inverse of `with_runs`. @param {any} state @returns {any} */
function withoutRuns(state) {
  const { runs } = state.ops ?? {};
  if (!runs) return state;
  const ops = [];
  for (let n = 0; n < runs.length; n += 2) for (let serial = runs[n]; serial < runs[n] + runs[n + 1]; serial++) ops.push(serial);
  return { ...state, ops };
}

/** The twin of `with_runs`. @param {any} state @returns {any} */
function withRuns(state) {
  if (state.ops.length <= MANY) return state;
  const runs = [];
  let following = -1;
  for (const serial of [...state.ops].sort((a, b) => a - b)) {
    serial === following ? runs[runs.length - 1]++ : runs.push(serial, 1);
    following = serial + 1;
  }
  return { ...state, ops: { runs } };
}

/**
 * Joins a view to its selection. `redraw(selection, chosen)` is called at once, and whenever what is pointed at
 * changes; `chosen` is false while a pointer only passes over.
 * @param {Model} model @param {(selection: Selection, chosen: boolean) => void} redraw
 */
export function follow(model, redraw) {
  const bus = busOf(model);
  const tell = () => bus.listeners.forEach((listener) => listener());
  const listener = () => redraw(bus.hover ?? bus.chosen, bus.hover === null);
  const take = () => {
    const sent = model.get("selection");
    if (sent?.seq > bus.chosen.seq) {
      bus.chosen = { ...NOTHING, ...withoutRuns(sent) };
      tell();
    }
  };
  model.on("change:selection", take);
  take();
  bus.listeners.add(listener);
  listener();
  return {
    /** @returns {Selection} */
    chosen: () => bus.chosen,
    /** Shows what a pointer passes over; null ends it. @param {Partial<Selection>|null} part as `pick` makes it */
    hover(part) {
      if (part === null && bus.hover === null) return;
      bus.hover = part && { ...NOTHING, ...part, seq: bus.chosen.seq };
      tell();
    },
    /** Points at something until something else is chosen; {} is nothing. @param {Partial<Selection>} part */
    choose(part) {
      bus.hover = null;
      bus.chosen = { ...NOTHING, ...part, seq: bus.chosen.seq + 1 };
      model.set("selection", withRuns(bus.chosen));
      model.save_changes();
      tell();
    },
    stop() {
      bus.listeners.delete(listener);
      model.off("change:selection", take);
    },
  };
}

/** Lets a drawing shrink with its frame, down to a share of its size; from there on the frame scrolls. @param {SVGElement} svg */
export function shrinks(svg, least = 0.85) {
  Object.assign(svg.style, { minWidth: `${svg.getAttribute("width") * least}px`, maxWidth: "100%", height: "auto" });
}

/** Returns a count and what is counted: `1 rewrite`, `2 rewrites`. @param {number} count @param {string} thing */
export const plural = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
