/** The code tree (WAI-ARIA tree pattern) with its filter: choose a code by arrows, by number, or by typing. */
import { h, newId, set } from "./dom.ts";
import type { Code } from "./types.ts";

export interface TreeHandlers {
  apply(code: Code): void; // Enter on a code, or a double click
  make(name: string): void; // Enter in the filter where no code matches
  leave(): void; // back to the transcript
  edit(code: Code): void;
  add(below: Code | null): void;
  number(code: Code, number: number): void;
  say(words: string): void;
  changed(): void; // another code is the chosen one
}

/** Lower case without accents, for finding. */
const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class Tree {
  readonly dom: HTMLElement;
  readonly filter: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly rows = new Map<string, HTMLElement>();
  private readonly closed = new Set<string>();
  private codes: readonly Code[] = [];
  private colors: ReadonlyMap<string, string> = new Map();
  private matches: Code[] | null = null;
  private activeId: string | null = null;

  constructor(private readonly handlers: TreeHandlers) {
    const listId = newId("tree");
    this.filter = h("input", {
      type: "text",
      role: "combobox",
      class: "cjm-filter",
      placeholder: "Filter codes",
      "aria-label": "Filter codes",
      "aria-expanded": "true",
      "aria-haspopup": "tree",
      "aria-controls": listId,
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
      input: () => this.search(),
      keydown: (event: KeyboardEvent) => this.filterKey(event),
    });
    this.list = h("div", {
      id: listId,
      role: "tree",
      class: "cjm-tree",
      "aria-label": "Codes",
      keydown: (event: KeyboardEvent) => this.treeKey(event),
      click: (event: MouseEvent) => this.click(event),
    });
    this.empty = h("p", { class: "cjm-none" });
    this.dom = h(
      "div",
      { class: "cjm-codes" },
      h("div", { class: "cjm-find" }, this.filter, h("kbd", { "aria-hidden": "true" }, "/")),
      this.list,
      this.empty,
    );
  }

  get active(): Code | null {
    return this.codes.find((code) => code.id === this.activeId) ?? null;
  }

  update(codes: readonly Code[], colors: ReadonlyMap<string, string>): void {
    const focused = this.list.contains(document.activeElement);
    this.codes = codes;
    this.colors = colors;
    if (!this.active) this.activeId = codes[0]?.id ?? null;
    this.render();
    if (focused) this.focus();
  }

  activate(id: string): void {
    this.activeId = id;
    for (const code of this.codes) if (code.id === id) this.reveal(code);
    this.render();
    this.show(this.rows.get(id));
  }

  focus(): void {
    (this.rows.get(this.activeId ?? "") ?? this.filter).focus();
  }

  /** Begin to filter; `what` the chosen code will be used for. */
  ask(what: string): void {
    this.filter.placeholder = what;
    set(this.filter, "aria-label", what);
    this.filter.value = "";
    this.search(false);
    this.filter.focus();
  }

  /** Scroll the list, and nothing around it, to a row. */
  private show(row: HTMLElement | undefined): void {
    if (!row) return;
    const list = this.list.getBoundingClientRect();
    const box = row.getBoundingClientRect();
    if (box.top < list.top) this.list.scrollTop -= list.top - box.top;
    else if (box.bottom > list.bottom) this.list.scrollTop += box.bottom - list.bottom;
  }

  private reset(): void {
    this.filter.placeholder = "Filter codes";
    set(this.filter, "aria-label", "Filter codes");
    this.filter.value = "";
    this.matches = null;
    this.filter.removeAttribute("aria-activedescendant");
    this.render();
  }

  private reveal(code: Code): void {
    for (let up = code.parent; up !== null; ) {
      this.closed.delete(up);
      up = this.codes.find((c) => c.id === up)?.parent ?? null;
    }
  }

  private search(tell = true): void {
    const words = plain(this.filter.value).split(/\s+/).filter(Boolean);
    if (!words.length) {
      this.matches = null;
    } else {
      const score = (code: Code): number => {
        const name = plain(code.name);
        return (name === words.join(" ") ? 0 : name.startsWith(words[0]!) ? 1 : words.every((w) => name.includes(w)) ? 2 : 3) + code.path.length / 1e4;
      };
      this.matches = this.codes
        .filter((code) => {
          // all words along the path, one at least in the name itself: not every code below a match
          const path = plain(code.path);
          const name = plain(code.name);
          return words.every((word) => path.includes(word)) && words.some((word) => name.includes(word));
        })
        .sort((a, b) => score(a) - score(b));
      if (this.matches[0]) this.activeId = this.matches[0].id;
    }
    this.render();
    this.point();
    if (!tell) return;
    const name = this.filter.value.trim();
    if (this.matches?.length === 0) this.handlers.say(`No code matches. Enter makes “${name}” a new code.`);
    else if (this.matches) this.handlers.say(`${this.matches.length} ${this.matches.length === 1 ? "code" : "codes"}. Enter: ${this.matches[0]!.path}`);
  }

  private point(): void {
    const row = this.rows.get(this.activeId ?? "");
    set(this.filter, "aria-activedescendant", this.matches?.length === 0 ? null : row?.id);
    this.show(row);
  }

  private filterKey(event: KeyboardEvent): void {
    if (event.key === "Enter") {
      event.preventDefault();
      const name = this.filter.value.trim();
      const none = this.matches?.length === 0;
      const code = this.active;
      this.reset();
      if (none && name) this.handlers.make(name);
      else if (code) this.handlers.apply(code);
      else this.handlers.leave();
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.reset();
      this.handlers.leave();
      this.handlers.say("Back in the transcript.");
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const shown = this.matches ?? this.visible();
      if (!shown.length) return;
      const at = shown.findIndex((code) => code.id === this.activeId);
      const next = shown[(at + (event.key === "ArrowDown" ? 1 : -1) + shown.length) % shown.length]!;
      this.activeId = next.id;
      this.render();
      this.point();
      this.handlers.say(next.path);
    }
  }

  private treeKey(event: KeyboardEvent): void {
    const code = this.active;
    const shown = this.visible();
    const at = shown.findIndex((c) => c.id === code?.id);
    const go = (to: Code | undefined): void => {
      if (!to) return;
      this.activeId = to.id;
      this.render();
      this.focus();
    };
    if (event.altKey && /^[0-9]$/.test(event.key) && code) this.handlers.number(code, Number(event.key));
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "ArrowDown") go(shown[at + 1]);
    else if (event.key === "ArrowUp") go(shown[at - 1]);
    else if (event.key === "Home") go(shown[0]);
    else if (event.key === "End") go(shown.at(-1));
    else if (event.key === "ArrowRight" && code && this.children(code).length) {
      if (this.closed.delete(code.id)) go(code);
      else go(shown[at + 1]);
    } else if (event.key === "ArrowLeft" && code) {
      if (this.children(code).length && !this.closed.has(code.id)) {
        this.closed.add(code.id);
        go(code);
      } else go(this.codes.find((c) => c.id === code.parent));
    } else if ((event.key === "Enter" || event.key === " ") && code) this.handlers.apply(code);
    else if (event.key === "Escape") this.handlers.leave();
    else if (event.key === "F2" && code) this.handlers.edit(code);
    else if (event.key === "+") this.handlers.add(code);
    else if (event.key === "/") this.ask("Filter codes");
    else return;
    event.preventDefault();
  }

  private click(event: MouseEvent): void {
    const code = this.under(event);
    if (!code) return;
    const twist = (event.target as Element).closest(".cjm-twist") !== null;
    if (twist) {
      if (!this.closed.delete(code.id)) this.closed.add(code.id);
    }
    this.activeId = code.id;
    this.render();
    this.focus();
    // a double click; its own event would miss rows that the first click has drawn anew
    if (event.detail === 2 && !twist) this.handlers.apply(code);
  }

  private under(event: MouseEvent): Code | undefined {
    const row = (event.target as Element).closest<HTMLElement>("[role=treeitem]");
    return row ? this.codes.find((code) => code.id === row.dataset["code"]) : undefined;
  }

  private children(code: Code): Code[] {
    return this.codes.filter((c) => c.parent === code.id);
  }

  /** The codes one can see: below open ones, or while filtering the matches with what is above them. */
  private visible(): Code[] {
    if (this.matches) {
      const keep = new Set<string>();
      for (const match of this.matches) {
        for (let code: Code | undefined = match; code && !keep.has(code.id); ) {
          keep.add(code.id);
          const above: string | null = code.parent;
          code = this.codes.find((c) => c.id === above);
        }
      }
      return this.codes.filter((code) => keep.has(code.id));
    }
    const hidden = new Set<string>();
    return this.codes.filter((code) => {
      const under = code.parent !== null && (hidden.has(code.parent) || this.closed.has(code.parent));
      if (under) hidden.add(code.id);
      return !under;
    });
  }

  private render(): void {
    const shown = this.visible();
    const parents = new Set(this.codes.map((code) => code.parent));
    const siblings = new Map<string | null, Code[]>();
    for (const code of shown) siblings.set(code.parent, [...(siblings.get(code.parent) ?? []), code]);
    if (!shown.some((code) => code.id === this.activeId) && shown[0]) this.activeId = shown[0].id;
    const dimmed = this.matches ? new Set(this.matches.map((code) => code.id)) : null;
    const kept = new Map(this.rows);
    this.rows.clear();
    const rows = shown.map((code) => {
      const row = kept.get(code.id) ?? h("div", { id: newId("code"), role: "treeitem", "data-code": code.id });
      const active = code.id === this.activeId;
      const peers = siblings.get(code.parent)!;
      set(row, "class", `cjm-code${dimmed && !dimmed.has(code.id) ? " cjm-above" : ""}`);
      set(row, "aria-level", code.depth + 1);
      set(row, "aria-setsize", peers.length);
      set(row, "aria-posinset", peers.indexOf(code) + 1);
      set(row, "aria-selected", active ? "true" : "false");
      set(row, "aria-expanded", parents.has(code.id) ? String(this.matches !== null || !this.closed.has(code.id)) : null);
      set(row, "tabindex", active ? 0 : -1);
      set(row, "style", `--cjm-code:${this.colors.get(code.id)};--cjm-depth:${code.depth}`);
      set(row, "title", [code.path, code.memo].filter(Boolean).join("\n"));
      const facts = [code.name, code.number === null ? "" : `number ${code.number}`, `${code.here} here`, code.kind ?? ""];
      set(row, "aria-label", facts.filter(Boolean).join(", "));
      row.replaceChildren(
        h("span", { class: "cjm-twist", "aria-hidden": "true" }),
        h("i", { class: "cjm-swatch", "aria-hidden": "true" }),
        h("span", { class: "cjm-name" }, code.name),
        h("span", { class: "cjm-count" }, code.here ? String(code.here) : ""),
        h("kbd", {}, code.number === null ? "" : String(code.number)),
      );
      this.rows.set(code.id, row);
      return row;
    });
    // the same elements stay in place, so that focus stays too
    if (rows.length !== this.list.children.length || rows.some((row, i) => this.list.children[i] !== row)) {
      this.list.replaceChildren(...rows);
    }
    set(this.list, "hidden", rows.length === 0);
    set(this.filter, "aria-expanded", rows.length ? "true" : "false");
    this.handlers.changed();
    this.empty.hidden = rows.length > 0;
    this.empty.textContent = this.matches ? `Enter makes “${this.filter.value.trim()}” a new code.` : "No codes yet. Select a passage, press / and type a name.";
  }
}
