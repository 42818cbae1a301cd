/** The keys, as the help shows them. */
import { h } from "./dom.ts";

const KEYS: readonly (readonly [group: string, rows: readonly (readonly [keys: string, what: string])[]])[] = [
  [
    "Select in the transcript",
    [
      ["Shift + arrows", "select; with Ctrl by word"],
      ["s", "select the sentence; again: one more"],
      ["t", "select the turn; again: one more"],
    ],
  ],
  [
    "Code",
    [
      ["1 … 9, 0", "apply the code with that number"],
      ["/", "filter codes; Enter applies, or makes a new code"],
      ["Enter", "apply the chosen code"],
      ["r", "recode the current coding"],
      ["Delete", "remove the current coding"],
      ["m", "memo of the current coding; Ctrl + Enter saves"],
    ],
  ],
  [
    "Move",
    [
      ["j  k", "next, previous turn"],
      ["n  p", "next, previous coding"],
      [".  ,", "next, previous document"],
      ["Alt + ← →", "move the coding's end by a character"],
      ["Alt + ↑ ↓", "move the coding's end by a word"],
      ["Alt + Shift + arrows", "move the coding's begin"],
      ["c", "to the code tree"],
      ["Esc", "drop the selection; elsewhere: back to the transcript"],
    ],
  ],
  [
    "Take back",
    [
      ["Ctrl + Z", "undo"],
      ["Ctrl + Y", "redo"],
    ],
  ],
  [
    "In the code tree",
    [
      ["↑ ↓ ← →", "choose, close, open"],
      ["Enter", "apply to the selection"],
      ["F2", "edit, rename, move the code"],
      ["+", "new code"],
      ["Alt + number", "give the code that number"],
    ],
  ],
];

export function help(): HTMLElement {
  return h(
    "div",
    { class: "cjm-help" },
    ...KEYS.map(([group, rows]) =>
      h("section", {}, h("h3", {}, group), h("dl", {}, ...rows.flatMap(([keys, what]) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what)]))),
    ),
  );
}
