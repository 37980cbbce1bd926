// What we take from others: exact pins, free licences, no install scripts in what is shipped, actions pinned to commits.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly engines: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly integrity?: string; readonly resolved?: string; readonly inBundle?: boolean }>
  >;
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const manifest = read('package.json') as Manifest;
const lock = read('package-lock.json') as Lock;

describe('SEC-SUP-01 the package', () => {
  it('installs nothing with itself, so no install script of others runs at its users', () => {
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest.engines['node']).toBe('>=22');
  });

  it('pins every tool exactly', () => {
    const loose = Object.entries(manifest.devDependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
    expect(loose).toEqual([]);
  });

  it('has a lock with an integrity hash for every package and no address of a registry', () => {
    const entries = Object.entries(lock.packages).filter(([path]) => path !== '');
    // What is bundled inside a package is covered by that package's hash.
    expect(
      entries
        .filter(([, { integrity, inBundle }]) => inBundle !== true && integrity === undefined)
        .map(([path]) => path),
    ).toEqual([]);
    expect(entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});

describe('SEC-SUP-02 licences', () => {
  it('are free and not copyleft, for every installed package', () => {
    const licences = Object.keys(lock.packages)
      .filter((path) => path !== '' && existsSync(join(path, 'package.json')))
      .map((path) => [path, (read(join(path, 'package.json')) as { license?: unknown }).license] as const);
    expect(licences.length).toBeGreaterThan(100);
    // Of several licences to choose from, one that is not copyleft is enough.
    const isCopyleft = (licence: string): boolean => licence.split(/ OR /i).every((one) => /GPL/i.test(one));
    expect(
      licences.filter(([, licence]) =>
        isCopyleft(typeof licence === 'string' ? licence : JSON.stringify(licence ?? '')),
      ),
    ).toEqual([]);
  });
});

describe('SEC-SUP-03 workflows', () => {
  const workflows = globSync('.github/workflows/*.yml').map((path) => readFileSync(path, 'utf8'));

  it('use actions by commit and ask for read access only', () => {
    expect(workflows.length).toBeGreaterThan(0);
    for (const workflow of workflows) {
      for (const [, used] of workflow.matchAll(/uses: (\S+)/g)) expect(used).toMatch(/@[0-9a-f]{40}$/);
      expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m);
      expect(workflow).not.toMatch(/write-all|: write/);
    }
  });
});
