/** Codings drawn into the text: a tint and an underline each, side by side where codings overlap. */
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { type Extension, Prec, type Range, StateEffect, StateField } from "@codemirror/state";
import type { Coding, Turn } from "./types.ts";

export const UNDERLINES = 3; // that fit below a line of text

export interface Drawn {
  codings: readonly Coding[]; // with a place, sorted by it
  colors: ReadonlyMap<string, string>;
}

export const drawCodings = StateEffect.define<Drawn>();
/** The current coding; apart from the others, which need not be drawn again for it. */
export const drawCurrent = StateEffect.define<{ coding: Coding; color: string } | null>();

/** Lane of each coding: the first that is free where it begins, so that overlapping ones never share one. */
export function lanes(codings: readonly Coding[], gap = 0): number[] {
  const ends: number[] = [];
  return codings.map((coding) => {
    let lane = ends.findIndex((end) => end + gap <= coding.from);
    if (lane < 0) lane = ends.length;
    ends[lane] = coding.to;
    return lane;
  });
}

function marks({ codings, colors }: Drawn): DecorationSet {
  const lane = lanes(codings);
  return Decoration.set(
    codings.map((coding, i) => {
      return Decoration.mark({
        tagName: "mark",
        class: coding.own ? "cjm-mark" : "cjm-mark cjm-other",
        attributes: {
          "data-coding": coding.id,
          style: `--cjm-code:${colors.get(coding.code) ?? "#7f7f7f"};--cjm-lane:${Math.min(lane[i]!, UNDERLINES - 1)}`,
        },
      }).range(coding.from, coding.to);
    }),
    true,
  );
}

const others = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) if (effect.is(drawCodings)) return marks(effect.value);
    return value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const current = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(value, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(drawCurrent)) continue;
      if (!effect.value) return Decoration.none;
      const { coding, color } = effect.value;
      const mark = Decoration.mark({ class: "cjm-current", attributes: { style: `--cjm-code:${color}` } });
      return Decoration.set([mark.range(coding.from, coding.to)]);
    }
    return value;
  },
  provide: (field) => EditorView.decorations.from(field),
});

// of lower precedence: it lies around the others
export const codingMarks: Extension = [others, Prec.low(current)];

/** The labels that the speaker gutter shows instead: text between a line's begin and its turn. */
export function labelRanges(text: string, turns: readonly Turn[]): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let before = 0; // two turns may share a line: what the first one says is no label
  for (const turn of turns) {
    const from = Math.max(before, turn.from === 0 ? 0 : text.lastIndexOf("\n", turn.from - 1) + 1);
    before = turn.to;
    if (from >= turn.from || !turn.speaker) continue;
    const label = text.slice(from, turn.from).toLowerCase();
    if (turn.from - from <= 120 && label.includes(turn.speaker.toLowerCase())) found.push({ from, to: turn.from });
  }
  return found;
}

/** What never changes in a document: hidden labels, the interviewer's lines, what belongs to nobody. */
export function documentMarks(text: string, turns: readonly Turn[]): Extension {
  const hide = Decoration.replace({});
  const labels = labelRanges(text, turns);
  const asked = Decoration.line({ class: "cjm-asked" });
  const ranges: Range<Decoration>[] = labels.filter((r) => r.from < r.to).map((r) => hide.range(r.from, r.to));
  const lines: Range<Decoration>[] = [];
  for (const turn of turns) {
    if (!turn.interviewer) continue;
    let line = text.lastIndexOf("\n", turn.from - 1) + 1;
    while (line < turn.to) {
      lines.push(asked.range(line));
      const next = text.indexOf("\n", line);
      if (next < 0) break;
      line = next + 1;
    }
  }
  const hidden = Decoration.set(ranges, true);
  return [
    EditorView.decorations.of(hidden),
    EditorView.decorations.of(Decoration.set(lines, true)),
    EditorView.atomicRanges.of(() => hidden),
  ];
}
