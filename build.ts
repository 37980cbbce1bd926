// Builds dist/: the Lambda bundle (minified, no AWS SDK in it), the package's entry points and the command line.
// `--if-stale` does nothing when no source is newer than the last build. Types are built by tsc (`npm run build`).
import { build, type BuildOptions, type Metafile, type Plugin } from 'esbuild';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
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

/** Functions of Node's own modules by process.getBuiltinModule, when they are first called. An ESM import makes a facade of all
 * exports of a module, and asking for all of them loads what nobody needs: of node:fs its streams, of node:http (on Node 22 and
 * later) undici, 45 to 60 ms of a cold start (nodejs/node#57649). At the first call, because node:crypto takes 4 ms to load, and
 * there is time for that while the issuer answers (warm-up.ts). */
const builtinsByProcess: Plugin = {
  name: 'builtins-by-process',
  setup(plugin) {
    plugin.onResolve({ filter: /^[a-z:_/]+$/ }, ({ path }) =>
      isBuiltin(path) ? { path: path.replace('node:', ''), namespace: 'builtin' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      const exported = Object.entries(process.getBuiltinModule(`node:${path}`) ?? {});
      return {
        contents: [
          'let builtin;',
          `const load = () => (builtin ??= process.getBuiltinModule('node:${path}'));`,
          'const value = (name) => load()[name];',
          'const later = (name) => (...given) => load()[name](...given);',
          // Pure, so that only what is imported stays.
          ...exported.map(
            ([name, is]) =>
              `export const ${name} = /* @__PURE__ */ ${typeof is === 'function' ? 'later' : 'value'}('${name}');`,
          ),
        ].join('\n'),
      };
    });
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
  metafile: true,
};

const handler: BuildOptions = {
  ...common,
  entryPoints: { 'lambda/vend': 'lambda/vend.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  minify: true,
  legalComments: 'none',
  // In ESM a dynamic import of a builtin would go around the plugin above.
  supported: { 'dynamic-import': false },
  plugins: [builtinsByProcess],
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
  plugins: [
    dynaliteActions,
    leftOut({
      level: 'local mode keeps tables in memory',
      xmlbuilder: 'local STS reads assertions and writes none',
      'xml-encryption': 'local STS has no key for encrypted assertions',
    }),
  ],
};

/** Folders of the packages that left bytes in these bundles, each with the bundles it is in. */
function listBundled(metafiles: readonly Metafile[]): ReadonlyMap<string, readonly string[]> {
  const bundled = new Map<string, string[]>();
  for (const [output, { inputs }] of metafiles.flatMap(({ outputs }) => Object.entries(outputs))) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      // From the outermost node_modules on, which is how the lock names it, wherever that folder really is.
      const folder = /(?:^|\/|:)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
      if (folder === undefined || bytesInOutput === 0) continue;
      const outputs = bundled.get(folder) ?? [];
      // The names of chunks hold a hash of what is inside, paths of this machine among it.
      const place = output.replace(/^dist\/chunks\/.*/, 'dist/chunks');
      if (!outputs.includes(place)) bundled.set(folder, [...outputs, place]);
    }
  }
  return bundled;
}

interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
}

/** What the package has of others, as CycloneDX. A list of its dependencies would be empty: it installs none, it holds them.
 * No date and no serial number, so that two builds are equal.
 * @see https://cyclonedx.org/docs/1.6/json/ */
function renderSbom(metafiles: readonly Metafile[]): string {
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const own = read('package.json') as { readonly name: string; readonly version: string; readonly license: string };
  const lock = read('package-lock.json') as { readonly packages: Readonly<Record<string, LockedPackage>> };
  const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const licencesOf = (text: string): object[] =>
    /^[\w.-]+$/.test(text) ? [{ license: { id: text } }] : [{ expression: text }];
  const components = [...listBundled(metafiles)]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([folder, outputs]) => {
      const locked = lock.packages[folder];
      const { name, version, license } = read(`${folder}/package.json`) as {
        readonly name: string;
        readonly version: string;
        readonly license?: string | { readonly type: string };
      };
      // Old packages wrote an object.
      const licence = typeof license === 'string' ? license : license?.type;
      // What is bundled must be what is locked, or the list would name a hash of something else.
      if (locked?.integrity?.startsWith('sha512-') !== true || locked.version !== version || licence === undefined)
        throw new TypeError(`${folder} ${version} is not as package-lock.json has it, or has no licence: run npm ci`);
      const [group, simple] = name.startsWith('@') ? name.split('/') : [undefined, name];
      return {
        type: 'library',
        'bom-ref': purlOf(name, version),
        ...(group === undefined ? {} : { group }),
        name: simple,
        version,
        hashes: [{ alg: 'SHA-512', content: Buffer.from(locked.integrity.slice(7), 'base64').toString('hex') }],
        licenses: licencesOf(licence),
        purl: purlOf(name, version),
        properties: outputs.toSorted().map((value) => ({ name: 'token-vending-machine:bundled-in', value })),
      };
    });
  const ref = purlOf(own.name, own.version);
  const component = { type: 'library', 'bom-ref': ref, name: own.name, version: own.version };
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { ...component, licenses: licencesOf(own.license), purl: ref },
    },
    components,
    dependencies: [{ ref, dependsOn: components.map((one) => one['bom-ref']) }],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function buildAll(): Promise<void> {
  // Built in memory and written when all of it is there: a build that fails leaves the last good one.
  const startedAt = new Date();
  const bundles = await Promise.all(
    [handler, library, client, tools].map((options) => build({ ...options, write: false })),
  );
  const sbom = renderSbom(bundles.flatMap(({ metafile }) => metafile ?? []));
  rmSync('dist', { recursive: true, force: true });
  for (const { path, contents } of bundles.flatMap(({ outputFiles }) => outputFiles)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  writeFileSync('dist/lambda/meta.json', JSON.stringify(bundles[0]?.metafile));
  writeFileSync('dist/sbom.json', sbom);
  writeFileSync(stamp, '');
  // As old as what it was made of: a source that changed meanwhile is newer.
  utimesSync(stamp, startedAt, startedAt);
}

if (!process.argv.includes('--if-stale') || !isCurrent()) {
  if (process.argv.includes('--if-stale')) process.stderr.write('tvm: building first\n');
  await buildAll();
}
