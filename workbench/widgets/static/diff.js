/**
 * Programs side by side, op by op: rows in which nothing changed are folded, of the others those in sight are drawn. A
 * cell comes as [serial, line, depth, status]; null is an empty place.
 */
import { contents, follow, inflated, keys, lineage, make, pick, plural } from "./common.js";
import { kept } from "./frame.js";

const ROW = 20;
const SPARE_ROWS = 8;

const size = (bytes) => (bytes < 1e3 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const signed = (number, text) => (number ? ` (${number > 0 ? "+" : "−"}${text(Math.abs(number))})` : "");

function heading(el, data, n) {
  const column = data.columns[n];
  const before = data.columns[n - 1];
  const counts = data.statuses.filter(([name]) => name !== "same" && column.counts[name]);
  const node = make(el, "div", { class: "wb-diff-head" }, make(el, "b", {}, column.name));
  const ops = `${plural(column.ops, "op")}${before ? signed(column.ops - before.ops, String) : ""}`;
  const memory = ` · ${size(column.bytes)}${before ? signed(column.bytes - before.bytes, size) : ""}`;
  const title = "ops, and the bytes of the tensors and buffers that are their results";
  node.append(make(el, "span", { title }, `${ops}${data.columns.some((one) => one.bytes) ? memory : ""}`));
  const told = make(el, "span", { class: "wb-counts" });
  for (const [name, sign] of counts) told.append(make(el, "i", { class: `wb-s-${name}` }, `${sign} ${column.counts[name]} ${name}`), " ");
  node.append(told);
  if (before) {
    const idle = column.idle ? `${column.idle} ${column.idle === 1 ? "pass" : "passes"} changed nothing` : "";
    node.append(make(el, "span", { class: "wb-passes", title: column.busy.join(", ") }, [column.busy.length ? `by ${column.busy.join(", ")}` : "", idle].filter(Boolean).join(" · ")));
  }
  return node;
}

async function render({ model, el }) {
  const root = make(el, "div", { class: "wb wb-diffs-view", tabindex: -1, role: "group" });
  el.append(root);
  let stop = () => {};
  async function show() {
    stop();
    stop = await compared(model, el, root);
  }
  await show();
  const again = () => show();
  model.on("change:packed", again);
  return () => {
    model.off("change:packed", again);
    stop();
  };
}

async function compared(model, el, root) {
  const data = await contents(model);
  const lines = (await inflated(data.lines)).split("\n");
  root.setAttribute("aria-label", data.label);
  const family = lineage(model, data.graph);
  const live = Array.isArray(model.get("programs"));
  const bar = make(el, "div", { class: "wb-bar" });
  if (live) {
    data.columns.forEach((column, n) => {
      const choice = make(el, "select", { "aria-label": `program ${n + 1}` });
      for (const name of data.choices) choice.append(make(el, "option", name === column.name ? { selected: "" } : {}, name));
      choice.addEventListener("change", () => {
        const names = data.columns.map((own) => own.name);
        names[n] = choice.value;
        model.set("programs", names);
        model.save_changes();
      });
      bar.append(choice);
    });
  }
  const told = make(el, "span", { class: "wb-told", role: "status" });
  const button = (text, title, act) => {
    const node = make(el, "button", { type: "button", title, "aria-label": title }, text);
    node.addEventListener("click", act);
    return node;
  };
  const all = button("unfold all", "show or fold the rows without a change (u)", () => (folded = !folded, opened.clear(), lay()));
  bar.append(button("▲", "previous change (p)", () => jump(-1)), button("▼", "next change (n)", () => jump(1)), all, told);
  const heads = make(el, "div", { class: "wb-diff-row wb-diff-heads" }, ...data.columns.map((_, n) => heading(el, data, n)));
  const body = make(el, "div", { class: "wb-rows", tabindex: 0, role: "list", "aria-label": "ops side by side" });
  const tall = make(el, "div", { class: "wb-tall" });
  body.append(tall);
  root.replaceChildren(bar, heads, body);
  root.style.setProperty("--wb-columns", data.columns.length);

  const isChange = data.rows.map((row) => row.some((cell) => !cell || cell[3]));
  const opened = new Set();
  let folded = true;
  let shown = [];
  let cursor = -1;
  let lit = new Set();
  let chosen = new Set();
  function lay() {
    shown = [];
    let row = 0;
    for (const [begin, end] of folded ? data.folds : []) {
      if (opened.has(begin)) continue;
      for (; row < begin; row++) shown.push(row);
      shown.push([begin, end]);
      row = end;
    }
    for (; row < data.rows.length; row++) shown.push(row);
    all.textContent = folded ? "unfold all" : "fold";
    tall.style.height = `${shown.length * ROW}px`;
    drawRows();
  }

  function cellNode(cell) {
    if (!cell) return make(el, "div", { class: "wb-cell wb-empty" });
    const [serial, line, depth, status] = cell;
    const [name, sign] = data.statuses[status];
    const text = lines[line];
    const looks = `${lit.has(serial) ? " wb-lit" : ""}${chosen.has(serial) ? " wb-here" : ""}`;
    const node = make(el, "div", { class: `wb-cell wb-s-${name}${looks}`, "data-s": serial, title: name === "same" ? text : `${name}: ${text}` }, make(el, "span", { class: "wb-sign", role: "img", "aria-label": name }, sign), `${"  ".repeat(depth)}${text}`);
    node.addEventListener("click", () => selection.choose(pick.op([serial])));
    return node;
  }

  function drawRows() {
    const first = Math.max(Math.floor(body.scrollTop / ROW) - SPARE_ROWS, 0);
    const last = Math.min(Math.ceil((body.scrollTop + (body.clientHeight || 360)) / ROW) + SPARE_ROWS, shown.length);
    const nodes = [];
    for (let n = first; n < last; n++) {
      const row = shown[n];
      const style = `top: ${n * ROW}px`;
      if (Array.isArray(row)) {
        const node = make(el, "div", { class: "wb-unchanged", role: "listitem", style, title: "click to unfold them" }, `⋯ ${plural(row[1] - row[0], "row")} without a change`);
        node.addEventListener("click", () => (opened.add(row[0]), lay()));
        nodes.push(node);
      } else {
        nodes.push(make(el, "div", { class: `wb-diff-row${n === cursor ? " wb-cursor" : ""}`, role: "listitem", style }, ...data.rows[row].map(cellNode)));
      }
    }
    tall.replaceChildren(...nodes);
  }

  function to(place) {
    cursor = Math.min(Math.max(place, 0), shown.length - 1);
    const top = cursor * ROW;
    if (top < body.scrollTop + ROW || top > body.scrollTop + body.clientHeight - 2 * ROW) body.scrollTop = top - body.clientHeight / 3;
    drawRows();
    const row = shown[cursor];
    const serials = Array.isArray(row) ? [] : data.rows[row].filter(Boolean).map((cell) => cell[0]);
    if (serials.length) selection.hover(pick.op(serials));
  }

  function jump(by) {
    const changes = (n) => !Array.isArray(shown[n]) && isChange[shown[n]];
    let n = cursor;
    // Out of the changed rows that the cursor is in, then on to the next.
    while (n + by >= 0 && n + by < shown.length && n >= 0 && changes(n)) n += by;
    for (n = n === cursor || !changes(n) ? n : n + by; n + by >= -1 && n + by <= shown.length; n += by) {
      const at = n === cursor ? n + by : n;
      if (at >= 0 && at < shown.length && changes(at)) return to(at);
    }
  }

  const selection = follow(model, (now, isChosen) => {
    lit = family.relatives(now.ops);
    chosen = new Set(now.ops);
    const own = data.rows.reduce((count, row) => count + row.filter((cell) => cell && lit.has(cell[0])).length, 0);
    told.textContent = now.ops.length ? `${plural(own, "op")} here ${own === 1 ? "belongs" : "belong"} to the selected one` : "select an op to see what it was and what became of it";
    if (isChosen && now.ops.length) {
      const place = shown.findIndex((row) => !Array.isArray(row) && data.rows[row].some((cell) => cell && chosen.has(cell[0])));
      const top = place * ROW;
      if (place >= 0 && (top < body.scrollTop || top > body.scrollTop + body.clientHeight - ROW)) body.scrollTop = top - body.clientHeight / 3;
    }
    drawRows();
  });

  keys(body, {
    ArrowDown: () => to(cursor + 1),
    ArrowUp: () => to(cursor - 1),
    Home: () => to(0),
    End: () => to(shown.length - 1),
    PageDown: () => to(cursor + 15),
    PageUp: () => to(cursor - 15),
    n: () => jump(1),
    p: () => jump(-1),
    u: () => all.click(),
    Enter: () => {
      const row = shown[cursor];
      if (Array.isArray(row)) return opened.add(row[0]), lay();
      const serials = row === undefined ? [] : data.rows[row].filter(Boolean).map((cell) => cell[0]);
      if (serials.length) selection.choose(pick.op(serials));
    },
    Escape: () => selection.choose({}),
  });
  body.addEventListener("scroll", () => requestAnimationFrame(drawRows));
  body.addEventListener("blur", () => selection.hover(null));
  body.addEventListener("pointerup", () => setTimeout(() => body.focus({ preventScroll: true })));
  lay();
  const watch = new ResizeObserver(drawRows);
  watch.observe(body);
  return () => {
    watch.disconnect();
    selection.stop();
  };
}

export default { render: kept(render) };
