/** The gutter of speakers: who speaks and, where known, when. */
import { gutter, GutterMarker } from "@codemirror/view";
import type { Extension } from "@codemirror/state";
import { h } from "./dom.ts";
import { clock } from "./text.ts";
import type { Turn } from "./types.ts";

class Speaker extends GutterMarker {
  constructor(readonly turn: Turn) {
    super();
  }

  override eq(other: GutterMarker): boolean {
    return other instanceof Speaker && other.turn === this.turn;
  }

  override toDOM(): Node {
    const { speaker, seconds, interviewer } = this.turn;
    return h(
      "div",
      { class: interviewer ? "cjm-speaker cjm-asked" : "cjm-speaker", title: speaker },
      h("span", {}, speaker),
      seconds === null ? null : h("time", {}, clock(seconds)),
    );
  }
}

export function speakerGutter(turns: readonly Turn[]): Extension {
  if (!turns.some((turn) => turn.speaker)) return [];
  // by the line a turn begins on: the caller's turns are in order, lines are looked up by position
  const starts = turns.map((turn) => turn.from);
  return gutter({
    class: "cjm-speakers",
    lineMarker(_view, line) {
      let low = 0;
      let high = starts.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (starts[middle]! < line.from) low = middle + 1;
        else high = middle;
      }
      const turn = turns[low];
      return turn && turn.from <= line.to && turn.speaker ? new Speaker(turn) : null;
    },
  });
}
