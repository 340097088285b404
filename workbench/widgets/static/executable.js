/**
 * An executable from tensors to instructions: panes whose lines light each other, a picture of who computes which
 * element, and the schedule's choices, which a kernel compiles again.
 */
import { contents, draw, follow, keys, lineage, make, pick } from "./common.js";
import { kept } from "./frame.js";

const MAX_MAIN = 12;
const MAIN_SHARE = 0.25;
const ORDER = ["vmvx", "vulkan-spirv", "llvm-cpu"];
const NARROW = 25;
const DIGIT = 7;
const HIGH = 15;
const LOOKS = ["fill-paleblue stroke-blue", "fill-palegreen stroke-green", "fill-lit stroke-amber", "fill-card stroke-pink"];

async function render({ model, el }) {
  let stop = await show({ model, el }, {});
  const again = async () => {
    const state = stop.state();
    stop();
    el.replaceChildren();
    stop = await show({ model, el }, state);
  };
  model.on("change:packed", again);
  return () => {
    model.off("change:packed", again);
    stop();
  };
}

async function show({ model, el }, before) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const live = model.get("live") === true;
  const root = make(el, "div", { class: "wb wb-executable", role: "group", "aria-label": data.label });
  const chooser = make(el, "select", { "aria-label": "executable", title: "the executable that is shown" });
  const buttons = make(el, "span", { role: "radiogroup", "aria-label": "target" });
  const told = make(el, "span", { class: "wb-told", role: "status" });
  const settings = make(el, "div", { class: "wb-bar wb-choices" });
  const row = make(el, "div", { class: "wb-panes" });
  const picture = make(el, "div", { class: "wb-tiles" });
  root.append(make(el, "div", { class: "wb-bar" }, chooser, buttons, told), settings, row, picture);
  el.append(root);
  const here = new Map(data.executables.map((one) => [one.dispatch, one]));
  for (const [dispatch, title] of data.all) {
    const out = !live && !here.has(dispatch);
    chooser.append(make(el, "option", { value: dispatch, disabled: out ? "" : null }, `${dispatch}: ${title}`));
  }
  let target = data.targets.includes(before.target) ? before.target : data.target;
  let dispatch = data.dispatch;
  let asked = before.asked ?? 0;
  let panes = [];
  let cursor = null;
  let over = null;
  let now = { ops: [], dispatch: null };
  let absent = null;

  const executable = () => here.get(dispatch);
  const say = (...words) => told.replaceChildren(...words);

  // -- panes ----------------------------------------------------------------------------------------

  function paneNode(pane) {
    const body = make(el, "div", { class: "wb-lines", tabindex: 0, role: "region", "aria-label": `${pane.name}: ${pane.title}` });
    const lines = pane.lines.map(([serial, text]) => {
      const line = make(el, "div", { class: serial >= 0 ? "wb-line wb-op" : "wb-line" }, text || " ");
      if (serial >= 0) line.dataset.s = serial;
      return line;
    });
    body.append(...lines);
    const count = make(el, "span", { class: "wb-count" });
    const head = make(el, "header", {}, make(el, "b", {}, pane.name), make(el, "span", { class: "wb-title" }, pane.title), count);
    const view = { pane, body, lines: lines.filter((line) => line.dataset.s), count };
    view.node = make(el, "section", { class: "wb-pane", "data-pane": pane.name }, head, body);
    keys(body, {
      ArrowDown: () => step(view, 1),
      ArrowUp: () => step(view, -1),
      ArrowRight: () => turn(view, 1),
      ArrowLeft: () => turn(view, -1),
      Home: () => step(view, -Infinity),
      End: () => step(view, Infinity),
      Enter: () => cursor && choose(cursor),
      Escape: () => selection.choose({}),
    });
    return view;
  }

  function step(view, by) {
    const start = cursor && view.lines.includes(cursor) ? view.lines.indexOf(cursor) : by > 0 ? -1 : 0;
    const line = view.lines[Math.min(Math.max(start + by, 0), view.lines.length - 1)];
    if (!line) return;
    cursor?.classList.remove("wb-cursor");
    cursor = line;
    line.classList.add("wb-cursor");
    bring(view, line);
    selection.hover(pick.op([Number(line.dataset.s)]));
  }
  function turn(view, by) {
    const next = panes[Math.min(Math.max(panes.indexOf(view) + by, 0), panes.length - 1)];
    row.scrollTo({ left: next.node.offsetLeft - row.offsetLeft });
    next.body.focus({ preventScroll: true });
  }
  function bring(view, line) {
    const top = line.offsetTop;
    if (top < view.body.scrollTop || top + 18 > view.body.scrollTop + view.body.clientHeight) view.body.scrollTop = top - view.body.clientHeight / 3;
  }
  const choose = (line) => selection.choose({ ...pick.op([Number(line.dataset.s)]), dispatch: null });

  function light(chosen) {
    const seeds = new Set(now.ops);
    const { lit, older, shares } = family.marks(seeds);
    for (const view of panes) {
      const found = view.lines.filter((line) => lit[Number(line.dataset.s)]);
      const share = (line) => shares[Number(line.dataset.s)] ?? 0;
      const best = [...found].sort((a, b) => share(b) - share(a));
      const main = new Set(best.slice(0, MAX_MAIN).filter((line) => share(line) >= share(best[0]) * MAIN_SHARE));
      for (const line of view.lines) {
        const serial = Number(line.dataset.s);
        const on = Boolean(lit[serial]);
        line.classList.toggle("wb-lit", on);
        line.classList.toggle("wb-main", main.has(line));
        line.classList.toggle("wb-here", on && seeds.has(serial));
        line.classList.toggle("wb-from", on && !seeds.has(serial) && Boolean(older[serial]));
        line.classList.toggle("wb-to", on && !seeds.has(serial) && !older[serial]);
      }
      view.count.textContent = found.length ? `${found.length} of ${view.lines.length} lit` : `${view.lines.length} lines of ops`;
      if (chosen && best.length && !view.body.contains(el.ownerDocument.activeElement)) bring(view, best[0]);
    }
  }

  // -- who computes what ----------------------------------------------------------------------------

  function tiles() {
    picture.replaceChildren();
    const grid = executable()?.grids.find((one) => one.target === target);
    if (!grid) {
      picture.append(make(el, "div", { class: "wb-told" }, "No stores at known places: who computes what depends on data."));
      return;
    }
    const unit = target === "vulkan-spirv" ? "invocation" : "workgroup";
    const about = make(el, "div", {}, make(el, "b", {}, `who computes ${grid.buffer}`), ` ${grid.workgroups} ${unit}${grid.workgroups === 1 ? "" : "s"}; the first one reads ${grid.reads || "nothing by index"}${grid.note ? `; ${grid.note}` : ""}`);
    const said = make(el, "div", { class: "wb-told", role: "status", "aria-live": "polite" }, `${grid.legend[0].toUpperCase()}${grid.legend.slice(1)}. Point at an element, or use the arrow keys.`);
    const frame = make(el, "div", { class: "wb-canvas", tabindex: 0, role: "group", "aria-label": `elements of ${grid.buffer}; arrow keys go from one to the next` });
    const longest = Math.max(...grid.cells.map((number) => String(grid.owners[number]?.[0] ?? "").length));
    const wide = Math.max(NARROW, DIGIT * longest + 4);
    const svg = draw(el, "svg", { class: "wb-plot", width: grid.columns * wide + 2, height: grid.rows * HIGH + 2 });
    const seen = new Set();
    const cells = grid.cells.map((number, at) => {
      const x = 1 + (at % grid.columns) * wide;
      const y = 1 + Math.floor(at / grid.columns) * HIGH;
      const owner = grid.owners[number];
      const group = draw(el, "g", { class: "cell", "data-at": at });
      group.append(draw(el, "rect", { x, y, width: wide, height: HIGH, class: owner ? LOOKS[owner[3]] : "open stroke-line" }));
      if (owner) {
        const first = !seen.has(owner[0]);
        seen.add(owner[0]);
        const text = first ? owner[0] : owner[1].join(".");
        group.append(draw(el, "text", { x: x + wide / 2, y: y + 11, "text-anchor": "middle", class: first ? "fill-ink bold size-10" : "fill-muted size-10" }, String(text)));
      }
      svg.append(group);
      return group;
    });
    frame.append(svg);
    picture.append(about, frame, said);
    let place = -1;
    const read = (at) => {
      if (!cells[at]) return;
      const owner = grid.owners[grid.cells[at]];
      cells[place]?.classList.remove("wb-chosen");
      place = at;
      cells[at].classList.add("wb-chosen");
      const group = owner?.[0];
      cells.forEach((cell, n) => cell.classList.toggle("wb-same", owner !== undefined && grid.owners[grid.cells[n]]?.[0] === group));
      let row = Math.floor(at / grid.columns);
      const index = grid.shape.length ? [at % grid.columns] : [];
      for (const size of grid.shape.slice(0, -1).reverse()) {
        index.unshift(row % size);
        row = Math.floor(row / size);
      }
      said.textContent = `${grid.buffer}[${index.join(", ")}] is computed by ${owner ? owner[2] : "nothing that was followed"}`;
    };
    frame.addEventListener("pointerover", (event) => {
      const cell = event.target.closest?.(".cell");
      if (cell) read(Number(cell.dataset.at));
    });
    keys(frame, {
      ArrowRight: () => read(place + 1),
      ArrowLeft: () => read(place - 1),
      ArrowDown: () => read(place < 0 ? 0 : place + grid.columns),
      ArrowUp: () => read(place - grid.columns),
    });
  }

  // -- choices --------------------------------------------------------------------------------------

  function ask(what, words) {
    asked += 1;
    say(words);
    root.setAttribute("aria-busy", "true");
    settings.querySelectorAll("input").forEach((input) => (input.disabled = true));
    model.set("asked", { ...what, seq: asked });
    model.save_changes();
  }
  function controls() {
    settings.replaceChildren();
    const own = data.choices.filter((choice) => choice.targets.includes(target));
    for (const choice of own) {
      const at = Math.max(choice.values.indexOf(choice.value), 0);
      const value = make(el, "output", {}, choice.values[at]);
      const slider = make(el, "input", { type: "range", min: 0, max: choice.values.length - 1, value: at, step: 1, "aria-label": choice.label, "aria-valuetext": choice.values[at], "data-choice": choice.name });
      slider.disabled = !live;
      slider.addEventListener("input", () => {
        value.textContent = choice.values[slider.value];
        slider.setAttribute("aria-valuetext", choice.values[slider.value]);
      });
      slider.addEventListener("change", () => {
        const inputs = [...settings.querySelectorAll("input")];
        const chosen = Object.fromEntries(inputs.map((input) => [input.dataset.choice, own.find((one) => one.name === input.dataset.choice).values[input.value]]));
        ask({ target, dispatch, choices: chosen }, "compiling again …");
      });
      slider.addEventListener("keydown", (event) => event.stopPropagation());
      settings.append(make(el, "label", { class: "wb-choice" }, `${choice.label} `, slider, value));
    }
    if (own.length && !live) settings.append(make(el, "span", { class: "wb-count" }, "fixed here: a running notebook compiles again"));
    if (data.ran) settings.append(make(el, "span", { class: "wb-compiled" }, data.ran));
  }

  // -- the whole ------------------------------------------------------------------------------------

  function build() {
    chooser.value = dispatch;
    buttons.replaceChildren(
      ...[...data.targets, ...(live ? data.others : [])].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)).map((name) => {
        const button = make(el, "button", { type: "button", role: "radio", "aria-checked": String(name === target) }, name);
        button.addEventListener("click", () => {
          target = name;
          if (!data.targets.includes(name)) {
            ask({ target, dispatch, choices: {} }, "the program as it was …");
            return;
          }
          build();
          buttons.querySelector('[aria-checked="true"]').focus();
        });
        return button;
      }),
    );
    panes = (executable()?.panes ?? []).filter((pane) => !pane.target || pane.target === target).map(paneNode);
    row.replaceChildren(...panes.map((view) => view.node));
    tiles();
    controls();
    light(true);
  }
  function open(name) {
    if (name === dispatch) return;
    if (here.has(name)) {
      dispatch = name;
      build();
    } else if (live) ask({ dispatch: name }, "opening …");
    else absent = name;
  }

  const selection = follow(model, (sent, chosen) => {
    now = sent;
    absent = null;
    if (chosen && sent.dispatch && data.all.some(([name]) => name === sent.dispatch)) open(sent.dispatch);
    if (panes.length) light(chosen);
    const names = panes.flatMap((view) => view.lines.filter((line) => sent.ops.includes(Number(line.dataset.s))));
    const lit = panes.filter((view) => view.lines.some((line) => line.classList.contains("wb-lit"))).length;
    if (sent.ops.length && names.length) say(make(el, "b", {}, names[0].textContent.trim().slice(0, 60)), ` lit in ${lit} of ${panes.length} panes`);
    else if (absent) say(`${absent} is not on this page: a running notebook shows it.`);
    else say("Point at a line: what it came from and what became of it light up.");
  });
  chooser.addEventListener("change", () => {
    open(chooser.value);
    const one = here.get(chooser.value);
    if (one) selection.choose(pick.dispatch(one.seeds, one.dispatch));
  });
  chooser.addEventListener("keydown", (event) => event.stopPropagation());
  row.addEventListener("pointerover", (event) => {
    const line = event.target.closest?.("[data-s]");
    if (line === over) return;
    over = line;
    selection.hover(line ? pick.op([Number(line.dataset.s)]) : null);
  });
  row.addEventListener("pointerleave", () => {
    over = null;
    selection.hover(null);
  });
  row.addEventListener("click", (event) => {
    const line = event.target.closest("[data-s]");
    if (!line) return;
    cursor?.classList.remove("wb-cursor");
    cursor = line;
    choose(line);
    line.parentElement.focus({ preventScroll: true });
  });
  const failed = () => {
    const status = model.get("status");
    if (!status) return;
    root.removeAttribute("aria-busy");
    settings.querySelectorAll("input").forEach((input) => (input.disabled = !live));
    say(status);
  };
  model.on("change:status", failed);
  const progressed = () => model.get("progress") && say(model.get("progress"));
  model.on("change:progress", progressed);
  build();
  const end = () => {
    model.off("change:status", failed);
    model.off("change:progress", progressed);
    selection.stop();
  };
  end.state = () => ({ target, asked });
  return end;
}

export default { render: kept(render) };
