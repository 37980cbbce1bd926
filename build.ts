// Builds dist/: the Lambda bundle (minified, no AWS SDK in it), the package's entry points and the command line.
// `--if-stale` does nothing when no source is newer than the last build. Types are built by tsc (`npm run build`).
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const stamp = 'dist/.built';
const sources = ['bin', 'client', 'core', 'examples', 'lambda', 'lib', 'local'].flatMap((room) =>
  globSync(`${room}/**/*.ts`),
);

function isCurrent(): boolean {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return [...sources, 'build.ts', 'package-lock.json'].every((file) => statSync(file).mtimeMs <= built);
}

/** node:http and node:https by process.getBuiltinModule: on Node 22 and later an ESM import of them loads undici, 45 to 60 ms
 * of every cold start (nodejs/node#57649). */
const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup(plugin) {
    plugin.onResolve({ filter: /^(?:node:)?https?$/ }, ({ path }) => ({
      path: path.replace('node:', ''),
      namespace: 'lazy-http',
    }));
    plugin.onLoad({ filter: /.*/, namespace: 'lazy-http' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/** Left out of bundles on purpose; whoever calls one learns why. */
const leftOut = (packages: Readonly<Record<string, string>>): Plugin => ({
  name: 'left-out',
  setup(plugin) {
    const names = new RegExp(`^(?:${Object.keys(packages).join('|')})$`);
    plugin.onResolve({ filter: names }, ({ path }) => ({ path, namespace: 'left-out' }));
    plugin.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `const refuse = () => { throw new TypeError(${JSON.stringify(`${path} is left out: ${packages[path] ?? ''}`)}); };
        module.exports = new Proxy(refuse, { get: () => refuse });`,
    }));
  },
});

/** dynalite requires its actions by name without an ending, which a bundle cannot look up. */
const dynaliteActions: Plugin = {
  name: 'dynalite-actions',
  setup(plugin) {
    plugin.onLoad({ filter: /node_modules\/dynalite\/index\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll(
        /require\(('\.\/(?:actions|validations)\/') \+ action\)/g,
        "require($1 + action + '.js')",
      );
      if (contents === source) throw new TypeError('dynalite has changed how it loads its actions');
      return { contents };
    });
  },
};

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
};

const handler: BuildOptions = {
  ...common,
  entryPoints: { 'lambda/vend': 'lambda/vend.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  minify: true,
  legalComments: 'none',
  metafile: true,
  // In ESM a dynamic import of a builtin would go around the plugin above.
  supported: { 'dynamic-import': false },
  plugins: [lazyHttp],
};

/** Pure entry points; the peers of the constructs stay outside. */
const library: BuildOptions = {
  ...common,
  target: 'node22',
  entryPoints: { 'core/index': 'core/index.ts', 'lib/index': 'lib/index.ts' },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'],
};

/** For browsers as well as Node: no builtin, no banner. */
const client: BuildOptions = {
  ...common,
  platform: 'neutral',
  target: 'es2022',
  entryPoints: { 'client/index': 'client/index.ts' },
  outdir: 'dist',
};

/** CommonJS packages inside an ESM bundle call require for builtins. */
const withRequire = {
  js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
};

const tools: BuildOptions = {
  ...common,
  target: 'node22',
  entryPoints: {
    'lambda/index': 'lambda/index.ts',
    'local/index': 'local/index.ts',
    'local/worker': 'local/worker.ts',
    'bin/tvm': 'bin/tvm.ts',
    'bin/app': 'bin/app.ts',
  },
  outdir: 'dist',
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // The keychain is native and optional: taken from where the person installed it.
  external: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', '@napi-rs/keyring'],
  banner: withRequire,
  plugins: [dynaliteActions, leftOut({ level: 'local mode keeps tables in memory' })],
};

async function buildAll(): Promise<void> {
  // Built in memory and written when all of it is there: a build that fails leaves the last good one.
  const startedAt = new Date();
  const bundles = await Promise.all(
    [handler, library, client, tools].map((options) => build({ ...options, write: false })),
  );
  rmSync('dist', { recursive: true, force: true });
  for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  writeFileSync('dist/lambda/meta.json', JSON.stringify(bundles[0]?.metafile));
  writeFileSync(stamp, '');
  // As old as what it was made of: a source that changed meanwhile is newer.
  utimesSync(stamp, startedAt, startedAt);
}

if (!process.argv.includes('--if-stale') || !isCurrent()) {
  if (process.argv.includes('--if-stale')) process.stderr.write('tvm: building first\n');
  await buildAll();
}
