/**
 * An op with its regions as a program of its own: text that parses by itself. The twin of `model/subtree.py`, which
 * says why.
 */
import { typeOf } from "./ir_text.js";

const CONTAINER = /^builtin\.module$|^vm\.module$|\.executable(\.source|\.variant)?$/;
const FUNCTION = /\.(func|initializer)$/;
const DEFINES = /^"?[\w.]+"?(?: [a-z_]+(?:\([^()]*\))?)* @("[^"]*"|[\w$.-]+)/;
const SYMBOLS = /@("[^"]*"|[\w$.-]+)/g;
const CUT_MARK = "…";

const whole = (text) => text.replaceAll("dense<...>", "dense_resource<__elided__>").replace(/dense<[^<>]*…[^<>]*>/g, "dense_resource<__elided__>");
const opening = (text) => text.split("\n")[0].replace(/\{$/, "").trimEnd();
const further = (lines) => lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}`);

/** The lines before a program that define the aliases that a text uses. @param {string} head @param {string} used */
function aliasesOf(head, used) {
  let kept = "";
  for (const line of head.split(/^(?=[#!])/m).reverse()) {
    const name = line.split(" = ")[0];
    const escaped = name.replace(/[.$]/g, "\\$&");
    if (!/^[#!]/.test(name) || !new RegExp(`${escaped}(?![\\w.$-])`).test(used)) continue;
    kept = `${line.trimEnd()}\n${kept}`;
    used += line;
  }
  return kept;
}

/**
 * An op with its regions in a module, with the aliases and the declarations of the symbols that it uses; values from
 * outside are arguments of a function around it, which returns its results.
 * @param {ReturnType<typeof import("./ir_text.js").paneText>} lines @param {Record<string, any>} pane @param {number} op
 * @param {{names: string[], types: string[], terminators: Set<number>}} tables
 */
export function subtree(lines, pane, op, tables) {
  const { text, starts, ends, heads, around } = lines;
  const nameOf = (n) => tables.names[pane.names[n]];
  const textOf = (n) => text.slice(starts[n], ends[n]);
  const flush = (n, own) => own.replaceAll(`\n${" ".repeat(starts[n] - text.lastIndexOf("\n", starts[n] - 1) - 1)}`, "\n");
  const endsBlock = (n) => {
    if (tables.terminators.has(pane.names[n])) return true;
    const own = textOf(n);
    return [...new Set(own.match(/\^[\w$.-]+/g))].some((block) => !new RegExp(`^\\s*\\${block.replace(/[.$]/g, "\\$&")}(\\(.*\\))?:`, "m").test(own));
  };
  while (around[op] >= 0 && endsBlock(op)) op = around[op];
  const own = whole(textOf(op));
  const head = text.slice(0, starts[0]);
  if (nameOf(op) === "builtin.module") return `${aliasesOf(head, own)}${own}\n`;
  const outside = [];
  let outer = around[op];
  for (; outer >= 0 && nameOf(outer) !== "builtin.module"; outer = around[outer]) outside.unshift(outer);
  const containers = outside.filter((n) => CONTAINER.test(nameOf(n)));
  const body = flush(op, own);
  const [free, made] = [freeValues(lines, pane, op), madeValues(lines, pane, op)];
  const inFunction = made.size || containers.length < outside.length || (free.size && !DEFINES.test(body));
  let [said, result] = inFunction ? functionAround(lines, pane, tables, free, made, body) : ["", [body]];

  function* inside(table) {
    const end = table >= 0 ? ends[table] : text.length;
    for (let n = table + 1; n < starts.length && starts[n] < end; ) {
      yield n;
      const past = ends[n];
      while (n < starts.length && starts[n] < past) n++;
    }
  }
  const known = new Map();
  for (const table of [outer, ...containers].reverse()) {
    for (const n of inside(table)) {
      const symbol = DEFINES.exec(textOf(n))?.[1];
      if (symbol && n !== op && !containers.includes(n) && n !== outer && !nameOf(n).endsWith(".export") && !known.has(symbol)) known.set(symbol, n);
    }
  }
  const declaration = (n) => {
    if (FUNCTION.test(nameOf(n))) return opening(textOf(n)).replace(" public ", " private ");
    if (!CONTAINER.test(nameOf(n))) return flush(n, whole(textOf(n)));
    const parts = [...inside(n)].filter((k) => nameOf(k) !== "builtin.module" && !FUNCTION.test(nameOf(k))).map(declaration);
    return [`${opening(textOf(n))} {`, ...further(parts), "}"].join("\n");
  };
  const declared = new Map();
  for (const waiting = [own]; waiting.length; ) {
    for (const [, symbol] of waiting.pop().matchAll(SYMBOLS)) {
      const n = known.get(symbol);
      if (n === undefined || declared.has(n)) continue;
      declared.set(n, declaration(n));
      waiting.push(declared.get(n));
    }
  }
  result = [...[...declared].sort(([one], [other]) => one - other).map(([, line]) => line), ...result];
  for (const n of containers.reverse()) result = [`${opening(textOf(n))} {`, ...further(result), "}"];
  const printed = `${["module {", ...further(result), "}"].join("\n")}\n`;
  if (printed.includes(CUT_MARK)) said += `// A line of the dump is shortened where it has ${CUT_MARK}: this does not parse.\n`;
  return `${said}${aliasesOf(head, printed)}${printed}`;
}

/** The names of the values from outside that an op uses, by number, in the order of their first uses. */
function freeValues(lines, pane, op) {
  const { text, starts, ends, heads, valueStarts } = lines;
  const first = valueStarts.findIndex((at) => at >= starts[op]);
  const before = new Set(pane.values.slice(0, Math.max(first, 0)));
  const [outer, unprinted, defined, results] = [new Map(), new Map(), new Set(), new Set()];
  for (let n = first; n >= 0 && n < valueStarts.length && valueStarts[n] < ends[op]; n++) {
    const [at, number] = [valueStarts[n], pane.values[n]];
    const name = text.slice(at, at + pane.valueSizes[n]);
    const owner = lines.beginsBefore(at);
    if (at < heads[owner]) results.add(number);
    else if (before.has(number)) outer.set(number, name);
    else if (!unprinted.has(number)) {
      if (lines.isOperand(at)) unprinted.set(number, name);
      else defined.add(name);
    }
  }
  const free = [...outer, ...[...unprinted].filter(([, name]) => !defined.has(name))];
  return new Map(free.filter(([number]) => !results.has(number)));
}

/** The names of an op's results, by number. */
function madeValues({ text, starts, heads, valueStarts }, pane, op) {
  const made = new Map();
  valueStarts.forEach((at, n) => {
    if (starts[op] <= at && at < heads[op]) made.set(pane.values[n], text.slice(at, at + pane.valueSizes[n]));
  });
  return made;
}

/** A comment on what is not known, and the lines of a function around an op. @returns {[string, string[]]} */
function functionAround(lines, pane, tables, free, made, body) {
  const typed = (number) => tables.types[typeOf(pane, number)] ?? "";
  /** How many results share the name of a value; 0 for a value with a name of its own. */
  const packed = (number) => {
    const place = lines.placesOf(number)[0];
    const behind = lines.valueStarts[place] + pane.valueSizes[place];
    return Number(/^:(\d+)(?= = |, %)/.exec(lines.text.slice(behind, behind + 16))?.[1] ?? 0);
  };
  const [given, packs, unknown] = [[], [], []];
  for (const [number, name] of free) {
    const [type, size] = [typed(number), packed(number)];
    if (!type) unknown.push(name);
    if (size) packs.push(`  ${name}:${size} = builtin.unrealized_conversion_cast to ${type ? type.slice(1, -1) : Array(size).fill("none").join(", ")}`);
    else given.push(`${name}: ${type || "none"}`);
  }
  const [returned, types] = [[], []];
  for (const [number, name] of made) {
    const [type, size] = [typed(number), packed(number)];
    returned.push(...(size ? [...Array(size).keys()].map((n) => `${name}#${n}`) : [name]));
    types.push(size && type ? type.slice(1, -1) : type);
  }
  const known = returned.length && types.every(Boolean);
  const result = known ? ` -> (${types.join(", ")})` : "";
  const values = known ? ` ${returned.join(", ")} : ${types.join(", ")}` : "";
  const said = unknown.length ? `// The text of this program does not tell the types of: ${unknown.join(", ")}\n` : "";
  return [said, [`func.func @copied(${given.join(", ")})${result} {`, ...packs, ...further([body]), `  return${values}`, "}"]];
}
