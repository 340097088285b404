/**
 * What a reader can't see of a view's output on a narrow page: what is cut without a scroll bar or an ellipsis, what sticks
 * out, and controls and words on top of each other. Returns a line for each.
 */
(root) => {
  const named = (node) => {
    const classes = (node.className?.baseVal ?? node.className ?? "").trim().split(/\s+/).slice(0, 3).join(".");
    return `${node.localName}.${classes} “${(node.textContent ?? "").trim().slice(0, 30)}”`;
  };
  const found = [];
  const drawn = [...root.querySelectorAll(".wb, .wb *")].filter((node) => node.checkVisibility() && !(node.closest("svg") && node.localName !== "svg"));
  const hides = (overflow) => overflow === "hidden" || overflow === "clip";
  for (const node of drawn) {
    const style = getComputedStyle(node);
    const axes = [
      [style.overflowX, node.scrollWidth - node.clientWidth, style.textOverflow === "ellipsis"],
      [style.overflowY, node.scrollHeight - node.clientHeight, false],
    ];
    for (const [overflow, excess, isShortened] of axes) {
      if (node.clientWidth && hides(overflow) && excess > 1 && !isShortened) found.push(`cut by ${excess} px: ${named(node)}`);
    }
  }
  /** The part of a node's box that its scrolling and clipping ancestors leave. */
  const seen = (node) => {
    let { left, right, top, bottom } = node.getBoundingClientRect();
    for (let up = node.parentElement; up && root.contains(up); up = up.parentElement) {
      const style = getComputedStyle(up);
      const box = up.getBoundingClientRect();
      if (style.overflowX !== "visible") [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
      if (style.overflowY !== "visible") [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
    }
    return { left, right, top, bottom };
  };
  const edge = root.getBoundingClientRect().right;
  for (const node of drawn) {
    const { left, right } = seen(node);
    if (right > left && right > edge + 1) found.push(`sticks out by ${Math.round(right - edge)} px: ${named(node)}`);
  }
  const words = "button, input, select, output, label, h3, header b, header .wb-title, .wb-count, .wb-told, .wb-name, .lm-TabBar-tab";
  const items = [...root.querySelectorAll(words)].filter((node) => node.checkVisibility()).map((node) => [node, seen(node)]);
  items.forEach(([first, a], n) => {
    for (const [second, b] of items.slice(n + 1)) {
      if (first.contains(second) || second.contains(first)) continue;
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 2 && height > 2) found.push(`overlap: ${named(first)} and ${named(second)}`);
    }
  });
  return found.slice(0, 12);
}
