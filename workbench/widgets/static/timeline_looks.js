/** How the marks of a timeline look, and how its times are written. */

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

/** A round step that puts about `count` ticks on a range. */
export function tickStep(range, count) {
  const rough = Math.max(range / count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
}
