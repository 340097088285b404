/** Modules of a context: the picture comes drawn; here imports lead to exports, and parts of the file to their ops. */
import { contents, follow, keys, lineage, make, pick, shrinks } from "./common.js";
import { kept } from "./frame.js";

async function render({ model, el }) {
  const data = await contents(model);
  const family = lineage(model, data.graph);
  const root = make(el, "div", { class: "wb wb-modules" });
  const picture = make(el, "div", { class: "wb-canvas", tabindex: 0, role: "group", "aria-label": `${data.label}; arrow keys go from row to row` });
  picture.innerHTML = data.svg;
  const svg = picture.querySelector("svg");
  svg.removeAttribute("role");
  shrinks(svg);
  const told = make(el, "div", { class: "wb-told", role: "status", "aria-live": "polite" });
  root.append(picture, told);
  el.append(root);
  const rows = [...picture.querySelectorAll(".row")];
  const links = [...picture.querySelectorAll(".link")];
  let here = null;
  const boxOf = (row) => data.modules[Number(row.dataset.module)];
  const is = (row, kind) => row.classList.contains(kind);

  /** The import, export, global or part that a row shows. */
  function facts(row) {
    const box = boxOf(row);
    const key = row.dataset.key;
    if (is(row, "import")) return box.imports.find(([name]) => name === key);
    if (is(row, "export")) return box.exports.find(([name]) => name === key);
    return (is(row, "global") ? box.globals : box.parts)[Number(key)];
  }
  /** The import rows that are resolved to an export, or the export row of an import. */
  function partners(row) {
    const name = row.dataset.key;
    if (is(row, "import")) {
      const module = facts(row)[2];
      return rows.filter((other) => is(other, "export") && Number(other.dataset.module) === module && name === `${boxOf(other).name}.${other.dataset.key}`);
    }
    if (!is(row, "export")) return [];
    const full = `${boxOf(row).name}.${name}`;
    return rows.filter((other) => is(other, "import") && other.dataset.key === full && facts(other)[2] === Number(row.dataset.module));
  }

  function tell(row) {
    if (!row) {
      told.textContent = "Choose an import to see what it is resolved to, a global, or a part of the file.";
      return;
    }
    const box = boxOf(row);
    const one = facts(row);
    const name = make(el, "b", {}, one[is(row, "part") ? 1 : 0]);
    if (is(row, "import")) {
      const to = one[2] >= 0 ? `, which is that of module ${data.modules[one[2]].name}` : `, ${one[3]}`;
      told.replaceChildren(`${box.name} imports `, name, one[1], to);
    } else if (is(row, "export")) {
      const users = one[3].length ? `; imported by ${one[3].join(", ")}` : "";
      told.replaceChildren(`${box.name} exports `, name, one[1], users);
    } else if (is(row, "global")) {
      const values = one[2].map((value, n) => (one[2].length > 1 ? `context ${n + 1}: ${value}` : value)).join("; ");
      told.replaceChildren("global ", name, ` ${one[1]} = ${values}`);
    } else {
      const [group, , bytes, detail, points] = one;
      const whole = box.parts.reduce((sum, part) => sum + part[2], 0);
      const entry = points.length ? `, entry point ${points.join(", ")}` : "";
      told.replaceChildren(name, `: ${bytes} bytes, ${((100 * bytes) / whole).toFixed(1)} % of the file, ${group}${detail ? `, ${detail}` : ""}${entry}`);
    }
  }

  function mark(row) {
    const marked = new Set(row ? [row, ...partners(row)] : []);
    const names = new Set([...marked].filter((one) => is(one, "import")).map((one) => `${one.dataset.module}/${one.dataset.key}`));
    rows.forEach((one) => {
      one.classList.toggle("wb-chosen", marked.has(one));
      one.setAttribute("aria-pressed", String(marked.has(one)));
    });
    links.forEach((link) => link.classList.toggle("wb-chosen", names.has(`${link.dataset.module}/${link.dataset.key}`)));
    tell(row);
  }

  const selection = follow(model, (now) => {
    const lit = family.relatives(now.ops);
    const seeds = data.seeds ?? {};
    for (const row of rows) {
      let shown = false;
      if (is(row, "part")) {
        const [group, , , , points, ordinal] = facts(row);
        const same = now.address !== null && now.address.module === boxOf(row).name && group === "bytecode" && now.address.function === ordinal;
        const dispatch = now.dispatch === null ? points.some((point) => seeds[point]?.some((serial) => lit.has(serial))) : points.includes(now.dispatch);
        shown = same || (now.ops.length > 0 && dispatch);
      }
      row.classList.toggle("wb-lit", shown);
    }
    if (now.kind === null && here) mark((here = null));
    if (!here) tell(null);
  });

  function choose(row) {
    here = row;
    row.scrollIntoView({ block: "nearest", inline: "nearest" });
    mark(row);
    const one = facts(row);
    if (is(row, "part") && one[4].length) selection.choose(pick.dispatch(data.seeds[one[4][0]] ?? [], one[4][0]));
    else if (is(row, "part") && one[0] === "bytecode") selection.choose(pick.address([], boxOf(row).name, one[5], 0));
    else if (is(row, "export") && one[2] >= 0) selection.choose(pick.address([], boxOf(row).name, one[2], 0));
    mark(row);
  }
  picture.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row) choose(row);
    picture.focus({ preventScroll: true });
  });
  picture.addEventListener("pointerover", (event) => mark(event.target.closest(".row") ?? here));
  picture.addEventListener("pointerleave", () => mark(here));
  const step = (by) => {
    const at = here ? rows.indexOf(here) : by > 0 ? -1 : 0;
    choose(rows[(at + by + rows.length) % rows.length]);
  };
  keys(picture, {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    ArrowLeft: () => here && partners(here)[0] && choose(partners(here)[0]),
    ArrowRight: () => here && partners(here)[0] && choose(partners(here)[0]),
    Home: () => choose(rows[0]),
    End: () => choose(rows[rows.length - 1]),
    Escape: () => {
      mark((here = null));
      selection.choose({});
    },
  });
  return () => selection.stop();
}

export default { render: kept(render) };
