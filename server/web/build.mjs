// Builds the web pages into one folder, and writes what embeds that folder into the binary.
//   node build.mjs --out FOLDER [--modules NODE_MODULES] [--embed FOLDER] [--rsvg-convert PROGRAM]
// Bundles are named after their content and may be cached for ever; index.html names them. Nothing is fetched.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { constants as zlib, gzipSync } from "node:zlib";
import { makeSprites } from "./icons/sprite.mjs";
import { loadModule } from "./load_module.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    out: { type: "string" },
    modules: { type: "string", default: join(here, "node_modules") },
    embed: { type: "string" },
    "rsvg-convert": { type: "string", default: "rsvg-convert" },
  },
});
if (options.out === undefined) throw new Error("build.mjs: expected --out FOLDER, found none");
const out = resolve(options.out);
const modules = resolve(options.modules);
const esbuild = createRequire(join(modules, "here.cjs"))("esbuild");

const contentTypes = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

/** @type {{path: string, bytes: Buffer, immutable: boolean}[]} */
const assets = [];

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Keeps the asset under its own name, or under one that carries its content's hash. */
function add(path, content, immutable) {
  const bytes = Buffer.from(content);
  const named = immutable ? path.replace(/(\.\w+)$/, `-${sha256(bytes).slice(0, 10)}$1`) : path;
  assets.push({ path: named, bytes, immutable });
  return named;
}

/** MapLibre ships its worker as a module of its own; it must lie on this server. The source map stays behind. */
function addWorker() {
  const worker = readFileSync(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
  return add("assets/maplibre-worker.js", worker.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), true);
}

async function addBundle(worker) {
  const result = await esbuild.build({
    entryPoints: { page: join(here, "src/main.ts"), staff_import: join(here, "src/staff_import.ts") },
    outdir: join(out, "assets"),
    nodePaths: [modules],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none", // licences.txt has the whole texts
    define: { KEYAKI_WORKER: JSON.stringify(worker) },
    logLevel: "warning",
  });
  const named = {};
  for (const file of result.outputFiles) {
    const name = basename(file.path);
    named[name] = add(`assets/${name}`, file.contents, true);
  }
  return named;
}

/** Every package that is in the lock file and runs in the browser, with its licence. */
function licences() {
  const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));
  const parts = ["keyaki's web pages contain the following software.\n"];
  for (const [folder, entry] of Object.entries(lock.packages)) {
    if (folder === "" || entry.dev || entry.optional) continue;
    const path = join(modules, folder.replace(/^node_modules\//, ""));
    if (!existsSync(path)) throw new Error(`build.mjs: ${folder} of package-lock.json is not in ${modules}; run npm ci`);
    const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
    const text = file === undefined ? `(${entry.license}; the package ships no licence text)` : readFileSync(join(path, file), "utf8").trim();
    parts.push(`${"=".repeat(78)}\n${folder.replace(/.*node_modules\//, "")} ${entry.version} (${entry.license})\n\n${text}\n`);
  }
  parts.push(`${"=".repeat(78)}\n${fontLicence()}`);
  return parts.join("\n");
}

/**
 * The viewer that every pack carries (pack/): plain scripts under plain names, because a page that was opened from a file may load no modules and
 * start no worker that lies beside it. The worker's text is within the script.
 */
async function addPackViewer() {
  const workerSource = readFileSync(join(modules, "maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
  const result = await esbuild.build({
    entryPoints: { "viewer/viewer": join(here, "pack/viewer.ts"), service_worker: join(here, "pack/service_worker.ts") },
    outdir: join(out, "pack"),
    nodePaths: [modules],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none", // viewer/licences.txt has the whole texts
    define: { KEYAKI_WORKER_SOURCE: JSON.stringify(workerSource), "import.meta.url": '""' },
    logLevel: "warning",
  });
  for (const file of result.outputFiles) add(`pack/${relative(join(out, "pack"), file.path)}`, file.contents, false);
  add("pack/index.html", readFileSync(join(here, "pack/index.html")), false);
  add("pack/viewer/icon.svg", readFileSync(join(here, "src/icon.svg")), false);
  add("pack/viewer/licences.txt", licences(), false);
}

function addPage(page, named) {
  const html = readFileSync(join(here, page), "utf8").replace(/\{\{([\w.]+)\}\}/g, (whole, name) => {
    if (named[name] === undefined) throw new Error(`${page} names ${whole}; the build has ${Object.keys(named).join(", ")}`);
    return named[name];
  });
  add(page, html, false);
}

function fontLicence() {
  return readFileSync(join(here, "glyphs/OFL.txt"), "utf8");
}

/**
 * The sprites under a name that never changes its meaning, for our own styles, and under one that stays, for others'. Their parts belong together, so one
 * mark stands in all four names. Answers the name for our own.
 */
async function addSprites() {
  const { icons } = await loadModule(esbuild, modules, "icons/icons.ts");
  const sprites = makeSprites(icons, options["rsvg-convert"]);
  const mark = sha256(Buffer.concat(sprites.flatMap(({ index, picture }) => [Buffer.from(index), picture]))).slice(0, 10);
  for (const { ratio, index, picture } of sprites) {
    const size = ratio === 1 ? "" : `@${ratio}x`;
    for (const [name, immutable] of [["keyaki", false], [`keyaki-${mark}`, true]]) {
      assets.push({ path: `sprites/${name}${size}.json`, bytes: Buffer.from(index), immutable });
      assets.push({ path: `sprites/${name}${size}.png`, bytes: picture, immutable });
    }
  }
  return `keyaki-${mark}`;
}

async function addStyles(sprite) {
  const { allStyles } = await loadModule(esbuild, modules, "styles/styles.ts");
  for (const [name, style] of Object.entries(allStyles(sprite))) add(`styles/${name}`, JSON.stringify(style), false);
}

function writeFolder() {
  rmSync(out, { recursive: true, force: true });
  for (const asset of assets) {
    mkdirSync(dirname(join(out, asset.path)), { recursive: true });
    writeFileSync(join(out, asset.path), asset.bytes);
    asset.gzip = gzipSync(asset.bytes, { level: zlib.Z_BEST_COMPRESSION });
    if (asset.gzip.length < asset.bytes.length * 0.95) writeFileSync(join(out, `${asset.path}.gz`), asset.gzip);
    else asset.gzip = undefined;
  }
}

/** The assembler takes the bytes from the files as they are; the table gives them their names. */
function writeEmbedding(folder) {
  mkdirSync(folder, { recursive: true });
  const assembly = ["// Made by server/web/build.mjs.", "    .section .rodata"];
  const declarations = [];
  const rows = [];
  const place = (symbol, path) => {
    assembly.push(`    .global ${symbol}`, "    .balign 16", `${symbol}:`, `    .incbin ${JSON.stringify(path)}`, "    .byte 0");
    declarations.push(`extern const char ${symbol}[];`);
  };
  assets.sort((a, b) => (a.path < b.path ? -1 : 1));
  assets.forEach((asset, index) => {
    const etag = sha256(asset.bytes).slice(0, 16);
    const path = join(out, asset.path);
    assembly.push(`// ${asset.path} ${etag}`);
    place(`keyaki_web_${index}`, path);
    let gzip = "{}";
    if (asset.gzip !== undefined) {
      place(`keyaki_web_${index}_gzip`, `${path}.gz`);
      gzip = `{keyaki_web_${index}_gzip, ${asset.gzip.length}}`;
    }
    const type = contentTypes[asset.path.split(".").pop()];
    if (type === undefined) throw new Error(`build.mjs: no content type for ${asset.path}`);
    rows.push(`    {"${asset.path}", "${type}", {keyaki_web_${index}, ${asset.bytes.length}}, ${gzip}, "${etag}", ${asset.immutable}},`);
  });
  assembly.push('    .section .note.GNU-stack,"",%progbits', "");
  writeFileSync(join(folder, "embedded_assets.S"), assembly.join("\n"));
  writeFileSync(
    join(folder, "embedded_assets.inc"),
    `// Made by server/web/build.mjs: the assets in the order of their paths.\nextern "C" {\n${declarations.join("\n")}\n}\n\n` +
      `constexpr std::array<Asset, ${rows.length}> embedded_assets{{\n${rows.join("\n")}\n}};\n`,
  );
}

const worker = addWorker();
const named = await addBundle(worker);
named["icon.svg"] = add("assets/icon.svg", readFileSync(join(here, "src/icon.svg")), true);
named["licences.txt"] = add("assets/licences.txt", licences(), true);
addPage("index.html", named);
addPage("staff/import.html", named);
add("glyphs/licence.txt", fontLicence(), false);
await addStyles(await addSprites());
await addPackViewer();
writeFolder();
if (options.embed !== undefined) writeEmbedding(resolve(options.embed));
for (const asset of assets) console.log(`${asset.path}\t${asset.bytes.length} bytes\t${asset.gzip?.length ?? "-"} gzipped`);
