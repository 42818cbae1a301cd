/** Building elements. Text from data only ever becomes a text node, never markup. */

type Value = string | number | boolean | null | undefined | ((event: never) => void);

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, Value> = {},
  ...children: (Node | string | null | undefined)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as unknown as EventListener);
    else set(element, name, value);
  }
  element.append(...children.filter((c): c is Node | string => c !== null && c !== undefined));
  return element;
}

/** Set an attribute; false, null and undefined take it away. */
export function set(element: Element, name: string, value: string | number | boolean | null | undefined): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

let last = 0;
/** An id that no other widget on the page has. */
export function newId(what: string): string {
  return `cjm-${what}-${++last}-${Math.random().toString(36).slice(2, 8)}`;
}
