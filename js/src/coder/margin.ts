/** The margin: a bar beside the text for every coding in view, with the name of its code. For the eye and the mouse. */
import { EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import type { Extension } from "@codemirror/state";
import { h } from "./dom.ts";
import { type Drawn, drawCodings, drawCurrent } from "./marks.ts";

const LABEL_PX = 20;
const LANE_PX = 7;
const MAX_LANES = 8;

interface Bar {
  id: string;
  code: string;
  title: string;
  top: number;
  bottom: number;
  label: number; // top of its name
  past: boolean; // further up than what one sees: its name must not take the place of others
}

export function codingMargin(nameOf: (code: string) => string, choose: (coding: string) => void): Extension {
  const plugin = ViewPlugin.fromClass(
    class {
      readonly dom = h("div", { class: "cjm-margin", "aria-hidden": "true", click: (e: MouseEvent) => this.click(e) });
      private drawn: Drawn = { codings: [], colors: new Map() };
      private current: string | null = null;

      constructor(readonly view: EditorView) {
        view.scrollDOM.append(this.dom);
        view.scrollDOM.addEventListener("scroll", this.scrolled, { passive: true });
      }

      // names of codings that begin further up stay in sight
      private readonly scrolled = (): void => this.measure();

      update(update: ViewUpdate): void {
        let again = update.viewportChanged || update.geometryChanged;
        for (const transaction of update.transactions)
          for (const effect of transaction.effects) {
            if (effect.is(drawCodings)) this.drawn = effect.value;
            else if (effect.is(drawCurrent)) this.current = effect.value?.coding.id ?? null;
            else continue;
            again = true;
          }
        if (again) this.measure();
      }

      private measure(): void {
        this.view.requestMeasure({ key: this, read: (view) => this.read(view), write: (bars) => this.write(bars) });
      }

      private read(view: EditorView): Bar[] {
        const { from, to } = view.viewport;
        const visible = view.scrollDOM.scrollTop - view.documentPadding.top + 2;
        const bars: Bar[] = [];
        for (const coding of this.drawn.codings) {
          if (coding.from >= to) break;
          if (coding.to <= from) continue;
          const top = this.y(view, Math.max(coding.from, from), 1);
          const bottom = this.y(view, Math.min(coding.to, to), -1);
          const name = (coding.own ? "" : `${coding.coder}: `) + nameOf(coding.code);
          const label = Math.min(Math.max(top.top, visible), Math.max(top.top, bottom.bottom - LABEL_PX));
          bars.push({ id: coding.id, code: coding.code, title: name, top: top.top, bottom: bottom.bottom, label, past: bottom.bottom < visible + 4 });
        }
        return bars;
      }

      /** Top and bottom of the row a position stands on, from the document's top. */
      private y(view: EditorView, position: number, side: 1 | -1): { top: number; bottom: number } {
        const at = view.coordsAtPos(position, side);
        if (at) return { top: at.top - view.documentTop, bottom: at.bottom - view.documentTop };
        const block = view.lineBlockAt(position);
        return { top: block.top, bottom: block.bottom };
      }

      private write(bars: Bar[]): void {
        const { colors } = this.drawn;
        const ends: number[] = [];
        const lane = bars.map((bar) => {
          let free = ends.findIndex((end) => end <= bar.top);
          if (free < 0) free = ends.length;
          ends[free] = bar.bottom + 2;
          return Math.min(free, MAX_LANES - 1);
        });
        const width = Math.min(ends.length, MAX_LANES) * LANE_PX;
        let below = -Infinity; // names never cover each other: one that begins on the same row goes below
        const offset = this.view.documentPadding.top;
        this.dom.style.height = `${this.view.contentHeight}px`; // as the text, which scrolls beside it
        const drawn = bars.map((bar, i) => {
          const state = bar.id === this.current ? " cjm-chosen" : "";
          const color = `--cjm-code:${colors.get(bar.code) ?? "#7f7f7f"}`;
          const line = h("i", { style: `top:${bar.top + offset}px;height:${bar.bottom - bar.top}px;left:${lane[i]! * LANE_PX}px` });
          return h("div", { class: `cjm-bar${state}`, "data-coding": bar.id, title: bar.title, style: color }, line);
        });
        const named = bars.map((bar, i) => ({ bar, element: drawn[i]! })).filter(({ bar }) => !bar.past);
        for (const { bar, element } of named.sort((a, b) => a.bar.label - b.bar.label)) {
          const top = Math.max(bar.label, below);
          below = top + LABEL_PX;
          const swatch = h("i", { class: "cjm-swatch" });
          element.append(h("span", { style: `top:${top + offset}px;left:${width + 4}px` }, swatch, bar.title));
        }
        this.dom.replaceChildren(...drawn);
      }

      private click(event: MouseEvent): void {
        const bar = (event.target as Element).closest<HTMLElement>("[data-coding]");
        if (bar) choose(bar.dataset["coding"]!);
      }

      destroy(): void {
        this.view.scrollDOM.removeEventListener("scroll", this.scrolled);
        this.dom.remove();
      }
    },
  );
  return plugin;
}
