// tvm whoami: who the token says you are, as the machine sees it; and, with vended credentials in the environment, who AWS sees.
import { requestDocument } from '../../client/vend.ts';
import { isRecord } from '../../core/iam/syntax.ts';
import { readCallerIdentity, type CallerIdentity } from '../sts-identity.ts';
import { findTokenOrigin } from '../token-sources/origin.ts';
import { CommandError, exitCodes, print, type Command } from './command.ts';
import { describeFailure, sayFailure } from './failure.ts';
import { readTarget, targetOptions, targetUsage } from './target.ts';

export const whoami: Command = {
  summary: 'who the token says you are, and who the vended credentials in the environment are',
  usage: `${targetUsage}\n  --json                 as JSON`,
  options: targetOptions,
  run: async (values) => {
    // Inside `tvm exec` there are credentials and no token.
    const withoutToken = findTokenOrigin(values) === undefined && process.env['AWS_SESSION_TOKEN'] !== undefined;
    const identity = withoutToken ? undefined : await readIdentity(await readTarget(values));
    const show = (caller: CallerIdentity | undefined): void => {
      if (values['json'] === true)
        print(JSON.stringify({ ...identity, ...(caller === undefined ? {} : { CallerIdentity: caller }) }));
      else for (const line of [...describeIdentity(identity), ...describeCaller(caller)]) print(line);
    };
    try {
      show(await readCallerIdentity(process.env));
    } catch (cause) {
      // What the machine said stands, whatever AWS says of credentials that may be long over.
      if (identity === undefined) throw cause;
      show(undefined);
      sayFailure(describeFailure(cause));
    }
    return exitCodes.ok;
  },
};

type Identity = Readonly<Record<string, unknown>>;

async function readIdentity(target: { readonly url: string; readonly token: string }): Promise<Identity> {
  const identity = await requestDocument(target, '/v1/identity');
  if (isRecord(identity)) return identity;
  throw new CommandError(exitCodes.configuration, `${target.url} is no token vending machine`, 'check --url');
}

function describeIdentity(identity: Identity | undefined): readonly string[] {
  if (identity === undefined) return [];
  return [
    line('tenant', identity['Tenant']),
    line('subject', identity['Subject']),
    line('issuer', identity['Issuer']),
    line('permission sets', identity['PermissionSets']),
    line('token ends', `${String(identity['TokenExpiration'])} (in ${secondsLeft(identity)} s)`),
  ];
}

function describeCaller(caller: CallerIdentity | undefined): readonly string[] {
  return caller === undefined ? [] : [line('aws account', caller.Account), line('aws session', caller.Arn)];
}

function line(name: string, value: unknown): string {
  return `${name.padEnd(16)}${Array.isArray(value) ? value.join(', ') : String(value)}`;
}

/** By the machine's clock, not ours: the token ends when the machine says so. */
function secondsLeft({ TokenExpiration: end, ServerTime: now }: Identity): number {
  return Math.round((Date.parse(String(end)) - Date.parse(String(now))) / 1000);
}
