/** What the kernel tells (see widgets/coder/messages.py). Offsets in messages are code points. */

export interface Code {
  id: string;
  name: string;
  path: string;
  parent: string | null;
  depth: number;
  kind: string | null;
  valence: number | null;
  memo: string;
  color: string | null;
  stage: string | null;
  touchpoint: string | null;
  number: number | null;
  here: number;
  total: number;
}

export interface CodingMessage {
  id: string;
  code: string;
  start: number | null;
  end: number | null;
  coder: string;
  own: boolean;
  memo: string;
  quote: string;
}

/** A coding with its place in UTF-16 units, as the editor counts; from is -1 where the place was lost. */
export interface Coding extends CodingMessage {
  from: number;
  to: number;
}

export type TurnMessage = [start: number, end: number, speaker: string | null, interviewer: boolean | null, seconds: number | null];

export interface Turn {
  from: number;
  to: number;
  speaker: string;
  interviewer: boolean;
  seconds: number | null;
}

interface Footing {
  undo: string;
  redo: string;
  finished: boolean;
  problems: string[];
}

export interface Snapshot extends Footing {
  type: "snapshot";
  coder: string;
  see_others: boolean;
  documents: { id: string; label: string }[];
  stages: string[];
  touchpoints: [name: string, stage: string][];
  kinds: string[];
  document: { id: string; label: string; text: string; turns: TurnMessage[]; whole: boolean };
  codes: Code[];
  codings: CodingMessage[];
}

export interface Change extends Footing {
  type: "change";
  for: string;
  action: string;
  words: string;
  coding_id: string | null;
  code_id: string | null;
  in_document: string | null;
  document_id: string;
  upsert: CodingMessage[];
  remove: string[];
  codes?: Code[];
}

export interface Refused {
  type: "refused";
  for: string;
  words: string;
}

export interface Listed {
  type: "listed";
  for: string;
  items: { id: string; document: string; quote: string }[];
}

export type Message = Snapshot | Change | Refused | Listed;

/** The part of an anywidget model that is used here. */
export interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
}
