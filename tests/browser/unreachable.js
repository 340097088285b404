/**
 * What of a view's output answers a pointer and no key. An element answers keys if Tab goes to it, or if it is in one that
 * Tab goes to, whose keys choose among its parts. Elements that Tab went to are marked as visited. What is hidden from
 * assistive technology is a shortcut for a pointer, of what a control beside it does.
 */
(root) => {
  const reached = [...root.querySelectorAll("[data-visited]")];
  const points = (node) => node && getComputedStyle(node).cursor === "pointer";
  const answers = [...root.querySelectorAll(".wb *")].filter(
    (node) => node.checkVisibility() && points(node) && !points(node.parentElement) && !node.disabled && !node.closest('[aria-hidden="true"]'),
  );
  const lost = answers.filter((node) => !reached.some((one) => one.contains(node) || node.contains(one)));
  return lost.map((node) => `${node.localName}.${node.className?.baseVal ?? node.className} “${node.textContent.trim().slice(0, 30)}”`);
}
