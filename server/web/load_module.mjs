// Bundles a module of the page's language as the page does, and imports it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** `file` lies in this folder; `modules` is the node_modules that it may take packages from. */
export async function loadModule(esbuild, modules, file) {
  const built = await esbuild.build({ entryPoints: [join(here, file)], bundle: true, write: false, format: "esm", nodePaths: [modules], logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}
