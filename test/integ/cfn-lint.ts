// cfn-lint over the templates of the six variants. Python's, so apart from `npm test`: where it cannot be had, this is skipped, says
// why, and counts as skipped. `npm run test:templates`; CFN_LINT names an installed one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesiseVariant, variants } from './variants.ts';

const version = '1.58.0';

/** Left out, each for a reason of its own. */
const ignored = {
  // CDK states the dependency of a function on its role beside the reference to it.
  W3005: 'CDK writes DependsOn for roles it also refers to',
  // The VPC of the private variant names its zones, so that it synthesises without an account.
  W3010: 'a test VPC with written-out zones',
};

function findCfnLint(): { readonly command: string } | { readonly reason: string } {
  const named = process.env['CFN_LINT'] ?? 'cfn-lint';
  if (spawnSync(named, ['--version']).status === 0) return { command: named };
  const folder = mkdtempSync(join(tmpdir(), 'cfn-lint-'));
  const made = spawnSync('python3', ['-m', 'venv', folder], { encoding: 'utf8' });
  if (made.status !== 0) return { reason: 'no cfn-lint, and no python3 with venv to install it' };
  const installed = spawnSync(join(folder, 'bin/pip'), ['install', '--quiet', `cfn-lint==${version}`], {
    encoding: 'utf8',
  });
  if (installed.status !== 0) return { reason: `pip could not install cfn-lint ${version}` };
  return { command: join(folder, 'bin/cfn-lint') };
}

const found = findCfnLint();
if ('reason' in found) {
  console.log(`0 passed, 0 failed, ${variants.length} skipped: ${found.reason}`);
} else {
  let failed = 0;
  for (const variant of variants) {
    const { directory, milliseconds } = synthesiseVariant(variant);
    const { status, stdout } = spawnSync(
      found.command,
      ['--format', 'parseable', '--ignore-checks', ...Object.keys(ignored), '--', `${directory}/*.template.json`],
      { encoding: 'utf8' },
    );
    failed += status === 0 ? 0 : 1;
    console.log(`${status === 0 ? 'passed' : 'FAILED'} ${variant} (synthesised in ${milliseconds} ms)`);
    if (status !== 0) console.log(stdout);
  }
  console.log(`${variants.length - failed} passed, ${failed} failed, 0 skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
