// tvm init FOLDER: a CDK app with a machine in it, as small as it can be and still real. Copies files of this package and never
// writes over anything.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { packageRoot, packageVersion } from '../package-root.ts';
import { CommandError, exitCodes, say, text, type Command } from './command.ts';

/** Where each file of the starter goes, and whether it names the app. */
const files: readonly { readonly from: string; readonly to: string; readonly isTemplate: boolean }[] = [
  { from: 'app.ts', to: 'app.ts', isTemplate: false },
  { from: 'package.template.json', to: 'package.json', isTemplate: true },
  { from: 'cdk.template.json', to: 'cdk.json', isTemplate: false },
  // npm leaves a .gitignore out of packages.
  { from: 'gitignore', to: '.gitignore', isTemplate: false },
  { from: 'README.template.md', to: 'README.md', isTemplate: true },
];

export const init: Command = {
  summary: 'start a CDK app with a token vending machine',
  usage: `tvm init FOLDER
  --package SPEC   what the app installs as token-vending-machine: a version, file:… or a tarball; default: this version`,
  operand: 'FOLDER',
  options: { package: { type: 'string' } },
  run: async (values, _rest, folder) => {
    const target = resolve(folder);
    const name = basename(target);
    if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)) {
      throw new CommandError(
        exitCodes.usage,
        'the folder cannot be the name of a package: a-z, 0-9, -, . and _ only',
        'tvm init my-app',
      );
    }
    if (existsSync(target) && readdirSync(target).length > 0) {
      throw new CommandError(exitCodes.configuration, `${folder} is there and not empty`, 'choose a new folder');
    }
    const spec = text(values, 'package') ?? packageVersion();
    mkdirSync(target, { recursive: true });
    for (const { from, to, isTemplate } of files) {
      const source = join(packageRoot(), 'examples', 'starter', from);
      if (!isTemplate) cpSync(source, join(target, to));
      else {
        const filled = readFileSync(source, 'utf8')
          .replaceAll('NAME', name)
          .replace('"VERSION"', () => JSON.stringify(spec));
        writeFileSync(join(target, to), filled);
      }
    }
    say(`made ${folder}: app.ts is the whole app\n`);
    say(`  cd ${folder}`);
    say('  npm install');
    say('  npx tvm dev       runs all of it here, without an AWS account');
    say('  npx cdk synth     proves that no tenant reaches another, or stops');
    say('  npx cdk deploy    with an AWS account; put your issuer into app.ts first');
    return exitCodes.ok;
  },
};
