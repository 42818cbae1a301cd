/** Colours of codes: their own, else that of the code above, else the next of a palette safe for colour blindness. */
import type { Code } from "./types.ts";

/** Okabe & Ito 2008, without black; yellow darkened so that an underline shows on white */
export const PALETTE: readonly (readonly [name: string, color: string])[] = [
  ["Blue", "#0072b2"],
  ["Vermilion", "#d55e00"],
  ["Green", "#009e73"],
  ["Purple", "#cc79a7"],
  ["Orange", "#e69f00"],
  ["Sky", "#56b4e9"],
  ["Ochre", "#b8a200"],
  ["Grey", "#7f7f7f"],
];

export function codeColors(codes: readonly Code[]): Map<string, string> {
  const found = new Map<string, string>();
  let roots = 0;
  for (const code of codes) {
    // the list is in tree order: a parent comes before its children
    const inherited = code.parent === null ? PALETTE[roots++ % PALETTE.length]![1] : found.get(code.parent);
    found.set(code.id, code.color && /^#[0-9a-f]{6}$/i.test(code.color) ? code.color : (inherited ?? PALETTE[7]![1]));
  }
  return found;
}
