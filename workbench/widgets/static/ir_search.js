/**
 * The search of `ir.js`: over the words of all panes, in slices of time, so that a long program stays usable meanwhile.
 */
import { keys } from "./common.js";
import { SEARCHED } from "./ir_text.js";

const MAX_HITS = 20_000;
const SLICE_MS = 24;

/** Words by kind and needle of a query such as `type:4xf32`. @param {string} query */
function parsed(query) {
  const text = query.trim().toLowerCase();
  const [head, ...rest] = text.split(":");
  return rest.length && SEARCHED[head] ? [SEARCHED[head], rest.join(":").trim()] : [null, text];
}

/**
 * Makes an input search the panes; Enter goes to the next word that was found, Shift+Enter to the one before, Escape
 * into the pane, to the line of the word.
 * @param {{find: HTMLInputElement, hitsShown: HTMLElement, row: HTMLElement, panes: Pane[], refresh: () => void}} parts
 * @returns {() => void} ends a search that is under way
 */
export function searching({ find, hitsShown, row, panes, refresh }) {
  let hits = [];
  let hit = -1;
  let more = "";
  let waiting = 0;
  function* found(kind, needle) {
    for (const view of panes) {
      for (const line of view.lines().containing(needle)) {
        for (const piece of view.text.pieces(line)) {
          if ((kind === null || piece.kind === kind) && piece.shown.trim() && piece.shown.toLowerCase().includes(needle)) yield { view, line, start: piece.start };
        }
        yield null;
      }
    }
  }
  function search() {
    clearTimeout(waiting);
    for (const view of panes) {
      view.hits.clear();
      view.hitNow = null;
      view.stale = true;
    }
    hits = [];
    hit = -1;
    const [kind, needle] = parsed(find.value);
    const all = needle ? found(kind, needle) : [].values();
    const slice = () => {
      const end = performance.now() + SLICE_MS;
      const before = hits.length;
      let next = all.next();
      for (; !next.done && hits.length < MAX_HITS && performance.now() < end; next = all.next()) take(next.value);
      if (!next.done && hits.length < MAX_HITS) {
        take(next.value);
        waiting = setTimeout(slice);
      }
      more = next.done ? "" : hits.length < MAX_HITS ? " …" : " or more";
      if (!before && hits.length) goToHit(1);
      count(needle);
      refresh();
    };
    slice();
  }
  /** Tells how many hits there are, and which of them is shown. */
  function count(isSearched = true) {
    const found = hit < 0 ? `${hits.length}${more} found` : `${hit + 1} of ${hits.length}${more} in ${hits[hit].view.data.short}`;
    hitsShown.textContent = isSearched ? found : "";
  }
  function take(one) {
    if (!one) return;
    hits.push(one);
    if (!one.view.hits.has(one.line)) one.view.hits.set(one.line, new Set());
    one.view.hits.get(one.line).add(one.start);
    one.view.stale = true;
  }
  function goToHit(by) {
    if (!hits.length) return;
    if (hit >= 0) hits[hit].view.hitNow = null;
    if (hit >= 0) hits[hit].view.paint();
    hit = (hit + by + hits.length) % hits.length;
    const { view, line, start } = hits[hit];
    view.hitNow = start;
    row.scrollTo({ left: view.node.offsetLeft - row.offsetLeft });
    view.reveal(line, start - view.text.text.lastIndexOf("\n", start - 1));
    view.paint();
    count();
  }
  /** Ends the search; the pane of the current hit has the focus then, with its cursor there: Enter chooses that op. */
  function leave() {
    const at = hits[hit];
    find.value = "";
    search();
    if (!at) return;
    at.view.at = at.view.cursor = at.line;
    at.view.body.focus({ preventScroll: true });
    at.view.paint();
  }
  find.addEventListener("input", search);
  keys(find, { Enter: (event) => goToHit(event.shiftKey ? -1 : 1), Escape: leave });
  return () => clearTimeout(waiting);
}
