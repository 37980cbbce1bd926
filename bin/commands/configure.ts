// tvm configure: an AWS profile that vends, as a block of its own in the AWS config file. Touches nothing else in that file and
// writes no secret: the profile names where the token is, not the token.
import { existsSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isLoopbackUrl } from '../../core/url.ts';
import { editAlone, readConfigText, writeConfigText } from '../profile/config-file.ts';
import {
  ProfileConflict,
  hasSection,
  profileName,
  putBlock,
  removeBlock,
  renderBlock,
  type Settings,
} from '../profile/managed-block.ts';
import { quoteCommand } from '../profile/quote.ts';
import { configFile, credentialsFile } from '../shadows.ts';
import { findTokenOrigin } from '../token-sources/origin.ts';
import { CommandError, exitCodes, print, say, text, wholeNumber, type Command, type Values } from './command.ts';
import { findLocalAws, targetOptions, targetPermissionSet, targetUrl, targetUsage } from './target.ts';

export const configure: Command = {
  summary: 'make an AWS profile whose credentials are vended',
  usage: `  tvm configure PROFILE [OPTIONS]

${targetUsage}
  --duration SECONDS     900 to 3600
  --region REGION        of the profile (default: AWS_REGION, then local mode's)
  --remove               take the profile out again
  --dry-run              show what would be written, and write nothing
  --json                 as JSON

  Writes to AWS_CONFIG_FILE, else ~/.aws/config.`,
  operand: 'PROFILE',
  options: {
    ...targetOptions,
    duration: { type: 'string' },
    region: { type: 'string' },
    remove: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  run: async (values, _rest, profile) => {
    if (!profileName.test(profile))
      throw new CommandError(
        exitCodes.usage,
        'PROFILE is no name of a profile',
        'letters, digits and . _ - such as acme-dev',
      );
    const file = configFile(process.env);
    const removing = values['remove'] === true;
    const settings = removing ? [] : await buildSettings(values);
    const dry = values['dry-run'] === true;
    const apply = (): boolean => {
      const before = readFile(file);
      const after = edit(before, profile, removing ? undefined : settings, file);
      if (after !== before && !dry) writeFile(file, after);
      return after !== before;
    };
    // What writes nothing needs no lock, and makes no folder.
    const idle = dry || (removing && !existsSync(file));
    const changed = idle ? apply() : await applyAlone(file, apply);
    const block = removing ? undefined : renderBlock(profile, settings);
    if (values['json'] === true) print(JSON.stringify({ profile, file, changed, written: changed && !dry, block }));
    else if (dry && block !== undefined) print(block);
    say(describe(profile, file, { changed, dry, removing }));
    return exitCodes.ok;
  },
};

async function applyAlone(file: string, apply: () => boolean): Promise<boolean> {
  const refuse = (cause?: unknown): never => {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(
      exitCodes.configuration,
      `${file} cannot be written, or another process is writing it`,
      'check the modes of the file and its folder, and run it again',
      cause,
    );
  };
  return editAlone(file, apply, refuse).catch(refuse);
}

async function buildSettings(values: Values): Promise<Settings> {
  const url = targetUrl(values);
  const duration = wholeNumber(values, 'duration');
  const { permissionSet } = targetPermissionSet(values);
  const words = [
    // Absolute: SDKs run it in any folder and often with a bare PATH.
    process.execPath,
    realpathSync(process.argv[1] ?? ''),
    'credential-process',
    `--url=${url}`,
    ...tokenWords(values),
    ...(permissionSet === undefined ? [] : [`--permission-set=${permissionSet}`]),
    ...(duration === undefined ? [] : [`--duration=${duration}`]),
  ];
  const local = await findLocalAws(url);
  if (local === undefined && isLoopbackUrl(url))
    say(`note: no local mode answers at ${url}, so the profile gets no endpoint_url`);
  const region =
    text(values, 'region') ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? local?.region;
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region))
    throw new CommandError(exitCodes.usage, 'the Region is none', '--region us-east-1');
  return [
    ['credential_process', quoteCommand(words)],
    ...(region === undefined ? [] : [['region', region] as const]),
    ...(local === undefined ? [] : [['endpoint_url', local.aws] as const]),
  ];
}

function tokenWords(values: Values): readonly string[] {
  const origin = findTokenOrigin(values);
  switch (origin?.kind) {
    case 'local':
      return [`--tenant=${origin.tenant}`, ...(origin.subject === undefined ? [] : [`--subject=${origin.subject}`])];
    case 'command':
      return [`--token-command=${origin.command}`];
    case 'file':
      if (origin.file !== '-') return [`--token-file=${resolve(origin.file)}`];
      break;
    case 'login':
      return [`--login=${origin.name}`];
    case 'github-actions':
      return [`--github-audience=${origin.audience}`];
    case 'kubernetes':
      return ['--kubernetes'];
    case 'variable':
    case undefined:
      break;
    default:
      return origin satisfies never;
  }
  throw new CommandError(
    exitCodes.usage,
    'a profile needs a token that is there whenever it is used',
    '--token-file FILE, --token-command CMD, --login NAME, or with local mode --tenant acme',
  );
}

function edit(before: string, profile: string, settings: Settings | undefined, file: string): string {
  try {
    if (settings === undefined) return removeBlock(before, profile) ?? missing(before, profile);
    // Keys there win over credential_process here, and nobody would notice.
    if (hasSection(readFile(credentialsFile(process.env)), profile))
      throw new ProfileConflict(`${credentialsFile(process.env)} has a profile ${profile}, whose keys would win`);
    return putBlock(
      before,
      profile,
      settings.map(([name, value]) => [name, Buffer.from(value).toString('latin1')]),
    );
  } catch (cause) {
    if (!(cause instanceof ProfileConflict)) throw cause;
    throw new CommandError(
      exitCodes.configuration,
      cause.message,
      `another name, or take it out of ${file} by hand`,
      cause,
    );
  }
}

function missing(before: string, profile: string): string {
  if (hasSection(before, profile)) throw new ProfileConflict(`there is a profile ${profile} that tvm did not make`);
  return before;
}

function readFile(file: string): string {
  try {
    return readConfigText(file);
  } catch (cause) {
    throw new CommandError(
      exitCodes.configuration,
      `${file} cannot be read`,
      'check AWS_CONFIG_FILE and the mode of the file',
      cause,
    );
  }
}

function writeFile(file: string, content: string): void {
  try {
    writeConfigText(file, content);
  } catch (cause) {
    throw new CommandError(
      exitCodes.configuration,
      `${file} cannot be written`,
      'check the modes of the file and its folder',
      cause,
    );
  }
}

function describe(
  profile: string,
  file: string,
  { changed, dry, removing }: { readonly changed: boolean; readonly dry: boolean; readonly removing: boolean },
): string {
  if (!changed)
    return removing ? `there is no profile ${profile} in ${file}` : `profile ${profile} is up to date in ${file}`;
  const verb = removing ? 'taken out of' : 'written to';
  if (dry) return `dry run: profile ${profile} would be ${verb} ${file}`;
  return removing
    ? `profile ${profile} taken out of ${file}`
    : `profile ${profile} written to ${file}; try: aws --profile ${profile} sts get-caller-identity`;
}
