// What the Lambda bundle holds: these packages and no others, no eval, and the same bytes whenever it is built.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const bundle = 'dist/lambda/vend.mjs';

interface Meta {
  readonly outputs: Readonly<
    Record<string, { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }>
  >;
}

/** Everything that may be in the function; docs/architecture.md says why. */
const allowed = ['@middy/core'];

describe('SEC-SUP-02 the Lambda bundle', () => {
  it('holds the allowed packages and our own code alone', () => {
    const meta = JSON.parse(readFileSync('dist/lambda/meta.json', 'utf8')) as Meta;
    // What was read but left no byte is not in the function.
    const paths = Object.values(meta.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs)
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path),
    );
    const packages = paths
      .map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
      .filter((name) => name !== undefined);
    expect([...new Set(packages)].filter((name) => !allowed.includes(name))).toEqual([]);
    const own = paths.filter((path) => !path.includes('node_modules') && !/^(?:core|lambda|builtin:)/.test(path));
    expect(own).toEqual([]);
  });

  it('evaluates no text as code and names no path of a machine', () => {
    const text = readFileSync(bundle, 'utf8');
    expect(text).not.toMatch(/\beval\(|new Function\(/);
    expect(text).not.toContain(resolve('.'));
  });

  it('stays within its budget of 40 KB compressed', () => {
    expect(gzipSync(readFileSync(bundle)).length).toBeLessThanOrEqual(40 * 1024);
  });

  it('is the same, byte for byte, from another folder', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tvm-build-'));
    try {
      for (const path of [
        'bin',
        'client',
        'core',
        'examples',
        'lambda',
        'lib',
        'local',
        'build.ts',
        'package.json',
        'package-lock.json',
        'tsconfig.json',
      ]) {
        cpSync(path, join(folder, path), { recursive: true });
      }
      symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
      execFileSync(process.execPath, ['--preserve-symlinks', 'build.ts'], { cwd: folder, stdio: 'pipe' });
      const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
      expect(hash(join(folder, bundle))).toBe(hash(bundle));
      expect(readFileSync(join(folder, 'dist/sbom.json'), 'utf8')).toBe(readFileSync('dist/sbom.json', 'utf8'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
