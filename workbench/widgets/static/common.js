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
  if (!packed) return model.get("data");
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(inflated).text());
}

/**
 * Handles keys on an element and keeps plain keys from the notebook, which has uses of its own for them.
 * @param {HTMLElement} node @param {Record<string, (event: KeyboardEvent) => void>} handlers by `event.key`
 */
export function keys(node, handlers) {
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
 * The given nodes, all they came from and all that came from them.
 * @param {number[][]} parents by serial number @param {number[][]} children by serial number
 * @param {Iterable<number>} seeds @returns {Set<number>}
 */
export function relatives(parents, children, seeds) {
  const lit = new Set(seeds);
  for (const edges of [parents, children]) {
    const reached = new Set();
    const waiting = [...seeds];
    while (waiting.length) {
      for (const next of edges[waiting.pop()] ?? []) {
        if (!reached.has(next)) {
          reached.add(next);
          waiting.push(next);
        }
      }
    }
    for (const serial of reached) lit.add(serial);
  }
  return lit;
}

/** All that the given nodes came from. @param {number[][]} parents @param {Iterable<number>} seeds */
export function ancestors(parents, seeds) {
  const reached = new Set();
  const waiting = [...seeds];
  while (waiting.length) {
    for (const next of parents[waiting.pop()] ?? []) {
      if (!reached.has(next)) {
        reached.add(next);
        waiting.push(next);
      }
    }
  }
  return reached;
}

/**
 * How much of the given nodes' story each relative carries: a node hands its share on in equal parts, to what was made
 * from it on the way down, to what it came from on the way up.
 * @param {number[][]} parents @param {number[][]} children @param {Set<number>} seeds @returns {Map<number, number>}
 */
export function shares(parents, children, seeds) {
  const carried = new Map();
  for (const [ahead, behind] of [[children, parents], [parents, children]]) {
    const reached = new Set(seeds);
    for (const node of reached) for (const next of ahead[node] ?? []) reached.add(next);
    const share = new Map([...reached].map((node) => [node, seeds.has(node) ? 1 : 0]));
    const missing = new Map([...reached].map((node) => [node, (behind[node] ?? []).filter((n) => reached.has(n)).length]));
    const ready = [...reached].filter((node) => !missing.get(node));
    while (ready.length) {
      const node = ready.pop();
      const following = ahead[node] ?? [];
      for (const next of following) {
        share.set(next, share.get(next) + share.get(node) / following.length);
        missing.set(next, missing.get(next) - 1);
        if (!missing.get(next)) ready.push(next);
      }
    }
    for (const [node, part] of share) carried.set(node, Math.max(part, carried.get(node) ?? 0));
  }
  return carried;
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

/**
 * Adds a view's derivation graph (`Lineage.graph` made it) to that of its channel, and answers questions about all
 * of it: what is shown by one view and comes from what another one shows is found.
 * @param {Model} model @param {{serials: number[], parents: number[][]}} [graph]
 */
export function lineage(model, graph) {
  const bus = channel(model.get("channel"));
  for (const part of [model.get("graph"), graph]) {
    part?.serials.forEach((serial, n) => {
      const known = (bus.parents[serial] ??= []);
      for (const parent of part.parents[n]) {
        if (known.includes(parent)) continue;
        known.push(parent);
        (bus.children[parent] ??= []).push(serial);
      }
    });
  }
  bus.listeners.forEach((listener) => listener());
  return {
    /** The given nodes, all they came from and all that came from them. @param {Iterable<number>} seeds */
    relatives: (seeds) => relatives(bus.parents, bus.children, seeds),
    /** All that the given nodes came from. @param {Iterable<number>} seeds */
    ancestors: (seeds) => ancestors(bus.parents, seeds),
    /** How much of the given nodes' story each relative carries. @param {Set<number>} seeds */
    shares: (seeds) => shares(bus.parents, bus.children, seeds),
  };
}

/**
 * Joins a view to its selection. `redraw(selection, chosen)` is called at once, and whenever what is pointed at
 * changes; `chosen` is false while a pointer only passes over.
 * @param {Model} model @param {(selection: Selection, chosen: boolean) => void} redraw
 */
export function follow(model, redraw) {
  const bus = channel(model.get("channel"));
  const tell = () => bus.listeners.forEach((listener) => listener());
  const listener = () => redraw(bus.hover ?? bus.chosen, bus.hover === null);
  const take = () => {
    const sent = model.get("selection");
    if (sent?.seq > bus.chosen.seq) {
      bus.chosen = { ...NOTHING, ...sent };
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
      bus.hover = part && { ...NOTHING, ...part, seq: bus.chosen.seq };
      tell();
    },
    /** Points at something until something else is chosen; {} is nothing. @param {Partial<Selection>} part */
    choose(part) {
      bus.hover = null;
      bus.chosen = { ...NOTHING, ...part, seq: bus.chosen.seq + 1 };
      model.set("selection", bus.chosen);
      model.save_changes();
      tell();
    },
    stop() {
      bus.listeners.delete(listener);
      model.off("change:selection", take);
    },
  };
}
