/**
 * A call of bytecode, an instruction at a time, both ways. The steps that are kept in the view are gone through here;
 * for what lies behind them the kernel is asked, where there is one.
 *
 * A register comes as [slot, name, type, text, changed, object], a row of code as [pc, text, mnemonic, callee, source,
 * serial], a step as [frame, function, row, changes]; a frame of -1 is the end of the call.
 */
import { contents, follow, keys, lineage, make, pick } from "./common.js";
import { kept } from "./frame.js";

const LABEL = -1;
const PATIENCE_MS = 6000;
const COMMANDS = [
  ["start", "|◀", "to the beginning (Home)"],
  ["back to breakpoint", "◀◀ run", "back to the previous breakpoint (Shift+C)"],
  ["back over", "↶ over", "back over calls (Shift+N)"],
  ["back", "◀ back", "one instruction back (←)"],
  ["step", "step ▶", "one instruction, into calls (→)"],
  ["over", "over ↷", "over calls, to the next instruction of this function (N)"],
  ["out", "out ↗", "until this function has returned (O)"],
  ["resume", "run ▶▶", "to the next breakpoint, or to the end (C)"],
  ["end", "▶|", "to the last step that is recorded (End)"],
];

/** All positions that are kept, each with the functions that are running then. */
function positionsOf(segments) {
  const positions = new Map();
  for (const { start, callers, steps } of segments) {
    let stack = callers.map(([frame, fn, row, list]) => ({ frame, fn, row, registers: new Map(list.map((r) => [r[0], r])) }));
    steps.forEach(([frame, fn, row, changes], n) => {
      if (frame < 0) {
        positions.set(start + n, []);
        return;
      }
      const depth = stack.findIndex((place) => place.frame === frame);
      const registers = new Map();
      if (depth >= 0) for (const [slot, r] of stack[depth].registers) registers.set(slot, [...r.slice(0, 4), 0, r[5]]);
      for (const r of changes) {
        if (r[1]) registers.set(r[0], r);
        else registers.delete(r[0]);
      }
      stack = [...(depth >= 0 ? stack.slice(0, depth) : stack), { frame, fn, row, registers }];
      positions.set(start + n, stack);
    });
  }
  return positions;
}

/** Whether a breakpoint, as a reader writes it, stops at a row of a function; `break_arguments` is the same in Python. */
function stopsAt(text, fn, number) {
  const [pc, , mnemonic, callee, source] = fn.rows[number];
  if (pc === LABEL) return false;
  const line = text.match(/^(.*):(\d+)$/);
  if (line) return new RegExp(`${line[1].replace(/[^\w]/g, "\\$&")}:${line[2]}(?!\\d)`).test(source);
  const place = text.match(/^(.+)\+(?:0x)?([0-9a-f]+)$/i);
  if (place) return fn.title === place[1] && pc === parseInt(place[2], 16);
  if (text.startsWith("@")) return callee.startsWith(text.slice(1)) && callee !== "";
  if (text === fn.title || text === `${fn.module}@${fn.ordinal}`) return number === 1;
  const kind = text.replace(/^vm\./, "");
  return mnemonic === kind || (kind.endsWith(".") && mnemonic.startsWith(kind));
}

async function render({ model, el }) {
  const data = await contents(model);
  const functions = data.functions;
  const family = lineage(model, data.graph);
  const segments = data.segments;
  const objects = data.objects;
  let positions = positionsOf(segments);
  let { ending, recorded, stops } = data;
  let position = model.get("position") ?? data.position;
  let breaks = [...(model.get("breaks") ?? data.breaks)];
  let why = model.get("why") || data.why;
  let cursor = null;
  let open = new Set();
  let lit = new Set();
  let depthShown = null;
  let waiting = null;
  let written = "";

  const root = make(el, "div", { class: "wb wb-debugger", tabindex: 0, role: "group", "aria-label": data.label });
  const bar = make(el, "div", { class: "wb-bar", role: "toolbar", "aria-label": "steps" });
  const buttons = new Map(COMMANDS.map(([name, text, title]) => [name, make(el, "button", { type: "button", title, "aria-label": title, "data-do": name }, text)]));
  const slider = make(el, "input", { type: "range", min: 0, class: "wb-slide", "aria-label": "position in the call" });
  const where = make(el, "span", { class: "wb-where", role: "status" });
  bar.append(...buttons.values(), slider);
  const code = make(el, "div", { class: "wb-code", tabindex: 0, role: "region", "aria-label": "code" });
  const codeTitle = make(el, "b", {});
  const codeSource = make(el, "span", { class: "wb-title" });
  const codePane = make(el, "section", { class: "wb-pane wb-codepane" }, make(el, "header", {}, codeTitle, codeSource), code);
  const stackList = make(el, "div", { class: "wb-stack" });
  const registerTable = make(el, "div", { class: "wb-registers" });
  const breakInput = make(el, "input", { type: "text", placeholder: "call · @hal.fence · module.f · f.mlir:12", title: "a kind of instruction (call, buffer.), calls of imports (@hal.fence), a function (module.f), an instruction (module.f+1A), a source line (file.mlir:12); Enter adds it", "aria-label": "break at" });
  const breakLit = make(el, "button", { type: "button", title: "break at the instructions of the op that is selected in another view" }, "at the selected op");
  const breakList = make(el, "div", { class: "wb-breaks" });
  const breakTold = make(el, "div", { class: "wb-wrong", id: `wrong-${Math.random().toString(36).slice(2)}`, role: "alert" });
  breakInput.setAttribute("aria-describedby", breakTold.id);
  const part = (title, ...nodes) => make(el, "section", { class: "wb-part" }, make(el, "h3", {}, title), ...nodes);
  const side = make(el, "div", { class: "wb-aside" }, part("call stack", stackList), part("registers", registerTable),
    part("breakpoints", make(el, "div", { class: "wb-bar" }, breakInput, breakLit), breakTold, breakList));
  const told = make(el, "div", { class: "wb-told", "aria-live": "polite" });
  root.append(bar, make(el, "div", { class: "wb-place" }, where, told), make(el, "div", { class: "wb-debug" }, codePane, side));
  el.append(root);

  const stackAt = (at) => positions.get(at);
  const innermost = (at) => stackAt(at)?.at(-1);
  const rowAt = (at) => {
    const place = innermost(at);
    return place && functions[place.fn].rows[place.row];
  };
  const stopAt = (at) => {
    const own = stops.find(([p]) => p === at);
    if (own) return own[1];
    const place = innermost(at);
    return place && breaks.find((text) => stopsAt(text, functions[place.fn], place.row));
  };

  /** The first kept position in a direction at which `done`; null if the kept steps end before. */
  function search(by, done) {
    for (let at = position + by; positions.has(at); at += by) {
      if (done(at) || at === ending?.position || at === 0) return at;
    }
    return null;
  }
  const depthOf = (at) => stackAt(at).length;
  const FIND = {
    start: () => 0,
    end: () => recorded,
    step: () => search(1, () => true),
    back: () => search(-1, () => true),
    over: () => {
      const depth = depthOf(position);
      return search(1, (at) => depthOf(at) <= depth || stopAt(at) !== undefined);
    },
    out: () => {
      const depth = depthOf(position);
      return search(1, (at) => depthOf(at) < depth || stopAt(at) !== undefined);
    },
    "back over": () => {
      const depth = depthOf(position) || 1;
      return search(-1, (at) => depthOf(at) <= depth);
    },
    resume: () => search(1, (at) => stopAt(at) !== undefined),
    "back to breakpoint": () => search(-1, (at) => stopAt(at) !== undefined),
  };

  function go(command) {
    told.textContent = "";
    const forwards = ["step", "over", "out", "resume"].includes(command);
    if (forwards && position === ending?.position) {
      told.textContent = ending.failed ? "The instruction at hand fails: there is nothing behind it." : "The call has returned. Step back, or press Home.";
      return;
    }
    const next = FIND[command]();
    if (next !== null && positions.has(next)) move(next, command);
    else ask(command === "start" ? "to 0" : command === "end" ? `to ${recorded}` : command);
  }
  function move(next, command = "step") {
    position = next;
    depthShown = null;
    const hit = stopAt(position);
    why = position === ending?.position ? (ending.failed ? "failure" : "end") : position === 0 ? "beginning" : hit !== undefined && /resume|over|out|break/.test(command) ? `breakpoint ${hit}` : "step";
    model.set("position", position);
    model.save_changes();
    show();
  }
  /** Steps that are not kept are the kernel's. */
  function ask(command) {
    clearTimeout(waiting);
    if (model.get("asked") === undefined) {
      told.textContent = `Only ${positions.size} of the steps are kept in this page; the notebook that made it has the others.`;
      return;
    }
    told.textContent = "running…";
    model.set("asked", { command, position, number: (model.get("asked").number ?? 0) + 1 });
    model.save_changes();
    waiting = setTimeout(() => (told.textContent = "The kernel has not answered. Steps that are kept can be gone through without it."), PATIENCE_MS);
  }
  async function take() {
    const packed = model.get("answer");
    if (!packed) return;
    clearTimeout(waiting);
    const answer = await contents({ get: () => packed });
    functions.push(...answer.functions.slice(Math.max(functions.length - answer.first, 0)));
    lineage(model, answer.graph);
    segments.push(...answer.segments);
    for (const [number, versions] of Object.entries(answer.objects)) objects[number] = versions;
    positions = positionsOf(segments);
    ({ ending, recorded, stops, position, why } = answer);
    depthShown = null;
    if (answer.about === "breaks") refuse(answer.told);
    else told.textContent = answer.told;
    show();
  }

  /** @param {boolean} [still] whether the rows stay where they are: a click must not move what is under the pointer */
  function showCode(still = false) {
    const stack = stackAt(position) ?? [];
    const place = stack[depthShown ?? stack.length - 1];
    if (!place) {
      codeTitle.textContent = "";
      codeSource.textContent = "";
      code.replaceChildren(make(el, "div", { class: "wb-ended" }, ending && ending.position === position ? ending.text : "nothing is running"));
      code.dataset.fn = "";
      return;
    }
    const fn = functions[place.fn];
    if (code.dataset.fn !== String(place.fn)) {
      code.dataset.fn = place.fn;
      cursor = null;
      codeTitle.textContent = fn.title;
      const body = make(el, "div", { class: "wb-rows" });
      fn.rows.forEach(([pc, text], n) => {
        const gutter = make(el, "span", { class: "wb-gutter" });
        const at = make(el, "span", { class: "wb-pc" }, pc === LABEL ? "" : pc.toString(16).toUpperCase());
        body.append(make(el, "div", { class: `wb-row${pc === LABEL ? " wb-label" : ""}`, "data-n": n }, gutter, at, make(el, "span", { class: "wb-text" }, text)));
      });
      code.replaceChildren(body);
    }
    const rows = code.firstChild.children;
    fn.rows.forEach((row, n) => {
      const node = rows[n];
      const stop = breaks.some((text) => stopsAt(text, fn, n));
      const here = n === place.row;
      node.className = `wb-row${row[0] === LABEL ? " wb-label" : ""}${here ? " wb-now" : ""}${stop ? " wb-stop" : ""}${lit.has(row[5]) ? " wb-lit" : ""}${n === cursor ? " wb-cursor" : ""}`;
      node.firstChild.textContent = (stop ? "●" : "") + (here ? "▶" : "");
      if (here) node.setAttribute("aria-current", "step");
      else node.removeAttribute("aria-current");
    });
    codeSource.textContent = fn.rows[cursor ?? place.row][4];
    codeSource.title = codeSource.textContent;
    if (!still) reveal(rows[cursor ?? place.row]);
  }
  function reveal(node) {
    const top = node.offsetTop;
    if (top < code.scrollTop + 16 || top + 18 > code.scrollTop + code.clientHeight - 16) code.scrollTop = top - code.clientHeight / 2;
  }
  function showStack() {
    const stack = stackAt(position) ?? [];
    stackList.replaceChildren(...stack.map((place, depth) => {
      const fn = functions[place.fn];
      const row = fn.rows[place.row];
      const node = make(el, "button", { type: "button", class: `wb-frame${depth === (depthShown ?? stack.length - 1) ? " wb-chosen" : ""}`, "data-depth": depth, title: `look at this function's code and registers${row[4] ? `: ${row[4]}` : ""}` },
        make(el, "span", { class: "wb-pc" }, depth), make(el, "span", { class: "wb-text" }, `${fn.title}+${row[0].toString(16).toUpperCase()}`), make(el, "span", { class: "wb-source" }, row[4]));
      node.addEventListener("click", () => {
        depthShown = depth;
        show();
        stackList.children[stack.length - 1 - depth]?.focus();
      });
      return node;
    }).reverse());
  }
  function showRegisters() {
    const stack = stackAt(position) ?? [];
    const depth = depthShown ?? stack.length - 1;
    const registers = [...(stack[depth]?.registers.values() ?? [])].sort((a, b) => (a[0][0] === b[0][0] ? Number(a[0].slice(1)) - Number(b[0].slice(1)) : a[0] < b[0] ? -1 : 1));
    const list = registers.map((register) => {
      const [slot, name, type, text, changed, object] = register;
      const known = object >= 0 && objects[object];
      const line = make(el, known ? "button" : "div", { class: `wb-register${changed ? " wb-changed" : ""}`, "data-slot": slot, ...(known ? { type: "button", "aria-expanded": open.has(slot), title: "show what it holds" } : {}) },
        make(el, "span", { class: "wb-mark", "aria-label": changed ? "changed" : null }, changed ? "*" : ""), make(el, "span", { class: "wb-pc" }, name),
        make(el, "span", { class: "wb-type" }, slot[0] === "r" ? (known ? (open.has(slot) ? "▾" : "▸") : "") : type), make(el, "span", { class: "wb-text" }, text));
      if (!known) return [line];
      line.addEventListener("click", () => {
        if (!open.delete(slot)) open.add(slot);
        showRegisters();
        registerTable.querySelector(`[data-slot="${slot}"]`)?.focus();
      });
      return open.has(slot) ? [line, held(object)] : [line];
    });
    registerTable.replaceChildren(...list.flat());
    if (!registers.length) registerTable.append(make(el, "div", { class: "wb-count" }, stack.length ? "nothing has been written yet" : ""));
  }
  /** What an object held at this position: [since, columns, rows, note]. */
  function held(object) {
    const versions = objects[object];
    const [, columns, rows, note] = versions.findLast(([since]) => since <= position) ?? versions[0];
    const table = make(el, "table", {}, make(el, "thead", {}, make(el, "tr", {}, ...columns.map((c) => make(el, "th", { scope: "col" }, c)))),
      make(el, "tbody", {}, ...rows.map((row) => make(el, "tr", {}, ...row.map((cell) => make(el, "td", {}, cell))))));
    return make(el, "div", { class: "wb-held", tabindex: 0, role: "region", "aria-label": "what it holds" }, ...(rows.length ? [table] : []), make(el, "div", { class: "wb-count" }, note));
  }
  function showBreaks() {
    breakList.replaceChildren(...breaks.map((text) => {
      const hits = [...positions.keys()].filter((at) => {
        const place = innermost(at);
        return place && stopsAt(text, functions[place.fn], place.row);
      }).length;
      const remove = make(el, "button", { type: "button", "aria-label": `remove the breakpoint at ${text}`, title: "remove" }, "×");
      remove.addEventListener("click", () => setBreaks(breaks.filter((other) => other !== text)));
      return make(el, "span", { class: "wb-break" }, make(el, "code", {}, `● ${text}`), make(el, "span", { class: "wb-count" }, ` ${hits} of the kept steps `), remove);
    }), ...[...new Set(stops.map(([, text]) => text))].map((text) => make(el, "span", { class: "wb-break" }, make(el, "code", {}, text))));
    breakLit.disabled = !litPlaces().length;
  }
  const litPlaces = () => functions.flatMap((fn) => fn.rows.filter((row) => row[0] !== LABEL && lit.has(row[5])).map((row) => `${fn.title}+${row[0].toString(16).toUpperCase()}`));
  function setBreaks(next) {
    breaks = [...new Set(next)];
    model.set("breaks", breaks);
    model.save_changes();
    showCode(true);
    showBreaks();
  }
  /** Says beside the field what is wrong with the breakpoint that was written in it, and leaves it there to be mended. */
  function refuse(reason) {
    breakTold.textContent = reason;
    breakInput.setAttribute("aria-invalid", "true");
    if (!breakInput.value) breakInput.value = written;
  }
  function accept() {
    breakTold.textContent = "";
    breakInput.removeAttribute("aria-invalid");
  }
  function addBreak() {
    const text = breakInput.value.trim();
    if (!text) return;
    const fits = functions.some((fn) => fn.rows.some((_, n) => stopsAt(text, fn, n)));
    if (!fits && model.get("asked") === undefined) {
      const many = functions.length === 1 ? "function that the call has been in has" : `${functions.length} functions that the call has been in have`;
      refuse(`The ${many} no instruction at "${text}". Write a kind of instruction (call), an import (@hal.fence), a function (module.f) or a source line (file.mlir:12).`);
      return;
    }
    accept();
    written = text;
    breakInput.value = "";
    setBreaks([...breaks, text]);
  }
  function toggle(n) {
    const fn = functions[Number(code.dataset.fn)];
    if (!fn || fn.rows[n][0] === LABEL) return;
    const at = breaks.filter((text) => stopsAt(text, fn, n));
    setBreaks(at.length ? breaks.filter((text) => !at.includes(text)) : [...breaks, `${fn.title}+${fn.rows[n][0].toString(16).toUpperCase()}`]);
  }
  /** Runs to a row of the function that is shown: the next time that it is at hand. */
  function runTo(n) {
    const fn = Number(code.dataset.fn);
    const next = search(1, (at) => innermost(at)?.fn === fn && innermost(at)?.row === n);
    if (next !== null) move(next, "resume");
    else told.textContent = "That row is not reached in the steps that are kept.";
  }

  function show() {
    const last = Math.max(recorded, position);
    slider.max = last;
    slider.value = position;
    slider.setAttribute("aria-valuetext", `position ${position} of ${last}`);
    const more = ending ? "" : " so far";
    where.replaceChildren(make(el, "b", {}, `position ${position}`), ` of ${last}${more} · ${why}`);
    if (ending && ending.position === position) where.append(" · ", make(el, "b", { class: ending.failed ? "wb-bad" : "wb-good" }, ending.text));
    for (const name of ["start", "back", "back over", "back to breakpoint"]) buttons.get(name).disabled = position === 0;
    showCode();
    showStack();
    showRegisters();
    showBreaks();
  }

  const selection = follow(model, (now) => {
    lit = now.ops.length ? family.relatives(now.ops) : new Set();
    lit.delete(-1);
    if (code.firstChild) {
      showCode(true);
      breakLit.disabled = !litPlaces().length;
    }
  });
  const chooseRow = (n) => {
    const fn = functions[Number(code.dataset.fn)];
    const [pc, , , , , serial] = fn?.rows[n] ?? [LABEL];
    if (pc !== LABEL) selection.choose(pick.address(serial >= 0 ? [serial] : [], fn.module, fn.ordinal, pc));
  };
  const walk = (by) => {
    const fn = functions[Number(code.dataset.fn)];
    const place = (stackAt(position) ?? [])[depthShown ?? (stackAt(position)?.length ?? 0) - 1];
    if (!fn || !place) return;
    cursor = Math.min(Math.max((cursor ?? place.row) + by, 0), fn.rows.length - 1);
    showCode();
  };

  for (const [name, button] of buttons) button.addEventListener("click", () => go(name));
  slider.addEventListener("input", () => {
    const wanted = Number(slider.value);
    if (positions.has(wanted)) move(wanted);
    else ask(`to ${wanted}`);
  });
  code.addEventListener("click", (event) => {
    const n = Number(event.target.closest?.(".wb-row")?.dataset.n ?? -1);
    if (n < 0) return;
    cursor = n;
    if (event.target.closest(".wb-gutter, .wb-pc")) toggle(n);
    else chooseRow(n);
    showCode(true);
  });
  code.addEventListener("dblclick", (event) => {
    const n = Number(event.target.closest?.(".wb-row")?.dataset.n ?? -1);
    if (n >= 0) runTo(n);
  });
  breakInput.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter") addBreak();
  });
  breakInput.addEventListener("input", accept);
  breakLit.addEventListener("click", () => setBreaks([...breaks, ...litPlaces()]));
  keys(code, {
    ArrowDown: () => walk(1),
    ArrowUp: () => walk(-1),
    b: () => toggle(cursor ?? innermost(position)?.row ?? 0),
    r: () => cursor !== null && runTo(cursor),
    Enter: () => chooseRow(cursor ?? innermost(position)?.row ?? 0),
    ...stepKeys(),
  });
  keys(root, { ...stepKeys(), b: () => toggle(innermost(position)?.row ?? 0) });
  function stepKeys() {
    const press = (name) => () => go(name);
    return {
      ArrowRight: press("step"), ArrowLeft: press("back"), s: press("step"), n: press("over"), N: press("back over"), o: press("out"),
      c: press("resume"), C: press("back to breakpoint"), Home: press("start"), End: press("end"), Escape: () => selection.choose({}),
    };
  }
  const follows = () => {
    const sent = model.get("position");
    if (sent !== position && positions.has(sent)) {
      position = sent;
      why = model.get("why") ?? "step";
      depthShown = null;
      show();
    }
  };
  const broken = () => {
    breaks = [...(model.get("breaks") ?? [])];
    show();
  };
  model.on("change:answer", take);
  model.on("change:position", follows);
  model.on("change:breaks", broken);
  show();
  return () => {
    clearTimeout(waiting);
    model.off("change:answer", take);
    model.off("change:position", follows);
    model.off("change:breaks", broken);
    selection.stop();
  };
}

export default { render: kept(render) };
