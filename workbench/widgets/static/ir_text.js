/**
 * The text of a pane of `ir.js`: its lines, the words in them, and which op and which value a word belongs to. Words
 * are found when a line is drawn or searched. `model/ir_columns.py` makes the columns, and `model/ir_tokens.py` and
 * `model/ir_lines.py` cut the same words.
 *
 * @typedef {{start: number, end: number, shown: string, kind: number, op: number, value: number}} Word
 */

const [PLAIN, OP, VALUE, TYPE, SYMBOL, STRING, NUMBER, COMMENT, BLOCK, ATTRIBUTE] = Array(10).keys();
const LONGEST_WORD = 64;
const LONGEST_LINE = 400;
const WORDS = new RegExp(
  [
    "(//[^\\n]*)",
    '("(?:\\\\.|[^"\\\\\\n])*")',
    '(@(?:"[^"\\n]*"|[\\w$.\\-]+)(?:::@?[\\w$.\\-]+)*)',
    "(%[\\w$.\\-]+(?:[#:]\\d+)?)",
    "(\\^[\\w$.\\-]+)",
    "([A-Za-z_][\\w$.\\-]*(?= = )|#[\\w$]+(?:\\.[\\w$]+)*)",
    "(!?\\b(?:tensor|memref|vector|complex|tuple)(?=<)|![\\w$]+(?:\\.[\\w$]+)*|\\b(?:[su]?i\\d+|f\\d+|bf16|tf32|index|none)\\b(?!\\.))",
    "(-?\\b0[xX][0-9a-fA-F]+\\b|-?\\b\\d+(?:\\.\\d*)?(?:[eE][+-]?\\d+)?)",
    "([A-Za-z_][\\w$]*(?:[.\\-][A-Za-z_][\\w$]*)*)",
  ].join("|"),
  "g",
);
const KINDS = [COMMENT, STRING, SYMBOL, VALUE, BLOCK, ATTRIBUTE, TYPE, NUMBER, PLAIN];

/** The words of a query such as `type:4xf32`, by kind. */
export const SEARCHED = { op: OP, value: VALUE, type: TYPE, symbol: SYMBOL, attribute: ATTRIBUTE };

/** @param {number[]} differences @returns {Int32Array} */
export function accumulated(differences) {
  const column = new Int32Array(differences.length);
  let value = 0;
  for (let n = 0; n < column.length; n++) column[n] = value += differences[n];
  return column;
}

/** The number of items of an ascending column that are at most `value`. @param {ArrayLike<number>} column */
function countUpTo(column, value) {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (column[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The end of a type's `<...>` in a line, or `at` if there is none. */
function pastAngles(line, at) {
  if (line[at] !== "<") return at;
  let depth = 0;
  for (let n = at; n < line.length; n++) {
    if (line[n] === "<") depth++;
    if (line[n] === ">" && line[n - 1] !== "-" && !--depth) return n + 1;
  }
  return at;
}

const shortened = (word) => (word.length <= LONGEST_WORD ? word : `${word.slice(0, LONGEST_WORD - 16)}…${word.slice(-8)}`);

/** The text of a pane. @param {Record<string, any>} pane as `columns_of` made it */
export function paneText(pane) {
  const { text, kind } = pane;
  const lineStarts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lineStarts.push(at + 1);
  const starts = accumulated(pane.starts);
  const ends = starts.map((start, op) => start + pane.sizes[op]);
  const heads = starts.map((start, op) => start + pane.heads[op]);
  const valueStarts = accumulated(pane.valueStarts);
  const around = new Int32Array(starts.length).fill(-1);
  const begins = new Int32Array(lineStarts.length).fill(-1);
  const gaps = new Set(pane.gaps);
  const lineOf = (offset) => countUpTo(lineStarts, offset) - 1;
  const lineEnd = (line) => (line + 1 < lineStarts.length ? lineStarts[line + 1] - 1 : text.length);
  const lineAt = (line) => text.slice(lineStarts[line], lineEnd(line));
  const open = [];
  for (let op = 0, line = 0; op < starts.length; op++) {
    while (open.length && ends[open[open.length - 1]] <= starts[op]) open.pop();
    if (open.length) around[op] = open[open.length - 1];
    open.push(op);
    while (line + 1 < lineStarts.length && lineStarts[line + 1] <= starts[op]) line++;
    if (begins[line] < 0 && !text.slice(lineStarts[line], starts[op]).trim()) begins[line] = op;
  }
  let longest = 0;
  for (let line = 0; line < lineStarts.length; line++) longest = Math.max(longest, lineEnd(line) - lineStarts[line]);

  /** The innermost op around a character, or -1. */
  function ownerOf(offset) {
    let op = countUpTo(starts, offset) - 1;
    while (op >= 0 && ends[op] <= offset) op = around[op];
    return op;
  }

  /** The last op that begins before a character, or at it. */
  const beginsBefore = (offset) => countUpTo(starts, offset) - 1;

  /** Whether a value's place is among the operands of an op without regions. */
  function isOperand(offset) {
    const op = beginsBefore(offset);
    const leaf = op + 1 === starts.length || starts[op + 1] >= ends[op];
    return leaf && heads[op] <= offset && offset < ends[op];
  }

  let placesOfValues = null;
  /** The places of a value, its definition first, as positions in the value columns. @returns {number[]} */
  function placesOf(value) {
    if (!placesOfValues) {
      placesOfValues = new Map();
      pane.values.forEach((number, n) => {
        if (!placesOfValues.has(number)) placesOfValues.set(number, []);
        placesOfValues.get(number).push(n);
      });
    }
    return placesOfValues.get(value) ?? [];
  }

  /** The pieces of a line: words, and what stands between them, that again where the op changes. @returns {Word[]} */
  function pieces(line) {
    const begin = lineStarts[line];
    const string = lineAt(line);
    const found = [];
    const put = (from, to, wordKind, value = -1) => {
      const shown = wordKind === PLAIN && value < 0 ? string.slice(from, to) : shortened(string.slice(from, to));
      found.push({ start: begin + from, end: begin + to, shown, kind: wordKind, op: ownerOf(begin + from), value });
    };
    const between = (from, to) => {
      for (let at = from; at < to; ) {
        let stop = at + 1;
        const owner = ownerOf(begin + at);
        while (stop < to && ownerOf(begin + stop) === owner) stop++;
        found.push({ start: begin + at, end: begin + stop, shown: string.slice(at, stop), kind: PLAIN, op: owner, value: -1 });
        at = stop;
      }
    };
    if (kind !== "stage" || gaps.has(line)) {
      const op = begins[line];
      if (op < 0) return [{ start: begin, end: lineEnd(line), shown: string, kind: COMMENT, op: -1, value: -1 }];
      put(0, heads[op] - begin, NUMBER);
      put(heads[op] - begin, string.length, OP);
      return found;
    }
    // The blanks before a line and a closing brace belong to no op.
    const indent = string.length - string.trimStart().length;
    const quiet = indent + (string[indent] === "}" ? 1 : 0);
    if (quiet) found.push({ start: begin, end: begin + quiet, shown: string.slice(0, quiet), kind: PLAIN, op: -1, value: -1 });
    const limit = Math.min(string.length, LONGEST_LINE);
    let cursor = quiet;
    WORDS.lastIndex = 0;
    for (let match = WORDS.exec(string); match; match = WORDS.exec(string)) {
      const from = match.index;
      let to = from + match[0].length;
      let wordKind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
      if (wordKind === TYPE || (wordKind === ATTRIBUTE && match[0][0] === "#")) to = pastAngles(string, to);
      const op = ownerOf(begin + from);
      let value = -1;
      if (op >= 0 && heads[op] === begin + from) wordKind = OP;
      const place = countUpTo(valueStarts, begin + from) - 1;
      if (place >= 0 && valueStarts[place] === begin + from) {
        to = Math.max(to, from + pane.valueSizes[place]);
        [wordKind, value] = [VALUE, pane.values[place]];
      }
      WORDS.lastIndex = to;
      if (from >= limit) break;
      between(cursor, from);
      put(from, to, wordKind, value);
      cursor = to;
    }
    between(cursor, Math.max(limit, cursor));
    const hidden = string.length - Math.max(cursor, limit);
    if (hidden > 0) found.push({ start: begin + limit, end: lineEnd(line), shown: ` … ${hidden} more characters`, kind: COMMENT, op: -1, value: -1 });
    return found;
  }

  let small = null;
  /** The lines that contain a needle in small letters, from a line on, ascending. @returns {Generator<number>} */
  function* containing(needle) {
    small ??= text.toLowerCase();
    for (let at = small.indexOf(needle); at >= 0; ) {
      const line = lineOf(at);
      yield line;
      if (line + 1 >= lineStarts.length) return;
      at = small.indexOf(needle, lineStarts[line + 1]);
    }
  }

  return {
    text, starts, ends, heads, around, begins, gaps, longest, valueStarts, lineOf, lineAt, ownerOf, beginsBefore, isOperand, placesOf, pieces, containing,
    lines: lineStarts.length,
    /** The last line of the op that begins on a line; the line itself if it begins none. */
    lastLine: (line) => (begins[line] < 0 ? line : lineOf(Math.max(ends[begins[line]] - 1, starts[begins[line]]))),
    /** The op that defines a value, or around the block that has it as an argument; -1 if it is not there. */
    definer: (value) => (placesOf(value).length ? ownerOf(valueStarts[placesOf(value)[0]]) : -1),
  };
}

/** For each pane, the numbers of its values' types by the values' numbers. */
const valueTypes = new WeakMap();

/** The number of a value's type. @param {Record<string, any>} pane as `columns_of` made it @param {number} value */
export function typeOf(pane, value) {
  if (!valueTypes.has(pane)) {
    const values = [...new Set(pane.values)].sort((one, other) => one - other);
    valueTypes.set(pane, new Map(values.map((number, n) => [number, pane.valueTypes[n]])));
  }
  return valueTypes.get(pane).get(value);
}
