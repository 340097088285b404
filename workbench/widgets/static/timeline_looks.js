/** How the marks of a timeline look and what they mean, and how its times are written. */
import { draw, make } from "./common.js";

export const SHAPES = {
  signal: "M0 -6L6 0L0 6L-6 0Z",
  fail: "M-5 -5L5 5M-5 5L5 -5",
  wait: "M-5 -6L5 -6L-5 6L5 6Z",
  submit: "M-5 -6L6 0L-5 6Z",
  transfer: "M-6 -3L1 -3L1 -6L6 0L1 6L1 3L-6 3Z",
  upload: "M-6 5L0 -6L6 5Z",
  import: "M-6 -5L0 6L6 -5Z",
  alloc: "M-5 -5L5 -5L5 5L-5 5Z",
  free: "M-5 -5L5 -5L5 5L-5 5Z",
};
/** Half of a mark's width, and the room beside it. */
const MARK = 8;
export const COLOURS = { signal: "red", fail: "red", wait: "amber", submit: "blue", transfer: "green", upload: "green", import: "green", alloc: "pink", free: "pink" };

/** Kind of an arrow -> what it means, how it looks. */
export const ARROWS = {
  signal: ["signal → wait", "open stroke-red"],
  submit: ["submit → run", "open stroke-blue dashed"],
  data: ["wrote → reads", "open stroke-green"],
  reuse: ["memory → used again", "open stroke-muted dotted"],
};

export const SLICES = { dispatch: "fill-palegreen stroke-green", call: "fill-paleblue stroke-blue", invoke: "fill-card stroke-blue" };

/** @param {number} nanoseconds */
export function duration(nanoseconds) {
  if (nanoseconds < 1e3) return `${nanoseconds.toFixed(0)} ns`;
  return nanoseconds < 1e6 ? `${(nanoseconds / 1e3).toFixed(1)} µs` : `${(nanoseconds / 1e6).toFixed(2)} ms`;
}

/** What a dispatch computes, where its name does not say it. */
export const computesOf = (mark) => (mark.kind === "dispatch" && !mark.label.endsWith(mark.short) ? ` computes ${mark.short}` : "");

/** Whether a buffer, `b1` or a range of it, `b1[0:64]`, is among what a mark reads and writes. */
export const touches = (mark, buffer) =>
  buffer !== null && mark.details.some(([, value]) => value.split(" ").some((word) => word === buffer || word.startsWith(`${buffer}[`)));

/** The places of the marks that are no slices, ascending, by lane and depth. @returns {Map<string, number[]>} */
export function spotsOf(marks, placeOf) {
  const spots = new Map();
  for (const mark of marks.filter((each) => !each.slice)) {
    const row = `${mark.lane} ${mark.depth}`;
    spots.set(row, [...(spots.get(row) ?? []), placeOf(mark)]);
  }
  for (const places of spots.values()) places.sort((a, b) => a - b);
  return spots;
}

/**
 * Where a name begins that starts at `start`, so that no mark at one of the `spots`, ascending, stands on it.
 * @param {number} start @param {number} length @param {number[]} spots
 */
export const besideMarks = (start, length, spots) =>
  spots.reduce((begin, spot) => (spot + MARK > begin && spot - MARK < begin + length ? spot + MARK : begin), start);

/** A round step that puts about `count` ticks on a range. */
export function tickStep(range, count) {
  const rough = Math.max(range / count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
}

/** The entries of the legend, for what is there. @returns {HTMLElement[]} */
export function legendOf(el, data) {
  const keys = [];
  for (const kind of Object.keys(SHAPES).filter((k) => data.instants.some((i) => i.kind === k))) {
    const hollow = kind === "free" || kind === "fail";
    const look = hollow ? `open stroke-${COLOURS[kind]}` : `fill-${COLOURS[kind]}`;
    const icon = draw(el, "svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" }, draw(el, "path", { d: SHAPES[kind], class: look }));
    keys.push(make(el, "span", { class: "wb-key" }, icon, kind));
  }
  for (const [kind, [text, look]] of Object.entries(ARROWS)) {
    if (!data.arrows.some((a) => a.kind === kind)) continue;
    const icon = draw(el, "svg", { width: 24, height: 10, "aria-hidden": "true" }, draw(el, "path", { d: "M0 5H24", class: look }));
    keys.push(make(el, "span", { class: "wb-key" }, icon, `${text}${data.notes[kind] ?? ""}`));
  }
  if (data.barriers.length) {
    const icon = draw(el, "svg", { width: 8, height: 16, "aria-hidden": "true" }, draw(el, "path", { d: "M4 1V15", class: "open stroke-muted barrier" }));
    keys.push(make(el, "span", { class: "wb-key" }, icon, "barrier"));
  }
  if (data.waits.length) {
    const icon = draw(el, "svg", { width: 20, height: 10, "aria-hidden": "true" }, draw(el, "path", { d: "M0 5H20", class: "open stroke-amber wait" }));
    keys.push(make(el, "span", { class: "wb-key" }, icon, "waiting"));
  }
  if (data.now !== null) {
    const icon = draw(el, "svg", { width: 20, height: 12, "aria-hidden": "true" }, draw(el, "rect", { x: 1, y: 1, width: 18, height: 10, rx: 3, class: "open stroke-green pending" }));
    keys.push(make(el, "span", { class: "wb-key" }, icon, "pending"));
  }
  return keys;
}

/**
 * The line of an arrow between two points, and its head: an arc over the lane for what one command needs of another.
 * @param {boolean} isNeed @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {number} row
 */
export function arrowPath(isNeed, x1, y1, x2, y2, row) {
  const down = y2 >= y1 ? 1 : -1;
  let line = "";
  let tip = y2 - 8 * down;
  let drop = down;
  if (isNeed) {
    const lift = Math.min(y1, y2) - row / 2 - 12;
    tip = y2 - row / 2 + 3;
    drop = 1;
    line = `M${x1} ${y1 - row / 2 + 3}C${x1} ${lift} ${x2} ${lift} ${x2} ${tip - 4}`;
  } else if (y1 === y2) {
    const lift = y1 - row / 2 - 4;
    line = `M${x1} ${y1 - 6}C${x1} ${lift} ${x2} ${lift} ${x2} ${y2 - 8}`;
    tip = y2 - 7;
  } else {
    const start = y1 + 7 * down;
    const bend = Math.min(Math.abs(tip - start) / 2, 22) * down;
    line = `M${x1} ${start}C${x1} ${start + 2 * bend} ${x2} ${tip - 2 * bend} ${x2} ${tip - 4 * down}`;
  }
  return { line, head: `M${x2} ${tip}L${x2 + 3.5} ${tip - 7 * drop}L${x2 - 3.5} ${tip - 7 * drop}Z` };
}
