/** What the current coding is: its code, its quote, its memo. */
import { h } from "./dom.ts";
import { clip } from "./text.ts";
import type { Code, Coding } from "./types.ts";

const IDLE_MS = 3000; // a memo is saved when the writer pauses, so that a closed browser loses little

export interface DetailHandlers {
  memo(coding: string, memo: string): Promise<boolean>; // whether it was saved
  recode(): void;
  remove(): void;
  leave(): void;
}

export class Detail {
  readonly dom: HTMLElement;
  private readonly code = h("strong", { class: "cjm-name" });
  private readonly swatch = h("i", { class: "cjm-swatch", "aria-hidden": "true" });
  private readonly quote = h("q", {});
  private readonly about = h("span", { class: "cjm-about" });
  private readonly memo: HTMLTextAreaElement;
  private readonly body: HTMLElement;
  private readonly hint = h("p", { class: "cjm-none" });
  private readonly buttons: HTMLElement;
  private coding: Coding | null = null;
  private timer = 0;

  constructor(private readonly handlers: DetailHandlers) {
    this.memo = h("textarea", {
      rows: 2,
      "aria-label": "Memo of the current coding",
      placeholder: "Memo (m)",
      input: () => {
        clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.save(), IDLE_MS);
      },
      blur: () => this.save(),
      keydown: (event: KeyboardEvent) => {
        if (event.key === "Escape") this.memo.value = this.coding?.memo ?? "";
        else if (!(event.key === "Enter" && (event.ctrlKey || event.metaKey))) return;
        event.preventDefault();
        this.save();
        handlers.leave();
      },
    });
    this.buttons = h(
      "div",
      { class: "cjm-buttons" },
      h("button", { type: "button", click: () => handlers.recode(), "aria-keyshortcuts": "r" }, "Recode"),
      h("button", { type: "button", click: () => handlers.remove(), "aria-keyshortcuts": "Delete" }, "Remove"),
    );
    const head = h("p", { class: "cjm-head" }, this.swatch, this.code, this.quote, this.about);
    this.body = h("div", { class: "cjm-coding" }, head, this.memo, this.buttons);
    this.dom = h("section", { class: "cjm-detail", "aria-label": "Current coding" }, this.hint, this.body);
    this.show(null, undefined, "", 0);
  }

  show(coding: Coding | null, code: Code | undefined, color: string, count: number): void {
    if (coding?.id !== this.coding?.id) this.save(); // what was typed belongs to the coding left
    const typing = coding?.id === this.coding?.id && document.activeElement === this.memo;
    this.coding = coding;
    this.body.hidden = coding === null;
    this.hint.hidden = coding !== null;
    this.hint.textContent = count
      ? `${count} ${count === 1 ? "coding" : "codings"} here. n and p go from one to the next.`
      : "Nothing coded here yet. Select a passage (s: sentence, t: turn), then press a number or /.";
    if (!coding) return;
    this.swatch.style.setProperty("--cjm-code", color);
    this.code.textContent = code?.name ?? "a code that is gone";
    this.code.title = code?.path ?? "";
    this.quote.textContent = clip(coding.quote, 160).slice(1, -1);
    this.about.textContent = coding.own ? "" : `by ${coding.coder}`;
    if (!typing) this.memo.value = coding.memo;
    this.memo.readOnly = !coding.own;
    this.buttons.hidden = !coding.own;
  }

  write(): void {
    this.memo.focus();
    this.memo.setSelectionRange(this.memo.value.length, this.memo.value.length);
  }

  private save(): void {
    clearTimeout(this.timer);
    const coding = this.coding;
    if (!coding || !coding.own || this.memo.value === coding.memo) return;
    const before = coding.memo;
    coding.memo = this.memo.value;
    void this.handlers.memo(coding.id, coding.memo).then((saved) => {
      if (!saved) coding.memo = before; // what was typed stays in the field and is tried again when it is left
    });
  }
}
