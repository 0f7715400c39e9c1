// Bundles the page into dist/: hashed assets, and manifest.json that names what the page starts with.
import { rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';

const out = new URL('dist/', import.meta.url).pathname;
const common = {
  absWorkingDir: new URL('.', import.meta.url).pathname,
  bundle: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  legalComments: 'linked',
  loader: { '.graphql': 'text', '.ttf': 'file' },
  logLevel: 'warning',
  metafile: true,
  minify: true,
  outdir: `${out}assets`,
  target: ['chrome111', 'firefox115', 'safari16.4'],
};

const written = (result, entry) =>
  Object.entries(result.metafile.outputs).find(([, output]) => output.entryPoint?.endsWith(entry));

await rm(out, { recursive: true, force: true });

const workers = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
};
const bundled = await build({ ...common, entryPoints: workers, format: 'iife' });
const names = Object.fromEntries(
  Object.entries(workers).map(([label, path]) => [label, basename(written(bundled, path)[0])]),
);

const page = await build({
  ...common,
  define: { ...common.define, WORKERS: JSON.stringify(names) },
  entryPoints: { page: 'src/page.jsx' },
  format: 'esm',
  jsx: 'automatic',
  splitting: true,
});
// Style sheets of chunks that are imported later are not loaded by anybody else, so the page links them all.
const styles = Object.keys(page.metafile.outputs).filter((path) => path.endsWith('.css'));
const manifest = { script: basename(written(page, 'src/page.jsx')[0]), styles: styles.map((path) => basename(path)) };
await writeFile(`${out}manifest.json`, `${JSON.stringify(manifest)}\n`);
