/** The line to the kernel: asks, waits, and says when no answer comes. */
import { newId } from "./dom.ts";
import type { Change, Listed, Message, Model, Refused, Snapshot } from "./types.ts";

const PATIENCE_MS = 4000; // a kernel that answers later is busy or gone; the coder must know what is not saved

export interface Ears {
  snapshot(message: Snapshot): void;
  change(message: Change): void;
  refused(message: Refused): void;
  waiting(count: number, late: boolean): void;
}

interface Open {
  resolve(answer: Change | Refused | Listed): void;
  timer: number;
}

export class Link {
  private readonly open = new Map<string, Open>();
  private readonly hear = (message: Message): void => this.take(message);

  constructor(private readonly model: Model, private readonly ears: Ears) {
    model.on("msg:custom", this.hear);
    this.refresh();
  }

  /** Ask for everything anew. */
  refresh(): void {
    this.send({ type: "ready" });
  }

  /** Ask for a document. */
  show(documentId: string): void {
    this.send({ type: "open", document_id: documentId });
  }

  /** Ask for an action; the answer is a change, or why it was refused. */
  act(action: string, args: Record<string, unknown> = {}): Promise<Change | Refused> {
    return this.ask({ type: "do", action, args }) as Promise<Change | Refused>;
  }

  /** All codings of a code, of every document. */
  async list(code: string): Promise<Listed["items"]> {
    const answer = await this.ask({ type: "list", code });
    return answer.type === "listed" ? answer.items : [];
  }

  close(): void {
    this.model.off("msg:custom", this.hear);
    for (const { timer } of this.open.values()) clearTimeout(timer);
  }

  private ask(content: Record<string, unknown>): Promise<Change | Refused | Listed> {
    const id = newId("ask");
    return new Promise((resolve) => {
      const timer = window.setTimeout(() => this.ears.waiting(this.open.size, true), PATIENCE_MS);
      this.open.set(id, { resolve, timer });
      this.ears.waiting(this.open.size, false);
      if (!this.send({ ...content, id })) this.ears.waiting(this.open.size, true);
    });
  }

  /** False where the line is cut: the kernel of this widget was restarted or shut down. */
  private send(content: unknown): boolean {
    try {
      this.model.send(content);
      return true;
    } catch {
      return false;
    }
  }

  private take(message: Message): void {
    if (message.type === "snapshot") {
      this.ears.snapshot(message);
      return;
    }
    const asked = this.open.get(message.for);
    if (asked) {
      clearTimeout(asked.timer);
      this.open.delete(message.for);
      this.ears.waiting(this.open.size, false);
    }
    // every view of the widget takes the change in; only the one that asked speaks
    if (message.type === "change") this.ears.change(message);
    if (message.type === "refused" && asked) this.ears.refused(message);
    asked?.resolve(message);
  }
}
