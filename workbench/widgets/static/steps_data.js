/**
 * The rewrites of a compilation, the stories of its ops, and the rows of the list. The rewrites come as columns of
 * numbers; lines of text are cut out of one long text when they are shown.
 */
import { inflated, ints, plural } from "./common.js";

/** The rewrites as columns, and questions to ask of them. */
export async function rewrites(data) {
  const columns = {};
  await Promise.all(Object.entries(data.columns).map(async ([name, packed]) => (columns[name] = await ints(packed))));
  const text = await inflated(data.lines);
  let starts = null;
  const lines = () => {
    if (starts) return starts;
    starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  };
  const { ends, ops, texts } = columns;
  const bounds = (n) => [n ? ends[2 * n - 1] : 0, ends[2 * n], ends[2 * n + 1]];
  return {
    ...columns,
    bounds,
    line(place) {
      const at = lines();
      const number = texts[place];
      return text.slice(at[number], number + 1 < at.length ? at[number + 1] - 1 : text.length);
    },
    ops: (n) => [...new Set(ops.subarray(bounds(n)[0], bounds(n)[2]))],
    serial: (place) => ops[place],
    /** Numbers of the rewrites with an op of a set, ascending. @param {Uint8Array} family a byte for each node */
    touching(family) {
      const found = [];
      for (let n = 0, at = 0; n < data.total; n++) {
        let hit = false;
        for (; at < ends[2 * n + 1]; at++) hit ||= family[ops[at]] === 1;
        if (hit) found.push(n);
      }
      return Int32Array.from(found);
    },
  };
}

/** Which nodes belong to an op's story: it, what it was derived from, what was derived from it. */
export function families(columns) {
  const { parents, more_children: children, more_parents: others } = columns;
  const size = parents.length;
  let index = null;
  const edges = () => {
    if (index) return index;
    const pairs = [];
    parents.forEach((parent, child) => parent >= 0 && pairs.push([child, parent]));
    children.forEach((child, n) => pairs.push([child, others[n]]));
    const table = (from, to) => {
      const starts = new Int32Array(size + 1);
      for (const pair of pairs) starts[pair[from] + 1]++;
      for (let n = 0; n < size; n++) starts[n + 1] += starts[n];
      const free = starts.slice();
      const targets = new Int32Array(pairs.length);
      for (const pair of pairs) targets[free[pair[from]]++] = pair[to];
      return [starts, targets];
    };
    return (index = [table(0, 1), table(1, 0)]);
  };
  /** The given nodes and all that edges lead to; stops where `ends` is true. */
  const reach = (seeds, [starts, targets], found, ends = () => false) => {
    const seen = new Uint8Array(size);
    const waiting = [...seeds];
    while (waiting.length) {
      const node = waiting.pop();
      for (let n = starts[node]; n < starts[node + 1]; n++) {
        const next = targets[n];
        if (seen[next]) continue;
        seen[next] = found[next] = 1;
        if (!ends(next)) waiting.push(next);
      }
    }
  };
  return {
    all(seeds) {
      const found = new Uint8Array(size);
      for (const seed of seeds) found[seed] = 1;
      for (const table of edges()) reach(seeds, table, found);
      return found;
    },
    /** The given nodes, or the nearest of their story that other views show. */
    shown(seeds) {
      const found = new Uint8Array(size);
      const hidden = [];
      for (const seed of seeds) columns.staged[seed] ? (found[seed] = 1) : hidden.push(seed);
      if (!found.includes(1)) for (const table of edges()) reach(hidden, table, found, (node) => columns.staged[node]);
      const serials = [];
      found.forEach((own, node) => own && columns.staged[node] && serials.push(node));
      return serials.length ? serials : [...seeds];
    },
  };
}

/** The rows of the list: stages, passes, and the rewrites of the passes that are open, by arithmetic alone. */
export function outline(data) {
  const open = new Set();
  const idle = new Set();
  let first = 0;
  const passes = data.passes.map(([name, stage, time, count, summary]) => ({ name, stage, time, count, summary, first: (first += count) - count }));
  let segments = [];
  let size = 0;
  const add = (segment) => {
    segments.push({ ...segment, start: size });
    size += segment.rows ?? 1;
  };
  function lay(found) {
    segments = [];
    size = 0;
    if (found) {
      add({ kind: "told", text: `${plural(found.length, "rewrite")} found` });
      add({ kind: "rewrites", rows: found.length, number: (row) => found[row] });
      return;
    }
    data.stages.forEach((stage, n) => {
      const own = passes.filter((pass) => pass.stage === n);
      if (!own.length) return;
      add({ kind: "stage", stage });
      const quiet = own.filter((pass) => !pass.count);
      for (const pass of own.filter((pass) => pass.count)) {
        add({ kind: "pass", pass, open: open.has(pass) });
        if (open.has(pass)) add({ kind: "rewrites", rows: pass.count, number: (row) => pass.first + row });
      }
      if (quiet.length) {
        add({ kind: "idle", stage: n, text: `${quiet.length} ${quiet.length === 1 ? "pass" : "passes"} without rewrites`, open: idle.has(n) });
        if (idle.has(n)) for (const pass of quiet) add({ kind: "quiet", pass });
      }
    });
  }
  const passOf = (number) => passes.find((pass) => number < pass.first + pass.count) ?? passes.at(-1);
  return {
    open,
    idle,
    lay,
    passes,
    passOf,
    size: () => size,
    row(n) {
      let [low, high] = [0, segments.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (segments[middle].start <= n) low = middle;
        else high = middle;
      }
      const segment = segments[low];
      return segment.kind === "rewrites" ? { kind: "rewrite", number: segment.number(n - segment.start) } : segment;
    },
    /** The row of a rewrite, or -1 where it is not listed. */
    place(number, found) {
      const pass = passOf(number);
      for (const segment of segments) {
        if (segment.kind !== "rewrites") continue;
        if (found) {
          const at = found.indexOf(number);
          return at < 0 ? -1 : segment.start + at;
        }
        if (segment.number(0) === pass.first) return segment.start + number - pass.first;
      }
      return -1;
    },
  };
}
