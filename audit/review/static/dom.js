// Making elements. Text is only ever set as text, never read as markup.

/** An element with properties (class, dataset, on…, attributes) and children (nodes or text). */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Text from a recording or its metadata: kept apart from the direction of what stands around it. */
export const told = (text, properties = {}) => el("bdi", properties, text);

/** Put `children` in place of what `root` holds; the focus stays at the same place among them. */
export function refill(root, children) {
  const path = [];
  for (let node = document.activeElement; node && node !== root && root.contains(node); node = node.parentNode) {
    path.unshift([...node.parentNode.children].indexOf(node));
  }
  root.replaceChildren(...children);
  let node = path.length ? root : null;
  for (const index of path) node = node?.children[index];
  node?.focus({ preventScroll: true });
}

export const byId = (id) => document.getElementById(id);
