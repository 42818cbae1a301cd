/** Editing the codebook: new, edit (rename, move, definition), merge, split. Old codings are kept by all of them. */
import { PALETTE } from "./colors.ts";
import { ask, type Field } from "./forms.ts";
import type { Link } from "./link.ts";
import { clip } from "./text.ts";
import type { Code } from "./types.ts";

type Option = readonly [string, string];
const NONE: Option = ["", "–"];
const VALENCES: readonly Option[] = [NONE, ["-2", "−2 very negative"], ["-1", "−1 negative"], ["0", "0 neutral"], ["1", "+1 positive"], ["2", "+2 very positive"]];

export class Codebook {
  codes: readonly Code[] = [];
  stages: readonly string[] = [];
  touchpoints: readonly (readonly [name: string, stage: string])[] = [];
  kinds: readonly string[] = [];
  coder = "";

  constructor(
    private readonly root: HTMLElement,
    private readonly link: Link,
    private readonly act: (action: string, args: Record<string, unknown>) => Promise<unknown>,
    private readonly say: (words: string) => void,
  ) {}

  async add(near: Code | null): Promise<void> {
    const values = await ask(this.root, "New code", this.fields(null, near?.parent ?? ""), "Add");
    if (values) await this.act("code_add", { name: values["name"], parent: values["parent"] || null, ...this.rest(values) });
  }

  async edit(code: Code): Promise<void> {
    const values = await ask(this.root, `Edit “${code.name}”`, this.fields(code, code.parent ?? ""), "Save");
    if (values) await this.act("code_edit", { code: code.id, name: values["name"], parent: values["parent"] || null, ...this.rest(values) });
  }

  async merge(code: Code): Promise<void> {
    const options = this.codes.filter((c) => c.id !== code.id).map((c): Option => [c.id, c.path]);
    if (!options.length) return this.say("There is no other code to merge into.");
    const note = `All codings of “${code.name}”, of every coder, count as the other code from then on. Undo separates them again.`;
    const fields: Field[] = [{ name: "into", label: "Merge into", type: "choice", options, value: options[0]![0] }];
    const values = await ask(this.root, `Merge “${code.name}”`, fields, "Merge", note);
    if (values) await this.act("code_merge", { code: code.id, into: values["into"] });
  }

  async split(code: Code): Promise<void> {
    const items = await this.link.list(code.id);
    const options = items.map((item): Option => [item.id, `${item.document}: ${clip(item.quote, 90)}`]);
    const note = items.length ? "The ticked codings get the new code; other coders decide on theirs." : "You have no codings of this code yet; the new code begins empty.";
    const fields: Field[] = [{ name: "name", label: "Name of the new code", type: "text" }];
    if (items.length) fields.push({ name: "coding_ids", label: "Codings", type: "ticks", options });
    const values = await ask(this.root, `Split “${code.name}”`, fields, "Split", note);
    if (values) {
      const ids = (values["coding_ids"] ?? "").split("\n").filter(Boolean);
      await this.act("code_split", { code: code.id, name: values["name"], coding_ids: ids });
    }
  }

  private fields(code: Code | null, parent: string): Field[] {
    const below = new Set<string>(code ? [code.id] : []);
    for (const c of this.codes) if (c.parent !== null && below.has(c.parent)) below.add(c.id);
    const parents = this.codes.filter((c) => !below.has(c.id)).map((c): Option => [c.id, "\u2003".repeat(c.depth) + c.name]);
    const colors: Option[] = [["", "as the code above"], ...PALETTE.map(([name, color]): Option => [color, name])];
    if (code?.color && !colors.some(([value]) => value === code.color)) colors.push([code.color, code.color]);
    return [
      { name: "name", label: "Name", type: "text", value: code?.name ?? "" },
      { name: "parent", label: "Below", type: "choice", value: parent, options: [["", "the top"], ...parents] },
      { name: "memo", label: "Definition", type: "area", value: code?.memo ?? "", hint: "When to use it, when not, an example" },
      { name: "kind", label: "Kind", type: "choice", value: code?.kind ?? "", options: this.options(this.kinds, code?.kind) },
      { name: "valence", label: "Valence", type: "choice", value: code?.valence == null ? "" : String(code.valence), options: VALENCES },
      { name: "stage", label: "Stage", type: "choice", value: code?.stage ?? "", options: this.options(this.stages, code?.stage) },
      ...(this.touchpoints.length ? [this.touchpoint(code?.touchpoint)] : []),
      { name: "color", label: "Colour", type: "choice", value: code?.color ?? "", options: colors },
    ];
  }

  private touchpoint(now: string | null | undefined): Field {
    const options = this.options(this.touchpoints.map(([name]) => name), now);
    return { name: "touchpoint", label: "Touchpoint", type: "choice", value: now ?? "", options, hint: "Brings its stage along" };
  }

  private options(known: readonly string[], now: string | null | undefined): Option[] {
    const all = now && !known.includes(now) ? [...known, now] : known;
    return [NONE, ...all.map((name): Option => [name, name])];
  }

  private rest(values: Record<string, string>): Record<string, unknown> {
    const valence = values["valence"];
    const touchpoint = values["touchpoint"];
    const stage = this.touchpoints.find(([name]) => name === touchpoint)?.[1] ?? values["stage"];
    return {
      memo: values["memo"] || null,
      kind: values["kind"] || null,
      valence: valence ? Number(valence) : null,
      stage: stage || null,
      ...(touchpoint === undefined ? {} : { touchpoint: touchpoint || null }),
      color: values["color"] || null,
    };
  }
}
