/** The transcript: read-only text in CodeMirror, so that selecting works by keyboard as in any text field. */
import { drawSelection, EditorView, type KeyBinding, keymap } from "@codemirror/view";
import { EditorSelection, EditorState, Prec } from "@codemirror/state";
import { standardKeymap } from "@codemirror/commands";
import { codingMarks, documentMarks, drawCodings, drawCurrent, type Drawn, labelRanges } from "./marks.ts";
import { codingMargin } from "./margin.ts";
import { speakerGutter } from "./speakers.ts";
import { sentenceAt, trim } from "./text.ts";
import type { Coding, Turn } from "./types.ts";

export interface TranscriptHandlers {
  keys: KeyBinding[];
  moved(): void; // the selection changed by the reader's own doing
  choose(coding: string): void;
  nameOf(code: string): string;
}

export class Transcript {
  readonly dom: HTMLElement;
  private view: EditorView;
  private turns: readonly Turn[] = [];
  private labels: { from: number; to: number }[] = [];
  private text = "";

  constructor(parent: HTMLElement, private readonly handlers: TranscriptHandlers) {
    this.view = new EditorView({ parent, state: this.state("Transcript") });
    this.dom = this.view.dom;
  }

  private state(label: string): EditorState {
    return EditorState.create({
      doc: this.text,
      extensions: [
        // the text has LF line ends; anything else in it is a character to count
        EditorState.lineSeparator.of("\n"),
        EditorState.readOnly.of(true),
        EditorView.lineWrapping,
        // a right-to-left answer runs from the right, whatever the question before it does
        EditorView.perLineTextDirection.of(true),
        drawSelection({ cursorBlinkRate: 0 }),
        Prec.highest(keymap.of(this.handlers.keys)),
        keymap.of(standardKeymap),
        EditorView.contentAttributes.of({
          "aria-label": label,
          "aria-readonly": "true",
          "aria-keyshortcuts": "n p / m Delete Control+Z Control+Y",
          spellcheck: "false",
        }),
        // read-only: what no key binding took must not reach the text even for a moment
        EditorView.domEventHandlers({ beforeinput: (event) => (event.preventDefault(), true) }),
        EditorView.updateListener.of((update) => {
          if (update.selectionSet && update.transactions.some((t) => t.isUserEvent("select"))) this.handlers.moved();
        }),
        speakerGutter(this.turns),
        documentMarks(this.text, this.turns),
        codingMarks,
        codingMargin(this.handlers.nameOf, this.handlers.choose),
      ],
    });
  }

  open(label: string, text: string, turns: readonly Turn[]): void {
    this.text = text;
    this.turns = turns;
    this.labels = labelRanges(text, turns);
    this.view.setState(this.state(`Transcript ${label}`));
    const first = turns[0]?.from ?? 0;
    this.view.dispatch({ selection: EditorSelection.cursor(first) });
    this.view.scrollDOM.scrollTop = 0;
  }

  draw(drawn: Drawn): void {
    this.view.dispatch({ effects: drawCodings.of(drawn) });
  }

  drawCurrent(coding: Coding | null, color: string): void {
    this.view.dispatch({ effects: drawCurrent.of(coding && coding.from >= 0 ? { coding, color } : null) });
  }

  focus(): void {
    this.view.focus();
  }

  get head(): number {
    return this.view.state.selection.main.head;
  }

  /** The selected passage: without white space at its ends and without a hidden speaker label at its edges. */
  get selected(): { from: number; to: number } | null {
    let { from, to } = this.view.state.selection.main;
    for (const label of this.labels) {
      if (from >= label.from && from < label.to) from = label.to;
      if (to > label.from && to <= label.to) to = label.from;
    }
    const span = trim(this.text, from, Math.max(from, to));
    return span.from < span.to ? span : null;
  }

  select(from: number, to: number, scroll = true): void {
    // of a passage longer than the window its begin is shown
    const effects = scroll ? [from, to].map((at) => EditorView.scrollIntoView(at, { y: "nearest", yMargin: 40 })) : [];
    this.view.dispatch({ selection: EditorSelection.single(from, to), effects: effects.slice(1) });
    if (scroll) this.view.dispatch({ effects: effects.slice(0, 1) });
  }

  /** Keep the passage but select nothing more. */
  collapse(): void {
    this.select(this.head, this.head, false);
  }

  turnAt(position: number): Turn | undefined {
    let low = 0;
    let high = this.turns.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.turns[middle]!.from <= position) low = middle + 1;
      else high = middle;
    }
    return this.turns[Math.max(0, low - 1)];
  }

  turnNumber(turn: Turn): number {
    return this.turns.indexOf(turn) + 1;
  }

  /** Select the sentence at the caret; where one is selected, take the next one in too. */
  selectSentence(): void {
    const { from, to, empty, head } = this.view.state.selection.main;
    const line = this.view.state.doc.lineAt(empty ? head : to);
    const bounds = (position: number): { from: number; to: number } => {
      const turn = this.turnAt(position);
      const inside = turn && position >= turn.from && position <= turn.to;
      return inside ? { from: turn.from, to: turn.to } : { from: line.from, to: line.to };
    };
    if (empty) {
      const { from: begin, to: end } = bounds(head);
      const span = sentenceAt(this.text, Math.min(head, Math.max(begin, end - 1)), begin, end);
      this.select(span.from, span.to);
      return;
    }
    let next = to;
    while (next < this.text.length && /\s/.test(this.text[next]!)) next++;
    const label = this.labels.find((l) => next >= l.from && next < l.to);
    if (label) next = label.to;
    if (next >= this.text.length) return;
    const { from: begin, to: end } = bounds(next);
    this.select(from, sentenceAt(this.text, next, begin, end).to);
  }

  /** Select the turn at the caret; where one is selected, take the next one in too. */
  selectTurn(): void {
    const { from, to, empty, head } = this.view.state.selection.main;
    const here = this.turnAt(empty ? head : from);
    if (!here) return;
    const until = this.turnAt(Math.max(from, to - 1)) ?? here;
    const whole = !empty && from <= here.from && to >= until.to;
    const last = whole ? (this.turns[this.turns.indexOf(until) + 1] ?? until) : until;
    this.select(here.from, last.to);
  }

  /** Put the caret at the begin of the next or previous turn. */
  goTurn(direction: 1 | -1): void {
    const here = this.turnAt(this.head);
    if (!here) return;
    const next = this.turns[this.turns.indexOf(here) + direction] ?? here;
    this.select(next.from, next.from);
  }

  destroy(): void {
    this.view.destroy();
  }
}
