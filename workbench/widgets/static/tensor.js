/**
 * Tensors: one slice of one of them as a heat map or as numbers, what describes it, a histogram. A level is a place on
 * the colour scale, in steps; elements that are not finite have levels of their own.
 */
import { contents, draw, follow, keys, make, pick } from "./common.js";
import { kept } from "./frame.js";

const PATIENCE_MS = 6000;
const WIDEST = 720;
const SEQUENTIAL = ["#f4f7fb", "#9ecae8", "#2f86bf", "#0b4a78", "#06263f"];
const NEGATIVE = ["#f7f7f7", "#f3b68a", "#D55E00", "#7a3300"];
const POSITIVE = ["#f7f7f7", "#8cc4e6", "#0072B2", "#003a5c"];

/** The colour that far (0 to 1) along some. */
function along(ramp, amount) {
  const place = Math.min(Math.max(amount, 0), 1) * (ramp.length - 1);
  const step = Math.min(Math.floor(place), ramp.length - 2);
  const parts = [1, 3, 5].map((n) => {
    const [a, b] = [ramp[step], ramp[step + 1]].map((c) => parseInt(c.slice(n, n + 2), 16));
    return Math.round(a + (b - a) * (place - step));
  });
  return `rgb(${parts.join(",")})`;
}
/** Black or white, whichever reads better on a colour. */
function inkOn(colour) {
  const [r, g, b] = colour.match(/\d+/g).map((v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.19 ? "#111" : "#fff";
}

async function render({ model, el }) {
  const data = await contents(model);
  let current = data.current;
  let at = [...data.choices[current].at];
  let place = null;
  let numbers = false;
  let waiting = null;

  const root = make(el, "div", { class: "wb wb-tensor", tabindex: 0, role: "group", "aria-label": data.label });
  const chooser = make(el, "select", { "aria-label": "which tensor" }, ...data.choices.map((c, n) => make(el, "option", { value: n }, c.name)));
  const mode = make(el, "button", { type: "button", "aria-pressed": "false", title: "a picture, or the numbers (n)" }, "numbers");
  const slider = make(el, "span", { class: "wb-slices" });
  const bar = make(el, "div", { class: "wb-bar" }, ...(data.choices.length > 1 ? [chooser] : []), mode, slider);
  const heading = make(el, "div", { class: "wb-heading" });
  const grid = make(el, "div", { class: "wb-grid" });
  const side = make(el, "div", { class: "wb-facts" });
  const told = make(el, "div", { class: "wb-told", "aria-live": "polite" });
  root.append(bar, heading, make(el, "div", { class: "wb-tensor-body" }, grid, side), told);
  el.append(root);

  const chosen = () => data.choices[current];
  const slice = () => chosen().slices[at.join(",")];
  const full = (row, column) => {
    const { shape, slow } = chosen();
    const rank = shape.length - slow.length;
    const own = rank === 0 ? [] : rank === 1 ? [column] : [row, column];
    return [...at, ...own];
  };
  const colourOf = (level) => {
    if (Math.abs(level) >= data.infinite) return "rgb(128,128,128)";
    const unit = level / data.steps;
    if (!chosen().signed) return along(SEQUENTIAL, unit);
    return along(unit < 0 ? NEGATIVE : POSITIVE, Math.abs(unit));
  };
  const markOf = (level) => (level === data.nan ? "NaN" : level === data.infinite ? "∞" : level === -data.infinite ? "-∞" : "");

  function picture() {
    const { levels, texts } = slice();
    const { picture: bare } = chosen();
    const [rows, columns] = [levels.length, levels[0]?.length ?? 0];
    const longest = Math.max(1, ...texts.flat().map((text) => text.length));
    const wanted = Math.max(30, 6.5 * longest + 12);
    const written = !bare && wanted * columns <= WIDEST && rows <= 16;
    const side = bare ? Math.max(4, Math.min(18, 196 / Math.max(rows, columns, 1))) : Math.max(5, Math.min(18, WIDEST / Math.max(columns, 1)));
    const [wide, high] = written ? [wanted, 26] : [side, rows > 1 ? side : 26];
    const svg = draw(el, "svg", { width: columns * wide + 2, height: rows * high + 2, role: "img", "aria-label": `${chosen().title || "tensor"}, ${rows} by ${columns} cells` });
    levels.forEach((line, row) => line.forEach((level, column) => {
      const colour = colourOf(level);
      const [px, py] = [1 + column * wide, 1 + row * high];
      svg.append(draw(el, "rect", { x: px, y: py, width: wide, height: high, class: `cell${markOf(level) ? " wb-odd" : ""}`, fill: colour, "data-row": row, "data-column": column }));
      if (written) svg.append(draw(el, "text", { x: px + wide / 2, y: py + high / 2 + 4, class: "mono size-10", "text-anchor": "middle", fill: inkOn(colour) }, texts[row][column]));
      else if (markOf(level)) svg.append(draw(el, "path", { d: `M${px + 1} ${py + 1}L${px + wide - 1} ${py + high - 1}M${px + wide - 1} ${py + 1}L${px + 1} ${py + high - 1}`, class: "open stroke-red", "pointer-events": "none" }));
    }));
    grid.replaceChildren(svg);
  }
  function table() {
    const { levels, texts, rows, columns } = slice();
    const head = make(el, "tr", {}, make(el, "th", {}), ...columns.map((c) => make(el, "th", { scope: "col" }, c)));
    const body = texts.map((line, row) => make(el, "tr", {}, make(el, "th", { scope: "row" }, chosen().picture ? row : rows[row]),
      ...line.map((text, column) => make(el, "td", { class: `cell${markOf(levels[row][column]) ? " wb-odd" : ""}`, "data-row": row, "data-column": column }, text))));
    grid.replaceChildren(make(el, "div", { class: "wb-numbers", tabindex: 0, role: "region", "aria-label": "numbers" }, make(el, "table", {}, make(el, "thead", {}, head), make(el, "tbody", {}, ...body))));
  }
  function histogram() {
    const { counts, range } = chosen();
    if (!counts.length) return [];
    const [wide, high] = [8, 54];
    const most = Math.max(...counts);
    const svg = draw(el, "svg", { width: counts.length * wide, height: high + 2, role: "img", "aria-label": `histogram from ${range[0]} to ${range[1]}: ${counts.join(", ")}` });
    counts.forEach((count, n) => {
      const tall = count ? Math.max((count / most) * high, 1.5) : 0;
      svg.append(draw(el, "rect", { x: n * wide, y: high - tall, width: wide - 1, height: tall, class: "fill-blue" }, draw(el, "title", {}, `${count} elements`)));
    });
    svg.append(draw(el, "path", { d: `M0 ${high + 0.5}H${counts.length * wide}`, class: "open stroke-line" }));
    return [make(el, "div", { class: "wb-histogram" }, svg, make(el, "div", { class: "wb-range" }, make(el, "span", {}, range[0]), make(el, "span", {}, range[1])))];
  }
  function describe() {
    const { facts, scores } = chosen();
    const list = make(el, "dl", {});
    for (const [what, text, index] of facts) {
      const odd = what === "NaN" || what === "infinite" ? " wb-odd" : "";
      list.append(make(el, "dt", {}, what), make(el, "dd", { class: odd.trim() }, index.length ? jump(text, index) : text));
    }
    const worst = data.worst && !scores.length ? [make(el, "div", { class: "wb-bar" }, jump("go to the worst element", data.worst))] : [];
    const best = scores.length ? [make(el, "ol", { class: "wb-scores" }, ...scores.map((s, n) => make(el, "li", {}, make(el, n ? "span" : "b", {}, s.label), make(el, "span", { class: "wb-score", style: `width: ${Math.max((110 * Math.max(s.value, 0)) / (Math.abs(scores[0].value) || 1), 2)}px` }), s.value.toPrecision(4))))] : [];
    side.replaceChildren(...worst, list, ...histogram(), ...best);
  }
  /** A button that goes to an element. */
  function jump(text, index) {
    const button = make(el, "button", { type: "button", title: `go to [${index.join(", ")}]`, "data-index": index.join(",") }, text, make(el, "span", { class: "wb-count" }, ` at [${index.join(", ")}]`));
    button.addEventListener("click", () => goTo(index));
    return button;
  }
  function goTo(index) {
    const { slow, shape } = chosen();
    at = index.slice(0, slow.length);
    show(() => {
      const own = index.slice(slow.length);
      const [row, column] = own.length === 2 ? own : [0, own[0] ?? 0];
      const { rows, columns, levels } = slice();
      if (chosen().picture && shape.length) {
        const flat = index.reduce((sum, n, d) => sum * shape[d] + n, 0);
        read([Math.floor(flat / levels[0].length), flat % levels[0].length]);
      } else read([rows.indexOf(row), columns.indexOf(column)]);
    });
  }
  function sliders() {
    slider.replaceChildren(...chosen().slow.map((extent, dimension) => {
      const input = make(el, "input", { type: "range", min: 0, max: extent - 1, "aria-label": `index in dimension ${dimension}` });
      input.value = at[dimension];
      const text = make(el, "span", { class: "wb-count" }, `dimension ${dimension}: index ${at[dimension]} of ${extent}`);
      input.addEventListener("input", () => {
        at[dimension] = Number(input.value);
        text.textContent = `dimension ${dimension}: index ${at[dimension]} of ${extent}`;
        show(null, true);
      });
      return make(el, "label", {}, text, input);
    }));
  }
  function show(then = null, sliding = false) {
    clearTimeout(waiting);
    const { title, type, slow } = chosen();
    chooser.value = current;
    mode.setAttribute("aria-pressed", String(numbers));
    const part = slow.length ? ` · slice [${at.join(", ")}, :, :]` : "";
    heading.replaceChildren(make(el, "b", {}, title || "tensor"), ` ${type}${part}`, ...(data.verdict && current === 0 ? [make(el, "div", { class: "wb-verdict" }, data.verdict)] : []));
    if (!sliding) sliders();
    describe();
    if (!slice()) {
      askFor(then);
      return;
    }
    place = null;
    if (slice().levels.flat().length === 0) grid.replaceChildren(make(el, "div", { class: "wb-count" }, "no elements"));
    else if (numbers) table();
    else picture();
    const whole = slice().levels.flat().length;
    const [rows, columns] = [slice().rows, slice().columns];
    const thinned = !chosen().picture && (rows.at(-1) >= rows.length || columns.at(-1) >= columns.length);
    told.textContent = !whole ? "" : `${thinned ? `${whole} elements of the slice are shown, taken evenly. ` : ""}Point at a cell to read it; arrow keys go from cell to cell.`;
    then?.();
  }
  /** A slice that was not sent. */
  function askFor(then) {
    if (model.get("wanted") === undefined) {
      grid.replaceChildren(make(el, "div", { class: "wb-count" }, "This slice is not kept in this page; the notebook that made it has it."));
      return;
    }
    told.textContent = "reading the slice…";
    model.set("wanted", { choice: current, at: [...at], number: (model.get("wanted").number ?? 0) + 1 });
    model.save_changes();
    pending = then;
    waiting = setTimeout(() => (told.textContent = "The kernel has not answered: only slices that were shown before can be."), PATIENCE_MS);
  }
  let pending = null;
  async function take() {
    const packed = model.get("answer");
    if (!packed) return;
    const answer = await contents({ get: () => packed });
    data.choices[answer.choice].slices[answer.at.join(",")] = answer.slice;
    if (slice()) show(pending, true);
    pending = null;
  }

  const cell = ([row, column]) => grid.querySelector(`[data-row="${row}"][data-column="${column}"]`);
  function read(next) {
    const node = cell(next);
    // What is drawn is another slice, as long as the kernel has not answered.
    if (!node || !slice()) return;
    if (place) cell(place)?.classList.remove("wb-chosen");
    place = next;
    node.classList.add("wb-chosen");
    if (numbers) node.scrollIntoView({ block: "nearest", inline: "nearest" });
    else {
      // An outline of its own, as the neighbours would cover a part of the cell's.
      const box = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, node.getAttribute(name)]));
      grid.querySelector(".wb-outline")?.remove();
      node.parentNode.append(draw(el, "rect", { ...box, class: "wb-outline open stroke-amber", "pointer-events": "none" }));
    }
    const { rows, columns, texts } = slice();
    const index = chosen().picture ? next : full(rows[next[0]], columns[next[1]]);
    told.textContent = `[${index.join(", ")}] = ${texts[next[0]][next[1]]}`;
  }
  grid.addEventListener("pointerover", (event) => {
    const { row, column } = event.target.dataset ?? {};
    if (row !== undefined) read([Number(row), Number(column)]);
  });
  function choose(next, tell = true) {
    current = Math.min(Math.max(next, 0), data.choices.length - 1);
    at = [...chosen().at];
    show();
    if (tell && chosen().serial >= 0) selection.choose(pick.op([chosen().serial]));
  }
  const turn = () => {
    numbers = !numbers;
    show();
  };
  /** Goes along the slices, the last slow dimension first. */
  const along_slices = (by) => {
    const { slow } = chosen();
    let flat = slow.reduce((sum, extent, d) => sum * extent + at[d], 0) + by;
    const all = slow.reduce((product, extent) => product * extent, 1);
    if (!slow.length || flat < 0 || flat >= all) return;
    at = slow.map(() => 0);
    for (let d = slow.length - 1; d >= 0; d--) {
      at[d] = flat % slow[d];
      flat = Math.floor(flat / slow[d]);
    }
    show();
  };
  chooser.addEventListener("change", () => choose(Number(chooser.value)));
  mode.addEventListener("click", turn);
  const step = (down, right) => read(place ? [place[0] + down, place[1] + right] : [0, 0]);
  keys(root, {
    ArrowRight: () => step(0, 1),
    ArrowLeft: () => step(0, -1),
    ArrowDown: () => step(1, 0),
    ArrowUp: () => step(-1, 0),
    n: turn,
    "]": () => along_slices(1),
    "[": () => along_slices(-1),
    ">": () => choose(current + 1),
    "<": () => choose(current - 1),
  });
  const selection = follow(model, (now, settled) => {
    if (!settled || !now.ops.length) return;
    const found = data.choices.findIndex((c) => c.serial >= 0 && now.ops.includes(c.serial));
    if (found >= 0 && data.choices[current].serial !== data.choices[found].serial) choose(found, false);
  });
  model.on("change:answer", take);
  show();
  return () => {
    clearTimeout(waiting);
    model.off("change:answer", take);
    selection.stop();
  };
}

export default { render: kept(render) };
