// Bundles each widget into one ES module beside its Python code, with the licences of what is in it and a hash
// of the sources, which a test compares: whoever changes a source must build again.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const widgets = { coder: join(here, "../src/cjm_research/notebook/widgets/coder/static") };

/** Hash of all sources of a widget and of the locked packages. */
function sourcesHash(name) {
  const folder = join(here, "src", name);
  const hash = createHash("sha256");
  for (const file of [...readdirSync(folder).sort().map((f) => join(folder, f)), join(here, "package-lock.json"), join(here, "build.mjs")]) {
    hash.update(readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
  }
  return hash.digest("hex");
}

function licences(inputs) {
  const packages = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  return [...packages].sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    if (!file) throw new Error(`${name} comes without its licence text`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
  });
}

for (const [name, out] of Object.entries(widgets)) {
  const { metafile } = await build({
    entryPoints: [join(here, "src", name, "index.ts")],
    outfile: join(out, `${name}.js`),
    absWorkingDir: here,
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    metafile: true,
    legalComments: "none",
    banner: { js: `// sources ${sourcesHash(name)}; built by js/build.mjs, do not edit; licences: ${name}.LICENSES.txt` },
  });
  const texts = licences(Object.keys(metafile.inputs));
  writeFileSync(join(out, `${name}.LICENSES.txt`), `Packages bundled in ${name}.js\n\n${texts.join("\n" + "-".repeat(80) + "\n\n")}`);
  const size = Object.values(metafile.outputs)[0].bytes;
  console.log(`${name}.js ${(size / 1024).toFixed(0)} KiB, ${texts.length} packages`);
}
