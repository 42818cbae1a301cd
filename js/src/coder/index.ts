/** anywidget's entry: one `App` a view. */
import { App } from "./app.ts";
import type { Model } from "./types.ts";

// for the tests of positions
export { Offsets } from "./offsets.ts";
export { graphemeStep, sentenceAt, wordStep } from "./text.ts";

export default {
  render({ model, el }: { model: Model; el: HTMLElement }): () => void {
    const app = new App(model);
    el.append(app.root);
    return () => app.destroy();
  },
};
