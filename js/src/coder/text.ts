/** Words, sentences and graphemes of a transcript, for moving by keyboard. Positions are UTF-16 units. */
import { findClusterBreak } from "@codemirror/state";

/** The next (or previous) boundary of a grapheme: an emoji family or a letter with its accents is one step. */
export function graphemeStep(text: string, at: number, forward: boolean): number {
  // findClusterBreak looks at the whole string; a window keeps long transcripts quick
  const from = Math.max(0, at - 64);
  const window = text.slice(from, at + 64);
  return Math.min(text.length, Math.max(0, from + findClusterBreak(window, at - from, forward)));
}

const WORD = /[\p{L}\p{N}\p{M}_\u200d'’]/u;

/** Forward: the end of the next word; backward: the begin of the previous one. */
export function wordStep(text: string, at: number, forward: boolean): number {
  const wordy = (position: number): boolean => {
    const point = text.codePointAt(position);
    return point !== undefined && WORD.test(String.fromCodePoint(point));
  };
  let here = at;
  let seen = false;
  while (forward ? here < text.length : here > 0) {
    const next = graphemeStep(text, here, forward);
    if (next === here) break;
    const inWord = wordy(forward ? here : next);
    if (seen && !inWord) break;
    seen ||= inWord;
    here = next;
  }
  return here;
}

/** The sentence around a position, within from…to (a turn). */
export function sentenceAt(text: string, at: number, from: number, to: number): { from: number; to: number } {
  const part = text.slice(from, to);
  let found = { from, to };
  for (const piece of sentences(part)) {
    if (from + piece.from > at && found.to !== to) break;
    found = { from: from + piece.from, to: from + piece.to };
    if (at < found.to) break;
  }
  return trim(text, found.from, found.to);
}

function sentences(part: string): { from: number; to: number }[] {
  if ("Segmenter" in Intl) {
    const pieces = new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(part);
    return [...pieces].map((p) => ({ from: p.index, to: p.index + p.segment.length }));
  }
  return [...part.matchAll(/[^.!?…]+[.!?…]*\s*/g)].map((m) => ({ from: m.index, to: m.index + m[0].length }));
}

/** A span without white space at its ends. */
export function trim(text: string, from: number, to: number): { from: number; to: number } {
  while (from < to && /\s/.test(text[from]!)) from++;
  while (to > from && /\s/.test(text[to - 1]!)) to--;
  return { from, to };
}

/** A quote in one line, cut at a word. */
export function clip(quote: string, length = 60): string {
  const line = quote.split(/\s+/).join(" ").trim();
  if (line.length <= length) return `“${line}”`;
  const cut = line.slice(0, length);
  return `“${cut.slice(0, cut.lastIndexOf(" ") > 20 ? cut.lastIndexOf(" ") : length)}…”`;
}

/** 3725 → 1:02:05 */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 60) % 60, whole % 60].map((n) => String(n).padStart(2, "0"));
  const hours = Math.floor(whole / 3600);
  return hours ? [hours, ...parts].join(":") : `${Number(parts[0])}:${parts[1]}`;
}
