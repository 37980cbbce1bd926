// The list of what dist/ holds of others (dist/sbom.json, CycloneDX): complete, nothing else, as the lock has it, and free to use.
// What is inside is read from the built files themselves, not from what the build says of them.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Component {
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license?: { readonly id: string }; readonly expression?: string }[];
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: {
    readonly component: { readonly name: string; readonly version: string; readonly 'bom-ref': string };
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>>;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const sbom = read('dist/sbom.json') as Sbom;
const nameOf = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

/** Package names by the built file: esbuild writes the path of each module above it where it does not minify. */
function packagesIn(path: string): readonly string[] {
  const comments = readFileSync(path, 'utf8').matchAll(
    /^\s*\/\/ (?:\S*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm,
  );
  return [...new Set([...comments].map(([, name]) => name!))];
}

describe('SEC-SUP-02 the list of what is bundled', () => {
  it('is CycloneDX 1.6 about this package', () => {
    const { name, version } = read('package.json') as { readonly name: string; readonly version: string };
    expect([sbom.bomFormat, sbom.specVersion]).toEqual(['CycloneDX', '1.6']);
    expect(sbom.metadata.component).toMatchObject({ name, version, 'bom-ref': `pkg:npm/${name}@${version}` });
    expect(sbom.dependencies).toEqual([
      { ref: sbom.metadata.component['bom-ref'], dependsOn: sbom.components.map((one) => one['bom-ref']) },
    ]);
  });

  it('names every package that left code in dist, and no other', () => {
    const files = globSync('dist/**/*.js');
    expect(files.length).toBeGreaterThan(10);
    // The function itself is minified: its packages are those of its own test, held against its metafile.
    const found = new Set([...files.flatMap(packagesIn), '@middy/core']);
    // One package may be there in two versions.
    expect([...new Set(sbom.components.map(nameOf))].toSorted()).toEqual([...found].toSorted());
  });

  it('says of the function that it holds one', () => {
    const inFunction = sbom.components.filter(({ properties }) =>
      properties.some(({ value }) => value === 'dist/lambda/vend.mjs'),
    );
    expect(inFunction.map(nameOf)).toEqual(['@middy/core']);
  });

  it('gives each the version and hash of the lock, and its package URL', () => {
    const { packages } = read('package-lock.json') as Lock;
    for (const component of sbom.components) {
      const name = nameOf(component);
      const locked = Object.entries(packages).filter(
        ([path, { version }]) => path.endsWith(`node_modules/${name}`) && version === component.version,
      );
      const hashes = locked.map(([, { integrity = '' }]) =>
        Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex'),
      );
      expect(component.hashes).toEqual([
        { alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string },
      ]);
      expect([name, hashes]).toEqual([name, expect.arrayContaining([component.hashes[0]!.content]) as string[]]);
      expect(component.purl).toBe(`pkg:npm/${name.replace('@', '%40')}@${component.version}`);
    }
  });

  it('holds only licences that ask for no more than to be named', () => {
    const licences = sbom.components.flatMap(({ licenses }) =>
      licenses.map(({ license, expression }) => license?.id ?? expression ?? 'none'),
    );
    expect(licences).toHaveLength(sbom.components.length);
    const free = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];
    expect(licences.filter((licence) => !free.includes(licence))).toEqual([]);
  });

  it('is the same whenever it is made: no date, no serial number', () => {
    expect(JSON.stringify(sbom)).not.toMatch(/timestamp|serialNumber/);
  });

  it('is shipped', () => {
    const { files } = read('package.json') as { readonly files: readonly string[] };
    expect(files).toContain('dist');
  });
});
