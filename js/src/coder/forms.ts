/** Small dialogs: a form, a list to tick, a text to read. Focus goes in, Escape leaves, focus comes back. */
import { h, newId } from "./dom.ts";

export interface Field {
  name: string;
  label: string;
  type: "text" | "area" | "choice" | "ticks";
  value?: string;
  options?: readonly (readonly [value: string, label: string])[];
  hint?: string;
}

/** Show a form; the values by name (ticks joined by a line end), or null where it was left. */
export function ask(root: HTMLElement, title: string, fields: readonly Field[], submit: string, note = ""): Promise<Record<string, string> | null> {
  return new Promise((resolve) => {
    const form = h("form", { method: "dialog", class: "cjm-form" }, note ? h("p", {}, note) : null, ...fields.map(row));
    const { dialog, close } = open(root, title, form, () => resolve(null));
    form.append(
      h("div", { class: "cjm-buttons" }, h("button", { type: "button", click: close }, "Cancel"), h("button", { type: "submit", class: "cjm-primary" }, submit)),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = new FormData(form);
      resolve(Object.fromEntries(fields.map((f) => [f.name, data.getAll(f.name).map(String).join("\n")])));
      dialog.close();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    form.querySelector<HTMLElement>("input, select, textarea")?.focus();
    form.querySelector<HTMLInputElement>("input[type=text]")?.select();
  });
}

/** Show something to read. */
export function read(root: HTMLElement, title: string, body: HTMLElement): void {
  const { dialog, close } = open(root, title, body, () => undefined);
  dialog.append(h("div", { class: "cjm-buttons" }, h("button", { type: "button", class: "cjm-primary", click: close }, "Close")));
  dialog.querySelector<HTMLElement>("button")?.focus();
}

function open(root: HTMLElement, title: string, body: HTMLElement, left: () => void): { dialog: HTMLDialogElement; close: () => void } {
  const back = document.activeElement;
  const id = newId("title");
  const dialog = h("dialog", { class: "cjm-dialog", "aria-labelledby": id }, h("h2", { id }, title), body);
  dialog.addEventListener("close", () => {
    dialog.remove();
    left(); // after a submit the promise is settled and this says nothing
    if (back instanceof HTMLElement && back.isConnected) back.focus();
  });
  root.append(dialog);
  dialog.showModal();
  return { dialog, close: () => dialog.close() };
}

function row(field: Field): HTMLElement {
  const id = newId("field");
  if (field.type === "ticks") {
    const boxes = (field.options ?? []).map(([value, label]) =>
      h("label", {}, h("input", { type: "checkbox", name: field.name, value }), h("span", {}, label)),
    );
    return h("fieldset", {}, h("legend", {}, field.label), ...boxes);
  }
  let input: HTMLElement;
  if (field.type === "choice") {
    const options = (field.options ?? []).map(([value, label]) => h("option", { value, selected: value === (field.value ?? "") }, label));
    input = h("select", { id, name: field.name }, ...options);
  } else if (field.type === "area") {
    input = h("textarea", { id, name: field.name, rows: 3 }, field.value ?? "");
  } else {
    input = h("input", { id, name: field.name, type: "text", value: field.value ?? "", autocomplete: "off" });
  }
  const hint = field.hint ? h("small", { id: `${id}-hint` }, field.hint) : null;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  return h("div", { class: "cjm-row" }, h("label", { for: id }, field.label), input, hint);
}
