/** The widget: what the kernel says is shown, what the coder does is asked of the kernel and told once it is saved. */
import type { KeyBinding } from "@codemirror/view";
import { Codebook } from "./codebook.ts";
import { codeColors } from "./colors.ts";
import { Detail } from "./detail.ts";
import { h, set } from "./dom.ts";
import { read } from "./forms.ts";
import { help } from "./keys.ts";
import { Link } from "./link.ts";
import { Offsets } from "./offsets.ts";
import { clip, clock, graphemeStep, wordStep } from "./text.ts";
import { Transcript } from "./transcript.ts";
import { Tree } from "./tree.ts";
import type { Change, Code, Coding, CodingMessage, Model, Refused, Snapshot } from "./types.ts";

const SETTLE_MS = 450; // pause after which a moved boundary is saved, as one event instead of one a key stroke
const CARET_MS = 350; // pause after which the place of the caret is told

export class App {
  readonly root: HTMLElement;
  private readonly link: Link;
  private readonly tree: Tree;
  private readonly transcript: Transcript;
  private readonly detail: Detail;
  private readonly codebook: Codebook;
  private readonly words = h("p", { role: "status", "aria-live": "polite", class: "cjm-words" });
  private readonly saved = h("span", { class: "cjm-saved" });
  private readonly picker: HTMLSelectElement;
  private readonly who = h("span", { class: "cjm-who" });
  private readonly undoButton: HTMLButtonElement;
  private readonly finishButton: HTMLButtonElement;
  private readonly redoButton: HTMLButtonElement;
  private readonly notes: HTMLButtonElement;
  private readonly apply: HTMLButtonElement;

  private text = "";
  private offsets = new Offsets("");
  private documentId = "";
  private whole = false; // an open answer: without a selection a code is for all of it
  private codes = new Map<string, Code>();
  private colors: ReadonlyMap<string, string> = new Map();
  private codings = new Map<string, Coding>();
  private sorted: Coding[] = [];
  private current: string | null = null;
  private recoding = false;
  private problems: string[] = [];
  private moving: { id: string; timer: number } | null = null;
  private caretTimer = 0;
  private told = "";
  private finished = false;
  private attention = 0; // counts where the coder looks; an answer that comes later must not pull it back
  private ready = false;

  constructor(model: Model) {
    const button = (label: string, title: string, click: () => void, keys = ""): HTMLButtonElement =>
      h("button", { type: "button", title, click, "aria-keyshortcuts": keys || null }, label);
    this.picker = h("select", { "aria-label": "Document", change: () => this.link.show(this.picker.value) });
    this.undoButton = button("Undo", "Undo (Ctrl+Z)", () => void this.act("undo"), "Control+Z");
    this.redoButton = button("Redo", "Redo (Ctrl+Y)", () => void this.act("redo"), "Control+Y");
    this.finishButton = button("Mark finished", "", () => void this.act(this.finished ? "reopen" : "finish", { document_id: this.documentId }));
    this.notes = button("Notes", "What in the logs could not be used", () => this.showNotes());
    this.apply = button("", "Apply the chosen code to the selection (Enter)", () => void this.applyActive());
    this.apply.classList.add("cjm-primary");
    const keys = button("Keys", "All keys (?)", () => read(this.root, "Keys", help()), "?");
    const bar = h("div", { class: "cjm-bar-top" }, this.picker, this.who, h("span", { class: "cjm-space" }), this.apply, this.undoButton, this.redoButton, this.finishButton, this.notes, keys);

    this.tree = new Tree({
      apply: (code) => void this.chosen(code),
      make: (name) => void this.made(name),
      leave: () => this.leave(),
      edit: (code) => void this.codebook.edit(code),
      add: (near) => void this.codebook.add(near),
      number: (code, number) => void this.act("number", { code: code.id, number }),
      say: (words) => this.say(words),
      changed: () => this.showApply(),
    });
    const onActive = (what: (code: Code) => Promise<void>) => (): void => {
      const code = this.tree.active;
      if (code) void what(code);
      else this.say("There is no code yet.");
    };
    this.tree.dom.append(
      h(
        "div",
        { class: "cjm-buttons", role: "group", "aria-label": "Codebook" },
        button("New", "New code (+ in the tree)", () => void this.codebook.add(this.tree.active)),
        button("Edit", "Rename, move, define (F2 in the tree)", onActive((c) => this.codebook.edit(c))),
        button("Merge", "Let another code take this one over", onActive((c) => this.codebook.merge(c))),
        button("Split", "Give some of its codings a new code", onActive((c) => this.codebook.split(c))),
      ),
    );
    this.detail = new Detail({
      memo: async (coding_id, memo) => (await this.act("memo", { coding_id, memo })).type === "change",
      recode: () => this.startRecode(),
      remove: () => void this.remove(),
      leave: () => this.leave(),
    });
    const pane = h("div", { class: "cjm-text" });
    this.root = h(
      "div",
      {
        class: "cjm-coder",
        role: "region",
        "aria-label": "Interview coding",
        // JupyterLab looks for this before it takes a key for the notebook
        "data-lm-suppress-shortcuts": "true",
        keydown: (event: KeyboardEvent) => this.anywhere(event),
      },
      bar,
      h("div", { class: "cjm-main" }, this.tree.dom, pane),
      this.detail.dom,
      h("div", { class: "cjm-foot" }, this.words, this.saved),
    );
    this.root.style.setProperty("--cjm-height", `${Number(model.get("height")) || 620}px`);
    for (const name of ["keyup", "keypress"]) this.root.addEventListener(name, (event) => event.stopPropagation());

    this.transcript = new Transcript(pane, {
      keys: this.keys(),
      moved: () => this.caretMoved(),
      choose: (id) => this.goTo(id),
      nameOf: (id) => this.codes.get(id)?.name ?? "a code that is gone",
    });
    this.link = new Link(model, {
      snapshot: (message) => this.open(message),
      change: (message) => this.take(message),
      refused: (message) => this.say(message.words, true),
      waiting: (count, late) => this.waiting(count, late),
    });
    this.codebook = new Codebook(this.root, this.link, (action, args) => this.act(action, args), (words) => this.say(words));
    this.say("Waiting for the kernel …");
  }

  destroy(): void {
    clearTimeout(this.caretTimer);
    void this.settle();
    this.link.close();
    this.transcript.destroy();
    this.root.remove();
  }

  // --- what the kernel says ------------------------------------------------------------------------------------

  private open(message: Snapshot): void {
    const { document, codes, codings } = message;
    const again = this.ready && document.id === this.documentId && document.text === this.text;
    this.documentId = document.id;
    this.whole = document.whole;
    this.codebook.coder = message.coder;
    this.codebook.stages = message.stages;
    this.codebook.touchpoints = message.touchpoints;
    this.codebook.kinds = message.kinds;
    this.who.textContent = `Coder ${message.coder}${message.see_others ? ", sees all" : ""}`;
    this.who.title = message.see_others ? "Codings of all coders are shown" : "Only your own codings are shown";
    this.picker.replaceChildren(
      ...message.documents.map((d) => h("option", { value: d.id, selected: d.id === document.id }, d.label)),
    );
    this.setCodes(codes);
    if (!again) {
      this.text = document.text;
      this.offsets = new Offsets(this.text);
      this.current = null;
      const turns = document.turns.map(([start, end, speaker, interviewer, seconds]) => ({
        from: this.offsets.toUnits(start),
        to: this.offsets.toUnits(end),
        speaker: speaker ?? "",
        interviewer: interviewer === true,
        seconds,
      }));
      this.transcript.open(document.label, this.text, turns);
    }
    this.codings = new Map(codings.map((c) => [c.id, this.placed(c)]));
    this.sort();
    this.footing(message);
    this.show();
    if (again) return;
    const lost = codings.length - this.sorted.length;
    this.say(
      `${document.label}: ${this.sorted.length} ${this.sorted.length === 1 ? "coding" : "codings"}` +
        (lost ? `, ${lost} whose passage is not found any more` : "") +
        ". Press ? for the keys.",
    );
    this.ready = true;
    this.root.dataset["ready"] = document.id;
  }

  private take(message: Change): void {
    if (message.codes) this.setCodes(message.codes);
    if (message.document_id === this.documentId) {
      for (const id of message.remove) this.codings.delete(id);
      for (const coding of message.upsert) this.codings.set(coding.id, this.placed(coding));
      if (this.current && !this.codings.has(this.current)) this.current = null;
      this.sort();
    }
    this.footing(message);
    this.show();
  }

  private placed(coding: CodingMessage): Coding {
    const { start, end } = coding;
    if (start === null || end === null) return { ...coding, from: -1, to: -1 };
    const from = this.offsets.toUnits(start);
    const to = this.offsets.toUnits(end);
    return { ...coding, from, to, quote: this.text.slice(from, to) };
  }

  private setCodes(codes: Code[]): void {
    this.codes = new Map(codes.map((code) => [code.id, code]));
    this.colors = codeColors(codes);
    this.codebook.codes = codes;
    this.tree.update(codes, this.colors);
  }

  private sort(): void {
    this.sorted = [...this.codings.values()]
      .filter((c) => c.from >= 0)
      .sort((a, b) => a.from - b.from || b.to - a.to || (a.id < b.id ? -1 : 1));
  }

  private footing({ undo, redo, finished, problems }: { undo: string; redo: string; finished: boolean; problems: string[] }): void {
    this.finished = finished;
    this.finishButton.textContent = finished ? "Finished ✓" : "Mark finished";
    this.finishButton.setAttribute("aria-pressed", String(finished));
    this.finishButton.title = finished ? "You are done with this document; press to open it again" : "Mark this document as coded to its end: agreement compares what coders have finished";
    this.undoButton.disabled = !undo;
    this.redoButton.disabled = !redo;
    this.undoButton.title = undo ? `Undo (Ctrl+Z): ${undo}` : "Nothing to undo";
    this.redoButton.title = redo ? `Redo (Ctrl+Y): ${redo}` : "Nothing to redo";
    this.problems = problems;
    this.notes.hidden = problems.length === 0;
    this.notes.textContent = `${problems.length} ${problems.length === 1 ? "note" : "notes"}`;
  }

  private show(): void {
    this.transcript.draw({ codings: this.sorted, colors: this.colors });
    this.showCurrent();
  }

  private showCurrent(): void {
    const coding = this.current ? (this.codings.get(this.current) ?? null) : null;
    const color = coding ? (this.colors.get(coding.code) ?? "#7f7f7f") : "";
    this.transcript.drawCurrent(coding, color);
    this.detail.show(coding, coding ? this.codes.get(coding.code) : undefined, color, this.sorted.length);
    this.showApply();
  }

  private showApply(): void {
    if (!this.ready) return;
    const code = this.tree.active;
    const selected = this.transcript.selected || this.whole;
    this.apply.disabled = !code || !selected;
    this.apply.textContent = code ? `Code “${code.name.length > 24 ? code.name.slice(0, 23) + "…" : code.name}”` : "Code";
  }

  private waiting(count: number, late: boolean): void {
    set(this.root, "data-waiting", count || null);
    if (late) this.say("Not saved yet: the kernel does not answer. If it was restarted, run the cell again.", true);
    else if (count) this.saved.textContent = "Saving …";
    else this.saved.textContent = `Saved ${new Date().toLocaleTimeString([], { hour12: false })}`;
  }

  // --- what the coder does -------------------------------------------------------------------------------------

  private async act(action: string, args: Record<string, unknown> = {}): Promise<Change | Refused> {
    if (action !== "move") await this.settle();
    const attention = this.attention;
    const answer = await this.link.act(action, args);
    if (answer.type === "change") {
      const elsewhere = answer.in_document && answer.in_document !== this.documentId ? ` in ${answer.in_document}` : "";
      this.say(`${answer.words}${elsewhere}.`);
      if (answer.coding_id && this.codings.has(answer.coding_id) && attention === this.attention) {
        this.current = answer.coding_id;
        this.showCurrent();
        const coding = this.codings.get(answer.coding_id)!;
        if (action === "undo" || action === "redo") this.transcript.select(coding.from, coding.to);
      }
      if (answer.code_id && (action.startsWith("code_") || action === "add_new")) this.tree.activate(answer.code_id);
    }
    return answer;
  }

  private passage(): { start: number; end: number } | null {
    const selected = this.transcript.selected ?? (this.whole ? { from: 0, to: this.text.length } : null);
    if (!selected) {
      this.say("Select a passage first: Shift and arrows, s for the sentence, t for the turn.", true);
      return null;
    }
    return { start: this.offsets.toCodePoints(selected.from), end: this.offsets.toCodePoints(selected.to) };
  }

  private async applyActive(): Promise<void> {
    if (this.tree.active) await this.chosen(this.tree.active);
    else this.tree.ask("Filter codes");
  }

  /** A code was chosen: for the coding being recoded, else for the selection. */
  private async chosen(code: Code): Promise<void> {
    const recode = this.recoding;
    this.leave();
    if (recode && this.current) {
      await this.act("recode", { coding_id: this.current, code: code.id });
      return;
    }
    this.tree.activate(code.id);
    const passage = this.passage();
    if (passage) await this.act("add", { document_id: this.documentId, ...passage, code: code.id });
    else this.showApply();
  }

  private async made(name: string): Promise<void> {
    const recode = this.recoding ? this.current : null;
    this.leave();
    if (recode) {
      const added = await this.act("code_add", { name });
      if (added.type === "change" && added.code_id) await this.act("recode", { coding_id: recode, code: added.code_id });
      return;
    }
    const passage = this.transcript.selected || this.whole ? this.passage() : null;
    if (passage) await this.act("add_new", { document_id: this.documentId, ...passage, name });
    else await this.act("code_add", { name });
  }

  private async number(number: number): Promise<void> {
    const code = [...this.codes.values()].find((c) => c.number === number);
    if (code) await this.chosen(code);
    else this.say(`No code has the number ${number}.`, true);
  }

  /** The next document of the list, or the one before. */
  private async turnTo(by: 1 | -1): Promise<void> {
    await this.settle();
    const next = this.picker.options[this.picker.selectedIndex + by];
    if (next) this.link.show(next.value);
    else this.say(by > 0 ? "This is the last document." : "This is the first document.");
  }

  private startRecode(): void {
    if (!this.mine()) return;
    this.recoding = true;
    this.tree.ask("Recode to");
  }

  private async remove(): Promise<void> {
    const coding = this.mine();
    if (!coding) return;
    const at = this.sorted.indexOf(coding);
    const answer = await this.act("remove", { coding_id: coding.id });
    if (answer.type === "change") {
      // the next one is current, so that several can be looked through; nothing is selected by it
      this.current = this.sorted[Math.min(at, this.sorted.length - 1)]?.id ?? null;
      this.transcript.select(coding.from, coding.from);
      this.showCurrent();
      this.transcript.focus();
    }
  }

  private mine(): Coding | null {
    const coding = this.current ? this.codings.get(this.current) : undefined;
    if (!coding) this.say("No current coding: n goes to the next one.", true);
    else if (!coding.own) this.say(`It is ${coding.coder}’s coding.`, true);
    else return coding;
    return null;
  }

  private leave(): void {
    this.recoding = false;
    this.transcript.focus();
  }

  // --- going from coding to coding -----------------------------------------------------------------------------

  private step(direction: 1 | -1): void {
    if (!this.sorted.length) return this.say("Nothing is coded here yet.");
    const now = this.sorted.findIndex((c) => c.id === this.current);
    let next: number;
    if (now >= 0) next = now + direction;
    else if (direction > 0) next = this.sorted.findIndex((c) => c.from >= this.transcript.head);
    else next = this.sorted.findLastIndex((c) => c.from < this.transcript.head);
    if (next < 0 || next >= this.sorted.length) {
      return this.say(direction > 0 ? "That was the last coding." : "That was the first coding.");
    }
    this.goTo(this.sorted[next]!.id);
  }

  private goTo(id: string): void {
    const coding = this.codings.get(id);
    if (!coding || coding.from < 0) return;
    this.attention++;
    this.current = id;
    this.transcript.select(coding.from, coding.to);
    this.showCurrent();
    this.transcript.focus();
    const number = this.sorted.indexOf(coding) + 1;
    const memo = coding.memo ? ` Memo: ${coding.memo}.` : "";
    const who = coding.own ? "" : ` by ${coding.coder}`;
    this.say(`Coding ${number} of ${this.sorted.length}: ${this.nameOf(coding)}${who}: ${clip(coding.quote)}.${memo}`);
  }

  private nameOf(coding: Coding): string {
    return this.codes.get(coding.code)?.path ?? "a code that is gone";
  }

  /** The caret was moved: the innermost coding below it is the current one; place and codings are told after a pause. */
  private caretMoved(): void {
    this.attention++;
    this.showApply();
    const head = this.transcript.head;
    if (this.transcript.selected) return;
    const here = this.sorted.filter((c) => c.from <= head && head <= c.to).sort((a, b) => a.to - a.from - (b.to - b.from));
    const current = here[0]?.id ?? null;
    if (current !== this.current) {
      this.current = current;
      this.showCurrent();
    }
    clearTimeout(this.caretTimer);
    this.caretTimer = window.setTimeout(() => {
      const turn = this.transcript.turnAt(head);
      const place = turn ? `${turn.speaker || "Turn"} ${turn.seconds === null ? this.transcript.turnNumber(turn) : clock(turn.seconds)}` : "";
      const words = [place, here.length ? `in ${here.map((c) => this.nameOf(c)).join(", ")}` : ""].filter(Boolean).join(", ");
      if (words !== this.told) this.say(`${words}.`);
      this.told = words;
    }, CARET_MS);
  }

  // --- moving a boundary ---------------------------------------------------------------------------------------

  /** Move an end of the current coding; drawn at once, saved when the keys rest. */
  private move(which: "from" | "to", forward: boolean, byWord: boolean): void {
    const coding = this.mine();
    if (!coding) return;
    const step = byWord ? wordStep : graphemeStep;
    const at = step(this.text, coding[which], forward);
    const valid = which === "from" ? at < coding.to : at > coding.from;
    if (!valid || at === coding[which]) return this.say("No further.");
    coding[which] = at;
    coding.quote = this.text.slice(coding.from, coding.to);
    if (this.moving) clearTimeout(this.moving.timer);
    this.moving = { id: coding.id, timer: window.setTimeout(() => void this.settle(), SETTLE_MS) };
    this.sort();
    this.transcript.select(coding.from, coding.to, false);
    this.show();
    const edge = which === "from" ? `begins ${clip(coding.quote.slice(0, 40), 30)}` : `ends ${clip(coding.quote.slice(-40), 60)}`;
    this.say(`Coding ${edge}`);
  }

  private async settle(): Promise<void> {
    const moving = this.moving;
    if (!moving) return;
    clearTimeout(moving.timer);
    this.moving = null;
    const coding = this.codings.get(moving.id);
    if (!coding) return;
    const answer = await this.act("move", {
      coding_id: coding.id,
      start: this.offsets.toCodePoints(coding.from),
      end: this.offsets.toCodePoints(coding.to),
    });
    if (answer.type === "refused") this.link.refresh(); // it was drawn where it is not
  }

  // --- keys and words ------------------------------------------------------------------------------------------

  private keys(): KeyBinding[] {
    const key = (name: string, run: () => unknown): KeyBinding => ({ key: name, preventDefault: true, stopPropagation: true, run: () => (run(), true) });
    const arrows: [string, boolean, boolean][] = [
      ["ArrowLeft", false, false],
      ["ArrowRight", true, false],
      ["ArrowUp", false, true],
      ["ArrowDown", true, true],
    ];
    return [
      ...[..."1234567890"].map((digit) => key(digit, () => this.number(Number(digit)))),
      key("/", () => this.tree.ask("Filter codes")),
      key("Enter", () => this.applyActive()),
      key("n", () => this.step(1)),
      key("p", () => this.step(-1)),
      key("s", () => (this.transcript.selectSentence(), this.tellSelection())),
      key("t", () => (this.transcript.selectTurn(), this.tellSelection())),
      key("j", () => (this.transcript.goTurn(1), this.caretMoved())),
      key("k", () => (this.transcript.goTurn(-1), this.caretMoved())),
      key(".", () => this.turnTo(1)),
      key(",", () => this.turnTo(-1)),
      key("r", () => this.startRecode()),
      key("m", () => this.mine() && this.detail.write()),
      key("c", () => this.tree.focus()),
      key("Delete", () => this.remove()),
      key("Backspace", () => this.remove()),
      key("Escape", () => (this.transcript.collapse(), this.showApply())),
      ...arrows.flatMap(([arrow, forward, byWord]) => [
        key(`Alt-${arrow}`, () => this.move("to", forward, byWord)),
        key(`Alt-Shift-${arrow}`, () => this.move("from", forward, byWord)),
      ]),
    ];
  }

  /** Keys that mean the same everywhere in the widget; and no key leaves it. */
  private anywhere(event: KeyboardEvent): void {
    event.stopPropagation();
    const target = event.target as HTMLElement;
    const typing = target.matches("input, textarea, select") || target.closest("dialog") !== null;
    const command = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (command && key === "s") {
      // habit; the browser would offer to save the page
      event.preventDefault();
      this.say("Every coding is saved when it is made. The notebook itself is saved from its cells.");
    }
    if (typing || event.defaultPrevented) return;
    if (command && key === "z") void this.act(event.shiftKey ? "redo" : "undo");
    else if (command && key === "y") void this.act("redo");
    else if (event.key === "?" && !command) read(this.root, "Keys", help());
    else if (event.key === "Escape") this.leave();
    else if (key === "c" && !command && !event.altKey && target.matches("button")) this.tree.focus();
    else return;
    event.preventDefault();
  }

  private tellSelection(): void {
    const selected = this.transcript.selected;
    this.showApply();
    if (selected) this.say(`Selected ${clip(this.text.slice(selected.from, selected.to), 120)}.`);
  }

  private showNotes(): void {
    read(this.root, "Notes on the logs", h("ul", {}, ...this.problems.map((p) => h("li", {}, p))));
  }

  private say(words: string, refused = false): void {
    clearTimeout(this.caretTimer); // where the caret is must not be told over what was done there
    // the same words twice are told twice: a live region speaks only when its text changes
    this.words.textContent = this.words.textContent === words ? `${words}\u200a` : words;
    this.words.classList.toggle("cjm-refused", refused);
  }
}
